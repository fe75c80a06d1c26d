"""Spans to a live backend while they happen: OTLP, lossy, counted, and never in the way.

The official exporters do the talking, and so honour ``OTEL_EXPORTER_OTLP_*``; the queue before them is ours.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_span, check_bound
from interlab_exporters.endpoints import destination, grpc_compression
from interlab_exporters.outbox import Outbox, Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from interlab_exporters.endpoints import Destination, Protocol
    from interlab_exporters.ledger import Ledger


class LiveExport(SpanProcessor):
    """Sends every span to an OTLP endpoint from a thread of its own.

    Whatever the endpoint does, the thread that ends a span only appends it to a queue. What does not get
    through (the queue is full, the collector refuses, time is up at the end) is counted. No environment
    variable shrinks the queue or cuts an attribute.

    Args:
        endpoint: ``http://host:4318`` (``/v1/traces`` is appended to a bare address) or ``http://host:4317``
            for gRPC; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, on top of ``OTEL_EXPORTER_OTLP_HEADERS``.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes; longer ones are cut with a visible marker.
            The span itself, which other processors see, stays whole.
        queue: How many spans may wait.

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
        max_bytes = check_bound(max_attribute_bytes)

        def prepare(span: ReadableSpan) -> Prepared[ReadableSpan]:
            bounded = bound_span(span, max_bytes)
            return Prepared(bounded.span, bounded.size)

        self._address = there.address
        self._arrived = _Arrived()
        self._outbox: Outbox[ReadableSpan, ReadableSpan] = Outbox(
            lambda: _Sender(there), prepare, noun="spans", capacity=queue, account=self._arrived
        )

    @property
    def sent(self) -> int:
        """Spans that the endpoint has accepted."""
        return self._outbox.sent

    @property
    def lost(self) -> int:
        """Spans that it has not and that were given up."""
        return self._outbox.lost

    @property
    def failure(self) -> str:
        """Why the latest failure happened, in one line; empty as long as there was none."""
        return self._outbox.failure

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span; constant time, never waits, never raises."""
        if (context := span.context) and context.trace_flags & 1:
            self._outbox.put(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until everything queued so far was sent or lost.

        Returns:
            Whether that happened within ``timeout_millis`` milliseconds.
        """
        return self._outbox.flush(timeout_millis / 1000)

    def shutdown(self) -> None:
        """Do what :meth:`close` does."""
        self.close()

    def close(self, timeout: float = 10.0) -> None:
        """Send what is queued, then stop; what cannot be sent in time is counted as lost.

        Gives up soon when the collector fails rather than being slow. Doing it twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        self._outbox.close(timeout)

    def enter(self, ledger: Ledger) -> None:
        """Note in a ledger what has arrived, so that sending all again sends only the rest; once it is closed.

        What was acknowledged before nobody served the address any more is not noted: who serves it next may have
        begun with nothing, as a Jaeger does that keeps traces in memory.

        Raises:
            RecordError: The file cannot be written.
        """
        if not (spans := self._arrived.ids):
            return
        if self.lost or self._arrived.has_forgotten:
            ledger.acknowledge(self._address, spans=spans)
        else:
            ledger.acknowledge(self._address, {trace: len(ids) for trace, ids in spans.items()})


class _Sender:
    """Sends spans through an official exporter."""

    def __init__(self, there: Destination) -> None:
        self._exporter = _exporter(there)

    def send(self, batch: Sequence[ReadableSpan]) -> bool:
        return self._exporter.export(batch) is SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._exporter.shutdown()


class _Arrived:
    """The spans that the endpoint has acknowledged, in eight bytes each: there may be millions."""

    def __init__(self) -> None:
        self.has_forgotten = False
        self._ids: dict[int, array[int]] = {}

    @property
    def ids(self) -> dict[str, list[str]]:
        """Trace id -> ids of its spans."""
        return {f"{trace:032x}": [f"{span:016x}" for span in spans] for trace, spans in self._ids.items()}

    def arrived(self, batch: Sequence[ReadableSpan]) -> None:
        for span in batch:
            if (context := span.context) is not None:
                self._ids.setdefault(context.trace_id, array("Q")).append(context.span_id)

    def forget(self) -> None:
        self.has_forgotten |= bool(self._ids)
        self._ids.clear()


def _exporter(there: Destination) -> SpanExporter:
    if there.protocol == "http/protobuf":
        return HttpExporter(endpoint=there.address, headers=dict(there.headers))
    # gRPC is heavy, and few want it.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter

    return GrpcExporter(
        endpoint=there.address, headers=dict(there.headers), compression=grpc_compression(there.compression)
    )
