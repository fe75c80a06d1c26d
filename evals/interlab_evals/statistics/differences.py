"""Difference between two arms by one method, read as an interval, as a test and as a verdict on equivalence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from scipy.special import stdtr, stdtrit

from interlab_evals.statistics.clustering import standard_error
from interlab_evals.statistics.contrasts import Equivalence
from interlab_evals.statistics.effects import discordant_odds_ratio, odds_ratio
from interlab_evals.statistics.intervals import is_near_bound
from interlab_evals.statistics.planning import first
from interlab_evals.statistics.proportions import dispersion, score_interval

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.arms import Arms
    from interlab_evals.statistics.clustering import Sample
    from interlab_evals.statistics.contrasts import ContrastMethod
    from interlab_evals.statistics.effects import OddsRatio
    from interlab_evals.statistics.intervals import Bounds

_NEAR: Final = 0.5
"""Standard deviations of a cluster from a bound, below which an interval of t covers too seldom."""

_NEAR_ALONE: Final = 1.25
"""The same where the other arm does not vary, so that its skew does not offset that of the first."""

_LEAST_P: Final = 1e-12
_HALVINGS: Final = 50

Ends = Callable[[float], tuple[float, float]]
"""From a level to the ends of the interval of a difference."""


class Difference(NamedTuple):
    """One method for a difference, with its two readings.

    Attributes:
        method: The method.
        ends: The interval at a level: all differences that the test does not reject.
        p: Two-sided p of no difference: the least alpha at which the interval at level 1 - alpha excludes 0.
    """

    method: ContrastMethod
    ends: Ends
    p: float


def difference_of(arms: Arms, kind: Kind, bounds: Bounds) -> Difference:
    """Choose the method for a difference, by the kind of metric and the design.

    Rates with one yes or no per cluster: Agresti and Caffo's method for independent arms, Bonett and Price's for
    pairs, both with the quantile of t. Everything else: t, paired or Welch's, on clustered errors. An arm that
    does not vary adds no variance. Near a bound, where t covers too seldom: MOVER of effective Wilson intervals.
    Where nothing varies: the exact bound on the share of clusters that could differ.

    Args:
        arms: The arms.
        kind: The sort of quantity.
        bounds: Its range.

    Source:
        Agresti and Caffo (2000); Bonett and Price (2012); Fagerland, Lydersen and Laake (2014); Zou and Donner
        (2008).
    """
    fewest = min(arms.first.n_clusters, arms.second.n_clusters)
    if not fewest:
        return _NONE
    if kind == "rate" and arms.single:
        if arms.design == "paired":
            return _bonett_price(*_discordant(arms), arms.first.n_clusters)
        if not len(arms.shared[0]):
            both = arms.first, arms.second
            return _agresti_caffo(tuple(each.value for each in both), tuple(each.n_clusters for each in both))
    error = arms.error
    if fewest < 2 or math.isnan(error):
        return _NONE
    if error == 0:
        return _identical(arms, bounds, fewest)
    if _is_skewed(arms, bounds):
        ends = partial(_mover_ends, arms, bounds)
        return Difference("MOVER", ends, p_of(ends))
    return student("paired t" if arms.design == "paired" else "Welch t", arms.difference, error, arms.freedom)


def student(
    method: ContrastMethod, centre: float, error: float, freedom: float, bounds: Bounds = (-math.inf, math.inf)
) -> Difference:
    """Return Student's interval about a centre, and the p of its test."""

    def ends(level: float) -> tuple[float, float]:
        reach = error * float(stdtrit(freedom, (1 + level) / 2))
        return max(centre - reach, bounds[0]), min(centre + reach, bounds[1])

    return Difference(method, ends, 2 * float(stdtr(freedom, -abs(centre) / error)))


