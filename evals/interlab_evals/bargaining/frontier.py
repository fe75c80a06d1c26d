"""Pareto-optimal outcomes for any number of parties, without comparing every pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.bargaining.domain import Floats

_FEW = 2**16
"""Number of pairs of points compared at once instead of divided further: as many as fit into a cache."""


def pareto_frontier(points: Floats) -> NDArray[np.intp]:
    """Find the points that no other dominates.

    A point dominates another if it is at least as good for all parties and better for one.

    Args:
        points: Shape (points, parties), utilities.

    Returns:
        Indices of one point for each distinct vector on the frontier, best for the first party first.

    Source:
        Kung, Luccio & Preparata (1975): n log n steps for two and three parties, n log^(k-2) n for k, whatever
        part of the points is on the frontier.
    """
    order = np.lexsort(-points.T[::-1])
    ranked = points[order]
    distinct = np.ones(len(ranked), dtype=np.bool_)
    distinct[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    order, ranked = order[distinct], ranked[distinct]
    if not len(ranked):
        return order
    match ranked.shape[1]:
        case 1:
            return order[:1]
        case 2:
            return order[_rising(ranked[:, 1])]
        case _:
            return order[_divided(ranked)]


def _rising(second: Floats) -> NDArray[np.bool_]:
    """Mark what exceeds everything before it: with the first coordinate falling, that is the frontier of two."""
    kept = np.ones(len(second), dtype=np.bool_)
    kept[1:] = second[1:] > np.maximum.accumulate(second)[:-1]
    return kept


def _divided(ranked: Floats) -> NDArray[np.intp]:
    """Find the frontier of the better half, and what of the worse half's frontier no point of it dominates.

    Points are distinct and ranked, so that none is dominated by a later one, and an earlier one dominates it if
    it is nowhere worse in the other coordinates.
    """
    if len(ranked) ** 2 <= _FEW:
        earlier = np.triu(_no_worse(ranked[:, 1:], ranked[:, 1:]), 1)
        return np.flatnonzero(~np.any(earlier, axis=0))
    half = len(ranked) // 2
    better, worse = _divided(ranked[:half]), half + _divided(ranked[half:])
    return np.concatenate([better, worse[~_are_covered(ranked[worse, 1:], ranked[better, 1:])]])


def _are_covered(points: Floats, by: Floats) -> NDArray[np.bool_]:
    """Tell for which points some other one is nowhere worse."""
    if len(points) * len(by) <= _FEW:
        return np.any(_no_worse(by, points), axis=0)
    if points.shape[1] == 2:
        ascending = by[np.argsort(by[:, 0])]
        from_here_on = np.maximum.accumulate(ascending[::-1, 1])[::-1]
        place = np.searchsorted(ascending[:, 0], points[:, 0])
        return np.append(from_here_on, -np.inf)[place] >= points[:, 1]
    values = np.concatenate([points[:, 0], by[:, 0]])
    lowest_above = np.median(values)
    if lowest_above == values.min():
        if lowest_above == values.max():
            return _are_covered(points[:, 1:], by[:, 1:])
        lowest_above = values[values > lowest_above].min()
    high, by_high = points[:, 0] >= lowest_above, by[:, 0] >= lowest_above
    covered = np.empty(len(points), dtype=np.bool_)
    covered[high] = _are_covered(points[high], by[by_high])
    covered[~high] = _are_covered(points[~high], by[~by_high])
    rest = ~high & ~covered
    covered[rest] = _are_covered(points[rest, 1:], by[by_high, 1:])
    return covered


def _no_worse(points: Floats, than: Floats) -> NDArray[np.bool_]:
    """Tell which points are nowhere worse than which, shape (points, than)."""
    found = np.ones((len(points), len(than)), dtype=np.bool_)
    for party in range(points.shape[1]):
        found &= points[:, None, party] >= than[None, :, party]
    return found
