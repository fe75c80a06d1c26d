"""Intervals for a proportion: of yes and no, and of anything else that stays between two bounds."""

from __future__ import annotations

import math

from scipy.special import betaincinv, ndtri, stdtrit

_SHRINKAGE = 1.0
"""Weight, in clusters, of the belief that values vary as much as their mean allows."""


def wilson(p: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a proportion.

    (p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), with z the normal quantile at (1 + level)/2.

    Args:
        p: The observed proportion, in [0, 1]; need not be a whole number of n-ths.
        n: The number of independent observations, above 0.
        level: Nominal coverage, in (0, 1).

    Returns:
        The lower and the upper end, both in [0, 1] and around ``p``.

    Source:
        Wilson (1927); the same as ``scipy.stats.binomtest(k, n).proportion_ci(method="wilson")``.
    """
    return score_interval(p, n, float(ndtri((1 + level) / 2)))


def clopper_pearson(k: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """The exact interval for a proportion: covers at least as often as it says, usually more often.

    Args:
        k: Successes, in [0, n].
        n: Independent observations, above 0.
        level: Nominal coverage, in (0, 1).

    Source:
        Clopper and Pearson (1934): quantiles of Beta(k, n-k+1) and Beta(k+1, n-k).
    """
    tail = (1 - level) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return low, high


def effective_wilson(p: float, error: float, clusters: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a mean or a ratio in [0, 1], with the number of observations that its error implies.

    Values in [0, 1] with mean p vary at most like yes and no: their variance is a part rho of p(1-p), and n of
    them tell as much as n/rho yes or no. rho is estimated by G error^2 / p(1-p) and drawn towards 1 with the
    weight of one cluster in G, for few clusters near a bound say little about it; the quantile is that of t on
    G-1 degrees of freedom.

    Args:
        p: The mean or pooled ratio, in [0, 1].
        error: Its clustered standard error.
        clusters: G, at least 2.
        level: Nominal coverage, in (0, 1).

    Source:
        The effective sample size in a score interval is that of Korn and Graubard (1998); drawing it towards G
        is ours, chosen by simulation (``python -m benchmarks.coverage``).
    """
    rho = dispersion(p, error, clusters)
    return score_interval(p, clusters / rho, float(stdtrit(clusters - 1, (1 + level) / 2)))


def dispersion(p: float, error: float, clusters: int) -> float:
    """Return rho, the variance between clusters as a part of p(1-p), drawn towards 1 by the weight of one cluster.

    Args:
        p: The mean or pooled ratio, in [0, 1].
        error: Its clustered standard error.
        clusters: G, at least 2.
    """
    most = p * (1 - p)
    rho = clusters * error**2 / most if most > 0 else 1.0
    return ((clusters - 1) * rho + _SHRINKAGE) / (clusters - 1 + _SHRINKAGE)


def score_interval(p: float, n: float, z: float) -> tuple[float, float]:
    """Return Wilson's score interval for a share p of n observations, with the quantile z."""
    weight = z * z / n
    centre = p + weight / 2
    reach = z * math.sqrt(p * (1 - p) / n + weight / (4 * n))
    low = (centre - reach) / (1 + weight)
    high = (centre + reach) / (1 + weight)
    return max(0.0, min(low, p)), min(1.0, max(high, p))
