"""A buyer and a seller negotiate one price.

Each knows only its own reservation price. They take turns; a move is an offer, an acceptance of the other's
last offer, or walking away, each with a message. Without a deal at the deadline both get nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from interlab.environments.balances import Balance
from interlab.environments.base import HEALTH, Environment, Parameters, Result, Scenario, Step
from interlab.environments.templates import template
from interlab.situations import Accept, PriceMove, PriceOffer, PriceOpening, PriceSituation, Query, WalkAway
from interlab.wording import counted, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import EndReason, Episode, Json
    from interlab.situations import Participant

Side = Literal["buyer", "seller"]
ROLES: Final[tuple[Side, Side]] = ("buyer", "seller")

Story = Annotated[str, template("reservation", "currency", required=("reservation",))]
"""Text that only one party reads; it must name the reservation price."""


class PriceParameters(Parameters):
    """Parameters of a price negotiation; prices in one currency throughout."""

    buyer_value: float = Field(default=12_000, ge=0)
    """Value of the item to the buyer; private."""
    seller_cost: float = Field(default=8_000, ge=0)
    """Value of the item to the seller; private."""
    lowest_price: float = Field(default=5_000, ge=0)
    """Lowest plausible price; common knowledge."""
    highest_price: float = Field(default=15_000, ge=0)
    """Highest plausible price; common knowledge."""
    rounds: int = Field(default=10, ge=1)
    """Deadline; each party moves once a round."""
    first: Side = "seller"
    """Side that moves first."""
    framing: Annotated[str, template("role", "other", "item")] = (
        "You are the {role} in a negotiation over the price of {item}. The other party is the {other}."
    )
    """First words of the rules; ``{role}``, ``{other}`` and ``{item}`` are replaced."""
    aim: Annotated[str, template("role", "other", "unit")] = "Your goal is to make your gain as large as possible."
    """Last words of the rules; ``{role}``, ``{other}`` and ``{unit}``, the currency, are replaced."""
    currency: str = "dollars"
    item: str = (
        "a used car, a five-year-old estate car with 60,000 miles on it, in good condition and with one previous "
        "owner"
    )
    """Item for sale; common knowledge."""
    buyer_story: Story = (
        "You want to buy it because you need a car for a new job. A similar car elsewhere would cost you "
        "{reservation} {currency} in total. If you pay more than that here, you are worse off than without a deal."
    )
    """Text that only the buyer reads; ``{reservation}`` and ``{currency}`` are replaced."""
    seller_story: Story = (
        "You want to sell it. A dealer would buy it from you at once for {reservation} {currency}. If you sell it "
        "here for less than that, you are worse off than without a deal."
    )
    """Text that only the seller reads; ``{reservation}`` and ``{currency}`` are replaced."""

    @model_validator(mode="after")
    def _prices_in_order(self) -> Self:
        if self.lowest_price >= self.highest_price:
            raise ValueError("lowest_price must lie below highest_price")
        for name in ("buyer_value", "seller_cost"):
            if not self.lowest_price <= getattr(self, name) <= self.highest_price:
                between = f"{plain(self.lowest_price)} and {plain(self.highest_price)}"
                raise ValueError(f"{name} must lie between lowest_price and highest_price ({between})")
        return self

    def reservation(self, side: Side) -> float:
        """Return the price at which a deal is as good as no deal."""
        return self.buyer_value if side == "buyer" else self.seller_cost


class PriceNegotiation(Environment[PriceParameters]):
    """A buyer and a seller, alternating moves, a deadline."""

    situation = PriceSituation

    def __init__(self, parameters: PriceParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._offers: dict[Side, list[float]] = {"buyer": [], "seller": []}
        self._price: float | None = None
        self._accepted_by: Side | None = None
        self._walked_away: Side | None = None

    @classmethod
    def roles(cls, parameters: PriceParameters) -> tuple[str, ...]:
        """A buyer and a seller."""
        return ROLES

    @classmethod
    def game(cls, parameters: PriceParameters) -> dict[str, Json]:
        """Reservation prices and what there is to gain; utilities are gains over no deal."""
        surplus = parameters.buyer_value - parameters.seller_cost
        return {
            "kind": "negotiation",
            "reserves": {"buyer": parameters.buyer_value, "seller": parameters.seller_cost},
            "disagreement": {"buyer": 0.0, "seller": 0.0},
            "zopa": surplus > 0,
            "best_joint_surplus": max(surplus, 0.0),
            "horizon": parameters.rounds,
        }

    @classmethod
    def balances(cls, parameters: PriceParameters, episode: Episode) -> Iterator[Balance]:
        """A deal divides what the item is worth more to the buyer than to the seller; no deal divides nothing."""
        surplus = parameters.buyer_value - parameters.seller_cost
        total = math.fsum(episode.payoffs.values())
        yield Balance("the surplus of both", total, surplus if episode.outcome.get("agreement") else 0.0)

    def rules(self, role: str) -> str:
        """Return the common rules, the item, and this party's private story."""
        parameters = self.parameters
        side: Side = "buyer" if role == "buyer" else "seller"
        story = parameters.buyer_story if side == "buyer" else parameters.seller_story
        other = "seller" if side == "buyer" else "buyer"
        figure = f"{plain(parameters.reservation(side))} {parameters.currency}"
        gain = f"{figure} minus the price" if side == "buyer" else f"the price minus {figure}"
        return "\n".join(
            [
                parameters.framing.format(role=side, other=other, item=parameters.item),
                story.format(reservation=plain(parameters.reservation(side)), currency=parameters.currency),
                f"Your gain from a deal is {gain}. Without a deal, your gain is 0. Only you know your figure; the "
                f"{other} also has a private figure.",
                f"Both of you know that prices between {plain(parameters.lowest_price)} and "
                f"{plain(parameters.highest_price)} {parameters.currency} are plausible.",
                "You take turns. On your turn, you may send a message, and you either offer a price, accept the "
                "other party's last offer, or walk away. Walking away ends the negotiation without a deal. An "
                "accepted price is final.",
                f"The negotiation lasts at most {counted(parameters.rounds, 'round')}, and each party has one "
                "turn per round. If no price is accepted by then, it ends without a deal.",
                parameters.aim.format(role=side, other=other, unit=parameters.currency),
            ]
        )

    async def step(self) -> Step:
        """Let each party move once, unless the first move ends the negotiation."""
        self.rounds_played += 1
        actions: dict[str, Json] = {}
        order = ROLES if self.parameters.first == "buyer" else ROLES[::-1]
        for side in order:
            actions[side] = await self._move(side)
            if self._is_settled:
                break
        facts: dict[str, Json] = {
            "offers": {side: self._last(side) for side in ROLES},
            "moves": [_fact(side, action) for side, action in actions.items()],
        }
        return Step(actions, self._payoffs() if self._is_settled else {}, facts)

    async def _move(self, side: Side) -> Json:
        other: Side = "seller" if side == "buyer" else "buyer"
        standing = self._last(other)
        answers = await self.ask({side: self._query(side, standing)})
        move: PriceOffer | Accept | WalkAway | None = answers[side]
        if move is None:
            self.tell(ROLES, f"The {side} made no valid move and loses this turn.")
            return None
        if move.message:
            self.say(side, (other,), move.message)
        match move:
            case PriceOffer(price=price):
                self._offers[side].append(price)
                self.tell((other,), f"The {side} offered {plain(price)} {self.parameters.currency}.")
                return {"action": "offer", "price": price}
            case Accept():
                assert standing is not None, "only an offer that stands can be accepted"
                self._price, self._accepted_by = standing, side
                self.tell(
                    (other,), f"The {side} accepted the price of {plain(standing)} {self.parameters.currency}."
                )
                return {"action": "accept", "price": standing}
            case WalkAway():
                self._walked_away = side
                self.tell((other,), f"The {side} walked away. The negotiation ended without a deal.")
                return {"action": "walk_away"}

    def _query(self, side: Side, standing: float | None) -> Query:
        parameters = self.parameters
        currency = parameters.currency
        table = (
            "No offer is on the table."
            if standing is None
            else f"On the table: the other party's offer of {plain(standing)} {currency}."
        )
        own = self._last(side)
        reminder = "" if own is None else f" Your last offer was {plain(own)} {currency}."
        return Query(
            prompt=f"Round {self.rounds_played} of {parameters.rounds}. {table}{reminder} It is your turn.",
            expected_type=PriceOpening if standing is None else PriceMove,
            situation=PriceSituation(
                side=side,
                reservation=parameters.reservation(side),
                lowest=parameters.lowest_price,
                highest=parameters.highest_price,
                named=tuple(self._offers["seller" if side == "buyer" else "buyer"]),
                round=self.rounds_played,
                rounds=parameters.rounds,
            ),
        )

    def _last(self, side: Side) -> float | None:
        return self._offers[side][-1] if self._offers[side] else None

    @property
    def _is_settled(self) -> bool:
        return self._price is not None or self._walked_away is not None

    @property
    def is_finished(self) -> bool:
        """True if there is a deal, a party has walked away, or the deadline has passed."""
        return self._is_settled or self.rounds_played >= self.parameters.rounds

    def _payoffs(self) -> dict[str, float]:
        if self._price is None:
            return {"buyer": 0.0, "seller": 0.0}
        return {
            "buyer": self.parameters.buyer_value - self._price,
            "seller": self._price - self.parameters.seller_cost,
        }

    @property
    def result(self) -> Result:
        """The deal, if any, and the gain of each party over no deal."""
        reason: EndReason = "deadline"
        if self._price is not None:
            reason = "agreement"
        elif self._walked_away is not None:
            reason = "walk_away"
        return Result(
            outcome={
                "agreement": self._price is not None,
                "price": self._price,
                "accepted_by": self._accepted_by,
                "walked_away": self._walked_away,
                "rounds": self.rounds_played,
            },
            payoffs=self._payoffs(),
            end_reason=reason,
        )


def _fact(side: str, action: Json) -> Json:
    """Return a move as metrics read it, as in bargaining over issues: a deal is a list of values."""
    if not isinstance(action, dict):
        return {"by": side, "action": None, "outcome": None, "valid": False}
    price = action.get("price")
    return {
        "by": side,
        "action": action["action"],
        "outcome": None if price is None else [price],
        "valid": True,
    }


PRICE_NEGOTIATION: Final = Scenario(
    name="price-negotiation",
    summary="A buyer and a seller of a used car, each with a private reservation price, negotiate by a deadline.",
    environment=PriceNegotiation,
    parameters=PriceParameters(),
    metrics=(
        "agreement_rate",
        "surplus_share",
        "surplus_efficiency",
        "ir_violation",
        "rounds_to_agreement",
        "concession_rate",
        "walk_away_rate",
        "mean_payoff",
        *HEALTH,
    ),
    source="Rubinstein, A. (1982). Perfect equilibrium in a bargaining model. Econometrica 50(1), 97-109.",
)
