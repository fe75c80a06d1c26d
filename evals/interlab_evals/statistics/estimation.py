"""From the rows of a frame to estimates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interlab.errors import ParameterError
from interlab_evals.statistics.estimates import Cell, Estimand, Estimates
from interlab_evals.statistics.estimators import one_of
from interlab_evals.statistics.intervals import Choice
from interlab_evals.statistics.observations import estimate_observations
from interlab_evals.statistics.rows import Invalid, column, rows_of
from interlab_evals.stimuli import warn_of_mixed_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.intervals import Bounds


def estimate(
    frame: pd.DataFrame,
    metric: str,
    *,
    by: str | Sequence[str] = (),
    clusters: Sequence[str] | None = None,
    level: float = 0.95,
    estimand: Estimand = "fixed",
    method: Choice = "auto",
    invalid: Invalid = "keep",
    seed: int = 0,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> Estimates:
    """Estimate one metric, with intervals, for each group of rows.

    Rows of failed episodes are left out; self-play is estimated apart. The metric's kind picks the estimator:
    docs/statistics.md says which and why.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, or any with columns ``run``, ``episode`` and
            ``value``.
        metric: The metric's name, with its component, e.g. ``memory_one.cd``.
        by: The columns to group by, e.g. ``player`` or ``parameters.rounds``; none for one estimate over all.
        clusters: The columns that tell independent units apart. By default the episode, or scenario and
            seed where several line-ups or treatments met what chance dealt, which is noted.
        level: Nominal coverage, in (0, 1).
        estimand: ``fixed``: other episodes between these players. ``population``: play with
            players not met here; takes rows of two seats and at least three players.
        method: Another interval than the rule's.
        invalid: ``keep``: as played, by the game's own policy. ``drop-episodes``: without figures of a role whose
            first answer was invalid, as a second look; it selects on the outcome, which is noted.
        seed: Of anything drawn.
        kind: Instead of what the metric declares, which then need not be registered.
        bounds: Instead of the declared range.

    Returns:
        One estimate per group.

    Raises:
        ParameterError: The frame lacks a column or the metric, the level is not a probability, there is no such
            method or estimand, or the players are too few to stand for a population.
        UnknownNameError: The metric is not registered, and no kind is given.
    """
    one_of("method", method, Choice)
    one_of("estimand", estimand, Estimand)
    one_of("invalid", invalid, Invalid)
    columns = [column(each) for each in ([by] if isinstance(by, str) else by)]
    warn_of_mixed_rows(frame, columns)
    needed = [*columns, "player", "opponents"] if estimand == "population" else columns
    rows = rows_of(frame, metric, by=needed, kind=kind, bounds=bounds)
    if len(rows) and not len(rows.frame.dropna(subset=columns)):
        raise ParameterError(f"no row of `{metric}` has a {' and a '.join(f'`{each}`' for each in columns)}")
    rows, dropped = rows.judged_by(invalid)
    cells: list[Cell] = []
    for values, self_play, group in rows.groups(columns):
        is_paired = estimand == "population" and not self_play
        found = estimate_observations(
            group.observations(clusters, paired=is_paired),
            level=level,
            estimand=estimand if is_paired else "fixed",
            method=method,
            seed=seed,
        )
        found = replace(found, notes=(*found.notes, *dropped))
        cells.append(Cell(dict(zip(columns, values, strict=True)), self_play, found))
    return Estimates(
        metric=metric,
        kind=rows.kind,
        unit=rows.unit,
        direction=rows.direction,
        by=tuple(columns),
        cells=tuple(cells),
    )
