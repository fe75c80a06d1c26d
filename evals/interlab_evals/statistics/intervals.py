"""The intervals that a sample of clusters supports, and the rule by which one is taken.

What the rule rests on is measured by ``python -m benchmarks.coverage`` and told in docs/statistics.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from scipy.special import stdtrit

from interlab_evals.statistics.clustering import standard_error
from interlab_evals.statistics.proportions import clopper_pearson, effective_wilson, wilson
from interlab_evals.statistics.resampling import bootstrap_interval, wild_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interlab_evals.statistics.clustering import Sample

Method = Literal[
    "Wilson",
    "Clopper-Pearson",
    "clustered t",
    "clustered ratio",
    "Wilson, effective n",
    "Wilson on the mean",
    "cluster bootstrap (BCa)",
    "wild cluster bootstrap",
    "two-way clustered t",
    "partner-clustered t",
    "Kaplan-Meier",
    "by symmetry",
    "one play",
    "none",
]
"""Method of an interval; ``none`` where the episodes support no interval.

``by symmetry`` and ``one play`` are values without an interval, because no other value is possible.
"""

Choice = Literal["auto", "exact", "t", "bca", "wild"]
"""Which interval is asked for: by the kind's rule; guaranteed coverage of a rate; clustered t; cluster bootstrap;
wild cluster bootstrap, for few clusters."""

Bounds = tuple[float, float]
"""The least and the greatest possible value; may be infinite."""

UNBOUNDED: Final[Bounds] = (-math.inf, math.inf)

_FARTHEST: Final = 300.0
"""Greatest logarithm of a factor: its square is still a float."""

_MIDDLE: Final = 1.25
"""From how many standard deviations off the nearer bound on a sample counts as being in the middle."""

_BOOTSTRAP_FROM: Final = 20
"""Clusters from which on a bootstrap is no worse than t."""


class Interval(NamedTuple):
    """A confidence interval; both ends are NaN where ``method`` is ``none``."""

    low: float
    high: float
    method: Method
    seed: int | None = None
    """Of the resampling; ``None`` where nothing was drawn."""


NO_INTERVAL = Interval(math.nan, math.nan, "none")


def rate_interval(sample: Sample, _bounds: Bounds, level: float, _seed: int) -> Interval:
    """Interval of a rate: Wilson's, with clusters as the number of observations.

    Where an episode gives one row this is the plain interval for k of n. Two rows of one episode count as one
    observation, which is exact if they agree and conservative if they do not; unequal clusters count as so many
    equal ones as tell as much.
    """
    if not sample.n_clusters:
        return NO_INTERVAL
    return Interval(*wilson(sample.value, sample.effective_size, level), "Wilson")


def mean_interval(sample: Sample, bounds: Bounds, level: float, _seed: int) -> Interval:
    """Interval of a mean; see :func:`interval_of`."""
    return interval_of(sample.value, standard_error(sample), sample.n_clusters, bounds, level, "clustered t")


def ratio_interval(sample: Sample, bounds: Bounds, level: float, _seed: int) -> Interval:
    """Interval of a ratio of sums; see :func:`interval_of`."""
    return interval_of(sample.value, standard_error(sample), sample.n_clusters, bounds, level, "clustered ratio")


def share_interval(sample: Sample, bounds: Bounds, level: float, seed: int) -> Interval:
    """Interval of a share: a cluster bootstrap where there is ground for one, else as for a ratio."""
    by_rule = ratio_interval(sample, bounds, level, seed)
    if by_rule.method != "clustered ratio" or sample.n_clusters < _BOOTSTRAP_FROM:
        return by_rule
    return bca_interval(sample, bounds, level, seed)


def bca_interval(sample: Sample, bounds: Bounds, level: float, seed: int) -> Interval:
    """Cluster bootstrap, bias-corrected and accelerated; by the rule where clusters do not differ."""
    if not standard_error(sample) > 0:
        return mean_interval(sample, bounds, level, seed)
    return Interval(*bootstrap_interval(sample, level, seed), "cluster bootstrap (BCa)", seed)


def _wild(sample: Sample, bounds: Bounds, level: float, seed: int) -> Interval:
    if not standard_error(sample) > 0:
        return mean_interval(sample, bounds, level, seed)
    low, high = wild_interval(sample, bounds, level, seed)
    if math.isnan(low):
        return NO_INTERVAL
    return Interval(low, high, "wild cluster bootstrap", seed)


def _exact(sample: Sample, _bounds: Bounds, level: float, _seed: int) -> Interval:
    if not sample.n_clusters:
        return NO_INTERVAL
    count = sample.effective_size
    return Interval(*clopper_pearson(sample.value * count, count, level), "Clopper-Pearson")


def _plain_t(sample: Sample, bounds: Bounds, level: float, _seed: int) -> Interval:
    return t_interval(sample.value, standard_error(sample), sample.n_clusters - 1, bounds, level, "clustered t")


CHOSEN: Final[Mapping[Choice, Callable[[Sample, Bounds, float, int], Interval]]] = {
    "exact": _exact,
    "t": _plain_t,
    "bca": bca_interval,
    "wild": _wild,
}
"""The intervals that may be asked for instead of the rule's."""


