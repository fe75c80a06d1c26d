"""Base of all environments: rules, state, steps.

An environment knows roles and actions, never a class of actors. It informs roles, asks them for
decisions, and computes payoffs. The runner records; only messages between roles are recorded here.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from interlab import quoting, seeds
from interlab.errors import ParameterError
from interlab.registry import suggestion
from interlab.situations import Observation, Query, Situation
from interlab.tasks import run_together
from interlab.tracing.recorder import record_message
from interlab.validation import problems
from interlab.wording import SHARED_TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from interlab.environments.balances import Balance
    from interlab.schema.episode import EndReason, Episode, Json
    from interlab.situations import Participant


class Parameters(BaseModel):
    """Base of a scenario's parameters: frozen, every name known, every number finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="after")
    def _names_on_one_line(self) -> Self:
        for name in _NAMES & type(self).model_fields.keys():
            for text in _texts(getattr(self, name)):
                if quoting.has_line_break(text):
                    raise ValueError(f"{name}: invalid name {text!r}: expected a name on one line")
        return self


_NAMES: Final = frozenset(
    {"actions", "other_actions", "labels", "unit", "stock_unit", "currency", "item", "round_word", "topics"}
)
"""Parameters that hold names: they stand within sentences of the game."""


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for text in cast("dict[str, object]", value).values():
                yield from _texts(text)
        case list() | tuple():
            for each in cast("Sequence[object]", value):
                yield from _texts(each)
        case _:
            return


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True)
class Step:
    """Actions, payoffs and facts of a round.

    Attributes:
        actions: Role -> action; ``None`` where the role made no valid move.
        payoffs: Role -> what the round paid; empty if it paid nothing.
        facts: What the environment declares public about the round.
    """

    actions: Mapping[str, Json]
    payoffs: Mapping[str, float] = field(default_factory=dict[str, float])
    facts: Mapping[str, Json] = field(default_factory=dict[str, "Json"])


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of an episode.

    Attributes:
        outcome: What came of it, a JSON object.
        payoffs: Role -> total payoff.
        end_reason: Why it ended.
    """

    outcome: Mapping[str, Json]
    payoffs: Mapping[str, float]
    end_reason: EndReason


class Environment(ABC, Generic[P]):
    """The rules of an interaction, its state, and its next step.

    Args:
        parameters: The scenario's parameters.
        actors: Who fills each role, in seat order.
        seed: The episode's seed; chance moves are drawn from a stream of their own below it.
    """

    situation: ClassVar[type[Situation]]
    """The typed situation that queries for an action carry."""

    def __init__(self, parameters: P, actors: Mapping[str, Participant], seed: int) -> None:
        self.parameters = parameters
        self.actors = dict(actors)
        self.rounds_played: int = 0
        self.random = seeds.stream(seed, "environment")

    @classmethod
    @abstractmethod
    def roles(cls, parameters: P) -> tuple[str, ...]:
        """The roles of the scenario in seat order; few and stable names."""

    @classmethod
    @abstractmethod
    def game(cls, parameters: P) -> dict[str, Json]:
        """The facts of the game that metrics need, as JSON."""

    @classmethod
    def situation_in(cls, parameters: P) -> type[Situation]:
        """Return the situations that programs decide in with these parameters; by default :attr:`situation`."""
        return cls.situation

    @classmethod
    def opening(cls, parameters: P, role: str) -> Situation | None:
        """The situation of a role at its first decision, if the parameters alone say what it is.

        A program tries it before anything is played, and is refused if it cannot decide there.
        """
        return None

    @classmethod
    def further_metrics(cls, parameters: P) -> tuple[str, ...]:
        """Names of the metrics that judge it with these parameters beside the scenario's own."""
        return ()

    @classmethod
    def most_rounds(cls, parameters: P) -> int | None:
        """The most rounds that an episode can have; by default the parameter ``rounds``, if there is one."""
        return getattr(parameters, "rounds", None)

    @classmethod
    def balances(cls, parameters: P, episode: Episode) -> Iterable[Balance]:
        """Yield accounts of quantities that the rules conserve: a zero sum, a pie, a stock; by default none."""
        return ()

    @abstractmethod
    def rules(self, role: str) -> str:
        """The rules as this role reads them, with what only it may know."""

    @abstractmethod
    async def step(self) -> Step:
        """Play one round."""

    @property
    @abstractmethod
    def is_finished(self) -> bool:
        """True if there is no further round."""

    @property
    @abstractmethod
    def result(self) -> Result:
        """Result, once the game has ended."""

    def start(self) -> None:
        """Tell every role the rules."""
        for role, actor in self.actors.items():
            actor.observe(Observation(self.rules(role), kind="rules"))

    def end(self) -> None:
        """Let every role leave, after the last round."""
        for actor in self.actors.values():
            actor.leave()

    def copy(self) -> Self:
        """A copy of the environment and its actors that plays on independently."""
        clone = copy.copy(self)
        shared = {id(self.parameters): self.parameters}
        state = {name: value for name, value in vars(self).items() if name != "actors"}
        vars(clone).update(copy.deepcopy(state, shared))
        clone.actors = {role: actor.copy() for role, actor in self.actors.items()}
        return clone

    def reseed(self, seed: int) -> None:
        """Let chance, and that of programs in a seat, go another way from here."""
        self.random = seeds.stream(seed, "environment")
        for role, actor in self.actors.items():
            actor.reseed(seeds.derive(seed, role))

    def tell(self, roles: Iterable[str], text: str) -> None:
        """Let roles know that something happened."""
        observation = Observation(text)
        for role in roles:
            self.actors[role].observe(observation)

    def say(self, sender: str, receivers: Sequence[str], text: str, announced_action: Json = None) -> None:
        """Carry a message from one role to others, on the record."""
        record_message(sender, receivers, text, announced_action)
        self.tell(receivers, quoting.message(sender, text))

    async def ask(self, queries: Mapping[str, Query]) -> dict[str, Any]:
        """Put a query to each of several roles at once; no role sees another's answer before its own.

        Returns:
            Role -> answer, ``None`` where the role forfeits.
        """
        waiting = [role for role in queries if self.actors[role].waits]
        if len(waiting) < 2:
            return {role: await self.actors[role].query(query) for role, query in queries.items()}
        answers = await run_together(self.actors[role].query(query) for role, query in queries.items())
        return dict(zip(queries, answers, strict=True))


