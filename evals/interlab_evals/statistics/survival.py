"""Times until an event that may not come: Kaplan-Meier, the restricted mean, the log-rank test.

A time is censored where the episode ended before the event; leaving it out, or counting the end as the event,
would both be wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.statistics.clustering import Codes, Floats


@dataclass(frozen=True, slots=True)
class Durations:
    """Times, each with whether the event came.

    Attributes:
        times: Shape (rows,), above 0.
        observed: Shape (rows,): whether the event came then; else the time is censored.
        clusters: Shape (rows,): the cluster of each row, numbered from 0.
    """

    times: Floats
    observed: NDArray[np.bool_]
    clusters: Codes

    def __len__(self) -> int:
        return len(self.times)

    def where(self, chosen: NDArray[np.bool_]) -> Durations:
        """Keep some rows."""
        return Durations(self.times[chosen], self.observed[chosen], self.clusters[chosen])

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(np.unique(self.clusters))

    @property
    def horizon(self) -> float:
        """The longest time; NaN where there is none."""
        return float(self.times.max()) if len(self) else math.nan

    @property
    def censored(self) -> Any:
        """The same as SciPy has it."""
        from scipy.stats import CensoredData

        return CensoredData(self.times[self.observed], right=self.times[~self.observed])


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """The Kaplan-Meier estimate: how often the event has not come yet.

    Attributes:
        times: Shape (steps,): the distinct times at which events came, rising.
        survival: Shape (steps,): the share without event just after each.
        at_risk: Shape (steps,): rows still waiting just before each.
        events: Shape (steps,): events at each.
    """

    times: Floats
    survival: Floats
    at_risk: Floats
    events: Floats

    def restricted_mean(self, horizon: float) -> tuple[float, float]:
        """The mean time until the event or the horizon, whichever comes first, and its standard error.

        The area under the curve up to the horizon tau; its variance after Greenwood, sum over events of A_j^2
        d_j / (r_j (r_j - d_j)) with A_j the area from t_j to tau.

        Args:
            horizon: tau, at most the longest time observed.
        """
        inside = self.times < horizon
        times = np.concatenate([[0.0], self.times[inside], [horizon]])
        areas = np.diff(times) * np.concatenate([[1.0], self.survival[inside]])
        after = np.cumsum(areas[::-1])[::-1][1:]
        left = self.at_risk[inside] - self.events[inside]
        hazard = np.divide(
            self.events[inside], self.at_risk[inside] * left, out=np.zeros(len(left)), where=left > 0
        )
        return float(areas.sum()), math.sqrt(float((after**2 * hazard).sum()))


def kaplan_meier(durations: Durations) -> SurvivalCurve:
    """Estimate how often the event has not come yet, by time.

    Source:
        Kaplan and Meier (1958); the same as ``scipy.stats.ecdf(...).sf``.
    """
    times = np.unique(durations.times[durations.observed])
    order = np.sort(durations.times)
    at_risk = (len(order) - np.searchsorted(order, times, side="left")).astype(np.float64)
    happened = np.sort(durations.times[durations.observed])
    events = (np.searchsorted(happened, times, "right") - np.searchsorted(happened, times, "left")).astype(
        np.float64
    )
    return SurvivalCurve(times, np.cumprod(1 - events / at_risk).astype(np.float64), at_risk, events)


def restricted_mean(durations: Durations, horizon: float) -> tuple[float, float]:
    """The mean time until the event or the horizon, and its standard error, clustered.

    Where every row is a cluster the error is Greenwood's; else it comes of leaving out one cluster at a time.

    Returns:
        The mean and its standard error; the error is NaN for fewer than two clusters.
    """
    if not len(durations):
        return math.nan, math.nan
    mean, error = kaplan_meier(durations).restricted_mean(horizon)
    clusters = np.unique(durations.clusters)
    if len(clusters) < 2:
        return mean, math.nan
    if len(clusters) == len(durations):
        return mean, error
    left_out = np.array(
        [
            kaplan_meier(durations.where(durations.clusters != each)).restricted_mean(horizon)[0]
            for each in clusters
        ]
    )
    spread = float(((left_out - left_out.mean()) ** 2).sum())
    return mean, math.sqrt((len(clusters) - 1) / len(clusters) * spread)


def logrank_p(first: Durations, second: Durations) -> float:
    """Two-sided p of "the event comes as soon in both", by the log-rank test; NaN where no event came.

    Source:
        Mantel (1966), as ``scipy.stats.logrank`` has it.
    """
    if not len(first) or not len(second) or not (first.observed.any() or second.observed.any()):
        return math.nan
    from scipy.stats import logrank

    found: Any = logrank(first.censored, second.censored)
    return float(found.pvalue)
