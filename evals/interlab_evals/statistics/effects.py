"""Sizes of effects: how far apart two arms are, in units that do not depend on n."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from interlab_evals.statistics.clustering import Floats


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """An odds ratio and its interval; NaN where a cell of the table is empty."""

    value: float
    low: float
    high: float


def cohens_d(first: Floats, second: Floats) -> float:
    """Difference of means in pooled standard deviations.

    Args:
        first: Shape (n,), one value per cluster.
        second: Shape (m,), the same of the other arm.

    Returns:
        d; NaN for arms of fewer than two, or without any spread but that of rounding.
    """
    n, m = len(first), len(second)
    if n < 2 or m < 2:
        return math.nan
    squares = float(((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum())
    rounding = 1e-9 * max(float(np.abs(first).max()), float(np.abs(second).max()))
    if squares <= (n + m) * rounding**2:
        return math.nan
    return float(first.mean() - second.mean()) / math.sqrt(squares / (n + m - 2))


def hedges_g(first: Floats, second: Floats) -> float:
    """Cohen's d without its bias: g = J d, J = Gamma(f/2) / (sqrt(f/2) Gamma((f-1)/2)), f = n + m - 2.

    Args:
        first: Shape (n,), one value per cluster.
        second: Shape (m,), the same of the other arm.

    Returns:
        g; NaN where d is.

    Source:
        Hedges (1981).
    """
    half = (len(first) + len(second) - 2) / 2
    d = cohens_d(first, second)
    if math.isnan(d) or half <= 0.5:
        return math.nan
    return d * math.exp(float(gammaln(half)) - float(gammaln(half - 0.5))) / math.sqrt(half)


def cliffs_delta(first: Floats, second: Floats) -> float:
    """Return how much oftener a value of the first arm is above one of the second than below: P(x > y) - P(x < y).

    Args:
        first: Shape (n,), one value per cluster.
        second: Shape (m,), the same of the other arm.

    Returns:
        delta in [-1, 1]; NaN for an empty arm.

    Source:
        Cliff (1993); 2U/nm - 1 with U of Mann and Whitney.
    """
    if not len(first) or not len(second):
        return math.nan
    ordered = np.sort(second)
    above, up_to = (int(np.searchsorted(ordered, first, side).sum()) for side in ("left", "right"))
    return (above + up_to) / (len(first) * len(second)) - 1


def odds_ratio(k: tuple[float, float], n: tuple[float, float], level: float = 0.95) -> OddsRatio:
    """The odds ratio of two independent rates, k_1 (n_2 - k_2) / (k_2 (n_1 - k_1)), with Woolf's interval.

    Args:
        k: Successes in each arm.
        n: Trials in each arm.
        level: Nominal coverage, in (0, 1).
    """
    from scipy.special import ndtri

    table = (k[0], n[0] - k[0], k[1], n[1] - k[1])
    if min(table) <= 0:
        return OddsRatio(math.nan, math.nan, math.nan)
    log = math.log(table[0] * table[3] / (table[1] * table[2]))
    reach = float(ndtri((1 + level) / 2)) * math.sqrt(sum(1 / each for each in table))
    return OddsRatio(math.exp(log), math.exp(log - reach), math.exp(log + reach))


def discordant_odds_ratio(b: float, c: float, level: float = 0.95) -> OddsRatio:
    """The odds ratio of paired yes and no: pairs in which only the first said yes, over those of the second.

    Args:
        b: Pairs in which only the first did.
        c: Pairs in which only the second did.
        level: Nominal coverage, in (0, 1).
    """
    from interlab_evals.statistics.proportions import clopper_pearson

    if b <= 0 or c <= 0:
        return OddsRatio(math.nan, math.nan, math.nan)
    low, high = clopper_pearson(b, b + c, level)
    return OddsRatio(b / c, low / (1 - low), high / (1 - high) if high < 1 else math.inf)
