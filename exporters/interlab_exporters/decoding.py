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
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise SpanFormatError(f"a broken span: {error}") from error

    def origin(self, group: Json, scoped: Json) -> Origin:
        """Read where the spans of one scope come from.

        Args:
            group: An element of ``resourceSpans``.
            scoped: An element of its ``scopeSpans``.
        """
        scope: Json = scoped.get("scope") or {}
        return Origin(self._resource(group.get("resource")), scope.get("name", ""), scope.get("version", ""))

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
    return (_STATUSES[json.get("code", 0)], json.get("message", "")) if json else ("UNSET", "")


def _checked_span(json: Json, origin: Origin) -> Span:
    try:
        return _span(json, origin)
    except KeyError as error:
        raise SpanFormatError(f"a span without {error}, or with an unknown value of that name") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise SpanFormatError(f"a broken span: {error}") from error


def _span(json: Json, origin: Origin) -> Span:
    get = json.get
    trace_id, span_id, parent_id = json["traceId"], json["spanId"], get("parentSpanId")
    if len(trace_id) != 32 or len(span_id) != 16 or (parent_id and len(parent_id) != 16):
        raise ValueError(f"`{trace_id}`, `{span_id}` and `{parent_id}` should be 32, 16 and 16 hex digits")
    events = get("events")
    links = get("links")
    return Span(
        trace_id.lower(),
        span_id.lower(),
        parent_id.lower() if parent_id else None,
        get("name", ""),
        KINDS[get("kind", 0)],
        int(get("startTimeUnixNano", 0)),
        int(get("endTimeUnixNano", 0)),
        read_attributes(get("attributes") or ()),
        *read_status(get("status")),
        tuple([_event(event) for event in events]) if events else (),
        tuple([_link(link) for link in links]) if links else (),
        *origin,
        get("traceState", ""),
        _dropped(json),
    )


def _dropped(json: Json) -> Dropped:
    if "droppedAttributesCount" in json or "droppedEventsCount" in json or "droppedLinksCount" in json:
        return Dropped(*[json.get(key, 0) for key in _DROPPED_KEYS])
    return NOTHING_DROPPED


def _event(json: Json) -> SpanEvent:
    return SpanEvent(
        json.get("name", ""),
        int(json.get("timeUnixNano", 0)),
        read_attributes(json.get("attributes") or ()),
        json.get("droppedAttributesCount", 0),
    )


def _link(json: Json) -> SpanLink:
    return SpanLink(
        json["traceId"].lower(),
        json["spanId"].lower(),
        read_attributes(json.get("attributes") or ()),
        json.get("droppedAttributesCount", 0),
    )


def read_attributes(pairs: Iterable[Json]) -> dict[str, AnyValue]:
    """Read a list of key-values; text, the common case, is read in this loop."""
    found: dict[str, AnyValue] = {}
    for pair in pairs:
        value: Json = pair.get("value") or {}
        text = value.get("stringValue")
        found[pair.get("key", "")] = _value(value) if text is None else text
    return found


def _value(json: Json) -> AnyValue:
    for kind, value in json.items():
        return _VALUES[kind](value)
    return None


def _array(json: Json) -> tuple[AnyValue, ...]:
    return tuple([_value(item) for item in json.get("values") or ()])


def _mapping(json: Json) -> dict[str, AnyValue]:
    return read_attributes(json.get("values") or ())


_VALUES: Final[dict[str, Callable[[Json], AnyValue]]] = {
    "stringValue": str,
    "boolValue": bool,
    "intValue": int,
    "doubleValue": float,  # reads "NaN", "Infinity" and "-Infinity" as the protocol spells them
    "bytesValue": b64decode,
    "arrayValue": _array,
    "kvlistValue": _mapping,
}
