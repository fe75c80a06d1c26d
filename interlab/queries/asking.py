"""Ask until the answer is valid, or until the attempts are used up.

What an answer that never became valid means for the game (the move is forfeit, a default is taken, the
episode fails) is not decided here: :func:`ask` reports, it does not raise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from interlab.errors import InvalidAnswerError
from interlab.queries.messages import ChatMessage
from interlab.queries.typed import AnswerType, Parsed, answer_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from typing_extensions import TypeForm

    from interlab.queries.schema import AnswerSchema

T = TypeVar("T")


class Reply(Protocol):
    """Reply to a question."""

    @property
    def text(self) -> str:
        """The answer."""
        ...

    @property
    def finish_reason(self) -> str | None:
        """Reason of the end: ``stop``, ``length``, ``content_filter``; ``None`` if unknown."""
        ...

    @property
    def refusal(self) -> str | None:
        """Text of a refusal; ``None`` without one."""
        ...

    @property
    def in_reasoning(self) -> bool:
        """True if the message was empty and ``text`` is the private reasoning."""
        ...


class Send(Protocol):
    """Function that sends messages to a model, with the schema of the answer."""

    def __call__(self, messages: Sequence[ChatMessage], schema: AnswerSchema, /) -> Awaitable[Reply]:
        """Send the messages and wait for the answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[T]):
    """Result of asking."""

    value: T | None
    """The answer; ``None`` where no valid one came."""
    attempts: int
    """Number of attempts, from 1."""
    first_valid: bool
    """True if the first answer was valid."""
    repaired: bool = False
    """True if the valid answer was not exactly the JSON asked for."""
    error: str | None = None
    """Problem of the last invalid answer; ``None`` if all were valid."""
    valid: bool = True
    """True if there is a valid answer, be it the value ``None``."""


async def ask(
    send: Send,
    messages: Sequence[ChatMessage],
    expected: TypeForm[T] | AnswerType[T],
    *,
    attempts: int = 3,
) -> Asked[T]:
    """Ask for a value of a type.

    After an invalid answer the conversation goes on with that answer and a word on what was wrong with it.

    Args:
        send: Sends messages to a model or another respondent.
        messages: The conversation so far, ending with the question.
        expected: The type of the answer.
        attempts: How often to ask at most, from 1.

    Raises:
        ModelError: Whatever ``send`` raises; an invalid answer never does.
    """
    wanted = cast("AnswerType[T]", expected) if isinstance(expected, AnswerType) else answer_type(expected)
    conversation = list(messages)
    complaint: str | None = None
    for attempt in range(1, attempts + 1):
        reply = await send(tuple(conversation), wanted.schema)
        try:
            parsed = _read(reply, wanted)
        except InvalidAnswerError as error:
            complaint = str(error)
            conversation += _correction(reply, complaint)
        else:
            return Asked(
                value=parsed.value,
                attempts=attempt,
                first_valid=attempt == 1,
                repaired=parsed.repaired,
                error=complaint,
            )
    return Asked(value=None, attempts=attempts, first_valid=False, error=complaint, valid=False)


def _read(reply: Reply, wanted: AnswerType[T]) -> Parsed[T]:
    if reply.refusal:
        raise InvalidAnswerError("you refused to answer")
    if reply.finish_reason == "content_filter":
        raise InvalidAnswerError("the answer was blocked by a content filter")
    if reply.finish_reason == "length":
        raise InvalidAnswerError("the answer was cut off because it was too long; answer more briefly")
    return wanted.parse_reasoning(reply.text) if reply.in_reasoning else wanted.parse(reply.text)


def _correction(reply: Reply, complaint: str) -> tuple[ChatMessage, ChatMessage]:
    # Some chat templates insist that user and assistant take turns, and none likes an empty message.
    said = reply.refusal or ("" if reply.in_reasoning else reply.text) or "(no answer)"
    return (
        ChatMessage("assistant", said),
        ChatMessage("user", f"Your answer is not valid: {complaint}. Please answer again."),
    )
