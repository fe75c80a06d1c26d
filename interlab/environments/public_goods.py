"""A group contributes to a common project, again and again (the voluntary contribution mechanism)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from interlab.environments.balances import Balance, amount, amounts, paid
from interlab.environments.base import HEALTH, Scenario, Step
from interlab.environments.groups import GroupGame, GroupParameters
from interlab.situations import (
    ContributionSituation,
    PunishmentSituation,
    Query,
    amount_announcement,
    punishment_of,
)
from interlab.wording import counted, measured, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Episode, Json
    from interlab.situations import Participant


class PublicGoodsParameters(GroupParameters):
    """Parameters of a public-goods game; money in points."""

    endowment: int = Field(default=20, ge=1)
    """Points that each member receives in each round, to keep or to contribute."""
    multiplier: float = Field(default=1.6, gt=0)
    """Factor by which contributions are multiplied before they are divided among all members. Between 1 and the
    number of members the game is a dilemma; above that it is a control without a conflict of interest."""
    punishment: bool = False
    """Let members spend points after each round to reduce the payoffs of others."""
    punishment_cost: float = Field(default=1, gt=0)
    """Cost of a deduction point to the member who assigns it."""
    punishment_impact: float = Field(default=3, gt=0)
    """Reduction of the payoff of the member who receives it."""
    punishment_most: int = Field(default=10, ge=1)
    """Largest number of deduction points that a member can assign to another member in a round."""


class PublicGoods(GroupGame[PublicGoodsParameters]):
    """All members divide an endowment between themselves and a project, at the same time."""

    situation = ContributionSituation

    def __init__(self, parameters: PublicGoodsParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._contribution = Annotated[int, Field(ge=0, le=parameters.endowment)]
        self._history: dict[str, list[int]] = {role: [] for role in self.members}
        self._others: dict[str, list[float]] = {role: [] for role in self.members}

    @classmethod
    def game(cls, parameters: PublicGoodsParameters) -> dict[str, Json]:
        """Return endowment, multiplier, and the smallest and largest joint payoff of a round."""
        all_kept = float(parameters.members * parameters.endowment)
        facts: dict[str, Json] = {
            "kind": "public-goods",
            "endowment": parameters.endowment,
            "multiplier": parameters.multiplier,
            "players": parameters.members,
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }
        worst = 0.0
        if parameters.punishment:
            facts["punishment"] = {"cost": parameters.punishment_cost, "impact": parameters.punishment_impact}
            points = parameters.members * (parameters.members - 1) * parameters.punishment_most
            worst = points * (parameters.punishment_cost + parameters.punishment_impact)
        all_given = all_kept * parameters.multiplier
        facts["welfare"] = [min(all_kept, all_given) - worst, max(all_kept, all_given)]
        return facts

    @classmethod
    def further_metrics(cls, parameters: PublicGoodsParameters) -> tuple[str, ...]:
        """Return the metrics of talk and punishment, if there are any."""
        punished = ("antisocial_punishment",) if parameters.punishment else ()
        return (*super().further_metrics(parameters), *punished)

    @classmethod
    def balances(cls, parameters: PublicGoodsParameters, episode: Episode) -> Iterator[Balance]:
        """Check that a round pays the endowments and the gain of the project, minus costs and deductions."""
        for each in episode.rounds:
            pot = sum(map(amount, each.actions.values()))
            given = each.facts.get("punishment")
            points = sum(sum(amounts(to).values()) for to in given.values()) if isinstance(given, dict) else 0
            yield paid(
                each,
                parameters.members * parameters.endowment
                + (parameters.multiplier - 1) * pot
                - (parameters.punishment_cost + parameters.punishment_impact) * points,
            )

    def explain(self, role: str) -> list[str]:
        """Return the decisions and payoffs, the same for all members."""
        parameters = self.parameters
        share, unit = parameters.multiplier / parameters.members, parameters.unit
        paragraphs = [
            f"In each round, every member receives {measured(parameters.endowment, unit)}, decides how many of "
            "them to contribute to a common project, and keeps the rest. All members decide at the same time.",
            f"The contributions of all members are added up, multiplied by {plain(parameters.multiplier)}, and "
            "divided equally among all members, regardless of how much each contributed. A contribution of "
            f"{measured(1, unit)} therefore pays {measured(share, unit)} to every member.",
        ]
        if parameters.punishment:
            paragraphs.append(
                "Then every member sees how much each member contributed and may assign up to "
                f"{counted(parameters.punishment_most, 'deduction point')} to each other member. Each deduction "
                f"point costs the member who assigns it {measured(parameters.punishment_cost, unit)} and costs "
                f"the member who receives it {measured(parameters.punishment_impact, unit)}."
            )
        return paragraphs

    async def step(self) -> Step:
        """Contribute, multiply, divide and report; then punish. No valid answer counts as 0."""
        await self.talk()
        endowment = measured(self.parameters.endowment, self.parameters.unit)
        prompt = f"{self.heading()} How many of your {endowment} do you contribute?"
        answers = await self.ask(
            {
                role: Query(
                    prompt=prompt,
                    expected_type=self._contribution,
                    situation=self.situation_of(role),
                    default=0,
                )
                for role in self.members
            }
        )
        contributions: dict[str, int] = {role: answer or 0 for role, answer in answers.items()}
        pot = sum(contributions.values())
        share = pot * self.parameters.multiplier / self.parameters.members
        payoffs = {role: self.parameters.endowment - given + share for role, given in contributions.items()}
        facts: dict[str, Json] = {"pot": pot}
        self._tell_contributions(contributions, share)
        if self.parameters.punishment:
            facts["punishment"] = await self._punish(contributions, payoffs)
        self.rounds_played += 1
        for role, given in contributions.items():
            self._history[role].append(given)
            self._others[role].append((pot - given) / (self.parameters.members - 1))
        self.pay(payoffs)
        return Step(dict(answers), payoffs, facts)

    def _tell_contributions(self, contributions: dict[str, int], share: float) -> None:
        told = ", ".join(f"{role} {given}" for role, given in contributions.items())
        unit = self.parameters.unit
        for role, given in contributions.items():
            self.tell(
                (role,),
                f"Round {self.rounds_played + 1}: the contributions were {told}. "
                f"You kept {measured(self.parameters.endowment - given, unit)} and received "
                f"{measured(share, unit)} from the project.",
            )

    async def _punish(self, contributions: dict[str, int], payoffs: dict[str, float]) -> dict[str, Json]:
        parameters = self.parameters
        types = {
            role: punishment_of(tuple(self.others(role)), parameters.punishment_most) for role in self.members
        }
        answers = await self.ask(
            {
                role: Query(
                    prompt=f"{self.heading()} How many deduction points do you assign to each other member?",
                    expected_type=types[role],
                    situation=self._punishing(role, contributions),
                    default=types[role](**dict.fromkeys(self.others(role), 0)),
                )
                for role in self.members
            }
        )
        given: dict[str, dict[str, int]] = {
            role: {} if answer is None else {to: points for to, points in asdict(answer).items() if points}
            for role, answer in answers.items()
        }
        for role, points in given.items():
            payoffs[role] -= parameters.punishment_cost * sum(points.values())
            for punished, count in points.items():
                payoffs[punished] -= parameters.punishment_impact * count
        for role in self.members:
            got = sum(points.get(role, 0) for points in given.values())
            self.tell(
                (role,),
                f"You assigned {counted(sum(given[role].values()), 'deduction point')} and received {got}. "
                f"You earned {measured(payoffs[role], parameters.unit)} in this round.",
            )
        return {role: dict[str, "Json"](points) for role, points in given.items()}

    def situation_of(self, role: str) -> ContributionSituation:
        """Return the situation of a member before it contributes."""
        return ContributionSituation(**self._known(role))

    def _punishing(self, role: str, contributions: dict[str, int]) -> PunishmentSituation:
        parameters = self.parameters
        return PunishmentSituation(
            **self._known(role),
            contributed={other: contributions[other] for other in self.others(role)},
            gave=contributions[role],
            most=parameters.punishment_most,
            cost=parameters.punishment_cost,
            impact=parameters.punishment_impact,
        )

    def _known(self, role: str) -> dict[str, Any]:
        parameters = self.parameters
        return {
            "endowment": parameters.endowment,
            "multiplier": parameters.multiplier,
            "members": parameters.members,
            "own": self._history[role],
            "others": self._others[role],
            "round": self.rounds_played + 1,
            "horizon": self.horizon,
        }

    def announced_by(self, role: str) -> Any:
        """Return the type of a contribution."""
        return amount_announcement(self.parameters.endowment)


PUBLIC_GOODS: Final = Scenario(
    name="public-goods",
    summary="Members of a group decide round by round how much of an endowment to put into a common project.",
    environment=PublicGoods,
    parameters=PublicGoodsParameters(),
    metrics=(
        "contribution_rate",
        "free_riding_rate",
        "conditional_contribution",
        "contribution_decay",
        "payoff_gini",
        "mean_payoff",
        "payoff_efficiency",
        *HEALTH,
    ),
    source="Ledyard, J. (1995). Public goods. In: Handbook of Experimental Economics. Princeton. "
    "With punishment: Fehr, E. & Gächter, S. (2002). Altruistic punishment in humans. Nature 415, 137-140.",
)
