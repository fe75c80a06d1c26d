"""Estimates, and the intervals that a sample of clusters supports."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from scipy.special import ndtri, stdtrit

from interlab_evals.statistics.clustering import standard_error

if TYPE_CHECKING:
    from interlab_evals.statistics.clustering import Sample

Method = Literal["Wilson", "clustered t", "clustered ratio", "Wilson on the mean", "none"]
"""How an interval was made; ``none`` where the episodes support none."""

Bounds = tuple[float, float]
"""The least and the greatest possible value; may be infinite."""


class Interval(NamedTuple):
    """A confidence interval; both ends are NaN where ``method`` is ``none``."""

    low: float
    high: float
    method: Method


NO_INTERVAL = Interval(math.nan, math.nan, "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its interval, and what it rests on.

    Attributes:
        value: The pooled ratio or the mean; NaN where nothing is defined.
        low: Lower end of the interval; NaN where there is none.
        high: Upper end of the interval; NaN where there is none.
        level: Nominal coverage, e.g. 0.95.
        method: How the interval was made.
        n_episodes: Episodes looked at.
        n_clusters: Clusters with a defined figure: what the interval rests on.
        n_undefined: Figures that were undefined.
        k: The pooled numerator; for a mean the sum of the values.
        n: The pooled denominator; for a mean the number of values.
    """

    value: float
    low: float
    high: float
    level: float
    method: Method
    n_episodes: int
    n_clusters: int
    n_undefined: int
    k: float
    n: float


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
    z = float(ndtri((1 + level) / 2))
    weight = z * z / n
    centre = p + weight / 2
    reach = z * math.sqrt(p * (1 - p) / n + weight / (4 * n))
    low = (centre - reach) / (1 + weight)
    high = (centre + reach) / (1 + weight)
    return max(0.0, min(low, p)), min(1.0, max(high, p))


def wilson_interval(sample: Sample, _bounds: Bounds, level: float) -> Interval:
    """Interval of a rate: Wilson's, with clusters as the number of observations.

    Where an episode gives one row this is the plain interval for k of n. Two rows of one episode count as one
    observation, which is exact if they agree and conservative if they do not.
    """
    if not sample.n_clusters:
        return NO_INTERVAL
    return Interval(*wilson(sample.value, sample.n_clusters, level), "Wilson")


def clustered_interval(sample: Sample, bounds: Bounds, level: float, method: Method) -> Interval:
    """Interval of a mean or a ratio: its clustered standard error and Student's t on G-1 degrees of freedom.

    Where t has no ground to stand on, because all clusters agree or because it would leave the range, a
    bounded quantity gets Wilson's interval around its mean instead: valid, as no variable in [0, 1] with mean
    p varies more than a yes or no does, and conservative. An unbounded one whose clusters all agree has no
    interval: that no spread was observed does not prove that there is none.
    """
    if sample.n_clusters < 2:
        return NO_INTERVAL
    value, error, (least, most) = sample.value, standard_error(sample), bounds
    reach = error * float(stdtrit(sample.n_clusters - 1, (1 + level) / 2))
    low, high = value - reach, value + reach
    bounded = math.isfinite(least) and math.isfinite(most)
    if bounded and (error == 0 or low < least or high > most):
        span = most - least
        below, above = wilson((value - least) / span, sample.n_clusters, level)
        return Interval(least + span * below, least + span * above, "Wilson on the mean")
    if error == 0:
        return NO_INTERVAL
    return Interval(max(low, least), min(high, most), method)
