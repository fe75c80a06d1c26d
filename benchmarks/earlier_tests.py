"""Tests that comparisons used before a contrast had one method: rivals in power, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.stats import CensoredData, binom, logrank

from interlab_evals.statistics.arms import Arms

if TYPE_CHECKING:
    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.survival import Durations

Rival = Callable[[Arms], float]
"""From two arms to the p of no difference."""

_DRAWN: Final = 1999


def mcnemar(arms: Arms) -> float:
    """Return the p of McNemar's exact test: as many pairs differ in one direction as in the other."""
    above, below = (int((sign * (arms.first.k - arms.second.k) > 0).sum()) for sign in (1, -1))
    return min(1.0, 2 * float(binom.cdf(min(above, below), above + below, 0.5)))


def exchanges(clusters: int) -> Rival:
    """Return the test that exchanges arms within clusters, exact up to twelve of them."""
    if clusters <= 12:
        kept = np.array(list(product((1.0, 0.0), repeat=clusters)))
    else:
        kept = np.random.default_rng(0).integers(0, 2, (_DRAWN + 1, clusters)).astype(np.float64)
        kept[0] = 1

    def p(arms: Arms) -> float:
        def moved(one: Floats, other: Floats) -> Floats:
            return kept @ one + (1 - kept) @ other

        first, second = arms.first, arms.second
        ones = moved(first.k, second.k) / moved(first.n, second.n)
        return _as_far(ones - moved(second.k, first.k) / moved(second.n, first.n))

    return p


def labels(clusters: int) -> Rival:
    """Return the test that permutes the labels of clusters, so many in each arm; exact up to six."""
    if clusters <= 6:
        ways = list(combinations(range(2 * clusters), clusters))
        chosen = np.zeros((len(ways), 2 * clusters))
        chosen[np.arange(len(ways))[:, None], ways] = 1
    else:
        chosen = np.tile(np.repeat([1.0, 0.0], clusters), (_DRAWN + 1, 1))
        chosen[1:] = np.random.default_rng(0).permuted(chosen[1:], axis=1)

    def p(arms: Arms) -> float:
        k, n = (np.concatenate(each) for each in ((arms.first.k, arms.second.k), (arms.first.n, arms.second.n)))
        return _as_far((chosen @ k) / (chosen @ n) - ((1 - chosen) @ k) / ((1 - chosen) @ n))

    return p


def log_rank(first: Durations, second: Durations) -> float:
    """Return the p of the log-rank test."""
    one, other = (
        CensoredData(each.times[each.observed], right=each.times[~each.observed]) for each in (first, second)
    )
    found: Any = logrank(one, other)
    return float(found.pvalue)


def _as_far(differences: Floats) -> float:
    """Return the share of differences at least as far from 0 as the first, which is the observed one."""
    observed = abs(float(differences[0]))
    return float(np.mean(np.abs(differences) >= observed - 1e-9))
