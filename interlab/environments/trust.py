"""The trust game: the amount that an investor sends is multiplied, and the trustee may return some of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from pydantic import Field

from interlab.environments.balances import Balance, amount, paid
from interlab.environments.base import Scenario, Step
from interlab.environments.exchange import METRICS, ExchangeGame, ExchangeParameters, up_to
from interlab.wording import measured, plain, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Episode, Json


class TrustParameters(ExchangeParameters):
    """Parameters of a trust game."""

    seats = ("investor", "trustee")
    endowment: int = Field(default=10, ge=1)
    """Endowment of the investor in each round."""
    trustee_endowment: int = Field(default=10, ge=0)
    """Endowment of the trustee in each round; it cannot be sent."""
    multiplier: float = Field(default=3, ge=1)
    """Multiplier of an amount sent; the product is rounded down to whole points."""


class Trust(ExchangeGame[TrustParameters]):
    """A game in which sending pays if the other returns enough."""

    exchange = "trust"

    @classmethod
    def game(cls, parameters: TrustParameters) -> dict[str, Json]:
        """Return endowment, multiplier, roles, and the smallest and largest joint payoff of a round."""
        kept = float(parameters.endowment + parameters.trustee_endowment)
        grown = math.floor(parameters.endowment * parameters.multiplier) - parameters.endowment
        return {
            "kind": "trust",
            "endowment": parameters.endowment,
            "multiplier": parameters.multiplier,
            "investor": parameters.seats[0],
            "trustee": parameters.seats[1],
            "welfare": [kept, kept + grown],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    @classmethod
    def balances(cls, parameters: TrustParameters, episode: Episode) -> Iterator[Balance]:
        """A round pays both endowments and what was added on the way."""
        for each in episode.rounds:
            sent = amount(each.facts.get("sent"))
            added = math.floor(sent * parameters.multiplier) - sent
            yield paid(each, parameters.endowment + parameters.trustee_endowment + added)

    def explain(self) -> list[str]:
        """Return the rules of sending and returning."""
        parameters, unit = self.parameters, self.parameters.unit
        first, second = self.names
        rounded = (
            "" if parameters.multiplier == int(parameters.multiplier) else f" and rounded down to whole {unit}"
        )
        return [
            f"In each round, {first} has {measured(parameters.endowment, unit)} and {second} has "
            f"{measured(parameters.trustee_endowment, unit)}. {sentence(first)} sends {second} any number of "
            f"{unit}, from 0 to {parameters.endowment}, and keeps the rest. The number of {unit} sent is "
            f"multiplied by {plain(parameters.multiplier)}{rounded} before {second} receives it.",
            f"{sentence(second)} then returns any number of the {unit} received, from none to all of them, and "
            "keeps the rest.",
        ]

    @property
    def endowments(self) -> tuple[int, int]:
        """Endowments of investor and trustee."""
        return self.parameters.endowment, self.parameters.trustee_endowment

    @property
    def multiplier(self) -> float:
        """Multiplier of an amount sent."""
        return self.parameters.multiplier

    async def step(self) -> Step:
        """Send, multiply, return. No valid answer counts as 0."""
        parameters = self.parameters
        first, second = self.names
        sent = await self.decide(
            self.first,
            "send",
            f"How many of your {measured(parameters.endowment, parameters.unit)} do you send to {second}?",
            up_to(parameters.endowment),
            most=parameters.endowment,
            offered=None,
            default=0,
        )
        invested = sent or 0
        arrived = math.floor(invested * parameters.multiplier)
        actions: dict[str, Json] = {self.first: sent}
        returned = 0
        if arrived:
            answer = await self.decide(
                self.second,
                "return",
                f"{sentence(first)} sent {measured(invested, parameters.unit)}, and you received "
                f"{measured(arrived, parameters.unit)}. How many of the {parameters.unit} received do you return?",
                up_to(arrived),
                most=arrived,
                offered=invested,
                default=0,
            )
            actions[self.second] = answer
            returned = answer or 0
        self.offers.append(invested)
        self.answers.append(float(returned))
        sending = f"{first} sent {measured(invested, parameters.unit)}"
        told = f"{sending}, {second} received {arrived} and returned {returned}."
        self.tell(self.seats, sentence(told))
        facts: dict[str, Json] = {"sent": invested, "returned": returned}
        payoffs = self.close_round(
            parameters.endowment - invested + returned, parameters.trustee_endowment + arrived - returned, facts
        )
        return Step(actions, payoffs, facts)


TRUST: Final = Scenario(
    name="trust",
    example=("strategy/trusting",),
    summary="An investor sends points that are tripled on their way; the trustee returns as many as it likes.",
    environment=Trust,
    parameters=TrustParameters(),
    metrics=("amount_sent", "trustworthiness", "return_on_trust", "payoff_efficiency", *METRICS),
    source="Berg, J., Dickhaut, J. & McCabe, K. (1995). Trust, reciprocity, and social history. "
    "Games and Economic Behavior 10, 122-142.",
)
