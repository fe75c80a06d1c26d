"""From the rows of a frame to estimates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interlab.errors import ParameterError
from interlab_evals.statistics.clustering import SHARED_CHANCE
from interlab_evals.statistics.dyads import Dyads
from interlab_evals.statistics.estimates import Cell, Estimand, Estimate, Estimates
from interlab_evals.statistics.estimators import (
    check_level,
    estimate_durations,
    estimate_dyads,
    estimate_sample,
    one_of,
)
from interlab_evals.statistics.intervals import Choice
from interlab_evals.statistics.rows import CHANCE, Invalid, column, rows_of
from interlab_evals.stimuli import warn_of_mixed_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows


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
        ParameterError: The frame lacks a column or the metric, the level is no probability, there is no such
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
        if estimand == "population" and not self_play:
            found = estimate_at_large(group, level=level)
        else:
            found = estimate_rows(group, clusters=clusters, level=level, method=method, seed=seed)
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


def estimate_rows(
    rows: Rows, *, clusters: Sequence[str] | None, level: float, method: Choice = "auto", seed: int = 0
) -> Estimate:
    """Estimate one metric from its rows, for the players that met here.

    Args:
        rows: The rows.
        clusters: The columns that tell independent units apart; see :func:`estimate`.
        level: Nominal coverage, in (0, 1).
        method: Another interval than the rule's.
        seed: Of anything drawn.

    Raises:
        ParameterError: Another interval is asked for of times until an event.
    """
    columns = clusters or rows.independent_by()
    told = {"n_episodes": rows.n_episodes, "n_invalid": rows.n_invalid}
    if rows.kind == "time-to-event":
        if method != "auto":
            raise ParameterError(
                f"`{rows.metric}` is a time until an event: there is no interval `{method}` for it"
            )
        found = estimate_durations(
            rows.value, rows.k, rows.codes(columns), bounds=rows.bounds, level=level, **told
        )
    else:
        sample = rows.sample(columns)
        found = estimate_sample(
            sample, rows.kind, bounds=rows.bounds, level=level, method=method, seed=seed, **told
        )
    return replace(found, notes=(*found.notes, SHARED_CHANCE)) if clusters is None and columns is CHANCE else found


def estimate_at_large(rows: Rows, *, level: float) -> Estimate:
    """Estimate one metric when the players are a sample of players.

    Args:
        rows: With columns ``player`` and ``opponents``, no self-play.
        level: Nominal coverage, in (0, 1).

    Raises:
        ParameterError: There are fewer than three players, more than two seats, or times until an event.
    """
    check_level(level)
    if rows.kind == "time-to-event":
        raise ParameterError(
            f"`{rows.metric}` is a time until an event: there is no estimator for a population of players"
        )
    if any(", " in str(each) for each in rows.frame["opponents"].unique()):
        raise ParameterError("a population of players is estimated from episodes of two roles; these have more")
    defined = rows.where(rows.frame["value"].notna() & (rows.frame["n"] > 0))
    if not len(defined):
        return estimate_rows(rows, clusters=None, level=level)
    players = [defined.frame[name].astype(str).tolist() for name in ("player", "opponents")]
    found = estimate_dyads(Dyads.of(defined.k, defined.n, *players), bounds=rows.bounds, level=level)
    return replace(
        found,
        n_episodes=rows.n_episodes,
        n_undefined=len(rows) - len(defined),
        n_invalid=rows.n_invalid,
    )
