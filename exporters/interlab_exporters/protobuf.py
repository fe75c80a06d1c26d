"""Spans and log events to OTLP protocol buffers, the form that every endpoint takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.util.types import AnyValue as Value

    from interlab_exporters.logs import LogEvent
    from interlab_exporters.spans import Kind, Span, SpanEvent, SpanLink, StatusName

_KINDS: Final[dict[Kind, SpanMessage.SpanKind.ValueType]] = {
    "UNSPECIFIED": SpanMessage.SPAN_KIND_UNSPECIFIED,
    "INTERNAL": SpanMessage.SPAN_KIND_INTERNAL,
    "SERVER": SpanMessage.SPAN_KIND_SERVER,
    "CLIENT": SpanMessage.SPAN_KIND_CLIENT,
    "PRODUCER": SpanMessage.SPAN_KIND_PRODUCER,
    "CONSUMER": SpanMessage.SPAN_KIND_CONSUMER,
}
_STATUSES: Final[dict[StatusName, Status.StatusCode.ValueType]] = {
    "UNSET": Status.STATUS_CODE_UNSET,
    "OK": Status.STATUS_CODE_OK,
    "ERROR": Status.STATUS_CODE_ERROR,
}


class EncodedSpan(NamedTuple):
    """A span with its message, which has neither its resource nor its scope."""

    span: Span
    message: SpanMessage

    @property
    def size(self) -> int:
        """Number of bytes of the message."""
        return self.message.ByteSize()


def span_request(spans: Iterable[EncodedSpan]) -> bytes:
    """Write one ``ExportTraceServiceRequest``, grouped by resource and scope as the spans were."""
    request = ExportTraceServiceRequest()
    groups: dict[tuple[bytes, str, str], ScopeSpans] = {}
    resources: dict[bytes, ResourceSpans] = {}
    keys: dict[int, bytes] = {}
    for span, message in spans:
        key = keys.get(id(span.resource))
        if key is None:
            resource = Resource(attributes=key_values(span.resource))
            key = keys[id(span.resource)] = resource.SerializeToString(deterministic=True)
            if key not in resources:
                resources[key] = request.resource_spans.add(resource=resource)
        group = groups.get((key, span.scope_name, span.scope_version))
        if group is None:
            scope = InstrumentationScope(name=span.scope_name, version=span.scope_version)
            group = resources[key].scope_spans.add(scope=scope)
            groups[key, span.scope_name, span.scope_version] = group
        group.spans.append(message)
    return request.SerializeToString()


def encode_span(span: Span) -> EncodedSpan:
    """Write one span.

    Raises:
        ValueError: It holds a value that OTLP cannot carry.
    """
    message = SpanMessage(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_id or ""),
        trace_state=span.trace_state,
        name=span.name,
        kind=_KINDS[span.kind],
        start_time_unix_nano=span.start,
        end_time_unix_nano=span.end,
        attributes=key_values(span.attributes),
        events=[_event(event) for event in span.events],
        links=[_link(link) for link in span.links],
        status=Status(code=_STATUSES[span.status], message=span.status_message),
        dropped_attributes_count=span.dropped.attributes,
        dropped_events_count=span.dropped.events,
        dropped_links_count=span.dropped.links,
    )
    return EncodedSpan(span, message)


def log_request(records: Iterable[LogRecord], resource: Resource, scope: InstrumentationScope) -> bytes:
    """Write one ``ExportLogsServiceRequest`` of the records of one resource and scope."""
    scoped = ScopeLogs(scope=scope, log_records=records)
    return ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=resource, scope_logs=[scoped])]
    ).SerializeToString()


def log_record(event: LogEvent, attributes: Mapping[str, Value]) -> LogRecord:
    """Write one log event.

    Args:
        event: The event.
        attributes: Its attributes, or what is to stand for them.

    Raises:
        ValueError: It holds a value that OTLP cannot carry.
    """
    return LogRecord(
        time_unix_nano=event.time,
        observed_time_unix_nano=event.time,
        event_name=event.name,
        body=None if event.body is None else _any_value(event.body),
        attributes=key_values(attributes),
        trace_id=bytes.fromhex(event.trace_id),
        span_id=bytes.fromhex(event.span_id),
        flags=1 if event.trace_id else 0,
    )


def _event(event: SpanEvent) -> SpanMessage.Event:
    return SpanMessage.Event(
        name=event.name,
        time_unix_nano=event.time,
        attributes=key_values(event.attributes),
        dropped_attributes_count=event.dropped_attributes,
    )


def _link(link: SpanLink) -> SpanMessage.Link:
    return SpanMessage.Link(
        trace_id=bytes.fromhex(link.trace_id),
        span_id=bytes.fromhex(link.span_id),
        attributes=key_values(link.attributes),
        dropped_attributes_count=link.dropped_attributes,
    )


def key_values(attributes: Mapping[str, Value]) -> list[KeyValue]:
    """Write attributes."""
    return [KeyValue(key=key, value=_any_value(value)) for key, value in attributes.items()]


def _any_value(value: Value) -> AnyValue:
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case str():
            return AnyValue(string_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case Mapping():
            return AnyValue(kvlist_value=KeyValueList(values=key_values(value)))
        case _:
            return AnyValue(array_value=ArrayValue(values=[_any_value(item) for item in value]))
