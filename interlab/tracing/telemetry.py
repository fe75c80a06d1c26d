"""The OpenTelemetry side of a run: services, ids, stamps, and where ended spans go.

Every role is a service of its own; all of them share one chain of processors. The global TracerProvider is never
touched, and no environment variable can sample, cut or disable what is recorded here.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags, get_current_span, set_span_in_context

from interlab.schema import names
from interlab.tracing.recorded import RecordedSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Link
    from opentelemetry.util.types import AttributeValue

    from interlab.schema.content import Content
    from interlab_exporters import LogEvent

_SCOPE: Final = InstrumentationScope(names.SERVICE, "")
_FLAGS: Final = TraceFlags(TraceFlags.SAMPLED | TraceFlags.RANDOM_TRACE_ID)
_TRACE: Final = otel_context.create_key("interlab.trace")
_ANCHOR: Final = otel_context.create_key("interlab.anchor")


@dataclass(slots=True)
class Spending:
    """Totals of model calls so far.

    Attributes:
        calls: How many calls were begun.
        input_tokens: Tokens sent.
        output_tokens: Tokens received.
        usd: What they cost; NaN as soon as one price is unknown.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.input_tokens + self.output_tokens

    def add(self, *, calls: int = 0, input_tokens: int = 0, output_tokens: int = 0, usd: float = 0.0) -> None:
        """Add what was used up; safe from any thread."""
        with _SPENDING:
            self.calls += calls
            self.input_tokens += input_tokens
            self.output_tokens += output_tokens
            self.usd += usd


_SPENDING: Final = threading.Lock()


class TraceState:
    """State shared by the spans of one trace while it is recorded.

    Attributes:
        telemetry: Where the spans go.
        stamps: Attributes put on every span of the trace.
        spans: How many spans have ended in the trace.
        is_closed: Whether the root has said how many spans there are, so that only itself may still end.
        keeps: Whether ended spans are kept, for judges of the episode.
        ended: Those kept, in the order in which they ended.
        spending: What the model calls of the trace have used up.
    """

    __slots__ = ("_lock", "ended", "is_closed", "keeps", "spans", "spending", "stamps", "telemetry")

    def __init__(self, telemetry: Telemetry, stamps: dict[str, AttributeValue], *, keeps: bool = True) -> None:
        self.telemetry = telemetry
        self.keeps = keeps
        self.stamps = stamps
        self.spans = 0
        self.is_closed = False
        self._lock = threading.Lock()
        self.ended: list[RecordedSpan] = []
        self.spending = Spending()

    def end(self, span: RecordedSpan) -> None:
        """Pass an ended span on, and keep it if someone will judge the episode; drop it if it comes too late."""
        with self._lock:
            if self.is_closed and span.parent is not None:  # the root alone may still end
                return
            self.spans += 1
            if self.keeps:
                self.ended.append(span)
        self.telemetry.end(span)

    def close(self) -> int:
        """Let no span but the root end from now on.

        Returns:
            How many spans the trace then has, the root included.
        """
        with self._lock:
            self.is_closed = True
            return self.spans + 1

    def spend(self, *, calls: int = 0, input_tokens: int = 0, output_tokens: int = 0, usd: float = 0.0) -> None:
        """Add to what the model calls of the trace, and of all traces, have used up."""
        for spending in (self.spending, self.telemetry.spending):
            spending.add(calls=calls, input_tokens=input_tokens, output_tokens=output_tokens, usd=usd)


def current_trace(context: Context | None = None) -> TraceState | None:
    """The trace that is being recorded here, or ``None`` outside of any."""
    value = otel_context.get_value(_TRACE, context)
    return value if isinstance(value, TraceState) else None


def current_service() -> str:
    """The service of the current span: in an actor's turn, its role."""
    span = recorded_above()
    return span.service if span is not None else names.SERVICE


def with_trace(trace: TraceState, context: Context | None = None) -> Context:
    """A context in which ``trace`` is the one being recorded."""
    return otel_context.set_value(_TRACE, trace, context)


def anchored(span: RecordedSpan, context: Context | None = None) -> Context:
    """A context in which ``span`` is current, and found below spans that are not recorded here too."""
    values = otel_context.get_current() if context is None else context
    return set_span_in_context(span, otel_context.Context({**values, _ANCHOR: span}))


