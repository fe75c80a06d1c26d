"""Episodes that differ in one thing, side by side: with and without messages, in one seat and in the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson
import pandas as pd
from scipy import stats

from interlab.errors import ParameterError
from interlab_evals.statistics.basis import Basis
from interlab_evals.statistics.rows import told_invalid

if TYPE_CHECKING:
    from interlab.tracing.episodes import Json

_SAME: Final = ["scenario", "lineup", "index"]
"""What two episodes share that are a pair."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PairedEffect:
    """The mean difference between two arms, pair by pair.

    Attributes:
        value: The mean over pairs of the arm less the control; NaN without pairs.
        low: Lower end of Student's interval on pairs - 1 degrees of freedom.
        high: Upper end.
        level: Nominal coverage.
        n_pairs: Pairs with both values defined.
        n_unpaired: Rows with no partner, or whose own or partner's value is undefined.
        basis: What it rests on; clusters are pairs.
        differences: One row per pair: what both share, ``value`` (the arm), ``control`` and ``difference``.
    """

    value: float
    low: float
    high: float
    level: float
    n_pairs: int
    n_unpaired: int
    basis: Basis
    differences: pd.DataFrame


def message_effect(
    frame: pd.DataFrame,
    metric: str,
    *,
    parameter: str = "talk",
    arm: Json = True,
    control: Json = False,
    level: float = 0.95,
) -> PairedEffect:
    """Measure what talking does to a metric: the paired difference between two arms of a run.

    With `cooperation_rate` the effect of communication on cooperation; with `acceptance_rate` or `offer_share`
    that of the other's words on who hears them, which is persuasion. Uplift against a control arm, not
    correlation.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, of both arms.
        metric: The metric's name, with its component.
        parameter: The scenario's parameter in which the arms differ, and in nothing else.
        arm: Its value in the arm.
        control: Its value in the control.
        level: Nominal coverage.

    Returns:
        The effect, over pairs of the same scenario, other parameters, line-up and repeat; the values of an
        episode's roles are averaged, since they are one draw.

    Raises:
        ParameterError: The frame has no row of the metric in one of the arms.

    Source:
        GovSim's ablation of language (Piatti et al. 2024); METRICS d5, d6.
    """
    rows = _rows(frame, metric)
    stated = [orjson.loads(text) for text in rows["parameters"]]
    values = [each.get(parameter) for each in stated]
    rows = rows.assign(
        parameters=[_without(each, parameter) for each in stated],
        is_arm=[value == arm for value in values],
        is_control=[value == control for value in values],
    )
    keys = [*_SAME, "parameters"]
    means = [rows[rows[which]].groupby(keys)["value"].mean() for which in ("is_arm", "is_control")]
    for found, wanted in zip(means, (arm, control), strict=True):
        if found.empty:
            raise ParameterError(f"no row of `{metric}` with `{parameter}` = {wanted!r}; both arms are needed")
    return _effect(frame, rows, (means[0], means[1]), level)


def seat_advantage(frame: pd.DataFrame, metric: str = "surplus_share", *, level: float = 0.95) -> PairedEffect:
    """Measure what the first seat is worth: the same two players with seats swapped.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, of games of two in which every pair played both
            ways round; others are unpaired. Self-play is left out.
        metric: The metric's name, with its component.
        level: Nominal coverage.

    Returns:
        The effect, over players in pairs of the same scenario, parameters, repeat and opponent: a player's
        value in the first seat less its value in the second, averaged over the two players, who are one draw.

    Source:
        METRICS c20.
    """
    rows = _rows(frame, metric)
    seats = [lineup.split(", ") for lineup in rows["lineup"]]
    rows = rows.assign(
        lineup=[", ".join(sorted(players)) for players in seats],
        is_first=[player == players[0] for player, players in zip(rows["player"], seats, strict=True)],
    )
    counted = [len(players) == 2 and len(set(players)) == 2 for players in seats]
    rows = rows[np.array(counted) & rows["role"].notna().to_numpy()]
    keys = [*_SAME, "parameters", "player"]
    first, second = (rows[rows["is_first"] == which].groupby(keys)["value"].mean() for which in (True, False))
    table = pd.DataFrame({"value": first, "control": second})
    pairs = table.dropna().groupby([*_SAME, "parameters"]).mean()
    unpaired = int(table.isna().any(axis=1).sum())
    return _effect(frame, rows, (pairs["value"], pairs["control"]), level, unpaired)


def _rows(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    rows = frame[(frame["metric"] == metric) & (frame["status"] == "completed")]
    if rows.empty:
        raise ParameterError(f"no completed row of `{metric}` in the frame; score the run with that metric")
    return rows


def _without(parameters: dict[str, Json], name: str) -> str:
    rest = {key: value for key, value in parameters.items() if key != name}
    return orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()


def _effect(
    frame: pd.DataFrame,
    rows: pd.DataFrame,
    means: tuple[pd.Series[float], pd.Series[float]],
    level: float,
    unpaired: int = 0,
) -> PairedEffect:
    arm, control = means
    n_episodes = len(rows[["run", "episode"]].drop_duplicates())
    table = pd.DataFrame({"value": arm, "control": control})
    pairs = table.dropna()
    difference = pairs["value"] - pairs["control"]
    count = len(pairs)
    value = float(difference.mean()) if count else math.nan
    reach = math.nan
    if count > 1:
        reach = float(difference.std(ddof=1)) / math.sqrt(count) * float(stats.t.ppf((1 + level) / 2, count - 1))
    return PairedEffect(
        value=value,
        low=value - reach,
        high=value + reach,
        level=level,
        n_pairs=count,
        n_unpaired=unpaired + len(table) - count,
        basis=Basis(
            method="none" if math.isnan(reach) else "paired t",
            n_episodes=n_episodes,
            n_clusters=count,
            n_undefined=int(rows["value"].isna().sum()),
            n_invalid=told_invalid(frame),
        ),
        differences=pairs.assign(difference=difference).reset_index(),
    )
