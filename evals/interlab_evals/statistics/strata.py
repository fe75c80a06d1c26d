"""Scenarios with their parameters as strata: differences are within them unless asked otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_evals.statistics.rows import Rows

_PARAMETERS: Final = "parameters"


class Stratum(NamedTuple):
    """The rows of one scenario with one set of parameters.

    Attributes:
        label: The scenario, with the parameters that set it apart from others of the same name; empty for all
            rows.
        rows: The rows.
    """

    label: str
    rows: Rows


def strata(rows: Rows, by: str) -> list[Stratum]:
    """Split rows by scenario and parameters, in the order of first appearance.

    What is compared by is not split by: neither scenarios by ``scenario`` or ``condition``, nor parameters by
    ``parameters``, nor a parameter by ``parameters.NAME``.
    """
    column, _, entry = by.partition(".")
    is_split = "scenario" in rows.frame.columns and column not in ("scenario", "condition")
    if not is_split or not len(rows):
        return [Stratum("", rows)]
    scenarios = rows.frame["scenario"].astype(str)
    stated = scenarios.map(lambda _: "{}")
    if _PARAMETERS in rows.frame.columns and (column != _PARAMETERS or entry):
        texts = rows.frame[_PARAMETERS].astype(str)
        stated = texts.map(
            {each: _without(each, entry if column == _PARAMETERS else "") for each in texts.unique()}
        )
    keys = list(zip(scenarios, stated, strict=True))
    distinct = list(dict.fromkeys(keys))
    return [Stratum(_label(key, distinct), rows.where([each == key for each in keys])) for key in distinct]


def shares(rows: Sequence[Rows], by: str) -> dict[str, float]:
    """Return the share of each stratum in the weight of a mean over all of them.

    Args:
        rows: The rows of the arms.
        by: The column compared by.
    """
    weights: dict[str, float] = {}
    for each in rows:
        defined = each.where(each.frame["value"].notna())
        for stratum in strata(defined, by):
            weights[stratum.label] = weights.get(stratum.label, 0.0) + float(stratum.rows.n.sum())
    total = sum(weights.values())
    return {label: weight / total for label, weight in weights.items()} if total else {}


def _without(parameters: str, entry: str) -> str:
    found: dict[str, Any] = json.loads(parameters)
    return json.dumps({key: value for key, value in found.items() if key != entry}, sort_keys=True)


def _label(key: tuple[str, str], every: Sequence[tuple[str, str]]) -> str:
    scenario, parameters = key
    own: dict[str, Any] = json.loads(parameters)
    twins: list[dict[str, Any]] = [json.loads(stated) for name, stated in every if name == scenario]
    told = [
        f"{name}={json.dumps(value)}"
        for name, value in own.items()
        if any(each.get(name) != value for each in twins)
    ]
    return f"{scenario} {', '.join(told)}".rstrip()
