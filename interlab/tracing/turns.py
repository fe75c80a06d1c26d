"""Write: what an actor was asked and answered, and what it said to others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind

from interlab.tracing import names
from interlab.tracing.content import without_prose
from interlab.tracing.spans import child_span, dumps
from interlab.tracing.telemetry import ROLE, current_trace

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from opentelemetry.util.types import AttributeValue

    from interlab.tracing.episodes import Handling, Json, Purpose

_NO_TEXTS: Final[tuple[str, ...]] = ()


class TurnRecorder:
    """Records the answer to one query; made by :func:`record_turn`."""

    def __init__(self, span: Span, purpose: Purpose, *, full: bool) -> None:
        self._span = span
        self._purpose = purpose
        self._full = full

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
        self._span.set_attributes(attributes)


@contextmanager
def record_turn(
    role: str,
    player: str,
    *,
    purpose: Purpose,
    prompt: str,
    observations: Sequence[str] = _NO_TEXTS,
) -> Generator[TurnRecorder]:
    """Record one query to one actor.

    Args:
        role: The seat's name; also the span's service.
        player: The player spec of who sits there.
        purpose: What the query is for.
        prompt: What the actor is asked.
        observations: What the actor has observed since its last query.
    """
    trace = current_trace()
    if trace is None:
        yield TurnRecorder(INVALID_SPAN, purpose, full=True)
        return
    full = trace.telemetry.content == "full"
    attributes: dict[str, AttributeValue] = {
        names.OPERATION: "invoke_agent",
        names.AGENT: role,
        names.ROLE: role,
        names.PLAYER: player,
        names.PURPOSE: purpose,
    }
    if full:
        attributes[names.PROMPT] = prompt
        if observations:
            attributes[names.OBSERVATIONS] = dumps(observations)
    with child_span(trace, role, f"invoke_agent {role}", SpanKind.INTERNAL, attributes) as span:
        token = otel_context.attach(otel_context.set_value(ROLE, role))
        try:
            yield TurnRecorder(span, purpose, full=full)
        finally:
            otel_context.detach(token)


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
    with child_span(trace, sender, f"send {sender} -> {hearers}", SpanKind.PRODUCER, attributes):
        for receiver in receivers:
            heard = {names.AGENT: receiver, names.SENDER: sender}
            with child_span(trace, receiver, f"receive {receiver}", SpanKind.CONSUMER, heard):
                pass
