"""A memory that finds, among what another one has forgotten, what resembles the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from interlab.errors import ParameterError
from interlab.memory.base import Memory
from interlab.queries import ChatMessage
from interlab.tracing.steps import record_step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from numpy.typing import NDArray


class Embed(Protocol):
    """Function that embeds texts."""

    def __call__(self, texts: Sequence[str], /) -> Awaitable[Sequence[Sequence[float]]]:
        """Give a vector for each text, all of the same length."""
        ...


class RetrievalMemory(Memory):
    """Tells what another memory tells, and before that those other messages most like the question.

    Args:
        latest: The memory of what is recent.
        embed: Who turns texts into vectors.
        items: How many messages to find at most, from 1.

    Raises:
        ParameterError: Nothing is to be found.
    """

    def __init__(self, latest: Memory, embed: Embed, *, items: int = 5) -> None:
        if items < 1:
            raise ParameterError(f"a search for {items} messages finds nothing; give at least 1")
        self._latest = latest
        self._embed = embed
        self._items = items
        self._messages: list[ChatMessage] = []
        self._vectors: list[NDArray[np.float64]] = []

    def add(self, message: ChatMessage) -> None:
        """Take a message in."""
        self._messages.append(message)
        self._latest.add(message)

    async def recall(self, about: str = "") -> list[ChatMessage]:
        """Return the messages found, oldest first, as one message; then those of the other memory."""
        latest = await self._latest.recall(about)
        told = {id(message) for message in latest}
        forgotten = [place for place, message in enumerate(self._messages) if id(message) not in told]
        if not forgotten or not about:
            return latest
        with record_step("retrieve") as step:
            nearest = [self._messages[place] for place in await self._nearest(about, forgotten)]
            found = "\n".join(f"- {_said(message)}".replace("\n", "\n  ") for message in nearest)
            step.came_to(found)
        return [ChatMessage("user", f"Earlier messages that may be relevant:\n{found}"), *latest]

    async def _nearest(self, about: str, places: Sequence[int]) -> list[int]:
        """The messages most like a text by cosine similarity, in the order in which they came."""
        new = [message.content for message in self._messages[len(self._vectors) :]]
        *vectors, wanted = (_unit(vector) for vector in await self._embed([*new, about]))
        self._vectors += vectors
        similarity = np.array([float(self._vectors[place] @ wanted) for place in places])
        best = np.argsort(-similarity, kind="stable")[: self._items]
        return sorted(places[int(index)] for index in best)

    def copy(self) -> Self:
        """A copy that lives on independently and asks the same model."""
        clone = type(self)(self._latest.copy(), self._embed, items=self._items)
        clone._messages = list(self._messages)
        clone._vectors = list(self._vectors)
        return clone


def _said(message: ChatMessage) -> str:
    return f"You said: {message.content}" if message.role == "assistant" else message.content


def _unit(vector: Sequence[float]) -> NDArray[np.float64]:
    array = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(array))
    return array / length if length else array
