"""OTLP JSON to spans: one ``ExportTraceServiceRequest`` (or ``TracesData``, the same thing) at a time.

Reads what this package writes and what others do: 64-bit integers as text or as numbers, enumerations as
numbers or as names (``SPAN_KIND_CLIENT``), any number of resources, scopes and spans in one document.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

import orjson

from interlab.errors import SpanFormatError
from interlab_exporters.spans import NOTHING_DROPPED, Dropped, Kind, Span, SpanEvent, SpanLink, StatusName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from opentelemetry.util.types import AnyValue

Json: TypeAlias = Any
"""Output of a JSON parser; its shape is checked by reading it."""

SIGNALS: Final = frozenset({"resourceSpans", "resourceLogs", "resourceMetrics"})
"""The one key of an OTLP document, by the kind of telemetry that it holds."""

_KIND_NAMES: Final[tuple[Kind, ...]] = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
KINDS: Final[dict[int | str, Kind]] = {
    **dict(enumerate(_KIND_NAMES)),
    **{f"SPAN_KIND_{name}": name for name in _KIND_NAMES},
}
_STATUS_NAMES: Final[tuple[StatusName, ...]] = ("UNSET", "OK", "ERROR")
_STATUSES: Final[dict[int | str, StatusName]] = {
    **dict(enumerate(_STATUS_NAMES)),
    **{f"STATUS_CODE_{name}": name for name in _STATUS_NAMES},
}
_BROKEN: Final = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""Errors of reading a document of another shape."""
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_DEEPEST: Final = 64
"""Levels of lists and mappings within an attribute at most."""
_DROPPED_KEYS: Final = ("droppedAttributesCount", "droppedEventsCount", "droppedLinksCount")


class Origin(NamedTuple):
    """Origin of spans: their service and instrumentation scope."""

    resource: dict[str, AnyValue]
    scope_name: str
    scope_version: str


class SpanDecoder:
    """Reads OTLP documents; spans of equal resources share one mapping, across documents too."""

    __slots__ = ("_resources",)

    def __init__(self) -> None:
        self._resources: dict[bytes, dict[str, AnyValue]] = {}

    def spans(self, document: Json) -> Iterator[Span]:
        """Give the spans of one document, in its order.

        Args:
            document: A parsed ``{"resourceSpans": [...]}``. One that holds only logs or metrics has no spans.

        Raises:
            SpanFormatError: The document is not OTLP, or a span in it is broken.
        """
        request = json_object(document)
        if request is None or (request and SIGNALS.isdisjoint(request)):
            raise SpanFormatError("no OTLP traces: expected an object with `resourceSpans`")
        try:
            for group in request.get("resourceSpans") or ():
                for scoped in group.get("scopeSpans") or ():
                    origin = self.origin(group, scoped)
                    for span in scoped.get("spans") or ():
                        yield _checked_span(span, origin)
        except SpanFormatError:
            raise
        except _BROKEN as error:
            raise SpanFormatError(f"a broken span: {_reason(error)}") from error

    def origin(self, group: Json, scoped: Json) -> Origin:
        """Read where the spans of one scope come from.

        Args:
            group: An element of ``resourceSpans``.
            scoped: An element of its ``scopeSpans``.
        """
        scope: Json = scoped.get("scope") or {}
        name, version = (
            _text(scope.get("name", ""), "scope.name"),
            _text(scope.get("version", ""), "scope.version"),
        )
        return Origin(self._resource(group.get("resource")), name, version)

    def _resource(self, resource: Json) -> dict[str, AnyValue]:
        if not resource:
            return {}
        key = orjson.dumps(resource)
        found = self._resources.get(key)
        if found is None:
            found = self._resources[key] = read_attributes(resource.get("attributes") or ())
        return found


def is_otlp(document: Json) -> bool:
    """Tell whether a document is OTLP, of whatever signal."""
    return not SIGNALS.isdisjoint(json_object(document) or ())


