"""The OpenTelemetry side of a run: providers, ids, stamps.

Every role is a service of its own, so every role has its own TracerProvider; all of them share one chain of
processors. The global TracerProvider is never touched, and no environment variable can sample, cut or
disable what is recorded here.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import (
    ReadableSpan,
    Span,
    SpanLimits,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from interlab.tracing import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer
    from opentelemetry.util.types import AttributeValue

    from interlab.tracing.content import Content
    from interlab_exporters import LogEvent

UNLIMITED: Final = SpanLimits(
    max_attributes=SpanLimits.UNSET,
    max_events=SpanLimits.UNSET,
    max_links=SpanLimits.UNSET,
    max_span_attributes=SpanLimits.UNSET,
    max_event_attributes=SpanLimits.UNSET,
    max_link_attributes=SpanLimits.UNSET,
    max_attribute_length=SpanLimits.UNSET,
    max_span_attribute_length=SpanLimits.UNSET,
)

_TRACE: Final = otel_context.create_key("interlab.trace")
ROLE: Final = otel_context.create_key("interlab.role")
"""Context key: whose turn it is, and so the service of the model calls made in it."""


@dataclass(slots=True)
class Spending:
    """What model calls have used up so far.

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


class TraceState:
    """What the spans of one trace share while it is being recorded.

    Attributes:
        telemetry: Where the spans go.
        stamps: Attributes put on every span of the trace.
        spans: How many spans have been started in the trace.
        spending: What the model calls of the trace have used up.
    """

    __slots__ = ("spans", "spending", "stamps", "telemetry")

    def __init__(self, telemetry: Telemetry, stamps: dict[str, AttributeValue]) -> None:
        self.telemetry = telemetry
        self.stamps = stamps
        self.spans = 0
        self.spending = Spending()


def current_trace(context: Context | None = None) -> TraceState | None:
    """The trace that is being recorded here, or ``None`` outside of any."""
    value = otel_context.get_value(_TRACE, context)
    return value if isinstance(value, TraceState) else None


def with_trace(trace: TraceState, context: Context | None = None) -> Context:
    """A context in which ``trace`` is the one being recorded."""
    return otel_context.set_value(_TRACE, trace, context)


class StampProcessor(SpanProcessor):
    """Stamps every span of an episode with what identifies it, whoever started the span."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Stamp and count the span."""
        trace = current_trace(parent_context)
        if trace is not None:
            trace.spans += 1
            span.set_attributes(trace.stamps)


class TraceBuffer(SpanProcessor):
    """Holds the ended spans of open traces, until whoever judges an episode takes them."""

    def __init__(self) -> None:
        self._traces: dict[int, list[ReadableSpan]] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Open a trace when its root starts."""
        if span.parent is None and span.context is not None:
            self._traces[span.context.trace_id] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Hold the span if its trace is open."""
        if span.context is not None and (held := self._traces.get(span.context.trace_id)) is not None:
            held.append(span)

    def take(self, trace_id: int) -> list[ReadableSpan]:
        """Give the spans of a trace and close it; nothing of it is held any longer."""
        return self._traces.pop(trace_id, [])


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


class _Provider(TracerProvider):
    """A provider that `OTEL_SDK_DISABLED` does not disable: the spans are the record of the experiment."""

    def __init__(self, service: str, chain: SynchronousMultiSpanProcessor, ids: IdGenerator) -> None:
        super().__init__(
            sampler=ALWAYS_ON,
            resource=resource(service),
            active_span_processor=chain,
            id_generator=ids,
            span_limits=UNLIMITED,
            shutdown_on_exit=False,
        )
        self._disabled = False


def resource(service: str) -> Resource:
    """The OpenTelemetry resource of a service of ours."""
    return Resource({"service.name": service, "service.namespace": names.SERVICE_NAMESPACE})


class Telemetry:
    """Where a process sends the spans and evaluation events it records.

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
        self._ids = ids or RandomIds()
        self._chain = SynchronousMultiSpanProcessor()
        for processor in (StampProcessor(), *processors):
            self._chain.add_span_processor(processor)
        self._tracers: dict[str, Tracer] = {}

    def tracer(self, service: str) -> Tracer:
        """The tracer of a service (a role, or ``interlab``)."""
        tracer = self._tracers.get(service)
        if tracer is None:
            tracer = _Provider(service, self._chain, self._ids).get_tracer("interlab")
            self._tracers[service] = tracer
        return tracer

    def close(self) -> None:
        """Shut every processor down; what they buffered is sent or counted as lost."""
        self._chain.shutdown()
