"""Tests by what could have been: the labels of arms exchanged among whole clusters.

They need no distribution, only clusters that could as well have been in the other arm.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interlab_evals.statistics.resampling import signs

if TYPE_CHECKING:
    from interlab_evals.statistics.clustering import Floats, Sample

RESAMPLES = 9999


def exchange_p(first: Sample, second: Sample, seed: int) -> float:
    """Two-sided p of "the same in both arms" for paired clusters, by exchanging arms within clusters.

    The share of exchanges after which the pooled ratios are at least as far apart: for means over equal numbers
    this is the test by flipping signs of differences. Exact up to twelve clusters; not below 2/2^G.

    Args:
        first: G clusters.
        second: The same clusters in the same order.
        seed: Of the exchanges drawn for more than twelve.

    Returns:
        p; NaN without clusters.
    """
    if not first.n_clusters:
        return math.nan
    first, second = _in_order(first, second)
    order = np.lexsort((second.n, second.k, first.n, first.k))
    sums = np.stack([first.k, first.n, second.k, second.n])[:, order]
    keep = (1 + signs(first.n_clusters, seed)) / 2
    exchanged = sums[[2, 3, 0, 1]]
    k1, n1, k2, n2 = (keep @ own + (1 - keep) @ other for own, other in zip(sums, exchanged, strict=True))
    return _share_as_far(k1 / n1 - k2 / n2)


def label_p(first: Sample, second: Sample, seed: int) -> float:
    """Two-sided p of "the same in both arms" for independent clusters, by permuting their labels.

    Exact where there are at most 9,999 ways to deal them out.

    Args:
        first: The clusters of one arm.
        second: Those of the other.
        seed: Of the permutations drawn, where there are more.

    Returns:
        p, twice the smaller tail; NaN for an empty arm.
    """
    if not first.n_clusters or not second.n_clusters:
        return math.nan
    first, second = _in_order(first.ordered(), second.ordered())
    k, n = np.concatenate([first.k, second.k]), np.concatenate([first.n, second.n])

    def difference(one: Any, other: Any, axis: int = -1) -> Floats:
        return k[one].sum(axis) / n[one].sum(axis) - k[other].sum(axis) / n[other].sum(axis)

    places = np.arange(len(k))
    return _permuted_p(places[: first.n_clusters], places[first.n_clusters :], difference, seed)


def mixed_p(shared: tuple[Sample, Sample], only_first: Sample, only_second: Sample, seed: int) -> float:
    """Two-sided p where some clusters hold both arms: exchanged within those, labels permuted among the others.

    Args:
        shared: The clusters that hold both arms, first and second arm in the same order.
        only_first: Clusters of the first arm alone.
        only_second: Clusters of the second arm alone.
        seed: Of the permutations drawn.
    """
    random = np.random.default_rng(seed)
    swapped = random.integers(0, 2, (RESAMPLES, shared[0].n_clusters)).astype(bool)
    swapped = np.vstack([np.zeros(shared[0].n_clusters, dtype=bool), swapped])
    alone = np.concatenate([np.ones(only_first.n_clusters), np.zeros(only_second.n_clusters)]).astype(bool)
    dealt = np.vstack([alone, random.permuted(np.tile(alone, (RESAMPLES, 1)), axis=1)])

    def totals(one: Floats, other: Floats, *alone: Floats) -> tuple[Floats, Floats]:
        rest = np.concatenate(alone)
        first = np.where(swapped, other, one).sum(1) + np.where(dealt, rest, 0).sum(1)
        second = np.where(swapped, one, other).sum(1) + np.where(dealt, 0, rest).sum(1)
        return first, second

    k = totals(shared[0].k, shared[1].k, only_first.k, only_second.k)
    n = totals(shared[0].n, shared[1].n, only_first.n, only_second.n)
    return _share_as_far(k[0] / n[0] - k[1] / n[1])


def _permuted_p(first: Any, second: Any, statistic: Any, seed: int) -> float:
    from scipy.stats import permutation_test

    found: Any = permutation_test(
        (first, second),
        statistic,
        permutation_type="independent",
        vectorized=True,
        n_resamples=RESAMPLES,
        alternative="two-sided",
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def _in_order(first: Sample, second: Sample) -> tuple[Sample, Sample]:
    """Put two arms into an order of their own: what is drawn must not depend on which is called the first."""
    keys = [
        (each.n_clusters, sorted(zip(each.k.tolist(), each.n.tolist(), strict=True))) for each in (first, second)
    ]
    return (first, second) if keys[0] <= keys[1] else (second, first)


def _share_as_far(differences: Floats) -> float:
    """The share of differences at least as far from 0 as the first, which is the given one."""
    given = abs(float(differences[0]))
    return float(np.mean(np.abs(differences) >= given - 1e-12 * max(given, 1.0)))
