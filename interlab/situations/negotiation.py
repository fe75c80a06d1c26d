"""A negotiation as every party sees it: the utilities of offers.

A tactic is a function of this view alone, so that one and the same tactic haggles over a price, bargains over
several issues and votes in a committee.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationSituation(Situation, ABC):
    """Information of a party that is asked; all values are in the party's utility.

    Attributes:
        round: The current round, 1-based.
        rounds: The last round.
    """

    games: ClassVar[str] = "negotiations"

    round: int
    rounds: int

    @property
    @abstractmethod
    def no_deal(self) -> float:
        """Utility of no deal."""

    @property
    @abstractmethod
    def best(self) -> float:
        """Utility of the best deal, at least that of no deal."""

    @property
    @abstractmethod
    def offered(self) -> float | None:
        """Utility of the offer on the table, if the party can accept one."""

    @property
    @abstractmethod
    def received(self) -> Sequence[float]:
        """Utilities of the offers of the party that offered last, oldest first."""

    @abstractmethod
    def draw(self, stream: Random) -> float:
        """Return the utility of a deal drawn uniformly from those no worse than no deal."""
