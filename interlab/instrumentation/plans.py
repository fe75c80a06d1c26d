"""The plan of a run that no one planned: conditions are added as episodes of them begin."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError

from interlab.errors import ParameterError, UsageError
from interlab.running.plan import Condition, RecordedPlan, condition_id, episode_seed
from interlab.running.suites import Name, Seed
from interlab.validation import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interlab.instrumentation.games import Game
    from interlab.schema.content import Content
    from interlab.schema.episode import Json


@dataclass(frozen=True, slots=True)
class Place:
    """An episode's place in its run: which repeat of which condition, and its seed."""

    condition: Condition
    index: int
    seed: int


class GrowingPlan:
    """Conditions and how many episodes of each have begun; safe from any thread.

    Attributes:
        name: What the run is called.

    Args:
        name: What the run is called.
        seed: Seed of the run.
        content: Whether prompts and messages are recorded.
        added: Is told of the plan whenever a condition has been added.

    Raises:
        ParameterError: The name or the seed is none.
    """

    def __init__(self, name: str, seed: int, content: Content, added: Callable[[RecordedPlan], None]) -> None:
        self._seed = _seed(seed)
        self._content: Content = content
        self.name: Final = _name(name)
        self._added = added
        self._conditions: dict[str, Condition] = {}
        self._facts: dict[str, Mapping[str, Json]] = {}
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def plan(self) -> RecordedPlan:
        """The plan as far as it goes; ``episodes`` is how many the condition with the most of them has."""
        return RecordedPlan(
            suite=self.name,
            seed=self._seed,
            episodes=max([1, *self._counts.values()]),
            conditions=tuple(self._conditions.values()),
            content=self._content,
            common="scenario",
        )

    def place(self, scenario: str, players: Mapping[str, str], game: Game, seed: int | None) -> Place:
        """Give an episode that begins its place.

        Raises:
            ParameterError: What was given cannot be recorded, or the seed is none.
            UsageError: Another episode of the same condition had other facts or metrics.
        """
        condition = _condition(scenario, players, game)
        own_seed = None if seed is None else _seed(seed)
        with self._lock:
            known = self._conditions.get(condition.id)
            if known is None:
                self._facts[condition.id] = game.facts
                self._conditions[condition.id] = condition
                self._counts[condition.id] = 0
                self._added(self.plan)
            elif known.metrics != condition.metrics or self._facts[condition.id] != game.facts:
                raise UsageError(
                    f"episodes of `{scenario}` with the same parameters and players differ in `game` or "
                    "`metrics`: say in `parameters` what varies"
                )
            index = self._counts[condition.id]
            self._counts[condition.id] += 1
        derived = episode_seed(self._seed, scenario, index)
        return Place(condition, index, derived if own_seed is None else own_seed)


def _condition(scenario: str, players: Mapping[str, str], game: Game) -> Condition:
    given: dict[str, Any] = {
        "id": condition_id(scenario, game.parameters, players),
        "scenario": scenario,
        "parameters": game.parameters,
        "players": players,
        "metrics": game.metrics,
    }
    try:
        return Condition.model_validate(given)
    except ValidationError as error:
        raise ParameterError(f"episode of `{scenario}`: {explain(error)}") from None


def _name(name: str) -> str:
    try:
        return TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise ParameterError(f"`{name}` cannot name a run: give letters, digits, `-`, `_` and `.`") from None


def _seed(seed: int) -> int:
    try:
        return TypeAdapter(Seed).validate_python(seed)
    except ValidationError as error:
        raise ParameterError(f"seed `{seed}`: {explain(error)}") from None
