"""The situation of a party that negotiates a price."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from interlab.errors import InvalidAnswerError
from interlab.situations.negotiation import NegotiationSituation
from interlab.wording import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_CENTS: Final = 100

_Message = Annotated[str, Field(description="Your message to the other party; leave it empty to send none.")]
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


def check_acceptance(move: PriceMove, *, standing: float) -> None:
    """Check that who accepts names no other price than the one on the table.

    Raises:
        InvalidAnswerError: It does.
    """
    if move.action == "accept" and move.price is not None and abs(move.price - standing) > 1 / _CENTS:
        known = plain(standing)
        raise InvalidAnswerError(f"what can be accepted is {known}; to name another price, the action is `offer`")


class OpeningMove(_Move):
    """A move in a price negotiation while no offer is on the table."""

    message: _Message = ""
    action: Literal["offer", "walk_away"] = Field(description="`offer` a price, or `walk_away` without a deal.")
    price: _Price = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSituation(NegotiationSituation):
    """Information of a party on its turn; each party moves once a round.

    Attributes:
        side: Which side it is on.
        reservation: The price at which no deal is as good as a deal.
        lowest: Lowest price that anybody would name.
        highest: Highest price that anybody would name.
        named: The prices that the other party has offered so far, oldest first; the last one stands.
    """

    side: Literal["buyer", "seller"]
    reservation: float
    lowest: float
    highest: float
    named: Sequence[float] = ()

    @property
    def standing(self) -> float | None:
        """The other party's last offer, or ``None``."""
        return self.named[-1] if self.named else None

    @property
    def no_deal(self) -> float:
        """Utilities are gains over no deal, so 0."""
        return 0.0

    @property
    def best(self) -> float:
        """Utility of the best plausible price."""
        return max(0.0, self.utility(self.lowest if self.side == "buyer" else self.highest))

    @property
    def offered(self) -> float | None:
        """Utility of the other party's last offer."""
        return None if self.standing is None else self.utility(self.standing)

    @property
    def received(self) -> Sequence[float]:
        """Utilities of the other party's offers."""
        return [self.utility(price) for price in self.named]

    def draw(self, stream: Random) -> float:
        """Return the utility of a random price between the best and the reservation price."""
        return stream.uniform(self.no_deal, self.best)

    def utility(self, price: float) -> float:
        """Return the utility of a deal at a price, in units of price; 0 at the reservation price."""
        return self.reservation - price if self.side == "buyer" else price - self.reservation

    def price(self, utility: float) -> float:
        """The price at which a deal is worth this much to the party."""
        return self.reservation - utility if self.side == "buyer" else self.reservation + utility

    def price_worth(self, wanted: float) -> float:
        """The price in whole cents that is worth what is wanted, or up to a cent more."""
        cents = round(self.price(wanted) * _CENTS, 6)
        return (math.floor(cents) if self.side == "buyer" else math.ceil(cents)) / _CENTS