def _agresti_caffo(shares: Sequence[float], counts: Sequence[int]) -> Difference:
    """Add one success and one failure to each arm; t on one degree of freedom less than the smaller arm.

    By exact enumeration on a grid of rates, 1 included, it then covers .937 at least with 6 to 50 clusters.
    """
    sizes = [count + 2 for count in counts]
    rates = [(share * count + 1) / (count + 2) for share, count in zip(shares, counts, strict=True)]
    error = math.sqrt(sum(rate * (1 - rate) / size for rate, size in zip(rates, sizes, strict=True)))
    freedom = max(min(counts) - 1, 1)
    return student("Agresti-Caffo", rates[0] - rates[1], error, freedom, (-1.0, 1.0))


def _bonett_price(only_first: int, only_second: int, pairs: int) -> Difference:
    """Add one pair to each kind of discordant pairs; t on one degree of freedom less than pairs."""
    size = pairs + 2
    first, second = (only_first + 1) / size, (only_second + 1) / size
    error = math.sqrt((first + second - (first - second) ** 2) / size)
    return student("Bonett-Price", first - second, error, max(pairs - 1, 1), (-1.0, 1.0))


def fewest_for_rates(*, paired: bool, level: float) -> int:
    """Return the fewest clusters (per arm) with which all yes against all no is significant.

    Args:
        paired: Whether clusters are in both arms.
        level: 1 - alpha, in (0, 1).
    """

    def fails(clusters: int) -> bool:
        found = (
            _bonett_price(clusters, 0, clusters) if paired else _agresti_caffo((1.0, 0.0), (clusters, clusters))
        )
        return found.p > 1 - level

    return first(fails, 2)


def _identical(arms: Arms, bounds: Bounds, clusters: int) -> Difference:
    """Bound a difference that is the same in every cluster.

    If a share s of clusters differs, G clusters all miss it with probability (1 - s)^G. Those that differ can be
    as far away as the range allows; without a finite range the method gives no interval.
    """
    difference, span = arms.difference, bounds[1] - bounds[0]
    if abs(difference) <= 1e-12 * max(abs(arms.first.value), abs(arms.second.value)):
        difference = 0.0
    if not math.isfinite(span) or span <= 0:
        return Difference("identical", _no_ends, math.nan if difference else 1.0)

    def ends(level: float) -> tuple[float, float]:
        share = deviating_share(clusters, level)
        return difference - share * (span + difference), difference + share * (span - difference)

    return Difference("identical", ends, (span / (span + abs(difference))) ** clusters)


def deviating_share(clusters: int, level: float) -> float:
    """Return the greatest share of clusters that can differ although all that were observed are the same.

    Args:
        clusters: G, the clusters observed, at least 1.
        level: Confidence, in (0, 1).

    Source:
        Clopper and Pearson (1934), for none of G: 1 - (1 - level)^(1/G).
    """
    return 1 - (1 - level) ** (1 / clusters)


def _is_skewed(arms: Arms, bounds: Bounds) -> bool:
    """Return true if an arm is so near to a bound that t would cover too seldom."""
    if not all(map(math.isfinite, bounds)) or (len(arms.shared[0]) and arms.design == "independent"):
        return False
    varying = [each for each in (arms.first, arms.second) if standard_error(each) > 0]
    if arms.design == "paired" and len(varying) == 2:
        return False
    return any(is_near_bound(each, bounds, _NEAR if len(varying) == 2 else _NEAR_ALONE) for each in varying)


def _mover_ends(arms: Arms, bounds: Bounds, level: float) -> tuple[float, float]:
    first = _arm_ends(arms.first, arms.second, bounds, level)
    second = _arm_ends(arms.second, arms.first, bounds, level)
    return mover(arms, first, second)


def _arm_ends(sample: Sample, other: Sample, bounds: Bounds, level: float) -> tuple[float, float]:
    """Return the interval of one arm.

    An arm that does not vary, at a bound, has the dispersion of the other arm; elsewhere it is a constant.
    """
    least, span = bounds[0], bounds[1] - bounds[0]
    error, clusters = standard_error(sample), sample.n_clusters
    share = min(max((sample.value - least) / span, 0.0), 1.0)
    quantile = float(stdtrit(clusters - 1, (1 + level) / 2))
    if error > 0 and not is_near_bound(sample, bounds, _NEAR if standard_error(other) > 0 else _NEAR_ALONE):
        return sample.value - quantile * error, sample.value + quantile * error
    if error > 0:
        rho = dispersion(share, error / span, clusters)
    elif 1e-9 < share < 1 - 1e-9:
        return sample.value, sample.value
    else:
        rho = dispersion((other.value - least) / span, standard_error(other) / span, other.n_clusters)
    low, high = score_interval(share, clusters / rho, quantile)
    return least + span * low, least + span * high


