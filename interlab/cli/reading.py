"""Conversations: what each player of a scenario reads and answers in an example episode."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Self

from interlab import seeds
from interlab.actors.base import InvalidPolicy, Player
from interlab.actors.players import player
from interlab.environments import Environment, Parameters, Scenario
from interlab.errors import InterLabError
from interlab.situations import Observation, Participant, Query

_PROGRAMS: Final = (
    "strategy/tit-for-tat?noise=0.2",
    "strategy/generous-tit-for-tat?noise=0.2",
    "negotiator/conceder",
    "negotiator/linear",
    "strategy/conditional-cooperator",
    "strategy/hump-shaped",
    "strategy/reciprocal-harvester?noise=0.2",
    "strategy/sustainable-harvester",
    "strategy/fair-divider",
    "strategy/shading-bidder",
    "strategy/volunteer",
    "strategy/random",
)
"""Programs whose play shows how a game goes; those that can play a scenario take its seats."""

Line = dict[str, str]
"""One text of a conversation: its ``kind`` (``rules``, ``question``, ``event`` or ``answer``) and its ``text``."""


class _Reader(Participant):
    """Passes everything on to an actor, and keeps what it reads and answers."""

    waits: ClassVar[bool] = False

    def __init__(self, actor: Participant) -> None:
        self._actor = actor
        self.lines: list[Line] = []

    @property
    def role(self) -> str:
        return self._actor.role

    def observe(self, observation: Observation) -> None:
        self._actor.observe(observation)
        self.lines.append({"kind": observation.kind, "text": observation.text})

    async def query(self, query: Query) -> Any:
        self.lines.append({"kind": "question", "text": query.prompt})
        answer = await self._actor.query(query)
        text = "no valid answer" if answer is None else query.wanted.to_text(answer)
        self.lines.append({"kind": "answer", "text": text})
        return answer

    def leave(self) -> None:
        self._actor.leave()

    def copy(self) -> Self:
        return type(self)(self._actor.copy())

    def reseed(self, seed: int) -> None:
        self._actor.reseed(seed)


def conversations(
    scenario: Scenario,
    changes: Mapping[str, Any] | None = None,
    *,
    players: Sequence[str] = (),
    seed: int = 1,
) -> dict[str, list[Line]]:
    """Play an example episode and return what each role read and answered.

    Args:
        scenario: The scenario.
        changes: Parameters that differ from its own.
        players: Player specs in seat order, from the first again if there are more seats; by default the
            scenario's own example, or programs that can play it.
        seed: Seed of the episode.

    Returns:
        Role -> the texts in order.
    """
    parameters = scenario.configure(changes or {})
    chosen = _chosen(scenario, parameters, players or scenario.example)
    roles = scenario.environment.roles(parameters)
    return read_by(
        scenario,
        parameters,
        {
            role: chosen[place % len(chosen)].create_actor(role, seeds.derive(seed, "role", role), InvalidPolicy())
            for place, role in enumerate(roles)
        },
        seed,
    )


def read_by(
    scenario: Scenario, parameters: Parameters, actors: Mapping[str, Participant], seed: int
) -> dict[str, list[Line]]:
    """Play an episode with actors and return what each role read and answered.

    Args:
        scenario: The scenario.
        parameters: Its parameters.
        actors: Role -> actor.
        seed: Seed of the episode.
    """
    readers = {role: _Reader(actor) for role, actor in actors.items()}
    asyncio.run(_play(scenario.environment(parameters, readers, seed)))
    return {role: reader.lines for role, reader in readers.items()}


def without_repeats(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the texts that differ from earlier ones in more than numbers and messages, each with its answer."""
    seen: set[tuple[str, str]] = set()
    shown = False
    for line in lines:
        if line["kind"] != "answer":
            gist = (line["kind"], _gist(line["text"]))
            shown = gist not in seen
            seen.add(gist)
        if shown:
            yield line


def _chosen(scenario: Scenario, parameters: Parameters, players: Sequence[str]) -> list[Player]:
    if players:
        return [player(each) for each in players]
    needed = scenario.environment.situation_in(parameters)
    return [
        found
        for found in map(player, _PROGRAMS)
        if (found.plays is None or issubclass(needed, found.plays)) and _can_open(scenario, parameters, found)
    ][:2] or [player("strategy/random")]


def _can_open(scenario: Scenario, parameters: Parameters, found: Player) -> bool:
    """Return whether a program decides in the opening of every role."""
    for role in scenario.environment.roles(parameters):
        opening = scenario.environment.opening(parameters, role)
        try:
            if opening is not None:
                found.validate_opening(opening)
        except InterLabError:
            return False
    return True


async def _play(environment: Environment[Any]) -> None:
    environment.start()
    while not environment.is_finished:
        await environment.step()


_MESSAGE: Final = re.compile(r"Message from [^:]+:")
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


def _gist(text: str) -> str:
    """Return the part of a text that it shares with others of its sort."""
    said = _MESSAGE.match(text)
    return _NUMBER.sub("#", said.group() if said else text)
