"""The situation of a party that negotiates a price."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from interlab.situations.negotiation import NegotiationSituation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_CENTS: Final = 100


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
