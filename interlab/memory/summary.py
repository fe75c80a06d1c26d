"""A memory within a budget of tokens: what does not fit is summarised by the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from interlab.errors import ParameterError
from interlab.memory.base import Memory
from interlab.memory.window import estimate_tokens, from_a_question
from interlab.queries import ChatMessage, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab.queries import Say

_LEAST_TOKENS: Final = 50
_KEPT: Final = 0.5
"""The share of the budget that the latest messages keep when the older ones are summarised, so that not every
message asks for a summary."""
_WORDS_PER_TOKEN: Final = 0.25
"""A summary gets a quarter of the budget in words, about a third of it in tokens."""


class SummaryMemory(Memory):
    """Keeps the latest messages, and a summary of those before.

    Args:
        say: Who summarises.
        tokens: The budget, summary included. The latest message is kept however long.
        count: Counts the tokens of a text.

    Raises:
        ParameterError: The budget is below 50 tokens.
    """

    def __init__(self, say: Say, *, tokens: int = 2000, count: Callable[[str], int] = estimate_tokens) -> None:
        if tokens < _LEAST_TOKENS:
            raise ParameterError(
                f"a memory of {tokens} tokens cannot hold a summary; give at least {_LEAST_TOKENS}"
            )
        self._say = say
        self._tokens = tokens
        self._count = count
        self._summary = ""
        self._messages: list[ChatMessage] = []

    def add(self, message: ChatMessage) -> None:
        """Take a message in."""
        self._messages.append(message)

    async def recall(self, about: str = "") -> list[ChatMessage]:
        """A summary of what came before, if anything had to be summarised, and the latest messages."""
        if self._size() > self._tokens:
            await self._shorten()
        latest = from_a_question(self._messages)
        if not self._summary:
            return latest
        return [ChatMessage("user", f"Summary of what happened before: {self._summary}"), *latest]

    def _size(self) -> int:
        return self._count(self._summary) + sum(self._count(message.content) for message in self._messages)

    async def _shorten(self) -> None:
        budget = self._tokens * _KEPT
        kept = len(self._messages)
        while kept and (size := self._count(self._messages[kept - 1].content)) <= budget:
            budget -= size
            kept -= 1
        old, latest = self._messages[:kept], self._messages[kept:]
        if not latest:
            old, latest = self._messages[:-1], self._messages[-1:]
        if not old:
            return
        told = "\n".join(
            f"{'You' if each.role == 'assistant' else 'You were told'}: {each.content}" for each in old
        )
        self._summary = await summarise(
            self._say, told, words=int(self._tokens * _WORDS_PER_TOKEN), before=self._summary
        )
        self._messages = latest

    def copy(self) -> Self:
        """A copy that lives on independently and asks the same model."""
        clone = type(self)(self._say, tokens=self._tokens, count=self._count)
        clone._summary = self._summary
        clone._messages = list(self._messages)
        return clone
