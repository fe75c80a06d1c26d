"""Strategies of the Axelrod library: ``axelrod/TitForTat``, by the library's class names.

The library (Knight et al. 2016, Journal of Open Research Software 4(1), e35) is an extra, and imported when the
first of its players is made. A library's player has a state of its own, which here is a function of the histories
and the seed: a copy lives through the past again.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import orjson
from pydantic import TypeAdapter, ValidationError

from interlab.actors.program import NOISE, PROBABILITY, Program, ProgramActor, ProgramPlayer
from interlab.actors.strategies.shelf import speak, tremble
from interlab.errors import MissingDependencyError, ParameterError, UnknownNameError, UsageError
from interlab.registry import suggestion
from interlab.situations import ReciprocitySituation
from interlab.validation import problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.actors.base import Actor, InvalidPolicy, Player
    from interlab.player_spec import PlayerSpec
    from interlab.situations import Situation

_INSTALL: Final = "pip install axelrod==4.13.1"
_CHEATS: Final = ("inspects_source", "manipulates_source", "manipulates_state")
_SEEDS: Final = 2**32
_WRONG_OPTION: Final = (AttributeError, LookupError, TypeError, ValueError)


class _Library:
    """The entry point's object: the family of the Axelrod library's players."""

    def players(self) -> Mapping[str, str]:
        """One line for all, without importing them."""
        return {"axelrod/NAME": f"A strategy of the Axelrod library, as axelrod/TitForTat; needs `{_INSTALL}`"}

    def player(self, spec: PlayerSpec) -> Player:
        """Make a player.

        Raises:
            MissingDependencyError: The library is not installed.
            UnknownNameError: It has no such strategy.
            ParameterError: An option is unknown or has a bad value.
            UsageError: The strategy looks into the other player's program.
        """
        library = _load(spec)
        strategy = _find(library, spec)
        program = Program(
            name=spec.name,
            rule=strategy,
            plays=ReciprocitySituation,
            speak=speak,
            source="Axelrod library",
            tremble=tremble,
        )
        given = dict(spec.options)
        noise = {NOISE: _probability(spec, given.pop(NOISE))} if NOISE in given else {}
        options = _options(library, strategy, spec, given)

        return _LibraryPlayer(str(spec), "axelrod", program, {**options, **noise})


class _LibraryPlayer(ProgramPlayer):
    """A strategy of the library with its options."""

    def create_actor(self, role: str, seed: int, policy: InvalidPolicy) -> Actor:
        return AxelrodActor(role, self.spec, self._program, self._options, seed, policy)

    def validate_opening(self, situation: Situation) -> None:
        assert isinstance(situation, ReciprocitySituation), "the library plays these alone"
        options = {name: value for name, value in self._options.items() if name != NOISE}
        AxelrodActor("alice", self.spec, self._program, options, 0).decide(situation)


AXELROD: Final = _Library()


class AxelrodActor(ProgramActor):
    """A player of the library in a role."""

    def __init__(
        self,
        role: str,
        player: str,
        program: Program,
        options: Mapping[str, Any],
        seed: int,
        policy: InvalidPolicy | None = None,
    ) -> None:
        super().__init__(role, player, program, options, seed, policy)
        self._seed = seed % _SEEDS
        self._match: _Match | None = None

    def decide(self, situation: ReciprocitySituation) -> str:
        """Return the move of the library's player.

        Raises:
            UsageError: It is not defined at these payoffs.
        """
        if self._match is None:
            try:
                self._match = _Match(self._program.rule, self._options, self._seed, situation)
            except (ArithmeticError, ValueError) as error:
                raise UsageError(f"it is not defined at these payoffs: {error!r}") from None
        cooperates = self._match.move(situation.cooperated, situation.other_cooperated)
        return situation.cooperate if cooperates else situation.defect

    def copy(self) -> Self:
        """A copy that will live through the past again: some of the library's players cannot be copied."""
        clone = super().copy()
        clone._match = None
        return clone


