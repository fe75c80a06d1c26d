"""Comparing arms: the difference and its interval first, then a test, sizes of effects, and equivalence.

Two intervals that overlap say nothing of a difference: the difference has an interval of its own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from interlab.errors import ParameterError
from interlab.registry import suggestion
from interlab_evals.statistics.arms import Arms, arms_of, comparable, without_self_play
from interlab_evals.statistics.contrasts import Arm, Comparison, Contrast, Equivalence
from interlab_evals.statistics.differences import (
    difference_interval,
    difference_p,
    equivalence_of,
    odds_ratio_of,
)
from interlab_evals.statistics.effects import cliffs_delta, hedges_g
from interlab_evals.statistics.estimators import FEW_CLUSTERS, check_level
from interlab_evals.statistics.multiplicity import NAMES, Correction, adjusted
from interlab_evals.statistics.rows import column, rows_of
from interlab_evals.statistics.waiting import compare_durations

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Sample
    from interlab_evals.statistics.contrasts import IntervalMethod
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows


def compare(
    frame: pd.DataFrame,
    metric: str | Sequence[str],
    a: str | None = None,
    b: str | None = None,
    *,
    by: str,
    paired_on: Sequence[str] | None = None,
    clusters: Sequence[str] | None = None,
    level: float = 0.95,
    correction: Correction = "holm",
    margin: float | None = None,
    seed: int = 0,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> Comparison:
    """Compare the values of a column: two of them, one with all others, or all pairs.

    All contrasts, of all metrics, are one family. Rows of failed episodes are left out, those of self-play
    unless there is nothing else, and, unless scenarios or parameters are what is compared, those of scenarios
    (with their parameters) that only one of two arms has.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, or any with columns ``run``, ``episode``,
            ``value`` and the one compared by.
        metric: The metric, or several.
        a: One value of the column; by default every one.
        b: Another, with which it is compared; by default every other.
        by: The column whose values are the arms, e.g. ``player``, ``run`` or ``parameters.talk``.
        paired_on: What two rows share that are a pair, e.g. ``("scenario", "seed", "partner", "seat")``; by
            default all of scenario, parameters, seed, player, partner and seat that does not vary with ``by``.
            Empty: independent arms.
        clusters: The columns that tell independent units apart. By default, of pairs, what they share of
            scenario, parameters and seed (their chance moves), else the episode.
        level: Nominal coverage, in (0, 1).
        correction: ``holm`` for a family declared beforehand, ``bh`` for exploration, ``none``.
        margin: The smallest difference of interest, in the metric's unit: asks whether arms are equivalent.
        seed: Of anything drawn.
        kind: Instead of what the metric declares, which then need not be registered.
        bounds: Instead of the declared range.

    Raises:
        ParameterError: The frame lacks a column, a metric or a value; there is nothing to compare; the level
            or the margin is out of range.
        UnknownNameError: A metric is not registered, and no kind is given.
    """
    check_level(level)
    if margin is not None and not margin > 0:
        raise ParameterError(f"`margin` is {margin:g}; the smallest difference of interest is above 0")
    names = [metric] if isinstance(metric, str) else list(metric)
    contrasts: list[Contrast] = []
    for name in names:
        rows, note = without_self_play(rows_of(frame, name, by=[column(by)], kind=kind, bounds=bounds))
        labels = rows.frame[column(by)].astype("string")
        for one, other in _pairs(list(labels.dropna().unique()), column(by), a, b):
            arms = comparable(rows.where(labels == one), rows.where(labels == other), column(by))
            if arms is None:
                continue
            found = _contrast(arms, (one, other), column(by), paired_on, clusters, level, margin, seed)
            contrasts.append(replace(found, notes=(*found.notes, *note)))
    if not contrasts:
        raise ParameterError(f"nothing to compare by `{by}`: no two of its values share a scenario and parameters")
    p = adjusted([each.p for each in contrasts], correction)
    told = f"{len(contrasts)} {'contrast' if len(contrasts) == 1 else 'contrasts'} of {', '.join(names)} by {by}"
    return Comparison(
        by=by,
        contrasts=tuple(replace(each, p_adjusted=value) for each, value in zip(contrasts, p, strict=True)),
        correction=NAMES[correction],
        family=told,
    )


def _pairs(labels: Sequence[str], by: str, a: str | None, b: str | None) -> list[tuple[str, str]]:
    for each in (a, b):
        if each is not None and each not in labels:
            raise ParameterError(f"no row has the {by} `{each}`; {suggestion(each, list(labels))}")
    if len(labels) < 2:
        there = f"only `{labels[0]}`" if labels else "nothing"
        raise ParameterError(f"there is nothing to compare by `{by}`: there is {there}")
    if a is not None and b is not None:
        if a == b:
            raise ParameterError(f"`{a}` is to be compared with itself; name two values of `{by}`")
        return [(a, b)]
    if a is None and b is None:
        return list(combinations(labels, 2))
    return [(a, each) for each in labels if each != a] if a else [(each, b) for each in labels if b and each != b]


def _contrast(
    arms: tuple[Rows, Rows],
    labels: tuple[str, str],
    by: str,
    paired_on: Sequence[str] | None,
    clusters: Sequence[str] | None,
    level: float,
    margin: float | None,
    seed: int,
) -> Contrast:
    rows = arms[0]
    if rows.kind == "time-to-event":
        return compare_durations(arms, labels, clusters, level, margin, seed)
    both = arms_of(*arms, by, paired_on, clusters)
    low, high, method = difference_interval(both, rows.kind, rows.bounds, level)
    p, test = difference_p(both, rows.kind, seed)
    values = both.first.cluster_values, both.second.cluster_values
    drawn = test in ("exchange within clusters", "permutation of labels")
    return Contrast(
        metric=rows.metric,
        kind=rows.kind,
        unit=rows.unit,
        direction=rows.direction,
        a=_arm(arms[0], labels[0], both.first, both.n_left_out[0]),
        b=_arm(arms[1], labels[1], both.second, both.n_left_out[1]),
        difference=both.difference,
        low=low,
        high=high,
        level=level,
        method=method,
        p=p,
        test=test,
        hedges_g=hedges_g(*values),
        cliffs_delta=cliffs_delta(*values),
        odds_ratio=odds_ratio_of(both, level) if rows.kind == "rate" and both.single else None,
        equivalence=None if margin is None else _equivalence(both, rows, level, margin),
        design=both.design,
        paired_on=both.paired_on,
        n_pairs=both.n_pairs,
        n_clusters=both.n_clusters,
        seed=seed if drawn else None,
        notes=tuple(_doubts(both, method)),
    )


def _arm(rows: Rows, label: str, sample: Sample, left_out: int) -> Arm:
    return Arm(
        label=label,
        value=sample.value,
        n_episodes=rows.n_episodes,
        n_clusters=sample.n_clusters,
        n_undefined=int(rows.frame["value"].isna().sum()),
        n_invalid=rows.n_invalid,
        n_left_out=left_out,
    )


def _equivalence(arms: Arms, rows: Rows, level: float, margin: float) -> Equivalence:
    low, high, _ = difference_interval(arms, rows.kind, rows.bounds, 2 * level - 1)
    return equivalence_of(arms.difference, arms.error, arms.freedom, (low, high), margin)


def _doubts(arms: Arms, method: IntervalMethod) -> list[str]:
    doubts: list[str] = []
    if method == "none":
        doubts.append("No interval where fewer than two clusters are defined, or where all differ by the same.")
    fewest = min(arms.first.n_clusters, arms.second.n_clusters)
    if fewest and fewest < FEW_CLUSTERS:
        exchanged = arms.design == "paired" or len(arms.shared[0])
        least = 2.0 ** (1 - fewest) if exchanged else 2 / math.comb(arms.n_clusters, fewest)
        doubts.append(f"{fewest} clusters only: p cannot fall below {least:.2g}, and the interval leans on t.")
    if arms.design == "paired" and any(arms.n_left_out):
        doubts.append(f"{arms.n_left_out[0]} and {arms.n_left_out[1]} figures have no partner and are left out.")
    return doubts
