"""Times until an event that may not come: Kaplan-Meier and the restricted mean.

A time is censored where the episode ended before the event; leaving it out, or counting the end as the event,
would both be wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interlab_evals.statistics.clustering import Sample

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
    def limit(self) -> float:
        """How far the curve is known: without limit where the event came to all who waited longest."""
        last = self.times == self.horizon
        return math.inf if len(self) and bool(self.observed[last].all()) else self.horizon

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

    def restricted_mean(self, horizon: float) -> float:
        """The mean time until the event or the horizon, whichever comes first: the area under the curve.

        Args:
            horizon: tau, at most as far as the curve is known.
        """
        return float(self._areas(horizon).sum())

    def scores(self, durations: Durations, horizon: float) -> Floats:
        """How each row moves the restricted mean: psi_i, the limit of leaving it out.

        psi_i = -sum_j A_j (dN_i(t_j) - Y_i(t_j) d_j/r_j) / (r_j - d_j), with A_j the area from t_j to tau, dN
        whether the row's event came at t_j and Y whether it waited until then. They sum to 0, their squares to
        Greenwood's variance, sum_j A_j^2 d_j / (r_j (r_j - d_j)); without censoring they are (x_i - mean)/n.

        Args:
            durations: The rows that the curve was estimated from.
            horizon: tau.
        """
        inside = self.times < horizon
        times, at_risk, events = self.times[inside], self.at_risk[inside], self.events[inside]
        left = at_risk - events
        after = np.cumsum(self._areas(horizon)[::-1])[::-1][1:]
        own = np.divide(after, left, out=np.zeros(len(left)), where=left > 0)
        waited = np.concatenate([[0.0], np.cumsum(own * events / at_risk)])
        came = np.searchsorted(times, durations.times, side="left")
        happened = durations.observed & (durations.times < horizon)
        lost = np.where(happened, np.append(own, 0.0)[came], 0.0)
        return waited[np.searchsorted(times, durations.times, side="right")] - lost

    def _areas(self, horizon: float) -> Floats:
        """The parts of the area under the curve up to each event, and from the last one to the horizon."""
        inside = self.times < horizon
        times = np.concatenate([[0.0], self.times[inside], [horizon]])
        return np.diff(times) * np.concatenate([[1.0], self.survival[inside]])


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


def pseudo_values(durations: Durations, horizon: float) -> Floats:
    """What each row stands for in the restricted mean: values whose plain mean and clustered error are its own.

    mean + n psi_i; without censoring before the horizon these are the times themselves, cut there.

    Returns:
        Shape (rows,).

    Source:
        Andersen, Hansen and Klein (2004), with the infinitesimal jackknife in place of leaving rows out.
    """
    curve = kaplan_meier(durations)
    return curve.restricted_mean(horizon) + len(durations) * curve.scores(durations, horizon)


def waiting_sample(durations: Durations, horizon: float) -> Sample:
    """Sum times by cluster, so that the sample's value is the restricted mean.

    Its clustered standard error is sqrt(G/(G-1) sum_g (sum_{i in g} psi_i)^2): Greenwood's, times
    sqrt(G/(G-1)), where every row is a cluster.
    """
    if not len(durations):
        return Sample(np.zeros(0), np.zeros(0), 0, 0)
    clusters = np.unique(durations.clusters, return_inverse=True)[1].astype(np.intp)
    return Sample.summed(pseudo_values(durations, horizon), np.ones(len(durations)), clusters)
