"""Episodes that differ in one thing, side by side: with and without messages, in one seat and in the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.comparison import compare
from interlab_evals.statistics.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from interlab.schema.episode import Json
    from interlab_evals.statistics.contrasts import Contrast

_SEAT: Final = "order"
_SWAPPED: Final = ("scenario", "parameters", "seed", "player", "opponents")
"""Columns that a player's two episodes share when seats are swapped."""


def message_effect(
    frame: pd.DataFrame,
    metric: str,
    *,
    parameter: str = "talk",
    arm: Json = True,
    control: Json = False,
    level: float = 0.95,
) -> Contrast:
    """Measure what talking does to a metric: the paired difference between two arms of a run.

    With `cooperation_rate` the effect of communication on cooperation; with `acceptance_rate` or `offer_share`
    that of the other's words on who hears them, which is persuasion. Uplift against a control arm, not
    correlation. It is :func:`interlab_evals.compare` by the parameter, held to pairs.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, of both arms.
        metric: The metric's name, with its component.
        parameter: The scenario's parameter in which the arms differ, and in nothing else.
        arm: Its value in the arm.
        control: Its value in the control.
        level: Nominal coverage.

    Returns:
        The arm less the control, over pairs of the same scenario, other parameters, seed, line-up and role;
        counts of a ratio are pooled, and what met the same seed is one cluster.

    Raises:
        ParameterError: The frame has no row of the metric in one of the arms, or episodes of the arms do not
            share seeds, as those of one suite do.

    Source:
        GovSim's ablation of language (Piatti et al. 2024).
    """
    names = json.dumps(arm), json.dumps(control)
    return _paired(
        compare(frame, metric, *names, by=f"parameters.{parameter}", level=level, over_scenarios=True).only
    )


def seat_advantage(frame: pd.DataFrame, metric: str = "surplus_share", *, level: float = 0.95) -> Contrast:
    """Measure what the first seat is worth: the same two players with seats swapped.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, of games of two in which every pair played both
            ways round; others have no partner. Self-play is left out.
        metric: The metric's name, with its component; one of roles.
        level: Nominal coverage.

    Returns:
        The first seat less the second, over players in pairs of the same scenario, parameters, seed and
        opponent; what met the same seed, both players of an episode too, is one cluster.

    Raises:
        ParameterError: No two players of the frame swapped seats under the same seed.

    Source:
        Own definition.
    """
    rows = rows_of(frame, metric).frame
    of_two = rows["lineup"].astype(str).str.count(", ") == 1
    rows = rows[rows["role"].notna() & ~rows["self_play"] & of_two]
    opens = rows["player"] == rows["lineup"].astype(str).str.partition(", ")[0]
    rows = rows.assign(**{_SEAT: np.where(opens, "first", "second")})
    if rows[_SEAT].nunique() < 2:
        raise ParameterError(f"`{metric}` has no rows of two players in two seats")
    return _paired(
        compare(
            rows, metric, "first", "second", by=_SEAT, paired_on=_SWAPPED, level=level, over_scenarios=True
        ).only
    )


def _paired(found: Contrast) -> Contrast:
    if found.design != "paired":
        raise ParameterError(
            "fewer than two episodes of the arms, or less than half, share scenario, other parameters, seed and "
            "players: play both arms in one suite, or see what `compare` makes of independent arms"
        )
    return found