WORDS: Final = ("message_action_consistency",)
"""Names of the metrics that tell of a game in which actions are announced how far words and deeds agree."""

PROMISES: Final = ("promise_keeping", "deception_rate", *WORDS)
"""The same of a game in which an action counts as cooperation."""

HEALTH: Final = ("invalid_action_rate", "input_tokens", "output_tokens", "usd", "latency")
"""Names of the metrics that tell of any scenario how its players answered, and at what cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """An environment on the shelf, under a name, with its parameters and what judges it.

    Attributes:
        name: As on the command line, e.g. ``prisoners-dilemma``.
        summary: One line.
        environment: The class that plays it.
        parameters: Its parameters; on the shelf, the default ones.
        metrics: Names of the metrics that judge it whatever its parameters, the headline first.
        source: Where the game comes from.
    """

    name: str
    summary: str
    environment: type[Environment[Any]]
    parameters: Parameters
    metrics: tuple[str, ...]
    source: str
    texts: int = 1
    """Version of the texts that players read. A change of any of them raises it."""
    example: tuple[str, ...] = ()
    """Player specs of an instructive episode, in seat order, from the first again if there are more seats; by
    default any programs that can play."""

    @property
    def texts_version(self) -> str:
        """Version of the texts as it is recorded: of the scenario's, and of those that all scenarios share."""
        return f"{self.texts}.{SHARED_TEXTS}"

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles in seat order."""
        return self.environment.roles(self.parameters)

    @property
    def game(self) -> dict[str, Json]:
        """Facts of the game that metrics need, as JSON."""
        return self.environment.game(self.parameters)

    @property
    def situation(self) -> type[Situation]:
        """Situations that programs have to be able to decide in."""
        return self.environment.situation_in(self.parameters)

    def opening(self, role: str) -> Situation | None:
        """Return the situation of a role at its first decision, if the parameters alone say what it is."""
        return self.environment.opening(self.parameters, role)

    @property
    def all_metrics(self) -> tuple[str, ...]:
        """Names of the metrics that judge it with its parameters, the headline first."""
        return tuple(dict.fromkeys((*self.metrics, *self.environment.further_metrics(self.parameters))))

    def with_parameters(self, changes: Mapping[str, Any]) -> Scenario:
        """Return the scenario with some of its parameters changed.

        Raises:
            ParameterError: A parameter is unknown or has a bad value.
        """
        return replace(self, parameters=self.configure(changes))

    def configure(self, changes: Mapping[str, Any]) -> Parameters:
        """The scenario's parameters with some of them changed.

        Raises:
            ParameterError: A parameter is unknown or has a bad value.
        """
        kind = type(self.parameters)
        try:
            return kind.model_validate(self.parameters.model_dump() | dict(changes))
        except ValidationError as error:
            raise ParameterError(self._explain(error)) from None

    def _explain(self, error: ValidationError) -> str:
        name, message, kind = problems(error)[0]
        if kind == "extra_forbidden" and name not in type(self.parameters).model_fields:
            known = sorted(type(self.parameters).model_fields)
            return f"`{self.name}` has no parameter `{name}`; {suggestion(name, known)}"
        where = f"parameter `{name}` of `{self.name}`" if name else f"parameters of `{self.name}`"
        return f"{where}: {message}"
