"""Attributes made small enough for a backend: what leaves for one is cut, what is in the file never is."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import orjson
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link

from interlab.errors import ParameterError
from interlab_exporters.sdk_fields import plain_attributes

if TYPE_CHECKING:
    from opentelemetry.util.types import AnyValue

    from interlab_exporters.spans import Span

MAX_ATTRIBUTE_BYTES: Final = 32 * 1024
"""Half of what Jaeger's Badger store can hold; it loses the whole span of a longer attribute."""
_SMALLEST_BOUND: Final = 64
_OVERHEAD: Final = 16
"""Bytes that an attribute takes besides its key and its text, generously."""
_SPAN_OVERHEAD: Final = 128
"""Bytes that a span takes besides its attributes, generously."""


class Bounded(NamedTuple):
    """Attributes of which none is too long, and about how many bytes they take in all."""

    attributes: Mapping[str, AnyValue]
    size: int
    is_cut: bool


def check_bound(max_bytes: int, name: str = "max_attribute_bytes") -> int:
    """Give the bound back if a cut value can carry its marker.

    Args:
        max_bytes: The bound.
        name: What whoever set it calls it.

    Raises:
        ParameterError: It cannot.
    """
    if max_bytes < _SMALLEST_BOUND:
        raise ParameterError(f"`{name}` is {max_bytes}; it must be at least {_SMALLEST_BOUND}")
    return max_bytes


def bound_attributes(attributes: Mapping[str, AnyValue], max_bytes: int) -> Bounded:
    """Cut every attribute that is longer than a bound, and say so in what is left of it.

    A text keeps its beginning, then follows a marker such as ``… [cut: 523412 bytes in all]``. The marker counts,
    and no character is cut in half. Text that is JSON stays JSON: the longest texts in it are cut instead, each
    with a marker of its own, so that whoever shows or reads messages still can. Where it has too many parts for
    that, it is cut like any other. A sequence or mapping becomes its JSON.

    Args:
        attributes: Key to value.
        max_bytes: Of one value in UTF-8; at least 64.

    Returns:
        The very same mapping where nothing had to be cut.
    """
    changed: dict[str, AnyValue] = {}
    size = 0
    for key, value in attributes.items():
        bounded, length = _bound(value, max_bytes)
        if bounded is not value:
            changed[key] = bounded
        size += length + len(key) + _OVERHEAD
    return Bounded({**attributes, **changed} if changed else attributes, size, bool(changed))


class BoundedSpan(NamedTuple):
    """A span of which no attribute is too long, and about how many bytes it takes."""

    span: ReadableSpan
    size: int


def bound_span(span: ReadableSpan, max_bytes: int) -> BoundedSpan:
    """Cut the long attributes of a span, its events and its links in a copy; the span itself stays as it is.

    Args:
        span: A span that has ended.
        max_bytes: Of one attribute in UTF-8; at least 64.

    Returns:
        The very same span where nothing had to be cut.
    """
    events, links = span.events, span.links
    own = bound_attributes(plain_attributes(span.attributes), max_bytes)
    of_events = [bound_attributes(plain_attributes(event.attributes), max_bytes) for event in events]
    of_links = [bound_attributes(plain_attributes(link.attributes), max_bytes) for link in links]
    everything = (own, *of_events, *of_links)
    size = sum(part.size + _SPAN_OVERHEAD for part in everything) + len(span.name)
    if not any(part.is_cut for part in everything):
        return BoundedSpan(span, size)
    return BoundedSpan(
        ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=own.attributes,
            events=[
                Event(event.name, bounded.attributes, event.timestamp)
                for event, bounded in zip(events, of_events, strict=True)
            ],
            links=[Link(link.context, bounded.attributes) for link, bounded in zip(links, of_links, strict=True)],
            kind=span.kind,
            status=span.status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        ),
        size,
    )


