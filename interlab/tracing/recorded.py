"""Our own spans: OpenTelemetry's span interface over a plain dict.

The SDK's span locks, samples, checks every attribute against limits and copies itself when it ends, which takes
about half of the time that a round of two strategies may take. None of that is wanted here: no span is sampled
out or cut, every attribute has a type we chose, and a span belongs to one task. What remains is what the
OpenTelemetry *API* asks of a span and what processors and exporters read of an ended one
(:class:`~opentelemetry.sdk.trace.ReadableSpan`), so everything made for the SDK works on these spans too.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final, cast

from opentelemetry import trace as otel
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import SpanKind, Status, StatusCode

from interlab_exporters.spans import Kind, Span, StatusName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Link, SpanContext
    from opentelemetry.util.types import AnyValue, Attributes, AttributeValue


_KINDS: Final[dict[SpanKind, Kind]] = {kind: cast("Kind", kind.name) for kind in SpanKind}
_STATUSES: Final[dict[StatusCode, StatusName]] = {code: code.name for code in StatusCode}


class RecordedSpan(ReadableSpan, otel.Span):
    """A span that is always recorded, and passed to its receiver once it ends.

    Args:
        name: What the span says it is.
        context: Its own ids.
        parent: Those of the span above; ``None`` for the root of a trace.
        resource: The service.
        scope: The instrumentation scope.
        kind: Its role in a call or a message.
        attributes: Key to value; the span keeps this very dict.
        links: Spans of other traces that it points to.
        start: Nanoseconds since the epoch.
        clock: Tells the time when the span ends.
        ended: Receives the span when it ends.
    """

    def __init__(
        self,
        name: str,
        *,
        context: SpanContext,
        parent: SpanContext | None,
        resource: Resource,
        scope: InstrumentationScope,
        kind: SpanKind,
        attributes: dict[str, AttributeValue],
        links: Sequence[Link],
        start: int,
        clock: Callable[[], int],
        ended: Callable[[RecordedSpan], None],
    ) -> None:
        super().__init__(
            name,
            context=context,
            parent=parent,
            resource=resource,
            attributes=attributes,
            links=links,
            kind=kind,
            start_time=start,
            instrumentation_scope=scope,
        )
        self._values = attributes
        self._own_context = context
        self._clock = clock
        self._pass_on = ended
        self._has_ended = False

    def get_span_context(self) -> SpanContext:
        """The span's own ids."""
        return self._own_context

    def value(self) -> Span:
        """The span as a value, as a reader would give it; its attributes are shared, not copied."""
        context, parent = self._own_context, self._parent
        return Span(
            trace_id=f"{context.trace_id:032x}",
            span_id=f"{context.span_id:016x}",
            parent_id=f"{parent.span_id:016x}" if parent else None,
            name=self._name,
            kind=_KINDS[self._kind],
            start=self._start_time or 0,
            end=self._end_time or 0,
            attributes=cast("Mapping[str, AnyValue]", self._values),
            status=_STATUSES[self._status.status_code],
            status_message=self._status.description or "",
            scope_name=self._instrumentation_scope.name if self._instrumentation_scope else "",
        )

    @property
    def service(self) -> str:
        """The service that the span belongs to."""
        return str(self._resource.attributes["service.name"])

    def is_recording(self) -> bool:
        """True until the span ends."""
        return not self._has_ended

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Set one attribute."""
        self._values[key] = value

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Set several attributes."""
        self._values.update(attributes)

    def update_name(self, name: str) -> None:
        """Call the span something else."""
        self._name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Say whether what the span stands for succeeded."""
        self._status = status if isinstance(status, Status) else Status(status, description)

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """Note that something happened within the span."""
        self._events = (*self._events, Event(name, attributes, timestamp or self._clock()))

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Note an exception with its traceback, as the semantic conventions have it."""
        described: dict[str, AttributeValue] = {
            "exception.type": type(exception).__qualname__,
            "exception.message": str(exception),
            "exception.stacktrace": "".join(traceback.format_exception(exception)),
            "exception.escaped": str(escaped),
            **dict(attributes or {}),
        }
        self.add_event("exception", described, timestamp)

    def end(self, end_time: int | None = None) -> None:
        """End the span; a second time does nothing."""
        if not self._has_ended:
            self._has_ended = True
            self._end_time = end_time if end_time is not None else self._clock()
            self._pass_on(self)
