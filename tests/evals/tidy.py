"""Tidy frames made by hand, with the columns that statistics ask for."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from tests.evals.handmade import oracle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def tidy(*rows: Mapping[str, Any], **shared: Any) -> pd.DataFrame:
    """A frame of these rows; what they leave out is as in a dilemma between `a` and `b`, one episode a row."""
    defaults: dict[str, Any] = {"run": "r", "metric": "m", "status": "completed"} | shared
    return pd.DataFrame([defaults | {"episode": f"e{number}"} | dict(row) for number, row in enumerate(rows)])


def values(*figures: float, **shared: Any) -> pd.DataFrame:
    """One episode per value."""
    return tidy(*({"value": value} for value in figures), **shared)


def arms(first: Iterable[float], second: Iterable[float], **columns: Any) -> pd.DataFrame:
    """Two independent arms, `a` and `b`, one episode per value."""
    rows = [{"arm": arm, "value": float(value)} for arm, each in (("a", first), ("b", second)) for value in each]
    return tidy(*rows, **columns)


def pairs(first: Iterable[float], second: Iterable[float], **columns: Any) -> pd.DataFrame:
    """Two arms that met the same chance moves, seed by seed."""
    rows = [
        {"arm": arm, "value": float(value), "scenario": "s", "seed": seed}
        for arm, each in (("a", first), ("b", second))
        for seed, value in enumerate(each)
    ]
    return tidy(*rows, **columns)


def always(first: float, second: float) -> Callable[[str, str, int], tuple[float, float]]:
    """What two players show in a league where they always show the same."""
    return lambda _one, _other, _index: (first, second)


def league(
    players: Iterable[str], figure: Callable[[str, str, int], tuple[float, float]], *, episodes: int = 1
) -> pd.DataFrame:
    """A round robin: what each of two players showed in every episode."""
    rows: list[dict[str, Any]] = []
    for one, other in combinations(players, 2):
        for index in range(episodes):
            shared = {
                "episode": f"{one}-{other}.{index}",
                "lineup": f"{one}, {other}",
                "scenario": "s",
                "parameters": json.dumps({"rounds": 5}),
                "seed": index,
            }
            for player, partner, role, value in zip(
                (one, other), (other, one), ("row", "column"), figure(one, other, index), strict=True
            ):
                rows.append(shared | {"player": player, "opponents": partner, "role": role, "value": float(value)})
    return tidy(*rows)


def reference_round_robin() -> pd.DataFrame:
    """The round robin of the reference numbers."""
    reference = oracle("stats_reference.json")["round_robin"]
    frame = pd.DataFrame(reference["rows"], columns=reference["columns"])
    focal, partner = (frame[name].map("p{}".format) for name in ("focal", "partner"))
    return frame.assign(
        run="r",
        metric="m",
        value=frame["y"],
        player=focal,
        opponents=partner,
        lineup=[", ".join(sorted(each)) for each in zip(focal, partner, strict=True)],
    )