def bound_stored_span(span: Span, max_bytes: int) -> Span:
    """Cut the long attributes of a span, its events and its links, as :func:`bound_span` does.

    Args:
        span: The span.
        max_bytes: Of one attribute in UTF-8; at least 64.

    Returns:
        The very same span where nothing had to be cut.
    """
    events = [bound_attributes(event.attributes, max_bytes) for event in span.events]
    links = [bound_attributes(link.attributes, max_bytes) for link in span.links]
    own = bound_attributes(span.attributes, max_bytes)
    if not any(part.is_cut for part in (own, *events, *links)):
        return span
    return span._replace(
        attributes=own.attributes,
        events=tuple(
            replace(event, attributes=part.attributes) for event, part in zip(span.events, events, strict=True)
        ),
        links=tuple(
            replace(link, attributes=part.attributes) for link, part in zip(span.links, links, strict=True)
        ),
    )


def plain_text(text: str) -> str:
    """Replace what is no Unicode text (a lone surrogate) by U+FFFD; the same object where there is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _bound(value: AnyValue, max_bytes: int) -> tuple[AnyValue, int]:
    match value:
        case str():
            if len(value) <= max_bytes and value.isascii():
                return value, len(value)
            text = plain_text(value)
            encoded = text.encode()
            return (text, len(encoded)) if len(encoded) <= max_bytes else (_cut(encoded, max_bytes), max_bytes)
        case bytes():
            return (value, len(value)) if len(value) <= max_bytes else (_cut_bytes(value, max_bytes), max_bytes)
        case None | bool() | int() | float():
            return value, 8
        case _:
            text = json.dumps(value, ensure_ascii=False, default=_jsonable)
            encoded = plain_text(text).encode()
            if len(encoded) > max_bytes:
                return _cut(encoded, max_bytes), max_bytes
            return (value if text.isascii() else _plain(value)), 2 * len(encoded)


def _cut(encoded: bytes, max_bytes: int) -> str:
    if encoded.startswith((b"[", b"{")) and (shorter := _cut_within(encoded, max_bytes)) is not None:
        return shorter
    return _cut_end(encoded, max_bytes)


def _cut_end(encoded: bytes, max_bytes: int) -> str:
    marker = _marker(len(encoded))
    return encoded[: max_bytes - len(marker)].decode("utf-8", "ignore") + marker.decode()


def _cut_within(encoded: bytes, max_bytes: int) -> str | None:
    """Cut the longest texts in a JSON text, as little as will do; None where that is not enough, or it is none."""
    try:
        whole: object = orjson.loads(encoded)
    except orjson.JSONDecodeError:
        return None
    fitting: bytes | None = None
    low, high = _SMALLEST_BOUND, max_bytes
    while low <= high:
        longest = (low + high) // 2
        candidate = orjson.dumps(_shortened(whole, longest))
        if len(candidate) <= max_bytes:
            fitting, low = candidate, longest + 1
        else:
            high = longest - 1
    return None if fitting is None else fitting.decode()


def _shortened(value: object, max_bytes: int) -> object:
    """A JSON value in which no text is longer."""
    match value:
        case str():
            encoded = value.encode()
            return _cut_end(encoded, max_bytes) if len(encoded) > max_bytes else value
        case list():
            return [_shortened(item, max_bytes) for item in cast("list[object]", value)]
        case dict():
            items = cast("dict[str, object]", value).items()
            return {key: _shortened(item, max_bytes) for key, item in items}
        case _:
            return value


def _cut_bytes(value: bytes, max_bytes: int) -> bytes:
    marker = _marker(len(value))
    return value[: max_bytes - len(marker)] + marker


def _marker(size: int) -> bytes:
    return f"… [cut: {size} bytes in all]".encode()


def _plain(value: AnyValue) -> AnyValue:
    match value:
        case str():
            return plain_text(value)
        case None | bool() | int() | float() | bytes():
            return value
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return tuple([_plain(item) for item in value])


def _jsonable(value: object) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)
