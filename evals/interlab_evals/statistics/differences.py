"""The difference between two arms: its interval, a test, whether it is negligible."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtr

from interlab_evals.statistics.clustering import Sample, standard_error
from interlab_evals.statistics.contrasts import Equivalence
from interlab_evals.statistics.effects import discordant_odds_ratio, odds_ratio
from interlab_evals.statistics.intervals import UNBOUNDED, interval_of, rate_interval, t_interval
from interlab_evals.statistics.permutation import exchange_p, label_p, mixed_p

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.arms import Arms
    from interlab_evals.statistics.clustering import Codes
    from interlab_evals.statistics.contrasts import IntervalMethod, Test
    from interlab_evals.statistics.effects import OddsRatio
    from interlab_evals.statistics.intervals import Bounds

_EXACT_UP_TO: Final = 12
_EXACT_LABELINGS: Final = 9999


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
    own: list[tuple[float, float]] = []
    by_t = True
    for sample in (arms.first, arms.second):
        if kind == "rate":
            interval = rate_interval(sample, bounds, level, 0)
        else:
            error = standard_error(sample)
            interval = interval_of(sample.value, error, sample.n_clusters, bounds, level, "clustered t")
        own.append((interval.low, interval.high))
        by_t = by_t and interval.method == "clustered t"
    if arms.design == "paired" and kind != "rate":
        by_t = arms.error > 0 and all(standard_error(each) > 0 for each in (arms.first, arms.second))
    if by_t:
        found = t_interval(arms.difference, arms.error, arms.freedom, UNBOUNDED, level, "clustered t")
        if found.method == "none":
            return math.nan, math.nan, "none"
        return found.low, found.high, "paired t" if arms.design == "paired" else "Welch t"
    low, high = _mover(arms, *own)
    return low, high, "none" if math.isnan(low) else "MOVER"


def _mover(arms: Arms, a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
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


def equivalence_of(
    difference: float, error: float, freedom: float, interval: tuple[float, float], margin: float
) -> Equivalence:
    """Judge by two one-sided t tests whether a difference is smaller than the margin.

    Args:
        difference: The difference.
        error: Its standard error.
        freedom: Degrees of freedom of the error.
        interval: Its interval at level 1 - 2 alpha.
        margin: The smallest difference of interest, above 0.

    Source:
        Schuirmann (1987).
    """
    p = math.nan
    if error > 0:
        sides = (-(difference + margin) / error, (difference - margin) / error)
        p = max(float(stdtr(freedom, each)) for each in sides)
    low, high = interval
    return Equivalence(margin=margin, low=low, high=high, p=p, equivalent=-margin < low and high < margin)
