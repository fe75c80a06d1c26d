"""The difference between two arms: its interval, a test, whether it is negligible."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from interlab_evals.statistics.clustering import Sample, standard_error
from interlab_evals.statistics.contrasts import Equivalence
from interlab_evals.statistics.effects import discordant_odds_ratio, odds_ratio
from interlab_evals.statistics.intervals import UNBOUNDED, mean_interval, rate_interval, t_interval
from interlab_evals.statistics.permutation import exchange_p, label_p, mixed_p

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.arms import Arms
    from interlab_evals.statistics.clustering import Codes
    from interlab_evals.statistics.contrasts import IntervalMethod, Test
    from interlab_evals.statistics.effects import OddsRatio
    from interlab_evals.statistics.intervals import Bounds, Interval

_EXACT_UP_TO: Final = 12
_EXACT_LABELINGS: Final = 9999
_LEAST_P: Final = 1e-12

Ends = Callable[[float], tuple[float, float]]
"""From a level to the ends of the interval of a difference."""


def difference_interval(
    arms: Arms, kind: Kind, bounds: Bounds, level: float
) -> tuple[float, float, IntervalMethod]:
    """Student's t for the difference, or MOVER where an arm's own interval is not by t.

    For pairs the differences themselves are what t rests on, so that it gives way only where an arm does not vary.
    MOVER (Zou and Donner, 2008) takes the interval of a difference from those of the arms: with Wilson's for
    rates it is Newcombe's, and pairs bring in the correlation of the arms.

    Args:
        arms: The arms.
        kind: What sort of quantity it is.
        bounds: Its range.
        level: Nominal coverage, in (0, 1).

    Returns:
        The ends and the method; NaN where the clusters support no interval.
    """
    rule = rate_interval if kind == "rate" else mean_interval
    first, second = (rule(each, bounds, level, 0) for each in (arms.first, arms.second))
    by_t = first.method == second.method == "clustered t"
    if arms.design == "paired" and kind != "rate":
        by_t = arms.error > 0 and all(standard_error(each) > 0 for each in (arms.first, arms.second))
    if by_t:
        found = t_interval(arms.difference, arms.error, arms.freedom, UNBOUNDED, level, "clustered t")
        if found.method == "none":
            return math.nan, math.nan, "none"
        return found.low, found.high, "paired t" if arms.design == "paired" else "Welch t"
    low, high = mover(arms, first, second)
    return low, high, "none" if math.isnan(low) else "MOVER"


def mover(arms: Arms, a: Interval, b: Interval) -> tuple[float, float]:
    """Make the interval of a difference from those of the arms.

    Args:
        arms: The arms.
        a: The interval of the first.
        b: Of the second.

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
        difference - reach(first - a.low, b.high - second),
        difference + reach(a.high - first, second - b.low),
    )


def difference_p(arms: Arms, kind: Kind, seed: int) -> tuple[float, Test]:
    """Test for a difference by exchanging labels of whole clusters; for plain pairs of yes and no, McNemar's.

    Args:
        arms: The arms.
        kind: What sort of quantity it is.
        seed: Of the exchanges drawn where there are too many to try all.

    Returns:
        The two-sided p and the test; NaN for an empty arm.
    """
    if not arms.first.n_clusters or not arms.second.n_clusters:
        return math.nan, "none"
    if arms.design == "paired":
        if kind == "rate" and arms.single:
            return _mcnemar_p(arms), "McNemar, exact"
        exact = arms.first.n_clusters <= _EXACT_UP_TO
        found = exchange_p(arms.first, arms.second, seed)
        return found, "exact exchange within clusters" if exact else "exchange within clusters"
    if len(arms.shared[0]):
        return _mixed_p(arms, seed), "permutation of labels"
    sizes = arms.first.n_clusters, arms.second.n_clusters
    exact = math.comb(sum(sizes), sizes[0]) <= _EXACT_LABELINGS
    return label_p(arms.first, arms.second, seed), (
        "exact permutation of labels" if exact else "permutation of labels"
    )


def _mcnemar_p(arms: Arms) -> float:
    """Two-sided exact p of paired yes and no: discordant pairs against a fair coin."""
    from scipy.stats import binomtest

    b, c = _discordant(arms)
    return float(binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0


def _discordant(arms: Arms) -> tuple[int, int]:
    return int((arms.first.k > arms.second.k).sum()), int((arms.first.k < arms.second.k).sum())


def odds_ratio_of(arms: Arms, level: float) -> OddsRatio:
    """The odds ratio of two rates, with its interval: of discordant pairs where there are pairs."""
    if arms.design == "paired":
        return discordant_odds_ratio(*_discordant(arms), level)
    pairs = [(each.total_k, each.total_n) for each in (arms.first, arms.second)]
    return odds_ratio((pairs[0][0], pairs[1][0]), (pairs[0][1], pairs[1][1]), level)


def _mixed_p(arms: Arms, seed: int) -> float:
    samples = list(zip((arms.first, arms.second), arms.shared, strict=True))
    shared = [_at(sample, places) for sample, places in samples]
    alone = [_at(sample, np.delete(np.arange(sample.n_clusters), places)) for sample, places in samples]
    return mixed_p((shared[0], shared[1]), alone[0], alone[1], seed)


def _at(sample: Sample, places: Codes) -> Sample:
    return Sample(sample.k[places], sample.n[places], len(places), 0)


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
    """One-sided p of "the difference is the margin or more": the alpha at which an end meets the margin."""
    is_below = difference < margin

    def clear(log_alpha: float) -> bool:
        low, high = ends(1 - 2 * math.exp(log_alpha))
        return high < margin if is_below else low > margin

    outside, inside = math.log(_LEAST_P), math.log(0.5)
    for _ in range(50):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if clear(middle) else (middle, inside)
    return math.exp(inside) if is_below else 1 - math.exp(inside)
