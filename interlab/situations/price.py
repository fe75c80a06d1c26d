"""The situation of a party that negotiates a price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from interlab.situations.base import Situation

_Message = Annotated[str, Field(description="What you say to the other party.")]
_Price = Annotated[
    float | None,
    Field(ge=0, allow_inf_nan=False, description="The price you offer; null unless you offer."),
]


class _Move(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _offer_names_a_price(self) -> Self:
        if getattr(self, "action", None) == "offer" and getattr(self, "price", None) is None:
            raise ValueError("an offer must name a price")
        return self


class PriceMove(_Move):
    """A move in a price negotiation."""

    message: _Message = ""
    action: Literal["offer", "accept", "walk_away"] = Field(
        description="`offer` a price, `accept` the other party's last offer, or `walk_away` without a deal."
    )
    price: _Price = None


class OpeningMove(_Move):
    """A move in a price negotiation while no offer is on the table."""

    message: _Message = ""
    action: Literal["offer", "walk_away"] = Field(description="`offer` a price, or `walk_away` without a deal.")
    price: _Price = None


@dataclass(frozen=True, slots=True)
class PriceSituation(Situation):
    """What a party knows when it is its turn.

    Attributes:
        side: Which side it is on.
        reservation: The price at which no deal is as good as a deal.
        lowest: Lowest price that anybody would name.
        highest: Highest price that anybody would name.
        standing: The other party's last offer, or ``None``.
        round: The current round, 1-based; each party moves once a round.
        rounds: The last round.
    """

    side: Literal["buyer", "seller"]
    reservation: float
    lowest: float
    highest: float
    standing: float | None
    round: int
    rounds: int

    def utility(self, price: float) -> float:
        """What a deal at this price is worth to the party, in units of price; 0 at its reservation."""
        return self.reservation - price if self.side == "buyer" else price - self.reservation

    def price(self, utility: float) -> float:
        """The price at which a deal is worth this much to the party."""
        return self.reservation - utility if self.side == "buyer" else self.reservation + utility
