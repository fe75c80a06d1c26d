"""Comparing times until an event: restricted means to a common horizon.

The restricted mean of an arm is the mean of its pseudo-values, one per row, so that what holds of means holds of
it: clusters, pairs, and tests by exchanging arms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interlab_evals.statistics.clustering import standard_error
from interlab_evals.statistics.differences import difference_p, mover
from interlab_evals.statistics.intervals import waiting_interval
from interlab_evals.statistics.survival import Durations, logrank_p, pseudo_values

if TYPE_CHECKING:
    import pandas as pd

    from interlab_evals.statistics.arms import Arms, Match
    from interlab_evals.statistics.clustering import Codes, Floats
    from interlab_evals.statistics.contrasts import IntervalMethod, Test
    from interlab_evals.statistics.intervals import Bounds


@dataclass(frozen=True, slots=True)
class Waits:
    """Two arms of times.

    Attributes:
        match: The rows, and which clusters are the same.
        first: The times of the first arm.
        second: Those of the second.
        least: The least possible time.
    """

    match: Match
    first: Durations
    second: Durations
    least: float

    @classmethod
    def of(cls, match: Match, bounds: Bounds) -> Waits:
        """Take the times out of two arms' rows."""
        first, second = (_durations(*each) for each in zip(match.frames, match.codes, strict=True))
        return cls(match, first, second, bounds[0] if math.isfinite(bounds[0]) else 0.0)

    @property
    def horizon(self) -> float:
        """How far both curves are known; where they are to their very ends, the longest time of all."""
        both = (self.first, self.second)
        if not all(map(len, both)):
            return math.nan
        known = min(each.limit for each in both)
        return known if math.isfinite(known) else max(each.horizon for each in both)

    @property
    def arms(self) -> Arms:
        """The arms, with the restricted means as their values."""
        horizon = self.horizon
        return self._summed(*(pseudo_values(each, horizon) for each in (self.first, self.second)))

    def interval(self, level: float) -> tuple[float, float, IntervalMethod]:
        """MOVER, from the intervals of the two restricted means.

        Args:
            level: Nominal coverage, in (0, 1).

        Returns:
            The ends and the method; NaN where the clusters support no interval.
        """
        arms, horizon = self.arms, self.horizon
        bounds = (min(self.least, arms.first.value, arms.second.value), horizon)
        is_open = math.isinf(self.first.limit) and math.isinf(self.second.limit)
        own = [
            waiting_interval(each, bounds, level, is_open=is_open and standard_error(each) > 0)
            for each in (arms.first, arms.second)
        ]
        low, high = mover(arms, own[0], own[1])
        return low, high, "none" if math.isnan(low) else "difference of restricted means"

    def p(self, seed: int) -> tuple[float, Test]:
        """Test whether the event comes as soon in both.

        By the log-rank test where every row is a cluster of its own. Else arms are exchanged within clusters
        that hold both, and labels of whole clusters permuted among the others, with pseudo-values from both
        arms together: these do not depend on the order of the arms.

        Args:
            seed: Of what is drawn.
        """
        match = self.match
        if not len(self.first) or not len(self.second):
            return math.nan, "none"
        if match.single and not np.intersect1d(*match.codes).size:
            p = logrank_p(self.first, self.second)
            return p, "none" if math.isnan(p) else "log-rank"
        both = Durations(
            np.concatenate([self.first.times, self.second.times]),
            np.concatenate([self.first.observed, self.second.observed]),
            np.concatenate(match.codes),
        )
        values, size = pseudo_values(both, self.horizon), len(self.first)
        return difference_p(self._summed(values[:size], values[size:]), "time-to-event", seed)

    @property
    def note(self) -> str:
        """How far the means go."""
        return f"Means are restricted to {self.horizon:g}, which both arms reach."

    def _summed(self, first: Floats, second: Floats) -> Arms:
        return self.match.arms((first, second), (np.ones(len(first)), np.ones(len(second))))


def _durations(frame: pd.DataFrame, codes: Codes) -> Durations:
    return Durations(frame["value"].to_numpy(np.float64), frame["k"].to_numpy(np.float64) > 0, codes)
