"""Confidence sequences: intervals that stay valid however often one looks, and whenever one stops."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.basis import Basis
from interlab_evals.statistics.estimators import check_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_evals.statistics.clustering import Floats

_GRID: Final = 1000
"""Steps of the mean that are tried; ends of intervals are rounded outwards to one."""

_TRUNCATION: Final = 0.5
"""c of the paper: no bet risks more than half of the capital."""


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """Intervals after each value, all of which hold at once with the nominal probability.

    Attributes:
        mean: Shape (values,): the running mean.
        low: Shape (values,): lower end after each value, rising.
        high: Shape (values,): upper end, falling.
        level: Nominal coverage of all together.
        basis: What it rests on; each value is an independent unit.
    """

    mean: Floats
    low: Floats
    high: Floats
    level: float
    basis: Basis

    def __len__(self) -> int:
        return len(self.mean)


def confidence_sequence(
    values: Sequence[float], level: float = 0.95, *, bounds: tuple[float, float] = (0.0, 1.0)
) -> ConfidenceSequence:
    """Bound a mean after each value, so that one may stop whenever one likes.

    For every mean m there is a bettor who would grow rich if m were wrong, once by betting on more and once on
    less: K+ = prod(1 + l+ (x - m)), K- = prod(1 - l- (x - m)), with bets from the variance so far. Kept are
    the m with max(K+, K-)/2 < 1/alpha; an interval never grows again.

    Args:
        values: One per independent unit (an episode, or the mean over an episode's rows), in the order in
            which they were played.
        level: Nominal coverage, in (0, 1).
        bounds: The range of the values.

    Raises:
        ParameterError: A value lies outside of the bounds, or the level is not a probability.

    Source:
        Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting": the hedged
        capital process with predictable plug-in bets, c = 1/2, theta = 1/2.
    """
    check_level(level)
    least, most = bounds
    given = np.asarray(values, dtype=np.float64)
    count = len(given)
    basis = Basis(method="betting", n_episodes=count, n_clusters=count, n_undefined=0)
    if not count:
        return ConfidenceSequence(given, given, given, level, basis)
    if math.isinf(most - least) or not ((given >= least) & (given <= most)).all():
        raise ParameterError(f"a confidence sequence takes values between {least:g} and {most:g}, none undefined")
    x = (given - least) / (most - least)
    low, high = _hedged_capital(x, 1 - level)
    span = most - least
    running = np.cumsum(given) / np.arange(1, len(given) + 1)
    return ConfidenceSequence(running, least + span * low, least + span * high, level, basis)


def _hedged_capital(x: Floats, alpha: float) -> tuple[Floats, Floats]:
    m = np.linspace(0, 1, _GRID + 1)
    with np.errstate(divide="ignore"):
        most = _TRUNCATION / m, _TRUNCATION / (1 - m)
    up, down = np.zeros_like(m), np.zeros_like(m)
    low, high = np.empty_like(x), np.empty_like(x)
    inside = np.ones(len(m), dtype=bool)
    for place, (value, bet) in enumerate(zip(x, _bets(x, alpha), strict=True)):
        up += np.log1p(np.minimum(bet, most[0]) * (value - m))
        down += np.log1p(-np.minimum(bet, most[1]) * (value - m))
        inside &= np.maximum(up, down) + math.log(0.5) < -math.log(alpha)
        kept = np.flatnonzero(inside)
        ends = (kept[0] - 1, kept[-1] + 1) if len(kept) else (round(low[place - 1] * _GRID),) * 2
        low[place], high[place] = max(0, ends[0]) / _GRID, min(_GRID, ends[1]) / _GRID
    return low, high


def _bets(x: Floats, alpha: float) -> Floats:
    """The size of each bet from what came before: sqrt(2 log(2/alpha) / (s^2 t log(1 + t)))."""
    t = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    return np.sqrt(2 * math.log(2 / alpha) / (before * t * np.log1p(t)))