def json_object(value: Json) -> dict[str, Any] | None:
    """Give the value if it is an object, else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def read_status(json: Json) -> tuple[StatusName, str]:
    """Read the status of a span and its message."""
    return (_STATUSES[json.get("code", 0)], _text(json.get("message", ""), "message")) if json else ("UNSET", "")


def _checked_span(json: Json, origin: Origin) -> Span:
    try:
        return _span(json, origin)
    except KeyError as error:
        raise SpanFormatError(f"a span without {error}, or with an unknown value of that name") from error
    except _BROKEN as error:
        raise SpanFormatError(f"a broken span: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _span(json: Json, origin: Origin) -> Span:
    get = json.get
    trace_id, span_id, parent_id = json["traceId"], json["spanId"], get("parentSpanId")
    if len(trace_id) != 32 or len(span_id) != 16 or (parent_id and len(parent_id) != 16):
        raise ValueError(f"`{trace_id}`, `{span_id}` and `{parent_id}` should be 32, 16 and 16 hex digits")
    if not _HEX.issuperset(trace_id + span_id + (parent_id or "")):
        raise ValueError(f"`{trace_id}`, `{span_id}` and `{parent_id}` should be hex digits")
    events = get("events")
    links = get("links")
    return Span(
        trace_id.lower(),
        span_id.lower(),
        parent_id.lower() if parent_id else None,
        _text(get("name", ""), "name"),
        KINDS[get("kind", 0)],
        _time(get("startTimeUnixNano", 0), "startTimeUnixNano"),
        _time(get("endTimeUnixNano", 0), "endTimeUnixNano"),
        read_attributes(get("attributes") or ()),
        *read_status(get("status")),
        tuple([_event(event) for event in events]) if events else (),
        tuple([_link(link) for link in links]) if links else (),
        *origin,
        _text(get("traceState", ""), "traceState"),
        _dropped(json),
    )


def _dropped(json: Json) -> Dropped:
    if "droppedAttributesCount" in json or "droppedEventsCount" in json or "droppedLinksCount" in json:
        return Dropped(*[_count(json.get(key, 0), key) for key in _DROPPED_KEYS])
    return NOTHING_DROPPED


def _event(json: Json) -> SpanEvent:
    return SpanEvent(
        _text(json.get("name", ""), "name"),
        _time(json.get("timeUnixNano", 0), "timeUnixNano"),
        read_attributes(json.get("attributes") or ()),
        _count(json.get("droppedAttributesCount", 0), "droppedAttributesCount"),
    )


def _link(json: Json) -> SpanLink:
    trace_id, span_id = json["traceId"], json["spanId"]
    if len(trace_id) != 32 or len(span_id) != 16 or not _HEX.issuperset(trace_id + span_id):
        raise ValueError(f"link to `{trace_id}`, `{span_id}`: expected 32 and 16 hex digits")
    return SpanLink(
        trace_id.lower(),
        span_id.lower(),
        read_attributes(json.get("attributes") or ()),
        _count(json.get("droppedAttributesCount", 0), "droppedAttributesCount"),
    )


def _text(value: Json, field: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"`{field}`: found {type(value).__name__}, expected a text")
    return value


def _time(value: Json, field: str) -> int:
    time = int(value)
    if not 0 <= time < 1 << 64:
        raise ValueError(f"`{field}`: found {time}, expected nanoseconds from 0 to 2^64 - 1")
    return time


def _count(value: Json, field: str) -> int:
    count = int(value)
    if not 0 <= count < 1 << 32:
        raise ValueError(f"`{field}`: found {count}, expected a count from 0 to 2^32 - 1")
    return count


def read_attributes(pairs: Iterable[Json], depth: int = 0) -> dict[str, AnyValue]:
    """Read a list of key-values; text, the common case, is read in this loop.

    Args:
        pairs: Objects with `key` and `value`.
        depth: Number of lists and mappings around them.
    """
    found: dict[str, AnyValue] = {}
    for pair in pairs:
        value: Json = pair.get("value") or {}
        text = value.get("stringValue")
        key = pair.get("key", "")
        if type(key) is not str or not (text is None or type(text) is str):
            raise TypeError(f"attribute `{key}`: found {text!r:.40}, expected a key and a value that are texts")
        found[key] = _value(value, depth) if text is None else text
    return found


def _value(json: Json, depth: int) -> AnyValue:
    for kind, value in json.items():
        if kind not in _VALUES:
            raise ValueError(f"invalid kind of value `{kind:.40}`: expected one of {', '.join(_VALUES)}")
        return _VALUES[kind](value, depth + 1)
    return None


def _integer(json: Json, depth: int) -> AnyValue:
    """Read an integer; one beyond 64 bits, which OTLP cannot carry, becomes a text."""
    del depth
    number = int(json)
    return number if -(1 << 63) <= number < 1 << 63 else str(json)


def _array(json: Json, depth: int) -> tuple[AnyValue, ...]:
    _check_depth(depth)
    return tuple([_value(item, depth) for item in json.get("values") or ()])


def _mapping(json: Json, depth: int) -> dict[str, AnyValue]:
    _check_depth(depth)
    return read_attributes(json.get("values") or (), depth)


def _check_depth(depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"an attribute is nested more than {_DEEPEST} levels deep")


def _plain(read: Callable[[Json], AnyValue]) -> Callable[[Json, int], AnyValue]:
    return lambda json, _: read(json)


_VALUES: Final[dict[str, Callable[[Json, int], AnyValue]]] = {
    "stringValue": _plain(str),
    "boolValue": _plain(bool),
    "intValue": _integer,
    "doubleValue": _plain(float),  # reads "NaN", "Infinity" and "-Infinity" as the protocol spells them
    "bytesValue": _plain(b64decode),
    "arrayValue": _array,
    "kvlistValue": _mapping,
}
