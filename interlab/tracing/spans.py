"""The span under the recorders: started as a child of the current one, current while its block runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from opentelemetry import context as otel_context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from interlab.schema import names
from interlab.tracing.telemetry import anchored

if TYPE_CHECKING:
    from types import TracebackType

    from opentelemetry.util.types import AttributeValue

    from interlab.tracing.telemetry import TraceState


def dumps(value: object) -> str:
    """Write a value as the JSON of an attribute; NaN becomes null."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


class ChildSpan:
    """A span below the current one, current itself while its block runs, and ended with it.

    A class and not a generator, since it is entered several times a round.

    Args:
        trace: The trace that is being recorded here.
        service: The span's service: a role, or ``interlab``.
        name: The span's name.
        kind: The span's kind.
        attributes: What is known from the start; the span keeps this very dict.
        anchors: Whether spans below that are not recorded here are stepped over, up to this one.
    """

    __slots__ = ("_anchors", "_token", "span")

    def __init__(
        self,
        trace: TraceState,
        service: str,
        name: str,
        kind: SpanKind,
        attributes: dict[str, AttributeValue] | None,
        *,
        anchors: bool = False,
    ) -> None:
        self._anchors = anchors
        self.span = trace.telemetry.start(service, name, kind=kind, attributes=attributes, trace=trace)

    def __enter__(self) -> Span:
        span = self.span
        self._token = otel_context.attach(anchored(span) if self._anchors else set_span_in_context(span))
        return self.span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        otel_context.detach(self._token)
        if error is not None:
            fail(self.span, error)
        self.span.end()


def fail(span: Span, error: BaseException) -> None:
    """Record that what a span stands for failed."""
    span.set_attribute(names.ERROR_TYPE, type(error).__name__)
    span.set_status(Status(StatusCode.ERROR, str(error)))
