"""Write: what an actor was asked and answered, and what it said to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry.trace import SpanKind

from interlab.schema import names
from interlab.schema.content import without_prose
from interlab.tracing.spans import ChildSpan, dumps
from interlab.tracing.telemetry import current_trace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from opentelemetry.util.types import AttributeValue

    from interlab.schema.episode import Handling, Json, Purpose

_NO_TEXTS: Final[tuple[str, ...]] = ()


class record_turn:  # noqa: N801  used like the functions beside it
    """Record one query to one actor, for the length of a block.

    Args:
        role: The seat's name; also the span's service.
        player: The player spec of who sits there.
        purpose: What the query is for.
        prompt: What the actor is asked; ``None`` if that is not known.
        observations: What the actor has observed since its last query.
    """

    __slots__ = ("_full", "_purpose", "_span")

    def __init__(
        self,
        role: str,
        player: str,
        *,
        purpose: Purpose,
        prompt: str | None,
        observations: Sequence[str] = _NO_TEXTS,
    ) -> None:
        self._purpose = purpose
        self._span: ChildSpan | None = None
        trace = current_trace()
        if trace is None:
            return
        self._full = trace.telemetry.content == "full"
        attributes: dict[str, AttributeValue] = {
            names.OPERATION: "invoke_agent",
            names.AGENT: role,
            names.ROLE: role,
            names.PLAYER: player,
            names.PURPOSE: purpose,
        }
        if self._full:
            if prompt is not None:
                attributes[names.PROMPT] = prompt
            if observations:
                attributes[names.OBSERVATIONS] = dumps(observations)
        self._span = ChildSpan(trace, role, f"invoke_agent {role}", SpanKind.INTERNAL, attributes, anchors=True)

    def __enter__(self) -> Self:
        if self._span is not None:
            self._span.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._span is not None:
            self._span.__exit__(kind, error, traceback)

    def answered(
        self,
        action: Json,
        *,
        valid: bool = True,
        attempts: int = 1,
        handling: Handling = "none",
        thought: str | None = None,
    ) -> None:
        """Record the typed answer and how it was come by."""
        if self._span is None:
            return
        attributes: dict[str, AttributeValue] = {
            names.ACTION_VALID: valid,
            names.ATTEMPTS: attempts,
            names.ACTION_HANDLING: handling,
        }
        if self._full:
            attributes[names.ACTION] = dumps(action)
            if thought is not None:
                attributes[names.THOUGHT] = thought
        elif self._purpose == "action":
            attributes[names.ACTION] = dumps(without_prose(action))
        self._span.span.set_attributes(attributes)


def record_told(role: str, player: str, observations: Sequence[str]) -> None:
    """Record what a role was told after its last query.

    Args:
        role: The seat's name; also the span's service.
        player: The player spec of who sits there.
        observations: The texts, oldest first.
    """
    trace = current_trace()
    if trace is None or trace.telemetry.content != "full":
        return
    attributes: dict[str, AttributeValue] = {
        names.AGENT: role,
        names.ROLE: role,
        names.PLAYER: player,
        names.OBSERVATIONS: dumps(observations),
    }
    ChildSpan(trace, role, f"observe {role}", SpanKind.INTERNAL, attributes).span.end()


def record_message(sender: str, receivers: Sequence[str], text: str, announced_action: Json = None) -> None:
    """Record that one role said something to others."""
    trace = current_trace()
    if trace is None:
        return
    attributes: dict[str, AttributeValue] = {
        names.AGENT: sender,
        names.SENDER: sender,
        names.RECEIVERS: tuple(receivers),
    }
    if announced_action is not None:
        attributes[names.ANNOUNCED_ACTION] = dumps(announced_action)
    if trace.telemetry.content == "full":
        attributes[names.TEXT] = text
    hearers = receivers[0] if len(receivers) == 1 else "all"
    with ChildSpan(trace, sender, f"send {sender} -> {hearers}", SpanKind.PRODUCER, attributes):
        for receiver in receivers:
            heard: dict[str, AttributeValue] = {names.AGENT: receiver, names.SENDER: sender}
            received = ChildSpan(trace, receiver, f"receive {receiver}", SpanKind.CONSUMER, heard)
            received.span.end()
