"""What is Pareto-optimal, for any number of parties, without comparing every pair."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.bargaining.domain import Floats

_CHUNK = 64


def pareto_frontier(points: Floats) -> NDArray[np.intp]:
    """Find the points that no other dominates.

    A point dominates another if it is at least as good for everybody and better for somebody.

    Args:
        points: Shape (points, parties), utilities.

    Returns:
        Indices of one point for each distinct vector on the frontier, best for the first party first.
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
        case 3:
            return order[_above_stairs(ranked)]
        case _:
            return order[_culled(ranked)]


def _rising(second: Floats) -> NDArray[np.bool_]:
    """Mark what exceeds everything before it: with the first coordinate falling, that is the frontier of two."""
    kept = np.ones(len(second), dtype=np.bool_)
    kept[1:] = second[1:] > np.maximum.accumulate(second)[:-1]
    return kept


def _above_stairs(ranked: Floats) -> list[int]:
    """Sweep along the first coordinate, keeping the frontier of the other two as a staircase.

    Kung, Luccio & Preparata (1975): n log n comparisons.
    """
    kept: list[int] = []
    rights: list[float] = []  # ascending
    heights: list[float] = []  # descending
    for index, (right, height) in enumerate(ranked[:, 1:].tolist()):
        place = bisect_left(rights, right)
        if place < len(rights) and heights[place] >= height:
            continue
        kept.append(index)
        end = place + 1 if place < len(rights) and rights[place] == right else place
        while place and heights[place - 1] <= height:
            place -= 1
        rights[place:end] = [right]
        heights[place:end] = [height]
    return kept


def _culled(ranked: Floats) -> NDArray[np.intp]:
    """Take points chunk by chunk, those with the greatest sums first, and strike out all that they dominate.

    No point dominates one of a greater sum, so whatever of a chunk survives the chunk is on the frontier.
    """
    left = np.argsort(-ranked.sum(axis=1), kind="stable")
    frontier: list[NDArray[np.intp]] = []
    while len(left):
        chunk, left = left[:_CHUNK], left[_CHUNK:]
        chunk = chunk[~_are_dominated(ranked[chunk], ranked[chunk])]
        left = left[~_are_dominated(ranked[left], ranked[chunk])]
        frontier.append(chunk)
    return np.sort(np.concatenate(frontier))


def _are_dominated(points: Floats, by: Floats) -> NDArray[np.bool_]:
    """Tell which points are dominated; points are distinct, so being nowhere worse but another is enough."""
    no_worse = np.ones((len(by), len(points)), dtype=np.bool_)
    better = np.zeros_like(no_worse)
    for party in range(points.shape[1]):
        no_worse &= by[:, None, party] >= points[None, :, party]
        better |= by[:, None, party] > points[None, :, party]
    return np.any(no_worse & better, axis=0)
