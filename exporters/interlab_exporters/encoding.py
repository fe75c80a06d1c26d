"""Spans to OTLP JSON, one line each.

The result equals, as JSON, what the official ``opentelemetry-exporter-otlp-json-file`` writes for that span
alone (but see :mod:`interlab_exporters.attributes` on lone surrogates).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import orjson
from opentelemetry.trace import SpanKind, StatusCode

from interlab_exporters.attributes import AttributeEncoder, Dumps, dumps_replacing_surrogates
from interlab_exporters.sdk_fields import fields_of, plain_attributes, trace_state_text
from interlab_exporters.spans import dropped_of

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Link, SpanContext, Status
    from opentelemetry.util.types import Attributes

_KINDS: Final = {kind: b',"kind":%d' % (kind.value + 1) for kind in SpanKind}
_NO_CONTEXT: Final = b'{"traceId":"%032x","spanId":"%016x"' % (0, 0)
_FLAGS: Final = b',"flags":256'
_FLAGS_REMOTE: Final = b',"flags":768'
"""The protocol's "we know whether the context is remote", without and with "it is"."""
_CACHED_ORIGINS: Final = 1024


class _Origin(NamedTuple):
    """The bytes around a span of one resource and scope; keeps both alive, so that their ids stay theirs."""

    resource: Resource
    scope: InstrumentationScope | None
    head: bytes
    tail: bytes


class SpanEncoder:
    """Writes spans as OTLP JSON lines, remembering the bytes that recur: keys, resources, scopes.

    Safe to share between threads: the worst that can happen is that a piece is made twice.
    """

    __slots__ = ("_attributes", "_origins")

    def __init__(self) -> None:
        self._attributes = AttributeEncoder()
        self._origins: dict[tuple[int, int], _Origin] = {}

    def encode(self, span: ReadableSpan) -> bytes:
        r"""Write one span as one line, ``{"resourceSpans":[...]}\n``.

        Raises:
            SpanFormatError: An attribute holds what OTLP cannot carry, such as an integer beyond 64 bits.
        """
        try:
            return self._line(span, orjson.dumps)
        except orjson.JSONEncodeError:
            return self._line(span, dumps_replacing_surrogates)

    def _line(self, span: ReadableSpan, dumps: Dumps) -> bytes:
        context, parent, resource, scope, name, kind, start, end, status, attributes, events, links = fields_of(
            span
        )
        origin = self._origins.get((id(resource), id(scope))) or self._origin(resource, scope, dumps)
        parts = [origin.head]
        add = parts.append
        add(_ids(context, dumps) if context else _NO_CONTEXT)
        if parent:
            add(b',"parentSpanId":"%016x"' % parent.span_id)
        add(_FLAGS_REMOTE if parent and parent.is_remote else _FLAGS)
        if name:
            add(b',"name":%b' % dumps(name))
        add(_KINDS[kind])
        if start:
            add(b',"startTimeUnixNano":"%d"' % start)
        if end:
            add(b',"endTimeUnixNano":"%d"' % end)
        self._attributes.add(parts, plain_attributes(attributes), dumps)
        if events:
            add(b',"events":[%b]' % b",".join([self._event(event, dumps) for event in events]))
        if links:
            add(b',"links":[%b]' % b",".join([self._link(link, dumps) for link in links]))
        if dropped := dropped_of(span, attributes):
            add(_count(b"Attributes", dropped.attributes))
            add(_count(b"Events", dropped.events))
            add(_count(b"Links", dropped.links))
        add(_status(status, dumps))
        add(origin.tail)
        return b"".join(parts)

    def _field(self, attributes: Attributes, dumps: Dumps) -> bytes:
        return self._attributes.encode(plain_attributes(attributes), dumps)

    def _event(self, event: Event, dumps: Dumps) -> bytes:
        fields = b',"timeUnixNano":"%d"' % event.timestamp if event.timestamp else b""
        if event.name:
            fields += b',"name":%b' % dumps(event.name)
        fields += self._field(event.attributes, dumps) + _count(b"Attributes", event.dropped_attributes)
        return b"{%b}" % fields[1:]

    def _link(self, link: Link, dumps: Dumps) -> bytes:
        context = link.context
        return b'{"traceId":"%032x","spanId":"%016x"%b%b%b}' % (
            context.trace_id,
            context.span_id,
            self._field(link.attributes, dumps),
            _count(b"Attributes", link.dropped_attributes),
            _FLAGS_REMOTE if context.is_remote else _FLAGS,
        )

    def _origin(self, resource: Resource, scope: InstrumentationScope | None, dumps: Dumps) -> _Origin:
        head = b'{"resourceSpans":[{"resource":{%b},"scopeSpans":[{"scope":{%b},"spans":[' % (
            self._field(resource.attributes, dumps)[1:],
            self._scope(scope, dumps)[1:] if scope else b"",
        )
        tail = b"}]%b}]%b}]}\n" % (
            _schema(scope.schema_url if scope else None, dumps),
            _schema(resource.schema_url, dumps),
        )
        if len(self._origins) >= _CACHED_ORIGINS:
            self._origins.clear()
        return self._origins.setdefault((id(resource), id(scope)), _Origin(resource, scope, head, tail))

    def _scope(self, scope: InstrumentationScope, dumps: Dumps) -> bytes:
        name = b',"name":%b' % dumps(scope.name) if scope.name else b""
        version = b',"version":%b' % dumps(scope.version) if scope.version else b""
        return name + version + self._field(scope.attributes, dumps)


def _ids(context: SpanContext, dumps: Dumps) -> bytes:
    ids = b'{"traceId":"%032x","spanId":"%016x"' % (context.trace_id, context.span_id)
    state = context.trace_state
    return ids + b',"traceState":' + dumps(trace_state_text(state)) if state else ids


def _count(what: bytes, count: int) -> bytes:
    return b',"dropped%bCount":%d' % (what, count) if count else b""


def _schema(url: str | None, dumps: Dumps) -> bytes:
    return b',"schemaUrl":%b' % dumps(url) if url else b""


def _status(status: Status, dumps: Dumps) -> bytes:
    code = status.status_code
    if code is StatusCode.UNSET and not status.description:
        return b',"status":{}'
    message = b',"message":%b' % dumps(status.description) if status.description else b""
    number = b',"code":%d' % code.value if code is not StatusCode.UNSET else b""
    return b',"status":{%b}' % (message + number)[1:]
