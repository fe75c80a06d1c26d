"""The seam: what an actor says to a person, what a person is asked, and what comes back."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractAsyncContextManager

    from interlab.queries import AnswerType
    from interlab.situations import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked.

    Attributes:
        prompt: The question in prose.
        wanted: The type of the answer; ``wanted.schema`` is what a form is made from.
        complaint: What was wrong with the answer before, if there was one to the same question.
        attempts: How often an answer may still be tried; ``None`` for any number of times.
    """

    prompt: str
    wanted: AnswerType[Any]
    complaint: str | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered.

    Attributes:
        text: The answer, as JSON that matches the schema, or in words.
        slips: How many entries the desk itself turned back before, each of them an attempt.
    """

    text: str
    slips: int = 0


class Desk(Protocol):
    """Where one person sits, in one seat, for one episode."""

    def tell(self, observation: Observation) -> None:
        """Let the person know something: at once, or when it is their turn to look."""
        ...

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Be at the desk for the length of a block; waits as long as another person needs what they share."""
        ...

    async def ask(self, question: Question) -> Answer:
        """Put a question and wait for the answer, within a turn.

        Raises:
            InputEndedError: Nobody is there any more.
        """
        ...

    async def leave(self) -> None:
        """The episode is over: show what the person has not seen yet."""
        ...


class Room(Protocol):
    """Makes desks."""

    @property
    def at_terminal(self) -> bool:
        """Whether its people need the terminal: then it is one episode at a time, and no progress is shown."""
        ...

    def desk(self, role: str, name: str) -> Desk:
        """Make a desk for an episode that is about to begin.

        Args:
            role: The seat's name.
            name: Who sits there; empty if that was not said.
        """
        ...


_room: ContextVar[Room | None] = ContextVar("interlab.room", default=None)


def room() -> Room:
    """The room that people sit in: that of the block one is in, or else the terminal."""
    chosen = _room.get()
    if chosen is None:
        from interlab.actors.terminal.terminal import TERMINAL  # it is not needed where there is another room

        return TERMINAL
    return chosen


@contextmanager
def in_room(chosen: Room) -> Generator[None]:
    """Let people sit in a room for the length of a block.

    Example:
        >>> from interlab.actors.human.scripted import ScriptedRoom
        >>> with in_room(ScriptedRoom(["C"])):
        ...     room().at_terminal
        False
    """
    token = _room.set(chosen)
    try:
        yield
    finally:
        _room.reset(token)
