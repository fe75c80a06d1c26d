"""The situation of a bidder in a sealed-bid auction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence

AuctionFormat = Literal["first-price", "second-price"]
"""What the highest bidder pays: its own bid, or the second highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionSituation(Situation):
    """What a bidder knows before a round. Histories hold past rounds only, oldest first.

    Attributes:
        format: What the highest bidder pays.
        value: What the item is worth to it this round.
        lowest: The least that the item can be worth to anybody.
        highest: The most that it can be worth to anybody, and the highest bid.
        bidders: How many there are.
        prices: What was paid; ``None`` where nobody bid.
        round: The coming round, 1-based.
        horizon: Number of rounds, if the bidders know it.
    """

    games: ClassVar[str] = "auctions"

    format: AuctionFormat
    value: int
    lowest: int
    highest: int
    bidders: int
    prices: Sequence[float | None]
    round: int
    horizon: int | None
