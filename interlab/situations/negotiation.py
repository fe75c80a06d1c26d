"""What every negotiation looks like to a party, whatever is negotiated: in what an offer is worth to it.

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
    """What a party knows when it is asked; every worth is in the party's own utility.

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
        """What no deal is worth."""

    @property
    @abstractmethod
    def best(self) -> float:
        """What the best deal is worth, and at least what no deal is."""

    @property
    @abstractmethod
    def offered(self) -> float | None:
        """What the offer on the table is worth, if one is there that the party can accept."""

    @property
    @abstractmethod
    def received(self) -> Sequence[float]:
        """What the other's offers were worth, oldest first; of several others, whoever offered last."""

    @abstractmethod
    def draw(self, stream: Random) -> float:
        """What a deal is worth that is drawn evenly from those no worse than no deal."""
