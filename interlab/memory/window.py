"""A memory of the most recent messages, bounded by items, by tokens, or by both."""

from __future__ import annotations

import math
from collections import deque
from itertools import dropwhile
from typing import TYPE_CHECKING, Final, Self

from interlab.errors import ParameterError
from interlab.memory.base import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from interlab.queries import ChatMessage

_BYTES_PER_TOKEN: Final = 4


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text at four UTF-8 bytes each, rounded up.

    Good to about a quarter for English under the common tokenizers, which differ among models; pass the exact
    counter of a model to :class:`WindowMemory` where it matters.
    """
    return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)


def from_a_question(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Leave out answers at the beginning, whose questions are forgotten."""
    return list(dropwhile(lambda message: message.role == "assistant", messages))


class WindowMemory(Memory):
    """Keeps the last messages.

    Args:
        items: How many messages at the most; ``None`` for no bound.
        tokens: How many tokens at the most; ``None`` for no bound. The latest message is kept however long.
        count: Counts the tokens of a text.

    Raises:
        ParameterError: A bound below 1.
    """

    def __init__(
        self,
        *,
        items: int | None = None,
        tokens: int | None = None,
        count: Callable[[str], int] = estimate_tokens,
    ) -> None:
        for name, bound in (("items", items), ("tokens", tokens)):
            if bound is not None and bound < 1:
                raise ParameterError(f"a window memory of {bound} {name} holds nothing; give at least 1")
        self._items = items
        self._tokens = tokens
        self._count = count
        self._messages: deque[tuple[ChatMessage, int]] = deque()
        self._total = 0

    def add(self, message: ChatMessage) -> None:
        """Take a message in and forget the oldest beyond the bounds."""
        size = self._count(message.content) if self._tokens is not None else 0
        self._messages.append((message, size))
        self._total += size
        while len(self._messages) > 1 and self._is_full:
            self._total -= self._messages.popleft()[1]

    @property
    def _is_full(self) -> bool:
        return (self._items is not None and len(self._messages) > self._items) or (
            self._tokens is not None and self._total > self._tokens
        )

    async def recall(self, about: str = "") -> list[ChatMessage]:
        """The messages kept, oldest first; an answer whose question is forgotten is left out at the beginning."""
        return from_a_question(message for message, _ in self._messages)

    def copy(self) -> Self:
        """A copy that lives on independently."""
        clone = type(self)(items=self._items, tokens=self._tokens, count=self._count)
        clone._messages = deque(self._messages)
        clone._total = self._total
        return clone
