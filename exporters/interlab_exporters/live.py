"""Spans to a live backend while they end: OTLP, lossy, counted, never in the way."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import SpanProcessor

from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_span, check_bound
from interlab_exporters.endpoints import destination
from interlab_exporters.export_queue import ExportQueue, Prepared
from interlab_exporters.protobuf import EncodedSpan, encode_span, span_request
from interlab_exporters.spans import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from interlab_exporters.deliveries import DeliveryLog
    from interlab_exporters.variables import Protocol


class LiveExport(SpanProcessor):
    """Sends every span to an OTLP endpoint in a thread.

    Whatever the endpoint does, the thread that ends a span only appends it to a queue. Spans that do not get
    through (the queue is full, the collector refuses, time is up at the end) are counted. No environment
    variable shrinks the queue or cuts an attribute.

    Args:
        endpoint: ``http://host:4318`` (``/v1/traces`` is appended to a bare address) or ``http://host:4317``
            for gRPC; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, on top of ``OTEL_EXPORTER_OTLP_HEADERS``.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes; longer ones are cut with a visible marker.
            The span itself, which other processors see, stays whole.
        queue: Number of spans that may wait.

    Raises:
        ConfigurationError: The endpoint, or a variable ``OTEL_EXPORTER_OTLP_*``, cannot be understood.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        protocol: Protocol | None = None,
        headers: Mapping[str, str] | None = None,
        max_attribute_bytes: int = MAX_ATTRIBUTE_BYTES,
        queue: int = 65_536,
    ) -> None:
        there = destination(endpoint, protocol=protocol, headers=headers)
        self._address = there.address
        self._delivered = _Delivered()
        self._queue = ExportQueue(
            there,
            _SpanCodec(check_bound(max_attribute_bytes)),
            noun="spans",
            capacity=queue,
            deliveries=self._delivered,
        )

    @property
    def sent(self) -> int:
        """Number of spans that the endpoint has accepted."""
        return self._queue.sent

    @property
    def lost(self) -> int:
        """Number of spans that it has not and that were given up."""
        return self._queue.lost

    @property
    def failure(self) -> str:
        """Cause of the latest failure, in one line; empty if there was none."""
        return self._queue.failure

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span; constant time, never waits, never raises."""
        if (context := span.context) and context.trace_flags & 1:
            self._queue.put(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until everything queued so far was sent or lost.

        Returns:
            Whether that happened within ``timeout_millis`` milliseconds.
        """
        return self._queue.flush(timeout_millis / 1000)

    def shutdown(self) -> None:
        """Close the exporter; see :meth:`close`."""
        self.close()

    def close(self, timeout: float = 10.0) -> None:
        """Send what is queued, then stop; what cannot be sent in time is counted as lost.

        Gives up soon when the collector fails rather than being slow. Closing twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        self._queue.close(timeout)

    def log_deliveries(self, log: DeliveryLog) -> None:
        """Note what has arrived, so that sending all again sends only the rest; call it once closed.

        Spans that were acknowledged before the server went away are not noted: the next one at that address may
        begin with nothing, as a Jaeger does that keeps traces in memory.

        Raises:
            RecordError: The file cannot be written.
        """
        if not (spans := self._delivered.ids):
            return
        if self.lost or self._delivered.has_forgotten:
            log.acknowledge(self._address, spans=spans)
        else:
            log.acknowledge(self._address, {trace: len(ids) for trace, ids in spans.items()})


class _SpanCodec:
    """Bounds spans and writes them."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def prepare(self, span: ReadableSpan, /) -> Prepared[EncodedSpan]:
        encoded = encode_span(bound_span(Span.from_readable(span), self._max_bytes))
        return Prepared(encoded, encoded.size)

    def encode(self, batch: Sequence[EncodedSpan], /) -> bytes:
        return span_request(batch)


class _Delivered:
    """The spans that the endpoint has acknowledged, in eight bytes each: there may be millions."""

    def __init__(self) -> None:
        self.has_forgotten = False
        self._ids: dict[str, array[int]] = {}

    @property
    def ids(self) -> dict[str, list[str]]:
        """Trace id -> ids of its spans."""
        return {trace: [f"{span:016x}" for span in spans] for trace, spans in self._ids.items()}

    def add(self, batch: Sequence[EncodedSpan], /) -> None:
        for span, _ in batch:
            self._ids.setdefault(span.trace_id, array("Q")).append(int(span.span_id, 16))

    def forget(self) -> None:
        self.has_forgotten |= bool(self._ids)
        self._ids.clear()
