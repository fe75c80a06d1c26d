"""Planning from a pilot: what a run that was played says about the one to come."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.arms import arms_of, comparable, matched, without_self_play
from interlab_evals.statistics.clustering import standard_error
from interlab_evals.statistics.planning import (
    Design,
    Variances,
    episodes_for_half_width,
    items_for_difference,
    minimum_detectable_effect,
)
from interlab_evals.statistics.rows import EPISODE, column, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodePlan:
    """How many episodes a question takes.

    Attributes:
        question: What they are for, in words.
        unit: What ``n`` counts: pairs of episodes, episodes per arm, or episodes.
        n: How many; ``None`` where only the design's effect was asked for.
        detectable: The smallest difference that the pilot's own number would find; NaN for a half-width.
        variances: What varies, from the pilot; ``None`` for a half-width.
        n_pilot: Clusters of the pilot that the variances rest on.
        power: The chance of finding the difference.
        level: 1 - alpha.
        notes: What a reader has to know besides, in sentences.
    """

    question: str
    unit: Literal["pairs", "episodes per arm", "episodes"]
    n: int | None
    detectable: float = math.nan
    variances: Variances | None = None
    n_pilot: int
    power: float
    level: float
    notes: tuple[str, ...] = field(default=())


def plan_episodes(
    pilot: pd.DataFrame,
    metric: str,
    *,
    difference: float | None = None,
    half_width: float | None = None,
    by: str | None = None,
    a: str | None = None,
    b: str | None = None,
    paired_on: Sequence[str] | None = None,
    repeats: float = 1,
    power: float = 0.8,
    level: float = 0.95,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> EpisodePlan:
    """Plan the number of episodes from the variances of a pilot.

    Args:
        pilot: Rows as :func:`interlab_evals.metrics` gives them.
        metric: The metric.
        difference: The smallest difference that would matter; takes ``by``.
        half_width: Instead, the half-width wanted for the interval of a mean.
        by: The column whose values ``a`` and ``b`` are the arms.
        a: One arm; by default the first value of the column.
        b: The other arm; by default the second.
        paired_on: What two rows share that are a pair; see :func:`interlab_evals.compare`.
        repeats: Episodes per item and arm in the run to come. It matters where the pilot has several, for only
            then does it tell the variance within items from that between them.
        power: The chance of finding the difference, in (0, 1).
        level: 1 - alpha, in (0, 1).
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Raises:
        ParameterError: Neither a difference (with ``by``) nor a half-width is asked for, or the pilot has fewer
            than two clusters in an arm.
    """
    if (half_width is None) == (difference is None and by is None):
        raise ParameterError("ask for a half-width, or for a difference with `by`")
    if half_width is not None:
        return _for_width(rows_of(pilot, metric, kind=kind, bounds=bounds), half_width, power, level)
    if by is None:
        raise ParameterError("a difference is between the values of a column: name it with `by`")
    rows = rows_of(pilot, metric, by=[column(by)], kind=kind, bounds=bounds)
    design = Design(repeats=(repeats, repeats), power=power, level=level)
    return _for_difference(rows, column(by), (a, b), paired_on, difference, design)


def icc(
    frame: pd.DataFrame,
    metric: str,
    *,
    clusters: Sequence[str] = EPISODE,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> float:
    """Estimate the intraclass correlation: how alike two figures of one cluster are.

    (MSB - MSW) / (MSB + (m - 1) MSW) of a one-way analysis of variance, with m the mean cluster size
    corrected for its spread.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them.
        metric: The metric.
        clusters: The columns that make a cluster.
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Returns:
        The correlation; NaN where no cluster has two figures, there are fewer than two clusters, or nothing
        varies.

    Source:
        ICC(1) of Shrout and Fleiss (1979), for unequal clusters.
    """
    rows = rows_of(frame, metric, kind=kind, bounds=bounds)
    defined = rows.where(rows.frame["value"].notna())
    codes, values = defined.codes(clusters), defined.value
    sizes = np.bincount(codes)
    groups, total = len(sizes), len(values)
    if groups < 2 or total == groups:
        return math.nan
    means = np.bincount(codes, values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (groups - 1)
    within = float(((values - means[codes]) ** 2).sum()) / (total - groups)
    size = (total - float((sizes**2).sum()) / total) / (groups - 1)
    spread = between + (size - 1) * within
    return (between - within) / spread if spread > 0 else math.nan


def _for_width(rows: Rows, half_width: float, power: float, level: float) -> EpisodePlan:
    sample = without_self_play(rows)[0].sample(EPISODE)
    _suffice(sample.n_clusters, "pilot")
    deviation = standard_error(sample) * math.sqrt(sample.n_clusters)
    if rows.kind == "rate":
        n = episodes_for_half_width(half_width, rate=sample.value, level=level)
    else:
        n = episodes_for_half_width(half_width, deviation=deviation, level=level)
    return EpisodePlan(
        question=f"an interval of {rows.metric} of ±{half_width:g}",
        unit="episodes",
        n=n,
        n_pilot=sample.n_clusters,
        power=power,
        level=level,
    )


def _for_difference(
    rows: Rows,
    by: str,
    asked: tuple[str | None, str | None],
    paired_on: Sequence[str] | None,
    difference: float | None,
    design: Design,
) -> EpisodePlan:
    rows, _ = without_self_play(rows)
    labels = rows.frame[by].astype("string")
    there = [str(each) for each in labels.dropna().unique()]
    if len(there) < 2:
        raise ParameterError(f"the pilot has {len(there)} {by} with `{rows.metric}`: a difference takes two")
    rest = [each for each in there if each not in asked]
    names = [each or (rest.pop(0) if rest else None) for each in asked]
    for name in names:
        if name not in there:
            raise ParameterError(f"the pilot has no {by} `{name}`; it has {', '.join(there)}")
    both = comparable(rows.where(labels == names[0]), rows.where(labels == names[1]), by)
    if both is None:
        raise ParameterError(f"{names[0]} and {names[1]} share no scenario and parameters in the pilot")
    arms = arms_of(matched(*both, by, paired_on, None))
    fewest = min(arms.first.n_clusters, arms.second.n_clusters)
    _suffice(fewest, "an arm of the pilot")
    if arms.design == "paired":
        within, pilot_repeats = _within(both, arms.paired_on)
        noise = sum(each / count for each, count in zip(within, pilot_repeats, strict=True))
        found = Variances(omega2=max(0.0, arms.error**2 * fewest - noise), sigma2=within)
    else:
        own = [standard_error(each) ** 2 * each.n_clusters for each in (arms.first, arms.second)]
        found = Variances(omega2=0.0, sigma2=(own[0], own[1]))
    return EpisodePlan(
        question=f"a difference of {'any size' if difference is None else format(difference, 'g')} "
        f"in {rows.metric} between {names[0]} and {names[1]}",
        unit="pairs" if arms.design == "paired" else "episodes per arm",
        n=None if difference is None else max(2, math.ceil(items_for_difference(difference, found, design))),
        detectable=minimum_detectable_effect(fewest, found, design),
        variances=found,
        n_pilot=fewest,
        power=design.power,
        level=design.level,
        notes=() if fewest >= 20 else (f"{fewest} clusters of the pilot say little about variances.",),
    )


def _within(arms: tuple[Rows, Rows], paired_on: Sequence[str]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Tell the variance within items, and how often they were repeated, where the pilot repeated them."""
    variances: list[float] = []
    repeats: list[float] = []
    for rows in arms:
        items = rows.frame.groupby(list(paired_on), dropna=False)["value"]
        again = items.count() > 1
        variances.append(float(items.var(ddof=1)[again].mean()) if again.any() else 0.0)
        repeats.append(float(items.count().mean()))
    return (variances[0], variances[1]), (repeats[0], repeats[1])


def _suffice(clusters: int, what: str) -> None:
    if clusters < 2:
        raise ParameterError(f"{what} has {clusters} episodes with a figure: variances take at least two")
