"""Log events to a live backend while they happen: OTLP, lossy, counted, never in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_attributes, check_bound
from interlab_exporters.endpoints import destination
from interlab_exporters.export_queue import ExportQueue, Prepared
from interlab_exporters.protobuf import key_values, log_record, log_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
    from opentelemetry.util.types import AttributeValue

    from interlab_exporters.logs import LogEvent
    from interlab_exporters.variables import Protocol


class LiveLogs:
    """Sends log events to an OTLP endpoint in a thread.

    An endpoint that takes no logs, as a Jaeger, is noticed at the first batch and then left alone: nothing is
    lost there, since nothing could ever arrive.

    Args:
        endpoint: ``http://host:4318`` (``/v1/logs`` is appended to a bare address) or ``http://host:4317`` for
            gRPC; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        resource: Attributes of the service that speaks.
        scope_name: Name of the part of it that speaks.
        scope_version: Version of that part.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, on top of ``OTEL_EXPORTER_OTLP_HEADERS``.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes; longer ones are cut with a visible marker.
        queue: Number of events that may wait.

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
        codec = _LogCodec(
            Resource(attributes=key_values(resource)),
            InstrumentationScope(name=scope_name, version=scope_version),
            check_bound(max_attribute_bytes),
        )
        self._queue = ExportQueue(there, codec, noun="events", capacity=queue, optional=True)

    @property
    def sent(self) -> int:
        """Number of events that the endpoint has accepted."""
        return self._queue.sent

    @property
    def lost(self) -> int:
        """Number of events that it has not and that were given up; 0 where it takes no logs."""
        return self._queue.lost

    @property
    def failure(self) -> str:
        """Cause of the latest failure, in one line; empty if there was none."""
        return self._queue.failure

    def write(self, event: LogEvent) -> None:
        """Queue an event; constant time, never waits, never raises."""
        self._queue.put(event)

    def close(self, timeout: float = 10.0) -> None:
        """Send what is queued, then stop; what cannot be sent in time is counted as lost.

        Gives up soon when the collector fails rather than being slow. Closing twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        self._queue.close(timeout)


class _LogCodec:
    """Bounds log events and writes them."""

    def __init__(self, resource: Resource, scope: InstrumentationScope, max_bytes: int) -> None:
        self._resource = resource
        self._scope = scope
        self._max_bytes = max_bytes

    def prepare(self, event: LogEvent, /) -> Prepared[LogRecord]:
        record = log_record(event, bound_attributes(event.attributes, self._max_bytes))
        return Prepared(record, record.ByteSize())

    def encode(self, batch: Sequence[LogRecord], /) -> bytes:
        return log_request(batch, self._resource, self._scope)
