"""Log events to a live backend while they happen: OTLP, lossy, counted, and never in the way.

Beside :class:`~interlab_exporters.JsonlLogWriter`, which keeps every one of them. The official exporters do the
talking, and so honour ``OTEL_EXPORTER_OTLP_*``; they take log records of the SDK, whose modules are still named
as private ones, and which only this module touches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_attributes, check_bound
from interlab_exporters.endpoints import destination, grpc_compression
from interlab_exporters.outbox import Outbox, Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.util.types import AttributeValue

    from interlab_exporters.endpoints import Destination, Protocol
    from interlab_exporters.logs import LogEvent


class LiveLogs:
    """Sends log events to an OTLP endpoint from a thread of its own.

    An endpoint that takes no logs, as a Jaeger, is noticed at the first batch and then left alone: nothing is
    lost there, since nothing could ever arrive.

    Args:
        endpoint: ``http://host:4318`` (``/v1/logs`` is appended to a bare address) or ``http://host:4317`` for
            gRPC; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        resource: Attributes of the service that speaks.
        scope_name: What in it speaks.
        scope_version: Its version.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, on top of ``OTEL_EXPORTER_OTLP_HEADERS``.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes; longer ones are cut with a visible marker.
        queue: How many events may wait.

    Raises:
        ConfigurationError: The endpoint, or a variable ``OTEL_EXPORTER_OTLP_*``, cannot be understood.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        resource: Mapping[str, AttributeValue],
        scope_name: str,
        scope_version: str = "",
        protocol: Protocol | None = None,
        headers: Mapping[str, str] | None = None,
        max_attribute_bytes: int = MAX_ATTRIBUTE_BYTES,
        queue: int = 65_536,
    ) -> None:
        there = destination(endpoint, "logs", protocol=protocol, headers=headers)
        max_bytes = check_bound(max_attribute_bytes)
        service = Resource(resource)
        scope = InstrumentationScope(scope_name, scope_version)

        def prepare(event: LogEvent) -> Prepared[ReadableLogRecord]:
            bounded = bound_attributes(event.attributes, max_bytes)
            return Prepared(ReadableLogRecord(_record(event, bounded.attributes), service, scope), bounded.size)

        self._outbox: Outbox[LogEvent, ReadableLogRecord] = Outbox(
            lambda: _Sender(there),
            prepare,
            noun="events",
            capacity=queue,
            optional=True,
        )

    @property
    def sent(self) -> int:
        """Events that the endpoint has accepted."""
        return self._outbox.sent

    @property
    def lost(self) -> int:
        """Events that it has not and that were given up; none where it takes no logs."""
        return self._outbox.lost

    @property
    def failure(self) -> str:
        """Why the latest failure happened, in one line; empty as long as there was none."""
        return self._outbox.failure

    def write(self, event: LogEvent) -> None:
        """Queue an event; constant time, never waits, never raises."""
        self._outbox.put(event)

    def close(self, timeout: float = 10.0) -> None:
        """Send what is queued, then stop; what cannot be sent in time is counted as lost.

        Gives up soon when the collector fails rather than being slow. Doing it twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        self._outbox.close(timeout)


class _Sender:
    """Sends log records through an official exporter."""

    def __init__(self, there: Destination) -> None:
        self._exporter = _exporter(there)

    def send(self, batch: Sequence[ReadableLogRecord]) -> bool:
        return self._exporter.export(batch) is LogRecordExportResult.SUCCESS

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _record(event: LogEvent, attributes: Mapping[str, object]) -> LogRecord:
    about = SpanContext(
        int(event.trace_id or "0", 16),
        int(event.span_id or "0", 16),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if event.trace_id else TraceFlags.DEFAULT),
    )
    return LogRecord(
        timestamp=event.time,
        observed_timestamp=event.time,
        context=set_span_in_context(NonRecordingSpan(about)),
        body=event.body,
        attributes=attributes,  # pyright: ignore[reportArgumentType]  # the encoder takes every value that OTLP has
        event_name=event.name,
    )


def _exporter(there: Destination) -> LogRecordExporter:
    if there.protocol == "http/protobuf":
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpExporter

        return HttpExporter(endpoint=there.address, headers=dict(there.headers))
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcExporter

    return GrpcExporter(
        endpoint=there.address, headers=dict(there.headers), compression=grpc_compression(there.compression)
    )
