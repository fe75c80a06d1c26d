"""The situation of a bidder in a sealed-bid auction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence

AuctionFormat = Literal["first-price", "second-price"]
"""Price: the highest bid, or the second-highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionSituation(Situation):
    """Information of a bidder before a round. Histories hold past rounds only, oldest first.

    Attributes:
        format: Rule of the price.
        value: Value of the item to the bidder this round.
        lowest: Lowest possible value of the item.
        highest: Highest possible value of the item, and highest bid.
        bidders: Number of bidders.
        prices: Price of each round; ``None`` in a round without bids.
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