def recorded_above(context: Context | None = None) -> RecordedSpan | None:
    """The nearest recorded span: the current one, or what it is anchored to if another provider made it."""
    span = get_current_span(context)
    if isinstance(span, RecordedSpan):
        return span
    anchor = otel_context.get_value(_ANCHOR, context)
    return anchor if isinstance(anchor, RecordedSpan) else None


class RandomIds(IdGenerator):
    """Ids from the operating system, so that an experiment's own random streams are never shifted."""

    def generate_span_id(self) -> int:
        """A random 64-bit id, never 0."""
        return int.from_bytes(os.urandom(8)) or 1

    def generate_trace_id(self) -> int:
        """A random 128-bit id, never 0."""
        return int.from_bytes(os.urandom(16)) or 1

    def is_trace_id_random(self) -> bool:
        """The ids are uniformly random (W3C trace context, level 2)."""
        return True


def resource(service: str) -> Resource:
    """The OpenTelemetry resource of a service of ours."""
    return Resource({"service.name": service, "service.namespace": names.SERVICE_NAMESPACE})


class Telemetry:
    """Destination of the spans and evaluation events that a process records.

    Args:
        processors: What receives every span, in order; shared by all services.
        evaluations: What receives every evaluation event.
        content: Whether prompts and messages are recorded.
        ids: Generator of trace and span ids.
        clock: Nanoseconds since the epoch.

    Attributes:
        content: Whether prompts and messages are recorded.
        clock: Nanoseconds since the epoch.
        evaluations: What receives every evaluation event.
        spending: What all model calls have used up.
        long_traces: How many episodes had a trace that was marked as long.
    """

    def __init__(
        self,
        processors: Sequence[SpanProcessor],
        *,
        evaluations: Callable[[LogEvent], None] | None = None,
        content: Content = "full",
        ids: IdGenerator | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.content: Final[Content] = content
        self.clock: Final = clock
        self.evaluations: Final = evaluations
        self.spending: Final = Spending()
        self.long_traces = 0
        self._ids = ids or RandomIds()
        self._processors = tuple(processors)
        self._resources: dict[str, Resource] = {}

    def start(
        self,
        service: str,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: dict[str, AttributeValue] | None = None,
        links: Sequence[Link] = (),
        trace: TraceState | None = None,
        root: bool = False,
    ) -> RecordedSpan:
        """Start a span, below the nearest recorded one unless it is the root of a trace.

        Args:
            service: A role, or ``interlab``.
            name: What the span says it is.
            kind: Its role in a call or a message.
            attributes: What is known from the start; the span keeps this very dict.
            links: Spans of other traces that it points to.
            trace: The episode's trace, whose stamps it gets.
            root: Whether it begins a trace.
        """
        parent: SpanContext | None = None
        if not root:
            above = get_current_span()
            if not isinstance(above, RecordedSpan):
                above = recorded_above()
            if above is not None:
                parent = above.get_span_context()
        context = self.identify(parent)
        own = attributes if attributes is not None else {}
        ended = self.end
        if trace is not None:
            own.update(trace.stamps)
            ended = trace.end
        return RecordedSpan(
            name,
            context=context,
            parent=parent,
            resource=self.resource(service),
            scope=_SCOPE,
            kind=kind,
            attributes=own,
            links=links,
            start=self.clock(),
            clock=self.clock,
            ended=ended,
        )

    def identify(self, parent: SpanContext | None) -> SpanContext:
        """Make the ids of a new span, below another or in a trace of its own."""
        return SpanContext(
            parent.trace_id if parent else self._ids.generate_trace_id(),
            self._ids.generate_span_id(),
            is_remote=False,
            trace_flags=_FLAGS,
        )

    def close(self) -> None:
        """Shut every processor down; what they buffered is sent or counted as lost."""
        for processor in self._processors:
            processor.shutdown()

    def end(self, span: RecordedSpan) -> None:
        """Pass an ended span on to every processor."""
        for processor in self._processors:
            processor.on_end(span)

    def resource(self, service: str) -> Resource:
        """The resource of a service, the same object every time."""
        found = self._resources.get(service)
        if found is None:
            found = self._resources[service] = resource(service)
        return found
