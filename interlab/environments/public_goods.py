"""A group contributes to a common project, again and again (the voluntary contribution mechanism)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, model_validator

from interlab.environments.base import Environment, Parameters, Result, Scenario, Step
from interlab.environments.templates import template
from interlab.situations import ContributionSituation, Query
from interlab.situations.wording import counted, plain

if TYPE_CHECKING:
    from interlab.situations import Participant
    from interlab.tracing.episodes import Json

NAMES: Final = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")


class PublicGoodsParameters(Parameters):
    """Parameters of a public-goods game; money in points."""

    members: int = Field(default=4, ge=2, le=len(NAMES))
    endowment: int = Field(default=20, ge=1)
    """Points that each member gets every round, to keep or to contribute."""
    multiplier: float = Field(default=1.6, gt=0)
    """What the project makes of a contributed point, before it is divided among all members."""
    rounds: int = Field(default=10, ge=1)
    horizon_known: bool = True
    """Whether the members are told how many rounds there are."""
    framing: Annotated[str, template("role", "members", "names")] = (
        "You are {role}, a member of a group of {members} people: {names}."
    )
    """First words of the rules; ``{role}``, ``{members}`` and ``{names}`` are replaced."""

    @model_validator(mode="after")
    def _dilemma(self) -> Self:
        if not 1 < self.multiplier < self.members:
            raise ValueError(
                f"multiplier must lie between 1 and the number of members ({self.members}), "
                "otherwise it is no dilemma"
            )
        return self


class PublicGoods(Environment[PublicGoodsParameters]):
    """Everybody divides an endowment between itself and the project, at the same time."""

    situation = ContributionSituation

    def __init__(self, parameters: PublicGoodsParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._roles = self.roles(parameters)
        self._contribution = Annotated[int, Field(ge=0, le=parameters.endowment)]
        self._history: dict[str, list[int]] = {role: [] for role in self._roles}
        self._others: dict[str, list[float]] = {role: [] for role in self._roles}
        self._totals = dict.fromkeys(self._roles, 0.0)

    @classmethod
    def roles(cls, parameters: PublicGoodsParameters) -> tuple[str, ...]:
        """As many members as there are."""
        return NAMES[: parameters.members]

    @classmethod
    def game(cls, parameters: PublicGoodsParameters) -> dict[str, Json]:
        """Endowment, multiplier, and what a round pays the group at no and at full contribution."""
        all_kept = float(parameters.members * parameters.endowment)
        return {
            "kind": "public-goods",
            "endowment": parameters.endowment,
            "multiplier": parameters.multiplier,
            "players": parameters.members,
            "welfare": [all_kept, all_kept * parameters.multiplier],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    def rules(self, role: str) -> str:
        """The rules, the same for everybody."""
        parameters = self.parameters
        share = parameters.multiplier / parameters.members
        duration = (
            f"The game lasts {counted(parameters.rounds, 'round')}."
            if parameters.horizon_known
            else "You are not told how many rounds there are."
        )
        return "\n".join(
            [
                parameters.framing.format(role=role, members=parameters.members, names=", ".join(self._roles)),
                f"In each round every member gets {counted(parameters.endowment, 'point')} and decides how many "
                "of them to contribute to a common project; the rest is kept. All decide at the same time.",
                f"All contributions are added up, multiplied by {plain(parameters.multiplier)}, and divided "
                f"equally among the members, whoever contributed: a contributed point pays {plain(share)} points "
                "to each.",
                duration,
                "Your aim is to get as many points as you can over the whole game.",
            ]
        )

    async def step(self) -> Step:
        """Contribute, multiply, divide and tell. Who forfeits contributes nothing."""
        answers = await self.ask({role: self._query(role) for role in self._roles})
        self.rounds_played += 1
        contributions: dict[str, int] = {role: answer or 0 for role, answer in answers.items()}
        pot = sum(contributions.values())
        share = pot * self.parameters.multiplier / self.parameters.members
        payoffs = {role: self.parameters.endowment - given + share for role, given in contributions.items()}
        told = ", ".join(f"{role} {given}" for role, given in contributions.items())
        for role, given in contributions.items():
            self._history[role].append(given)
            self._others[role].append((pot - given) / (self.parameters.members - 1))
            self._totals[role] += payoffs[role]
            self.tell(
                (role,),
                f"Round {self.rounds_played}: contributions were {told}. "
                f"You kept {self.parameters.endowment - given} and got {plain(share)} from the project.",
            )
        return Step(dict(answers), payoffs, {"pot": pot})

    def _query(self, role: str) -> Query:
        parameters = self.parameters
        of = f" of {parameters.rounds}" if parameters.horizon_known else ""
        return Query(
            prompt=f"Round {self.rounds_played + 1}{of}. How many of your {parameters.endowment} points do you "
            "contribute?",
            expected_type=self._contribution,
            situation=ContributionSituation(
                endowment=parameters.endowment,
                multiplier=parameters.multiplier,
                members=parameters.members,
                own=self._history[role],
                others=self._others[role],
                round=self.rounds_played + 1,
                horizon=parameters.rounds if parameters.horizon_known else None,
            ),
            default=0,
        )

    @property
    def is_finished(self) -> bool:
        """After the last round."""
        return self.rounds_played >= self.parameters.rounds

    @property
    def result(self) -> Result:
        """Total points."""
        return Result(outcome={"rounds": self.rounds_played}, payoffs=dict(self._totals), end_reason="completed")


PUBLIC_GOODS: Final = Scenario(
    name="public-goods",
    summary="Members of a group decide round by round how much of an endowment to put into a common project.",
    environment=PublicGoods,
    parameters=PublicGoodsParameters(),
    metrics=(
        "contribution_rate",
        "free_riding_rate",
        "mean_payoff",
        "payoff_efficiency",
        "invalid_action_rate",
        "input_tokens",
        "output_tokens",
        "usd",
        "latency",
    ),
    source="Ledyard, J. (1995). Public goods. In: Handbook of Experimental Economics. Princeton.",
)
