"""What players of a scenario read: its texts, taken from a round that is played for the purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from interlab import seeds
from interlab.actors.arbitrary import ArbitraryActor
from interlab.environments import Scenario
from interlab.situations import Observation, Query


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
    """Play one round at random and give what each role read.

    Args:
        scenario: The scenario.
        changes: Parameters that differ from its own.

    Returns:
        Role -> its texts in order, each with its kind: ``rules``, ``question`` or ``event``.
    """
    parameters = scenario.configure(changes or {})
    readers = {role: _Reader(role, seeds.derive(0, role)) for role in scenario.environment.roles(parameters)}
    environment = scenario.environment(parameters, readers, 0)
    environment.start()
    asyncio.run(environment.step())
    return {role: reader.read for role, reader in readers.items()}
