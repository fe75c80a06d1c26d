"""Division of a pie: the ultimatum game, with a right to reject, and the dictator game, without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from interlab.environments.balances import Balance, paid
from interlab.environments.base import Scenario, Step
from interlab.environments.exchange import METRICS, ExchangeGame, ExchangeParameters, up_to
from interlab.wording import measured, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Episode, Json


class DivisionParameters(ExchangeParameters):
    """Parameters that both games have."""

    pie: int = Field(default=100, ge=1)
    """Amount to divide in each round."""


class DictatorParameters(DivisionParameters):
    """Parameters of a dictator game."""

    seats = ("dictator", "recipient")


class UltimatumParameters(DivisionParameters):
    """Parameters of an ultimatum game."""

    seats = ("proposer", "responder")
    method: Literal["direct", "strategy"] = "direct"
    """``direct``: the responder answers the offer; ``strategy``: it states the smallest acceptable one before."""


class Ultimatum(ExchangeGame[UltimatumParameters]):
    """One party proposes a division of a pie; if the other rejects it, both receive nothing."""

    exchange = "ultimatum"

    @classmethod
    def game(cls, parameters: UltimatumParameters) -> dict[str, Json]:
        """Return the pie, the roles, and the smallest and largest joint payoff of a round."""
        return {
            "kind": "ultimatum",
            "pie": parameters.pie,
            "proposer": parameters.seats[0],
            "responder": parameters.seats[1],
            "welfare": [0.0, float(parameters.pie)],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    @classmethod
    def balances(cls, parameters: UltimatumParameters, episode: Episode) -> Iterator[Balance]:
        """A round pays the whole pie, or nothing."""
        for each in episode.rounds:
            yield paid(each, parameters.pie if each.facts.get("accepted") else 0)

    def explain(self) -> list[str]:
        """Return the rules of offers and rejections."""
        pie, unit = self.parameters.pie, self.parameters.unit
        first, second = self.names
        lines = [
            f"In each round, there are {measured(pie, unit)} to divide. {sentence(first)} offers {second} a "
            f"number of them, from 0 to {pie}. If {second} accepts the offer, {second} gets the {unit} offered "
            f"and {first} gets the rest. If {second} rejects the offer, both get nothing.",
        ]
        if self.parameters.method == "strategy":
            lines.append(
                f"Both players decide at the same time. Without seeing the offer, {second} states the smallest "
                f"offer to accept. Any offer of at least that many {unit} is accepted, and any smaller offer is "
                "rejected."
            )
        return lines

    async def step(self) -> Step:
        """Offer, then accept or reject. No valid offer counts as 0, no valid answer as a rejection."""
        pie = self.parameters.pie
        offer = await self.decide(
            self.first,
            "offer",
            f"How many of the {measured(pie, self.parameters.unit)} do you offer to {self.names[1]}?",
            up_to(pie),
            most=pie,
            offered=None,
            default=0,
        )
        offered = offer or 0
        answer, accepted = await (
            self._least(offered) if self.parameters.method == "strategy" else self._answer(offered)
        )
        accepted = accepted and offer is not None
        self.offers.append(offered)
        self.answers.append(float(accepted))
        verdict = "accepted" if accepted else "rejected"
        told = f"{self.names[0]} offered {offered} of {pie} {self.parameters.unit}, and {self.names[1]} {verdict}."
        self.tell(self.seats, sentence(told))
        facts: dict[str, Json] = {"offer": offered, "accepted": accepted}
        if self.parameters.method == "strategy":
            facts["least"] = answer
        payoffs = self.close_round(*((pie - offered, offered) if accepted else (0, 0)), facts)
        return Step({self.first: offer, self.second: answer}, payoffs, facts)

    async def _answer(self, offered: int) -> tuple[Json, bool]:
        pie = self.parameters.pie
        answer = await self.decide(
            self.second,
            "accept",
            f"{sentence(self.names[0])} offers you {offered} of {pie} {self.parameters.unit} and would keep "
            f"{pie - offered}. Do you accept?",
            bool,
            most=pie,
            offered=offered,
            default=False,
        )
        return answer, bool(answer)

    async def _least(self, offered: int) -> tuple[Json, bool]:
        pie = self.parameters.pie
        least = await self.decide(
            self.second,
            "least",
            f"What is the smallest number of {self.parameters.unit} that you accept?",
            up_to(pie),
            most=pie,
            offered=None,
            default=pie,
        )
        return least, least is not None and offered >= least


class Dictator(ExchangeGame[DictatorParameters]):
    """One party divides a pie; the other makes no decision."""

    exchange = "dictator"

    @classmethod
    def game(cls, parameters: DictatorParameters) -> dict[str, Json]:
        """Return the pie and the roles; the whole pie is paid out in any case."""
        return {
            "kind": "dictator",
            "pie": parameters.pie,
            "proposer": parameters.seats[0],
            "responder": parameters.seats[1],
            "welfare": [float(parameters.pie), float(parameters.pie)],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    @classmethod
    def balances(cls, parameters: DictatorParameters, episode: Episode) -> Iterator[Balance]:
        """A round pays the whole pie."""
        for each in episode.rounds:
            yield paid(each, parameters.pie)

    def explain(self) -> list[str]:
        """Return the rules of the division."""
        pie, unit = self.parameters.pie, self.parameters.unit
        first, second = self.names
        return [
            f"In each round, there are {measured(pie, unit)} to divide. {sentence(first)} gives {second} a number "
            f"of them, from 0 to {pie}, and keeps the rest. {sentence(second)} makes no decision.",
        ]

    async def step(self) -> Step:
        """Give. No valid answer counts as giving 0."""
        pie = self.parameters.pie
        given = await self.decide(
            self.first,
            "offer",
            f"How many of the {measured(pie, self.parameters.unit)} do you give to {self.names[1]}?",
            up_to(pie),
            most=pie,
            offered=None,
            default=0,
        )
        share = given or 0
        self.offers.append(share)
        self.tell(
            self.seats,
            sentence(f"{self.names[0]} gave {share} of {pie} {self.parameters.unit} to {self.names[1]}."),
        )
        facts: dict[str, Json] = {"offer": share}
        return Step({self.first: given}, self.close_round(pie - share, share, facts), facts)


ULTIMATUM: Final = Scenario(
    name="ultimatum",
    summary="A proposer offers a share of a pie; if the responder rejects it, both get nothing.",
    environment=Ultimatum,
    parameters=UltimatumParameters(),
    metrics=("offer_share", "acceptance_rate", "payoff_efficiency", *METRICS),
    example=("strategy/fair-divider",),
    source="Güth, W., Schmittberger, R. & Schwarze, B. (1982). An experimental analysis of ultimatum bargaining. "
    "Journal of Economic Behavior & Organization 3, 367-388.",
)

DICTATOR: Final = Scenario(
    name="dictator",
    summary="A dictator gives a recipient some of a pie; the recipient has no say.",
    environment=Dictator,
    parameters=DictatorParameters(),
    metrics=("offer_share", *METRICS),
    source="Kahneman, D., Knetsch, J. & Thaler, R. (1986). Fairness and the assumptions of economics. "
    "Journal of Business 59, S285-S300.",
)
