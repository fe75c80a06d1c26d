"""Resampling whole clusters: the bootstrap, and signs drawn for few clusters.

Everything drawn comes from a seed, and clusters are put into an order of their own before, so that neither the
order of rows nor their labels can change a result.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interlab_evals.statistics.clustering import standard_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from interlab_evals.statistics.clustering import Floats, Sample

RESAMPLES: Final = 1999
_EXACT_UP_TO: Final = 12
"""Clusters up to which every one of the 2^G choices of signs is tried."""
_SIGNS: Final = 9999


def bootstrap_interval(sample: Sample, level: float, seed: int) -> tuple[float, float]:
    """Interval of a pooled ratio by the bias-corrected and accelerated bootstrap over clusters.

    Args:
        sample: At least two clusters that differ.
        level: Nominal coverage, in (0, 1).
        seed: Of the resampling.

    Source:
        Efron (1987), as ``scipy.stats.bootstrap(method="BCa")`` has it, with each cluster's sums as one pair.
    """
    from scipy.stats import bootstrap

    ordered = sample.ordered()
    found: Any = bootstrap(
        (ordered.k, ordered.n),
        _pooled,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(seed),
    )
    low, high = found.confidence_interval
    return float(low), float(high)


def _pooled(k: Floats, n: Floats, axis: int = -1) -> Floats:
    return k.sum(axis=axis) / n.sum(axis=axis)


def signs(clusters: int, seed: int) -> NDArray[np.float64]:
    """Choose signs for clusters: every choice where they are few, else drawn ones with the given one first.

    Returns:
        Shape (choices, clusters), of 1 and -1; the first row is all 1.
    """
    if clusters <= _EXACT_UP_TO:
        from itertools import product

        return np.array(list(product((1.0, -1.0), repeat=clusters)), dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(0, 2, (_SIGNS, clusters))
    return np.vstack([np.ones(clusters), 1.0 - 2.0 * drawn]).astype(np.float64)


def wild_interval(sample: Sample, bounds: tuple[float, float], level: float, seed: int) -> tuple[float, float]:
    """Interval of a pooled ratio by the wild cluster bootstrap, for few clusters.

    Holds every value that the wild bootstrap with the hypothesis imposed does not reject: with signs drawn
    per cluster for the scores k_g - R n_g this is a test by flipping signs, which needs no large number of
    clusters, only scores that are symmetric.

    Args:
        sample: Clusters that differ.
        bounds: Where the quantity ends.
        level: Nominal coverage, in (0, 1).
        seed: Of the signs, for more than twelve clusters.

    Returns:
        The ends; NaN where so few clusters cannot reject anything at this level (fewer than 6 at 95 %).

    Source:
        Cameron, Gelbach and Miller (2008), with Rademacher weights.
    """
    if 2.0 ** (1 - sample.n_clusters) >= 1 - level:
        return math.nan, math.nan
    chosen = signs(sample.n_clusters, seed)
    ordered = sample.ordered()
    value, error = sample.value, standard_error(sample)

    def rejects(ratio: float) -> bool:
        totals: Floats = np.abs(chosen @ (ordered.k - ratio * ordered.n))
        return float(np.mean(totals >= float(totals[0]) * (1 - 1e-12))) <= 1 - level

    low, high = (_edge(rejects, value, direction * error) for direction in (-1, 1))
    return max(low, bounds[0]), min(high, bounds[1])


def _edge(rejects: Callable[[float], bool], inside: float, step: float) -> float:
    """Find the end of what is not rejected, going from the estimate in steps that double, then by halves."""
    start = inside
    while not rejects(outside := start + step):  # far enough away all scores have one sign
        inside, step = outside, 2 * step
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejects(middle) else (middle, outside)
    return outside
