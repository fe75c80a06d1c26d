"""Two ways of doing the same work, timed in turn, so that a machine that changes its speed changes both."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing ours with a peer.

    Attributes:
        name: What was done.
        unit: Of ``ours`` and ``peer``.
        ours: Median over the pairs.
        peer: The same.
        ratio: Median of ours / peer, pair by pair.
        lowest: Least ratio of a pair.
        highest: Greatest ratio of a pair.
        limit: What the ratio is held to; ``None`` where it is only told.
        sense: Whether the ratio should be at most or at least the limit.
    """

    name: str
    unit: str
    ours: float
    peer: float
    ratio: float
    lowest: float
    highest: float
    limit: float | None
    sense: Literal["at most", "at least"]

    @property
    def verdict(self) -> str:
        """Whether the ratio keeps the limit, in words."""
        if self.limit is None:
            return "no limit"
        return f"{self.sense} {self.limit:g}: {'holds' if self._holds(self.limit) else 'MISSED'}"

    def _holds(self, limit: float) -> bool:
        return self.ratio <= limit if self.sense == "at most" else self.ratio >= limit


def compare(
    name: str,
    unit: str,
    ours: Callable[[], float],
    peer: Callable[[], float],
    *,
    limit: float | None,
    sense: Literal["at most", "at least"],
    pairs: int = 5,
) -> Comparison:
    """Measure ours and a peer in turn, after one warm-up of each.

    Args:
        name: What is done.
        unit: Of the figures.
        ours: Does the work once and returns the figure.
        peer: The same, for whom we compare with.
        limit: What the ratio is held to.
        sense: Whether the ratio should be at most or at least the limit.
        pairs: How often.
    """
    ours()
    peer()
    figures = [(ours(), peer()) for _ in range(pairs)]
    ratios = [mine / theirs for mine, theirs in figures]
    return Comparison(
        name=name,
        unit=unit,
        ours=median(mine for mine, _ in figures),
        peer=median(theirs for _, theirs in figures),
        ratio=median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        limit=limit,
        sense=sense,
    )
