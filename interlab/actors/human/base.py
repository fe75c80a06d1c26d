"""Interface between a human actor and the medium through which the person takes part."""

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
    """A question to a person.

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
    """The answer of a person.

    Attributes:
        text: The answer, as JSON that matches the schema, or in words.
        invalid_entries: Number of entries that the interface itself rejected before; each is an attempt.
    """

    text: str
    invalid_entries: int = 0


class HumanInterface(Protocol):
    """The medium of one person in one role for one episode."""

    def show(self, observation: Observation) -> None:
        """Show the observation, at once or at the next turn of the person."""
        ...

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Reserve the interface for a turn; waits while another person uses a shared one."""
        ...

    async def ask(self, question: Question) -> Answer:
        """Put a question and wait for the answer, within a turn.

        Raises:
            InputEndedError: The input has ended.
        """
        ...

    async def close(self) -> None:
        """Show the person what they have not seen yet; the episode is over."""
        ...


class InterfaceFactory(Protocol):
    """Creates interfaces."""

    @property
    def at_terminal(self) -> bool:
        """True if people need the terminal: episodes are then played one at a time, without a progress bar."""
        ...

    def interface(self, role: str, name: str) -> HumanInterface:
        """Create the interface of a role for an episode that is about to begin.

        Args:
            role: The role.
            name: The person's name; empty if none was given.
        """
        ...


_chosen: ContextVar[InterfaceFactory | None] = ContextVar("interlab.interfaces", default=None)


def chosen_interfaces() -> InterfaceFactory | None:
    """Return the factory chosen by :func:`using_interfaces`; ``None`` outside such a block."""
    return _chosen.get()


@contextmanager
def using_interfaces(factory: InterfaceFactory) -> Generator[None]:
    """Use the interfaces of a factory for people within a block.

    Example:
        >>> from interlab.actors.human.scripted import ScriptedInterfaces
        >>> with using_interfaces(ScriptedInterfaces(["C"])):
        ...     chosen_interfaces().at_terminal
        False
    """
    token = _chosen.set(factory)
    try:
        yield
    finally:
        _chosen.reset(token)
