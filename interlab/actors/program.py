"""Actors that are programs: a rule from a situation to a decision.

A rule is a function of the situation and a random stream, put on a shelf under a name::

    @STRATEGIES.rule("joss", plays=ReciprocitySituation, speak=speak, source="...")
    def joss(situation: ReciprocitySituation, stream: Random, *, p: float = 0.9) -> str:
        return situation.cooperate if situation.other[-1:] != ["D"] and stream.random() < p else situation.defect

Its keyword-only arguments are its options, given in the player spec: ``strategy/joss?p=0.8``. Where the shelf says
how a hand trembles, every rule takes ``noise`` as well.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from interlab.actors.base import Actor, InvalidPolicy, Player, Reply
from interlab.errors import ParameterError, UnknownNameError, UsageError
from interlab.registry import suggestion
from interlab.situations import Situation
from interlab.validation import problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interlab.player_spec import PlayerSpec
    from interlab.situations import Query

R = TypeVar("R", bound="Callable[..., Any]")

NOISE: Final = "noise"
"""The option that makes a hand tremble: the probability that something else is done than was decided."""
PROBABILITY: Final = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A rule on a shelf.

    Attributes:
        name: Its name, e.g. ``tit-for-tat``.
        rule: (situation, random stream, options) -> decision.
        plays: The situations it can decide in.
        speak: (query, decision) -> the typed answer that the query expects.
        source: Where the rule comes from.
        tremble: (situation, decision, random stream) -> what a trembling hand does instead; ``None`` if no hand
            trembles.
    """

    name: str
    rule: Callable[..., Any]
    plays: type[Situation]
    speak: Callable[[Query, Any], Any]
    source: str
    tremble: Callable[[Any, Any, Random], Any] | None = None

    @property
    def summary(self) -> str:
        """First line of the rule's docstring."""
        return (inspect.getdoc(self.rule) or "").partition("\n")[0]

    @property
    def takes(self) -> dict[str, Any]:
        """Its options with their defaults, as text; ``needed`` for one that has to be given."""
        taken = {
            name: "needed" if each.default is inspect.Parameter.empty else each.default
            for name, each in self._arguments.items()
        }
        return taken if self.tremble is None else {**taken, NOISE: 0.0}

    @property
    def _arguments(self) -> dict[str, inspect.Parameter]:
        """The rule's keyword-only arguments."""
        arguments = inspect.signature(self.rule, eval_str=True).parameters
        return {name: each for name, each in arguments.items() if each.kind is inspect.Parameter.KEYWORD_ONLY}

    def options(self, given: Mapping[str, str], player: str) -> dict[str, Any]:
        """Read options given as text by the types of the rule's keyword-only arguments.

        Raises:
            ParameterError: An option is unknown, missing, or cannot be read.
        """
        arguments = self._arguments.values()
        known: dict[str, Any] = {each.name: each.annotation for each in arguments}
        if self.tremble is not None:
            known[NOISE] = PROBABILITY
        for each in arguments:
            if each.default is inspect.Parameter.empty and each.name not in given:
                raise ParameterError(f"`{player}` needs the option `{each.name}`: {self.summary}")
        options: dict[str, Any] = {}
        for name, text in given.items():
            if name not in known:
                near = suggestion(name, sorted(known)) if known else "it takes none"
                raise ParameterError(f"`{player}`: `{name}` is not an option; {near}")
            try:
                options[name] = TypeAdapter(known[name]).validate_python(text)
            except ValidationError as error:
                raise ParameterError(f"`{player}`: option `{name}`: {problems(error)[0].message}") from None
        return options


class ProgramActor(Actor):
    """A program in a role. It decides once a round, so that what it announces is what it then means to do."""

    waits = False

    def __init__(
        self,
        role: str,
        player: str,
        program: Program,
        options: Mapping[str, Any],
        seed: int,
        policy: InvalidPolicy | None = None,
    ) -> None:
        super().__init__(role, player, policy)
        self._program = program
        self._options = _without_noise(options)
        self._noise: float = options.get(NOISE, 0.0)
        self._random = Random(seed)
        self._announced: Any = None

    async def reply(self, query: Query) -> Reply:
        """Apply the rule.

        Raises:
            UsageError: The query carries no situation that the rule can decide in.
        """
        program = self._program
        situation = query.situation
        if program.plays is not Situation and not isinstance(situation, program.plays):
            raise UsageError(f"`{self.player}` plays games with a {program.plays.__name__}; this is none")
        decision = self._announced
        if decision is None or query.purpose == "message":
            decision = self.decide(situation)
        self._announced = decision if query.purpose == "message" else None
        if query.purpose == "action" and self._noise and self._random.random() < self._noise:
            assert program.tremble is not None, "only where a hand trembles there is noise"
            decision = program.tremble(situation, decision, self._random)
        return Reply(value=program.speak(query, decision))

    def decide(self, situation: Any) -> Any:
        """Return the action of the rule."""
        return self._program.rule(situation, self._random, **self._options)

    def reseed(self, seed: int) -> None:
        """Draw from another random stream from here on."""
        self._random = Random(seed)

    def copy(self) -> Self:
        """A copy with its own random stream, at the same point."""
        clone = copy.copy(self)
        clone._random = copy.copy(self._random)
        clone._unread = list(self._unread)
        return clone


def _without_noise(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != NOISE}


class ProgramPlayer(Player):
    """A program with its options."""

    def __init__(self, spec: str, kind: str, program: Program, options: Mapping[str, Any]) -> None:
        super().__init__(spec, kind)
        self.plays = program.plays
        self._program = program
        self._options = options

    def create_actor(self, role: str, seed: int, policy: InvalidPolicy) -> Actor:
        """Create the actor of one episode."""
        return ProgramActor(role, self.spec, self._program, self._options, seed, policy)

    def validate_opening(self, situation: Situation) -> None:
        """Let the program decide in the situation, without noise."""
        self._program.rule(situation, Random(0), **_without_noise(self._options))


@dataclass(slots=True)
class Shelf:
    """The programs that share a prefix, e.g. ``strategy/...``."""

    kind: str
    programs: dict[str, Program] = field(default_factory=dict[str, Program])

    def rule(
        self,
        name: str,
        *,
        plays: type[Situation],
        speak: Callable[[Query, Any], Any],
        source: str,
        tremble: Callable[[Any, Any, Random], Any] | None = None,
    ) -> Callable[[R], R]:
        """Put a rule on the shelf; the arguments are the attributes of a :class:`Program`."""

        def put(rule: R) -> R:
            self.programs[name] = Program(
                name=name, rule=rule, plays=plays, speak=speak, source=source, tremble=tremble
            )
            return rule

        return put

    def players(self) -> dict[str, str]:
        """Return player spec -> summary of all strategies."""
        return {f"{self.kind}/{name}": each.summary for name, each in sorted(self.programs.items())}

    def program(self, name: str) -> Program:
        """Find a program on the shelf.

        Raises:
            UnknownNameError: There is no such program.
        """
        if name not in self.programs:
            known = sorted(self.programs)
            raise UnknownNameError(f"no {self.kind} is called `{name}`; {suggestion(name, known)}")
        return self.programs[name]

    def player(self, spec: PlayerSpec) -> Player:
        """Take a program from the shelf.

        Raises:
            UnknownNameError: There is no such program.
            ParameterError: An option is unknown or cannot be read.
        """
        program = self.program(spec.name)
        options = program.options(spec.options, str(spec))

        return ProgramPlayer(str(spec), self.kind, program, options)