class _Match:
    """A library's player, and one who stands for the other.

    Args:
        strategy: The library's class.
        options: What to make it with.
        seed: In [0, 2**32).
        situation: Of the first decision.
    """

    def __init__(
        self, strategy: Any, options: Mapping[str, Any], seed: int, situation: ReciprocitySituation
    ) -> None:
        library: Any = import_module("axelrod")
        self._cooperate, self._defect = library.Action.C, library.Action.D
        self._me, self._other = strategy(**options), library.Cooperator()
        c, d = situation.cooperate, situation.defect
        r, s, t, p = (situation.payoffs[cell][0] for cell in ((c, c), (c, d), (d, c), (d, d)))
        length = float("inf") if situation.horizon is None else situation.horizon
        with np.errstate(divide="raise", invalid="raise"):
            self._me.set_match_attributes(length=length, game=library.Game(r=r, s=s, t=t, p=p), noise=0)
        self._me.set_seed(seed)
        self._decided: Any = None

    def move(self, own: Sequence[bool], other: Sequence[bool]) -> bool:
        """Return True to cooperate after these rounds; decided once per round, even if asked again.

        Args:
            own: Whether it cooperated, round by round, as it was played.
            other: Whether the other did.
        """
        played = len(self._me.history)
        for mine, others in zip(own[played:], other[played:], strict=True):
            self._decide()
            actions = [self._cooperate if cooperated else self._defect for cooperated in (mine, others)]
            self._me.update_history(*actions)
            self._other.update_history(*reversed(actions))
            self._decided = None
        return self._decide() == self._cooperate

    def _decide(self) -> Any:
        if self._decided is None:
            self._decided = self._me.strategy(self._other)
        return self._decided


def _load(spec: PlayerSpec) -> Any:
    try:
        return import_module("axelrod")
    except ImportError:
        raise MissingDependencyError(f"`{spec}` needs the Axelrod library: run `{_INSTALL}`") from None


def _find(library: Any, spec: PlayerSpec) -> Any:
    strategies = [name for name in dir(library) if _is_strategy(getattr(library, name), library.Player)]
    if spec.name not in strategies:
        near = suggestion(spec.name, sorted(strategies))
        raise UnknownNameError(f"the Axelrod library has no strategy `{spec.name}`; {near}")
    found = getattr(library, spec.name)
    if any(found.classifier.get(cheat) for cheat in _CHEATS):
        raise UsageError(f"`{spec}` looks into the other player's program, and here there may be none")
    return found


def _is_strategy(each: Any, base: type) -> bool:
    return inspect.isclass(each) and issubclass(each, base) and each is not base


def _options(library: Any, strategy: Any, spec: PlayerSpec, given: Mapping[str, str]) -> dict[str, Any]:
    """Read options as the strategy's arguments, and see whether it takes them."""
    arguments = inspect.signature(strategy.__init__).parameters
    known = [name for name in arguments if name != "self"]
    options: dict[str, Any] = {}
    for name, text in given.items():
        if name not in known:
            raise ParameterError(
                f"`{spec}`: `{name}` is not an option; {suggestion(name, sorted([*known, NOISE]))}"
            )
        options[name] = _value(library, text, str(arguments[name].annotation))
    try:
        strategy(**options)
    except _WRONG_OPTION as error:
        raise ParameterError(f"`{spec}`: the library does not take these options: {error!r}") from None
    return options


def _value(library: Any, text: str, annotation: str) -> Any:
    """An option as the library wants it: actions as C and D, lists with commas, else a number or a word."""
    if "Action" in annotation and text and set(text) <= {"C", "D"}:
        actions = [library.Action.from_char(each) for each in text]
        return actions if "List" in annotation or "Tuple" in annotation else actions[0]
    try:
        return orjson.loads(f"[{text}]" if "," in text and not text.startswith("[") else text)
    except orjson.JSONDecodeError:
        return text


def _probability(spec: PlayerSpec, text: str) -> float:
    try:
        return TypeAdapter(PROBABILITY).validate_python(text)
    except ValidationError as error:
        raise ParameterError(f"`{spec}`: option `{NOISE}`: {problems(error)[0].message}") from None