def interval_of(
    value: float, error: float, clusters: int, bounds: Bounds, level: float, method: Method
) -> Interval:
    """Make the interval of a mean, a ratio or a restricted mean from its clustered standard error.

    Student's t on G-1 degrees of freedom, unless the quantity is bounded and the value is near a bound
    (nearer than 1.25 standard deviations of a cluster): there t covers too seldom, and Wilson's interval with
    an effective number of observations takes its place. Where all clusters agree, a bounded quantity gets
    Wilson's interval around its mean: valid, as no variable in [0, 1] with mean p varies more than a yes or no
    does, and conservative. An unbounded one whose clusters all agree has no interval: that no spread was
    observed does not prove that there is none.

    Args:
        value: The estimate.
        error: Its standard error; 0 where all clusters agree, NaN where there is none.
        clusters: How many clusters it rests on.
        bounds: The range of the quantity.
        level: Nominal coverage, in (0, 1).
        method: What t's interval is called.
    """
    least, most = bounds
    if clusters < 2 or math.isnan(error) or least == most:
        return NO_INTERVAL
    if not (math.isfinite(least) and math.isfinite(most)):
        return NO_INTERVAL if error == 0 else t_interval(value, error, clusters - 1, bounds, level, method)
    span = most - least
    share = min(max((value - least) / span, 0.0), 1.0)
    if error == 0:
        low, high = wilson(share, clusters, level)
        return Interval(least + span * low, least + span * high, "Wilson on the mean")
    deviation = error * math.sqrt(clusters) / span
    by_t = t_interval(value, error, clusters - 1, UNBOUNDED, level, method)
    leaves = by_t.low < least or by_t.high > most
    if leaves or min(share, 1 - share) < _MIDDLE * deviation:
        low, high = effective_wilson(share, error / span, clusters, level)
        return Interval(least + span * low, least + span * high, "Wilson, effective n")
    return by_t


def is_near_bound(sample: Sample, bounds: Bounds, deviations: float) -> bool:
    """Return true if a sample that varies is so many standard deviations of a cluster from the nearer bound."""
    nearest = min(sample.value - bounds[0], bounds[1] - sample.value)
    return nearest < deviations * standard_error(sample) * math.sqrt(sample.n_clusters)


def waiting_interval(sample: Sample, bounds: Bounds, level: float, *, is_open: bool) -> Interval:
    """Make the interval of a restricted mean time; see :func:`interval_of`.

    Where the event came to all, the longest time does not bound the mean, and times are skewed: Student's
    interval is made for the logarithm of how far the mean is above the least time,
    (R - least) exp(± t SE / (R - least)).

    Args:
        sample: Pseudo-values, whose mean is the restricted mean.
        bounds: The least time and the horizon.
        level: Nominal coverage, in (0, 1).
        is_open: Whether the event came to all.
    """
    error, above = standard_error(sample), sample.value - bounds[0]
    if is_open and error > 0 and above > 0:
        reach = min(error / above * float(stdtrit(sample.n_clusters - 1, (1 + level) / 2)), _FARTHEST)
        return Interval(bounds[0] + above * math.exp(-reach), bounds[0] + above * math.exp(reach), "Kaplan-Meier")
    return interval_of(sample.value, error, sample.n_clusters, bounds, level, "Kaplan-Meier")


def t_interval(
    value: float, error: float, freedom: float, bounds: Bounds, level: float, method: Method
) -> Interval:
    """Make Student's interval, cut at the bounds; none without a standard error above 0."""
    if not error > 0 or freedom <= 0:
        return NO_INTERVAL
    reach = error * float(stdtrit(freedom, (1 + level) / 2))
    return Interval(max(value - reach, bounds[0]), min(value + reach, bounds[1]), method)