def mover(arms: Arms, a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Make the interval of a difference from those of the arms.

    Args:
        arms: The arms.
        a: Ends of the interval of the first.
        b: Ends of the interval of the second.

    Returns:
        The ends; NaN where an arm has no interval.

    Source:
        Zou and Donner (2008).
    """
    first, second = arms.first.value, arms.second.value
    spread = standard_error(arms.first) * standard_error(arms.second)
    correlation = min(max(arms.covariance / spread, -1.0), 1.0) if spread > 0 else 0.0

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))

    difference = arms.difference
    return (
        difference - reach(first - a[0], b[1] - second),
        difference + reach(a[1] - first, second - b[0]),
    )


def p_of(ends: Ends) -> float:
    """Find the p of no difference that belongs to an interval: the least alpha at which it excludes 0.

    Args:
        ends: From a level to the ends; intervals at greater levels hold those at smaller ones.

    Returns:
        p, not below 1e-12; NaN without an interval.
    """

    def excludes(log_alpha: float) -> bool:
        low, high = ends(1 - math.exp(log_alpha))
        return low > 0 or high < 0

    if math.isnan(ends(0.95)[0]):
        return math.nan
    outside, inside = math.log(_LEAST_P), -1e-9
    if not excludes(inside):
        return 1.0
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if excludes(middle) else (middle, inside)
    return math.exp(inside)


def _no_ends(_level: float) -> tuple[float, float]:
    return math.nan, math.nan


_NONE: Final = Difference("none", _no_ends, math.nan)


def _discordant(arms: Arms) -> tuple[int, int]:
    return int((arms.first.k > arms.second.k).sum()), int((arms.first.k < arms.second.k).sum())


def odds_ratio_of(arms: Arms, level: float) -> OddsRatio:
    """Return the odds ratio of two rates, with its interval: of discordant pairs where there are pairs."""
    if arms.design == "paired":
        return discordant_odds_ratio(*_discordant(arms), level)
    pairs = [(each.total_k, each.total_n) for each in (arms.first, arms.second)]
    return odds_ratio((pairs[0][0], pairs[1][0]), (pairs[0][1], pairs[1][1]), level)


def equivalence_of(ends: Ends, difference: float, margin: float, level: float) -> Equivalence:
    """Judge by two one-sided tests whether a difference is smaller than the margin.

    The tests are those that the interval makes: p is the least alpha at which the interval at level 1 - 2 alpha
    lies within the margin, which for Student's interval is the greater p of the two one-sided t tests.

    Args:
        ends: From a level to the interval of the difference.
        difference: The difference.
        margin: The smallest difference of interest, above 0.
        level: 1 - alpha, above 1/2.

    Source:
        Schuirmann (1987).
    """
    low, high = ends(2 * level - 1)
    p = math.nan
    if not math.isnan(low):
        p = max(_beyond(ends, difference, margin), _beyond(_mirrored(ends), -difference, margin))
    return Equivalence(margin=margin, low=low, high=high, p=p)


def _mirrored(ends: Ends) -> Ends:
    def mirrored(level: float) -> tuple[float, float]:
        low, high = ends(level)
        return -high, -low

    return mirrored


def _beyond(ends: Ends, difference: float, margin: float) -> float:
    """Find the one-sided p of a difference of the margin or more: the alpha at which an end meets the margin."""
    is_below = difference < margin

    def clear(log_alpha: float) -> bool:
        low, high = ends(1 - 2 * math.exp(log_alpha))
        return high < margin if is_below else low > margin

    outside, inside = math.log(_LEAST_P), math.log(0.5)
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if clear(middle) else (middle, inside)
    return math.exp(inside) if is_below else 1 - math.exp(inside)
