"""What every memory is: it takes messages in and gives back those worth telling the model."""

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
    def recall(self) -> list[ChatMessage]:
        """The messages worth telling the model now, oldest first."""

    @abstractmethod
    def copy(self) -> Self:
        """A copy that lives on independently."""
