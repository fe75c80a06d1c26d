"""Intervals of ranks, and chances of being best, from resampled values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.statistics.clustering import Floats

_SAME = 1e-9
"""Differences up to this much, relative to the largest value, count as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Ranks with their intervals.

    Attributes:
        rank: Shape (players,): 1 + the number of players with a greater value.
        low: Shape (players,): the best rank that is compatible with the data; NaN without resamples.
        high: Shape (players,): the worst rank.
        best: Shape (players,): chance of having the greatest value; players that share it share the chance.
    """

    rank: Floats
    low: Floats
    high: Floats
    best: Floats


def ranks_of(values: Floats, draws: NDArray[np.float64], n_clusters: int, level: float) -> Ranks:
    """Rank values from the greatest, with intervals of the ranks.

    A player's best rank is 1 + the number of players above it, its worst rank the number of players not below it.
    A player counts as above or below another where their difference exceeds t(1/2 + level/2, n_clusters - 1)
    standard errors, taken from the resamples and freed of the shrinkage of a bootstrap of few clusters. Intervals
    hold for one player at a time.

    Args:
        values: Shape (players,).
        draws: Shape (resamples, players): the values in resamples of whole clusters.
        n_clusters: Number of clusters that were resampled.
        level: Nominal coverage, in (0, 1).

    Source:
        Goldstein and Spiegelhalter (1996) for ranks with intervals; Mogstad, Romano, Shaikh and Wilhelm (2024) for
        counting the differences that are significant. Quantiles of resampled ranks cover too rarely where players
        are close: 0.87 of nominal 0.95 for eight players.
    """
    same = _SAME * max(1.0, float(np.abs(values).max(initial=0.0)))
    difference = values[:, None] - values[None, :]
    rank = 1.0 + (difference < -same).sum(axis=1)
    players = len(values)
    if n_clusters < 2 or not len(draws):
        unknown = np.full(players, math.nan)
        return Ranks(rank=rank, low=unknown, high=unknown, best=unknown)
    error = np.sqrt(_variances(draws) * n_clusters / (n_clusters - 1))
    reach = np.maximum(float(stdtrit(n_clusters - 1, (1 + level) / 2)) * error, same)
    low = 1.0 + (difference < -reach).sum(axis=1)
    high = players - (difference > reach).sum(axis=1).astype(np.float64)
    leads = draws >= draws.max(axis=1, keepdims=True) - same
    best: Floats = (leads / leads.sum(axis=1, keepdims=True)).mean(axis=0)
    return Ranks(rank=rank, low=low, high=high, best=best)


def _variances(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of each pair's difference over resamples, shape (players, players)."""
    covariance = np.atleast_2d(np.cov(draws, rowvar=False))
    own = np.diag(covariance)
    return np.maximum(own[:, None] + own[None, :] - 2 * covariance, 0.0)
