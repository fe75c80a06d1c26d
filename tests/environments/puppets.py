"""Actors that do as they are told, and keep what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from interlab.actors.base import Actor, Reply
from interlab.environments import scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interlab.environments import Environment
    from interlab.situations import Observation, Query


class Puppet(Actor):
    """Gives the answers it was given, ``None`` for none; afterwards it forfeits."""

    waits: ClassVar[bool] = False

    def __init__(self, role: str, answers: Iterable[Any] = ()) -> None:
        super().__init__(role, "test/puppet")
        self.answers = list(answers)
        self.told: list[str] = []
        self.queries: list[Query] = []

    def observe(self, observation: Observation) -> None:
        super().observe(observation)
        self.told.append(observation.text)

    async def reply(self, query: Query) -> Reply:
        self.queries.append(query)
        value = self.answers.pop(0) if self.answers else None
        return Reply(value=value, valid=value is not None)

    @property
    def asked(self) -> list[str]:
        return [query.prompt for query in self.queries]


def stage(
    name: str, /, seed: int = 1, changes: dict[str, Any] | None = None, **answers: Iterable[Any]
) -> tuple[Environment[Any], dict[str, Puppet]]:
    """An environment that has been started, and the puppets in it."""
    found = scenario(name)
    parameters = found.configure(changes or {})
    puppets = {role: Puppet(role, answers.get(role, ())) for role in found.environment.roles(parameters)}
    environment = found.environment(parameters, puppets, seed)
    environment.start()
    return environment, puppets
