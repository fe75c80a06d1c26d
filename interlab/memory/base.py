"""Base of memories: they store messages and recall those worth showing to the model.

Taking in is cheap and waits for nothing; whatever a memory has to ask a model for, it asks when it recalls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from interlab.queries import ChatMessage


class Memory(ABC):
    """Holds what an actor has observed (``user``) and answered (``assistant``)."""

    @abstractmethod
    def add(self, message: ChatMessage) -> None:
        """Take a message in."""

    @abstractmethod
    async def recall(self, about: str = "") -> list[ChatMessage]:
        """The messages worth telling the model now, oldest first.

        Args:
            about: What the model is going to be asked.

        Raises:
            ModelError: A model was needed to remember, and failed.
        """

    @abstractmethod
    def copy(self) -> Self:
        """A copy that lives on independently."""
