"""What players of a scenario read: its texts, taken from episodes that are played for the purpose."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from interlab import seeds
from interlab.environments import Environment, Scenario
from interlab.situations import Observation, Query
from interlab.testing.arbitrary import ArbitraryActor

_EPISODES: Final = 3
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


class _Reader(ArbitraryActor):
    """Answers anything, and keeps what it reads."""

    waits: ClassVar[bool] = False

    def __init__(self, role: str, seed: int) -> None:
        super().__init__(role, seed)
        self.read: list[dict[str, str]] = []

    def observe(self, observation: Observation) -> None:
        super().observe(observation)
        self.read.append({"kind": observation.kind, "text": observation.text})

    async def query(self, query: Query) -> Any:
        self.read.append({"kind": "question", "text": query.prompt})
        return await super().query(query)


def texts(scenario: Scenario, changes: Mapping[str, Any] | None = None) -> dict[str, list[dict[str, str]]]:
    """Play some episodes at random and give what each role read, once each.

    Texts that differ in nothing but numbers, or in what somebody says, count as one; the first is given.

    Args:
        scenario: The scenario.
        changes: Parameters that differ from its own.

    Returns:
        Role -> its texts in order, each with its kind: ``rules``, ``question`` or ``event``.
    """
    parameters = scenario.configure(changes or {})
    found: dict[str, dict[str, dict[str, str]]] = {role: {} for role in scenario.environment.roles(parameters)}
    for seed in range(_EPISODES):
        readers = {role: _Reader(role, seeds.derive(seed, role)) for role in found}
        asyncio.run(_play(scenario.environment(parameters, readers, seed)))
        for role, reader in readers.items():
            for each in reader.read:
                found[role].setdefault(_gist(each["text"]), each)
    return {role: list(each.values()) for role, each in found.items()}


async def _play(environment: Environment[Any]) -> None:
    environment.start()
    while not environment.is_finished:
        await environment.step()


def _gist(text: str) -> str:
    """What a text has in common with others of its sort."""
    speaker, says, _ = text.partition(" says: ")
    return _NUMBER.sub("#", f"{speaker}{says}")
