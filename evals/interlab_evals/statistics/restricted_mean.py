"""Comparison of times until an event: restricted means to a common horizon.

The restricted mean of an arm is the mean of its pseudo-values, one per row, so that clusters and pairs
work as for means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from interlab_evals.statistics.clustering import standard_error
from interlab_evals.statistics.differences import Difference, mover, p_of, student
from interlab_evals.statistics.intervals import waiting_interval
from interlab_evals.statistics.survival import Durations, pseudo_values

if TYPE_CHECKING:
    import pandas as pd

    from interlab_evals.statistics.arms import Arms, Match
    from interlab_evals.statistics.clustering import Codes, Floats
    from interlab_evals.statistics.intervals import Bounds


@dataclass(frozen=True)
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
        """The time up to which both curves are known; if that is to their ends, the longest time of all."""
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

    def interval(self, level: float) -> tuple[float, float]:
        """Return the MOVER interval, from those of the two restricted means; NaN where clusters support none.

        Args:
            level: Nominal coverage, in (0, 1).
        """
        arms, bounds, is_open = self._judged
        first, second = (
            waiting_interval(each, bounds, level, is_open=is_open and standard_error(each) > 0)
            for each in (arms.first, arms.second)
        )
        return mover(arms, first[:2], second[:2])

    @cached_property
    def _judged(self) -> tuple[Arms, Bounds, bool]:
        """The arms, the range of their means, and whether the event came to all."""
        arms = self.arms
        bounds = (min(self.least, arms.first.value, arms.second.value), self.horizon)
        return arms, bounds, math.isinf(self.first.limit) and math.isinf(self.second.limit)

    def difference(self) -> Difference:
        """Return the method for the difference: paired t of pseudo-values if both arms vary, else MOVER."""
        arms = self.arms
        if arms.design == "paired" and arms.error > 0 and standard_error(arms.first) * standard_error(arms.second):
            return student("paired t", arms.difference, arms.error, arms.freedom)

        def ends(level: float) -> tuple[float, float]:
            return self.interval(level)

        p = p_of(ends)
        return Difference("none" if math.isnan(p) else "difference of restricted means", ends, p)

    @property
    def note(self) -> str:
        """A sentence on the horizon of the means."""
        return f"Means are restricted to {self.horizon:g}, which both arms reach."

    def _summed(self, first: Floats, second: Floats) -> Arms:
        return self.match.arms((first, second), (np.ones(len(first)), np.ones(len(second))))


def _durations(frame: pd.DataFrame, codes: Codes) -> Durations:
    return Durations(frame["value"].to_numpy(np.float64), frame["k"].to_numpy(np.float64) > 0, codes)
