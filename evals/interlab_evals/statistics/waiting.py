"""Comparing times until an event: restricted means to a common horizon, and the log-rank test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from interlab_evals.statistics.contrasts import Arm, Contrast
from interlab_evals.statistics.differences import equivalence_of
from interlab_evals.statistics.intervals import UNBOUNDED, t_interval
from interlab_evals.statistics.permutation import statistic_p
from interlab_evals.statistics.rows import EPISODE
from interlab_evals.statistics.survival import Durations, kaplan_meier, logrank_p, restricted_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.contrasts import Test
    from interlab_evals.statistics.rows import Rows


def compare_durations(
    arms: tuple[Rows, Rows],
    labels: tuple[str, str],
    clusters: Sequence[str] | None,
    level: float,
    margin: float | None,
    seed: int,
) -> Contrast:
    """Compare times until an event, as independent arms.

    The difference is that of the mean times up to the horizon that both arms reach. Where every row is a
    cluster the test is the log-rank test, else the labels of whole clusters are permuted.

    Args:
        arms: The rows of both.
        labels: What they are called.
        clusters: The columns that tell independent units apart.
        level: Nominal coverage, in (0, 1).
        margin: The smallest difference of interest, if equivalence is asked for.
        seed: Of the permutations.
    """
    first, second = (_durations(each, clusters or EPISODE) for each in arms)
    horizon = min(first.horizon, second.horizon)
    means = [restricted_mean(each, horizon) for each in (first, second)]
    difference = means[0][0] - means[1][0]
    error = math.hypot(means[0][1], means[1][1])
    freedom = first.n_clusters + second.n_clusters - 2.0
    interval = t_interval(difference, error, freedom, UNBOUNDED, level, "Kaplan-Meier")
    p, test = _test(first, second, horizon, seed)
    judged = None
    if margin is not None:
        inner = t_interval(difference, error, freedom, UNBOUNDED, 2 * level - 1, "Kaplan-Meier")
        judged = equivalence_of(difference, error, freedom, (inner.low, inner.high), margin)
    rows = arms[0]
    return Contrast(
        metric=rows.metric,
        kind=rows.kind,
        unit=rows.unit,
        direction=rows.direction,
        a=_arm(arms[0], labels[0], first, means[0][0]),
        b=_arm(arms[1], labels[1], second, means[1][0]),
        difference=difference,
        low=interval.low,
        high=interval.high,
        level=level,
        method="none" if interval.method == "none" else "difference of restricted means",
        p=p,
        test=test,
        equivalence=judged,
        design="independent",
        n_clusters=first.n_clusters + second.n_clusters,
        seed=seed if test == "permutation of labels" else None,
        notes=(f"Means are restricted to {horizon:g}, which both arms reach.",),
    )


def _durations(rows: Rows, clusters: Sequence[str]) -> Durations:
    defined = ~np.isnan(rows.value)
    return Durations(rows.value[defined], rows.k[defined] > 0, rows.codes(clusters)[defined])


def _arm(rows: Rows, label: str, durations: Durations, mean: float) -> Arm:
    return Arm(
        label=label,
        value=mean,
        n_episodes=rows.n_episodes,
        n_clusters=durations.n_clusters,
        n_undefined=len(rows) - len(durations),
        n_invalid=rows.n_invalid,
        n_left_out=0,
    )


def _test(first: Durations, second: Durations, horizon: float, seed: int) -> tuple[float, Test]:
    if not len(first) or not len(second):
        return math.nan, "none"
    if all(each.n_clusters == len(each) for each in (first, second)):
        p = logrank_p(first, second)
        return p, "none" if math.isnan(p) else "log-rank"
    both = Durations(
        np.concatenate([first.times, second.times]),
        np.concatenate([first.observed, second.observed]),
        np.concatenate([first.clusters, second.clusters + int(first.clusters.max()) + 1]),
    )

    def difference(one: Floats, other: Floats) -> float:
        return _mean_over(both, one, horizon) - _mean_over(both, other, horizon)

    clusters = [np.unique(each).astype(np.float64) for each in (first.clusters, both.clusters[len(first) :])]
    return statistic_p(clusters[0], clusters[1], difference, seed), "permutation of labels"


def _mean_over(durations: Durations, clusters: Floats, horizon: float) -> float:
    """The restricted mean over some clusters."""
    chosen = durations.where(np.isin(durations.clusters, clusters))
    return kaplan_meier(chosen).restricted_mean(horizon)[0]
