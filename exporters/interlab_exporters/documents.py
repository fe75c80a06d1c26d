"""Spans to one OTLP JSON document, ``{"resourceSpans": [...]}``: what viewers let one upload.

The inverse of :class:`~interlab_exporters.decoding.SpanDecoder`. Beside :mod:`interlab_exporters.encoding`,
which turns the SDK's spans into the lines of the record, this takes :class:`~interlab_exporters.Span` values,
wherever they were read, and writes each resource once for many spans.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import orjson

from interlab_exporters.attributes import AttributeEncoder, Dumps, dumps_replacing_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from interlab_exporters.spans import Kind, Span, SpanEvent, SpanLink, StatusName

_CHUNK_SPANS: Final = 1_000
_KINDS: Final[dict[Kind, int]] = {
    "UNSPECIFIED": 0,
    "INTERNAL": 1,
    "SERVER": 2,
    "CLIENT": 3,
    "PRODUCER": 4,
    "CONSUMER": 5,
}
_STATUSES: Final[dict[StatusName, int]] = {"UNSET": 0, "OK": 1, "ERROR": 2}


def document_parts(spans: Iterable[Span]) -> Iterator[bytes]:
    """Write spans as one document, part by part, in the memory that a thousand of them take.

    Raises:
        SpanFormatError: An attribute holds what OTLP cannot carry.
    """
    encoder = _DocumentEncoder()
    remaining = iter(spans)
    separator = b'{"resourceSpans":['
    while chunk := list(islice(remaining, _CHUNK_SPANS)):
        yield separator + encoder.groups(chunk)
        separator = b","
    yield b"]}\n" if separator == b"," else separator + b"]}\n"


class _DocumentEncoder:
    def __init__(self) -> None:
        self._attributes = AttributeEncoder()

    def groups(self, spans: list[Span]) -> bytes:
        """Write the elements of ``resourceSpans`` for some spans, without the brackets."""
        try:
            return self._groups(spans, orjson.dumps)
        except orjson.JSONEncodeError:
            return self._groups(spans, dumps_replacing_surrogates)

    def _groups(self, spans: list[Span], dumps: Dumps) -> bytes:
        resources: dict[int, bytes] = {}
        grouped: dict[bytes, dict[bytes, list[bytes]]] = {}
        for span in spans:
            resource = resources.get(id(span.resource))
            if resource is None:
                written = self._attributes.encode(span.resource, dumps)[1:]
                resource = resources[id(span.resource)] = b'{"resource":{%b},"scopeSpans":[' % written
            scope = _scope(span, dumps)
            grouped.setdefault(resource, {}).setdefault(scope, []).append(self._span(span, dumps))
        return b",".join(
            resource + b",".join([scope + b",".join(each) + b"]}" for scope, each in scopes.items()]) + b"]}"
            for resource, scopes in grouped.items()
        )

    def _span(self, span: Span, dumps: Dumps) -> bytes:
        parts = [
            b'{"traceId":"%b","spanId":"%b"' % (span.trace_id.encode(), span.span_id.encode()),
            b',"parentSpanId":"%b"' % span.parent_id.encode() if span.parent_id else b"",
            b',"traceState":' + dumps(span.trace_state) if span.trace_state else b"",
            b',"name":%b,"kind":%d' % (dumps(span.name), _KINDS[span.kind]),
            b',"startTimeUnixNano":"%d","endTimeUnixNano":"%d"' % (span.start, span.end),
            self._attributes.encode(span.attributes, dumps),
            _list(b"events", [self._event(event, dumps) for event in span.events]),
            _list(b"links", [self._link(link, dumps) for link in span.links]),
            _dropped(b"Attributes", span.dropped.attributes),
            _dropped(b"Events", span.dropped.events),
            _dropped(b"Links", span.dropped.links),
            b',"status":{"code":%d' % _STATUSES[span.status],
            b',"message":' + dumps(span.status_message) if span.status_message else b"",
            b"}}",
        ]
        return b"".join(parts)

    def _event(self, event: SpanEvent, dumps: Dumps) -> bytes:
        return b'{"timeUnixNano":"%d","name":%b%b%b}' % (
            event.time,
            dumps(event.name),
            self._attributes.encode(event.attributes, dumps),
            _dropped(b"Attributes", event.dropped_attributes),
        )

    def _link(self, link: SpanLink, dumps: Dumps) -> bytes:
        return b'{"traceId":"%b","spanId":"%b"%b%b}' % (
            link.trace_id.encode(),
            link.span_id.encode(),
            self._attributes.encode(link.attributes, dumps),
            _dropped(b"Attributes", link.dropped_attributes),
        )


def _scope(span: Span, dumps: Dumps) -> bytes:
    return b'{"scope":{"name":%b,"version":%b},"spans":[' % (dumps(span.scope_name), dumps(span.scope_version))


def _list(name: bytes, items: list[bytes]) -> bytes:
    return b',"%b":[%b]' % (name, b",".join(items)) if items else b""


def _dropped(what: bytes, count: int) -> bytes:
    return b',"dropped%bCount":%d' % (what, count) if count else b""
