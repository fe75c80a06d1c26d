"""The OpenTelemetry side of a run: services, ids, stamps, and where ended spans go.

Every role is a service of its own; all of them share one chain of processors. The global TracerProvider is never
touched, and no environment variable can sample, cut or disable what is recorded here.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags, get_current_span

from interlab.tracing import names
from interlab.tracing.recorded import RecordedSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Link
    from opentelemetry.util.types import AttributeValue

    from interlab.tracing.content import Content
    from interlab_exporters import LogEvent

_SCOPE: Final = InstrumentationScope("interlab", "")
_FLAGS: Final = TraceFlags(TraceFlags.SAMPLED | TraceFlags.RANDOM_TRACE_ID)
_TRACE: Final = otel_context.create_key("interlab.trace")


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
        keeps: Whether ended spans are kept, for whoever judges the episode.
        ended: Those kept, in the order in which they ended.
        spending: What the model calls of the trace have used up.
    """

    __slots__ = ("ended", "keeps", "spans", "spending", "stamps", "telemetry")

    def __init__(self, telemetry: Telemetry, stamps: dict[str, AttributeValue], *, keeps: bool = True) -> None:
        self.telemetry = telemetry
        self.keeps = keeps
        self.stamps = stamps
        self.spans = 0
        self.ended: list[RecordedSpan] = []
        self.spending = Spending()

    def end(self, span: RecordedSpan) -> None:
        """Pass an ended span on, and keep it if somebody will judge the episode."""
        if self.keeps:
            self.ended.append(span)
        self.telemetry.end(span)


def current_trace(context: Context | None = None) -> TraceState | None:
    """The trace that is being recorded here, or ``None`` outside of any."""
    value = otel_context.get_value(_TRACE, context)
    return value if isinstance(value, TraceState) else None


def current_service() -> str:
    """The service of the current span: in an actor's turn, its role."""
    span = get_current_span()
    return span.service if isinstance(span, RecordedSpan) else names.SERVICE


def with_trace(trace: TraceState, context: Context | None = None) -> Context:
    """A context in which ``trace`` is the one being recorded."""
    return otel_context.set_value(_TRACE, trace, context)


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
        """Start a span, below the current one unless it is the root of a trace.

        Args:
            service: A role, or ``interlab``.
            name: What the span says it is.
            kind: Its role in a call or a message.
            attributes: What is known from the start; the span keeps this very dict.
            links: Spans of other traces that it points to.
            trace: The episode's trace, whose stamps it gets.
            root: Whether it begins a trace.
        """
        parent = None if root else get_current_span().get_span_context()
        context = SpanContext(
            parent.trace_id if parent else self._ids.generate_trace_id(),
            self._ids.generate_span_id(),
            is_remote=False,
            trace_flags=_FLAGS,
        )
        own = attributes if attributes is not None else {}
        ended = self.end
        if trace is not None:
            own.update(trace.stamps)
            trace.spans += 1
            ended = trace.end
        return RecordedSpan(
            name,
            context=context,
            parent=parent,
            resource=self._resource(service),
            scope=_SCOPE,
            kind=kind,
            attributes=own,
            links=links,
            start=self.clock(),
            clock=self.clock,
            ended=ended,
        )

    def close(self) -> None:
        """Shut every processor down; what they buffered is sent or counted as lost."""
        for processor in self._processors:
            processor.shutdown()

    def end(self, span: RecordedSpan) -> None:
        """Pass an ended span on to every processor."""
        for processor in self._processors:
            processor.on_end(span)

    def _resource(self, service: str) -> Resource:
        found = self._resources.get(service)
        if found is None:
            found = self._resources[service] = resource(service)
        return found
