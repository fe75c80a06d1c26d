"""Base of one-sided exchanges between two parties: one moves first, the other may answer."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self, TypeVar

from pydantic import Field, model_validator

from interlab.environments.base import HEALTH, Environment, Parameters, Result
from interlab.environments.templates import template
from interlab.situations import ExchangeSituation, Query
from interlab.wording import counted, listed

if TYPE_CHECKING:
    from interlab.schema.episode import Json
    from interlab.situations import Participant
    from interlab.situations.exchange import Exchange, Stage

METRICS: Final = ("mean_payoff", "payoff_gini", *HEALTH)
"""Metrics of every game of this kind."""


_NAMES: Final = ("player A", "player B")


class ExchangeParameters(Parameters):
    """Parameters that every one-sided exchange has; money in points."""

    rounds: int = Field(default=1, ge=1)
    horizon_known: bool = True
    """State the number of rounds in the rules."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Role -> name that the parties see; by default the first mover is player A and the second player B."""
    framing: Annotated[str, template("role", "other")] = (
        "You are playing a game with one other player. You are {role}, and the other player is {other}."
    )
    """First words of the rules; ``{role}`` and ``{other}`` are replaced."""
    unit: str = Field(default="points", min_length=1)
    """Unit of payoffs, in the plural."""
    aim: Annotated[str, template("role", "other", "unit")] = (
        "Your goal is to earn as many {unit} as possible over the whole game."
    )
    """Last words of the rules; ``{role}``, ``{other}`` and ``{unit}`` are replaced."""

    seats: ClassVar[tuple[str, str]]
    """First and second mover."""

    @model_validator(mode="after")
    def _telling_labels(self) -> Self:
        if unknown := sorted(set(self.labels) - set(self.seats)):
            raise ValueError(f"labels: invalid role `{unknown[0]}`: expected one of {listed(self.seats)}")
        if not all(self.names) or self.names[0] == self.names[1]:
            raise ValueError("labels must differ and not be empty")
        return self

    @property
    def names(self) -> tuple[str, str]:
        """Names of first and second mover, as the parties see them."""
        first, second = self.seats
        return self.labels.get(first, _NAMES[0]), self.labels.get(second, _NAMES[1])


E = TypeVar("E", bound=ExchangeParameters)


class ExchangeGame(Environment[E]):
    """A first mover decides on an amount, a second mover may answer."""

    situation = ExchangeSituation
    exchange: ClassVar[Exchange]

    def __init__(self, parameters: E, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self.first, self.second = self.seats = parameters.seats
        self.names = parameters.names
        self.totals = dict.fromkeys(self.seats, 0.0)
        self.offers: list[int] = []
        self.answers: list[float] = []
        self.last: dict[str, Json] = {}

    @classmethod
    def roles(cls, parameters: E) -> tuple[str, ...]:
        """The first and the second mover."""
        return parameters.seats

    @abstractmethod
    def explain(self) -> list[str]:
        """The rules between framing and duration, a paragraph each; the same for both."""

    def rules(self, role: str) -> str:
        """Return the rules: framing, decisions and payoffs, duration, aim."""
        parameters = self.parameters
        own, other = self.names if role == self.first else self.names[::-1]
        duration = (
            f"The game lasts {counted(parameters.rounds, 'round')}."
            if parameters.horizon_known
            else "You will not be told how many rounds there are."
        )
        return "\n".join(
            [
                parameters.framing.format(role=own, other=other),
                *self.explain(),
                duration,
                parameters.aim.format(role=own, other=other, unit=parameters.unit),
            ]
        )

    def heading(self) -> str:
        """Return the number of the round, in words; empty if there is only one."""
        parameters = self.parameters
        if parameters.horizon_known and parameters.rounds == 1:
            return ""
        of = f" of {parameters.rounds}" if parameters.horizon_known else ""
        return f"Round {self.rounds_played + 1}{of}. "

    async def decide(
        self,
        role: str,
        stage: Stage,
        prompt: str,
        expected_type: Any,
        *,
        most: int,
        offered: int | None,
        default: Any,
    ) -> Any:
        """Ask one party for its decision; ``None`` where it forfeits."""
        parameters = self.parameters
        situation = ExchangeSituation(
            game=self.exchange,
            stage=stage,
            most=most,
            offered=offered,
            multiplier=self.multiplier,
            offers=self.offers,
            answers=self.answers,
            round=self.rounds_played + 1,
            horizon=parameters.rounds if parameters.horizon_known else None,
            endowments=self.endowments,
        )
        query = Query(
            prompt=self.heading() + prompt, expected_type=expected_type, situation=situation, default=default
        )
        return (await self.ask({role: query}))[role]

    @property
    def endowments(self) -> tuple[int, int]:
        """Endowments of both parties."""
        return 0, 0

    @property
    def multiplier(self) -> float:
        """Multiplier of an amount sent."""
        return 1.0

    def close_round(self, first: float, second: float, facts: dict[str, Json]) -> dict[str, float]:
        """Pay both parties and keep the facts of the round.

        Returns:
            Role -> payoff of the round.
        """
        self.rounds_played += 1
        self.totals[self.first] += first
        self.totals[self.second] += second
        self.last = facts
        return {self.first: first, self.second: second}

    @property
    def is_finished(self) -> bool:
        """After the last round."""
        return self.rounds_played >= self.parameters.rounds

    @property
    def result(self) -> Result:
        """Facts of the last round, and total payoffs."""
        return Result(
            outcome={"rounds": self.rounds_played, **self.last},
            payoffs=dict(self.totals),
            end_reason="completed",
        )


def up_to(most: int) -> Any:
    """The type of a whole amount from 0 to ``most``."""
    return Annotated[int, Field(ge=0, le=most)]
