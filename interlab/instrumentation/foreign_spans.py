"""Spans of other people's instrumentation, within the trace of an episode.

Anything that takes an OpenTelemetry TracerProvider can be given an :class:`EpisodeTracerProvider`. What it then
records nests below the turn in which it happens, carries the stamps and the service of that turn, and goes
where the episode's own spans go. Outside of an episode it records nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    TracerProvider,
    get_current_span,
    use_span,
)
from opentelemetry.util._decorator import (  # pyright: ignore[reportPrivateUsage]  all tracers are made with it
    _agnosticcontextmanager,  # pyright: ignore[reportPrivateUsage]
)

from interlab.schema import names
from interlab.schema.calls import is_call, is_turn, owner_of_call
from interlab.schema.content import is_free_of_prose
from interlab.tracing.calls import Usage
from interlab.tracing.recorded import RecordedSpan
from interlab.tracing.telemetry import current_trace, recorded_above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Span
    from opentelemetry.util.types import Attributes, AttributeValue

    from interlab.tracing.telemetry import TraceState

Price = Callable[[str, str, Usage], float]
"""(provider, model, usage) -> USD, NaN if the price is unknown."""

_INT64: Final = range(-(2**63), 2**63)


class EpisodeTracerProvider(TracerProvider):
    """Makes tracers whose spans belong to the episode in which they are started.

    Args:
        price: What a model call costs.
    """

    def __init__(self, price: Price) -> None:
        self._price = price

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> Tracer:
        """Make the tracer of an instrumentation."""
        scope = InstrumentationScope(
            instrumenting_module_name, instrumenting_library_version or "", schema_url or "", attributes
        )
        return _EpisodeTracer(scope, self._price)


class _EpisodeTracer(Tracer):
    def __init__(self, scope: InstrumentationScope, price: Price) -> None:
        self._scope = scope
        self._price = price

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        trace = current_trace(context)
        above = recorded_above(context)
        if trace is None or above is None or trace.is_closed:
            return NonRecordingSpan(get_current_span(context).get_span_context())
        span = ForeignSpan(name, trace, above, scope=self._scope, kind=kind, links=links or (), start=start_time)
        span.set_attributes(attributes or {})
        span.price = self._price
        return span

    @_agnosticcontextmanager
    def start_as_current_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[Span]:
        span = self.start_span(name, context, kind, attributes, links, start_time)
        with use_span(
            span,
            end_on_exit=end_on_exit,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        ):
            yield span


class ForeignSpan(RecordedSpan):
    """A span that a library made: like ours, but nothing that the library says can spoil the record.

    A value that no store could keep is left out, a stamp cannot be overwritten, and what comes after the end is
    ignored. A span of a model call adds to what the episode has used up.

    Args:
        name: What the span says it is.
        trace: The trace of the episode.
        above: The nearest recorded span.
        scope: The instrumentation.
        kind: Its role in a call or a message.
        links: Spans of other traces that it points to.
        start: Nanoseconds since the epoch; now by default.
    """

    price: Price | None = None

    def __init__(
        self,
        name: str,
        trace: TraceState,
        above: RecordedSpan,
        *,
        scope: InstrumentationScope,
        kind: SpanKind,
        links: Sequence[Link],
        start: int | None,
    ) -> None:
        telemetry = trace.telemetry
        parent = above.get_span_context()
        self._trace = trace
        self.above: Final = above
        self._stamps = frozenset(trace.stamps)
        self._full = telemetry.content == "full"
        super().__init__(
            name,
            context=telemetry.identify(parent),
            parent=parent,
            resource=telemetry.resource(above.service),
            scope=scope,
            kind=kind,
            attributes=dict(trace.stamps),
            links=links,
            start=telemetry.clock() if start is None else start,
            clock=telemetry.clock,
            ended=trace.end,
        )

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Set one attribute, if it can be kept."""
        kept = _kept(value)
        if kept is None or self._has_ended or key in self._stamps:
            return
        if self._full or is_free_of_prose(key, kept):
            self._values[key] = kept

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Set several attributes, those that can be kept."""
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Say whether what the span stands for succeeded; OK is final, as the specification has it."""
        wanted = status if isinstance(status, Status) else Status(status, description)
        code = wanted.status_code
        if self._has_ended or code is StatusCode.UNSET or self._status.status_code is StatusCode.OK:
            return
        super().set_status(wanted if self._full else Status(code))

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """Note that something happened within the span, unless it could hold what someone said."""
        if self._full and not self._has_ended:
            kept = {key: _kept(value) for key, value in (attributes or {}).items()}
            known = {key: value for key, value in kept.items() if value is not None}
            super().add_event(name, known, timestamp)

    def end(self, end_time: int | None = None) -> None:
        """End the span, and count the model call that it may stand for."""
        if not self._has_ended and is_call(self._values) and not self._is_part_of_a_call():
            self._count()
        super().end(end_time)

    def _is_part_of_a_call(self) -> bool:
        owner = owner_of_call(self.above, _above, _is_turn_or_call)
        return owner is not None and is_call(owner.attributes or {})

    def _count(self) -> None:
        usage = Usage(
            input_tokens=self._integer(names.INPUT_TOKENS),
            output_tokens=self._integer(names.OUTPUT_TOKENS),
            cached_tokens=self._integer(names.CACHED_TOKENS),
            reasoning_tokens=self._integer(names.REASONING_TOKENS),
        )
        is_unanswered = self._status.status_code is StatusCode.ERROR
        usd = 0.0 if is_unanswered else self._usd(usage)
        if not is_unanswered and not math.isnan(usd):
            self._values[names.USD] = usd
        self._trace.spend(calls=1, input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, usd=usd)

    def _usd(self, usage: Usage) -> float:
        """Price the call, if it went to the provider whose name it bears and not to a server of the same kind."""
        values = self._values
        provider = str(values.get(names.PROVIDER) or values.get(names.SYSTEM) or "")
        model = str(values.get(names.RESPONSE_MODEL) or values.get(names.REQUEST_MODEL) or "")
        host = str(values.get(names.SERVER_ADDRESS, provider))
        if self.price is None or not provider or provider not in host.split("."):
            return math.nan
        return self.price(provider, model, usage)

    def _integer(self, key: str) -> int:
        value = self._values.get(key)
        return value if isinstance(value, int) else 0


def _above(span: RecordedSpan) -> RecordedSpan | None:
    return span.above if isinstance(span, ForeignSpan) else None


def _is_turn_or_call(span: RecordedSpan) -> bool:
    attributes = span.attributes or {}
    return is_turn(attributes) or is_call(attributes)


def _kept(value: object) -> AttributeValue | None:
    """The value as an attribute can hold it; ``None`` for NaN, an integer beyond 64 bits, an object."""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if value in _INT64 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping)):
        items = [_kept(each) for each in cast("Iterable[object]", value)]
        plain = [each for each in items if isinstance(each, (bool, int, float, str))]
        if len(plain) == len(items) and len({type(each) for each in plain}) <= 1:
            return cast("AttributeValue", tuple(plain))
    return None
