"""A sealed-bid auction of one item after another, to bidders with private values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from interlab.environments.balances import Balance, amount, amounts, paid
from interlab.environments.base import HEALTH, Scenario, Step
from interlab.environments.groups import NAMES, GroupGame, GroupParameters
from interlab.situations import AuctionSituation, Query, amount_announcement
from interlab.wording import listed, measured, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interlab.schema.episode import Episode, Json
    from interlab.situations import Participant


class AuctionParameters(GroupParameters):
    """Parameters of a sealed-bid auction; money in points."""

    members: int = Field(default=3, ge=2, le=len(NAMES))
    """Number of bidders."""
    format: Literal["first-price", "second-price"] = "first-price"
    """Price: the highest bid, or the second-highest."""
    lowest_value: int = Field(default=0, ge=0)
    """Values are drawn evenly from the whole numbers from here ..."""
    highest_value: int = Field(default=100, ge=1)
    """... to here, for each bidder and round; this is the highest bid as well."""
    item: str = "an item"
    """Item for sale."""
    revealed: Literal["price", "bids"] = "price"
    """Content of the report of a round: winner and price, or all bids as well."""

    @model_validator(mode="after")
    def _values_in_order(self) -> Self:
        if self.lowest_value >= self.highest_value:
            raise ValueError("lowest_value must lie below highest_value")
        return self


class Auction(GroupGame[AuctionParameters]):
    """All bid at the same time; the highest bid wins, and a tie is broken by lot."""

    situation = AuctionSituation

    def __init__(self, parameters: AuctionParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._bid = Annotated[float, Field(ge=0, le=parameters.highest_value)]
        self._values = self._draw()
        self._prices: list[float | None] = []
        self._last: dict[str, Json] = {}

    @classmethod
    def game(cls, parameters: AuctionParameters) -> dict[str, Json]:
        """Format and range of values; the values themselves are drawn round by round, and facts of it."""
        return {
            "kind": "auction",
            "format": parameters.format,
            "players": parameters.members,
            "value_range": [parameters.lowest_value, parameters.highest_value],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    @classmethod
    def balances(cls, parameters: AuctionParameters, episode: Episode) -> Iterator[Balance]:
        """The winner's payoff and the price are what the item is worth to the winner."""
        for each in episode.rounds:
            worth = amounts(each.facts.get("values")).get(str(each.facts.get("winner")), 0.0)
            yield paid(each, worth - amount(each.facts.get("price")))

    def explain(self, role: str) -> list[str]:
        """Return the rules of values, bids and the price."""
        parameters, unit = self.parameters, self.parameters.unit
        pays = {
            "first-price": "pays its own bid",
            "second-price": "pays the second-highest bid",
        }[parameters.format]
        return [
            f"In each round, {parameters.item} is sold. Its value is drawn at random, independently for every "
            f"member: a whole number of {unit} from {parameters.lowest_value} to {parameters.highest_value}, all "
            "equally likely. You learn only your own value.",
            f"Every member submits a bid from 0 to {parameters.highest_value} {unit}. All bid at the same time, "
            f"without seeing each other's bids. The highest bidder wins and {pays}. Ties are broken at random. "
            "The winner earns its own value minus the price. All other members earn 0.",
        ]

    def situation_of(self, role: str) -> AuctionSituation:
        """Return the situation of a bidder before it bids."""
        return AuctionSituation(
            format=self.parameters.format,
            value=self._values[role],
            lowest=self.parameters.lowest_value,
            highest=self.parameters.highest_value,
            bidders=len(self.members),
            prices=tuple(self._prices),
            round=self.rounds_played + 1,
            horizon=self.horizon,
        )

    def announced_by(self, role: str) -> Any:
        """Return the type of a bid in whole points."""
        return amount_announcement(self.parameters.highest_value)

    async def step(self) -> Step:
        """Talk, bid, sell and report. No valid answer means no bid."""
        await self._talk()
        bids: dict[str, float | None] = await self.ask(
            {
                role: Query(
                    prompt=f"{self._worth(role)} How much do you bid?",
                    expected_type=self._bid,
                    situation=self.situation_of(role),
                    default=0.0,
                )
                for role in self.members
            }
        )
        winner, price = self._sell({role: bid for role, bid in bids.items() if bid is not None})
        payoffs = dict.fromkeys(self.members, 0.0)
        if winner is not None and price is not None:
            payoffs[winner] = self._values[winner] - price
        self._tell(bids, winner, price)
        self._last = {"winner": winner, "price": price}
        facts: dict[str, Json] = {"values": dict(self._values.items()), "bids": dict(bids.items()), **self._last}
        self.pay(payoffs)
        self._prices.append(price)
        self.rounds_played += 1
        self._values = self._draw()
        return Step(dict(bids.items()), payoffs, facts)

    async def _talk(self) -> None:
        """Talk if there is talk; the bidders have to know their values for it."""
        if self.parameters.talk:
            for role in self.members:
                self.tell((role,), self._worth(role))
        await self.talk()

    def _worth(self, role: str) -> str:
        worth = measured(self._values[role], self.parameters.unit)
        return f"{self.heading()} Your value is {worth}."

    def _draw(self) -> dict[str, int]:
        low, high = self.parameters.lowest_value, self.parameters.highest_value
        return {role: self.random.randint(low, high) for role in self.members}

    def _sell(self, bids: dict[str, float]) -> tuple[str | None, float | None]:
        """Find the winner and the price; without a second bid the second price is 0."""
        # Drawn in every round, so that the next values do not depend on whether there was a tie.
        lots = {role: self.random.random() for role in self.members}
        ranked: Sequence[str] = sorted(bids, key=lambda role: (-bids[role], lots[role]))
        if not ranked:
            return None, None
        if self.parameters.format == "first-price":
            return ranked[0], bids[ranked[0]]
        return ranked[0], bids[ranked[1]] if len(ranked) > 1 else 0.0

    def _tell(self, bids: dict[str, float | None], winner: str | None, price: float | None) -> None:
        if winner is None or price is None:
            self.tell(self.members, f"{self.heading()} No one made a valid bid.")
            return
        text = f"{self.heading()} {winner} won and paid {measured(price, self.parameters.unit)}."
        if self.parameters.revealed == "bids":
            made = [
                f"{role} {plain(bid)}" if bid is not None else f"{role} no valid bid" for role, bid in bids.items()
            ]
            text += f" The bids were {listed(made)}."
        self.tell(self.members, text)

    def outcome(self) -> dict[str, Json]:
        """Winner and price of the last round."""
        return {"rounds": self.rounds_played, **self._last}


AUCTION: Final = Scenario(
    name="auction",
    summary="Bidders with private values in sealed-bid auctions, first-price or second-price, round by round.",
    environment=Auction,
    parameters=AuctionParameters(),
    metrics=("allocative_efficiency", "revenue_share", "mean_payoff", "payoff_gini", *HEALTH),
    source="Vickrey, W. (1961). Counterspeculation, auctions, and competitive sealed tenders. Journal of Finance "
    "16(1), 8-37.",
)
