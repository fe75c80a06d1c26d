"""All that an actor gets to know, on the record or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import orjson

from interlab.queries import answer_type

if TYPE_CHECKING:
    from interlab.situations import Observation, Participant, Query


class Eavesdropper:
    """Sits in a role with an actor, and keeps everything that the actor is told and asked until the very end.

    Args:
        actor: Who acts.
    """

    def __init__(self, actor: Participant) -> None:
        self._actor = actor
        self._heard: list[str] = []
        self._read: list[str] = []

    @property
    def role(self) -> str:
        """The actor's."""
        return self._actor.role

    @property
    def waits(self) -> bool:
        """As the actor."""
        return self._actor.waits

    @property
    def heard(self) -> str:
        """Observations, questions, the answers there can be and what programs are told, as one text."""
        return "\n".join(self._heard)

    @property
    def read(self) -> str:
        """Observations and questions as one text, as a model or a person reads them."""
        return "\n".join(self._read)

    def observe(self, observation: Observation) -> None:
        """Keep an observation, and pass it on."""
        self._heard.append(observation.text)
        self._read.append(observation.text)
        self._actor.observe(observation)

    async def query(self, query: Query) -> Any:
        """Keep a question, and pass it on."""
        answers = orjson.dumps(answer_type(query.expected_type).schema.document).decode()
        self._heard += [query.prompt, answers, repr(query.situation)]
        self._read.append(query.prompt)
        return await self._actor.query(query)

    def leave(self) -> None:
        """Pass it on."""
        self._actor.leave()

    def reseed(self, seed: int) -> None:
        """Pass it on."""
        self._actor.reseed(seed)

    def copy(self) -> Self:
        """One that sits with a copy of the actor."""
        twin = type(self)(self._actor.copy())
        twin._heard = list(self._heard)
        twin._read = list(self._read)
        return twin
