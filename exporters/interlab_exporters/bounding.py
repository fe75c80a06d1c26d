"""Attributes made small enough for a backend: only what leaves for one is cut, never what is in the file."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

import orjson

from interlab.errors import ParameterError

if TYPE_CHECKING:
    from opentelemetry.util.types import AnyValue

    from interlab_exporters.spans import Span

MAX_ATTRIBUTE_BYTES: Final = 32 * 1024
"""Half of what Jaeger's Badger store can hold; it loses the whole span of a longer attribute."""
_SMALLEST_BOUND: Final = 64


def check_bound(max_bytes: int, name: str = "max_attribute_bytes") -> int:
    """Return the bound if a cut value can carry its marker.

    Args:
        max_bytes: The bound.
        name: Name of the bound, for the error.

    Raises:
        ParameterError: It cannot.
    """
    if max_bytes < _SMALLEST_BOUND:
        raise ParameterError(f"`{name}` is {max_bytes}; it must be at least {_SMALLEST_BOUND}")
    return max_bytes


def bound_attributes(attributes: Mapping[str, AnyValue], max_bytes: int) -> Mapping[str, AnyValue]:
    """Cut every attribute that is longer than a bound, and mark the cut in what is left of it.

    A text keeps its beginning, then follows a marker such as ``… [cut: 523412 bytes in all]``. The marker counts,
    and no character is cut in half. Text that is JSON stays JSON: the longest texts in it are cut instead, each
    with its marker, so that messages can still be shown and read. Where it has too many parts for that, it is cut
    like any other. A sequence or mapping becomes its JSON.

    Args:
        attributes: Key to value.
        max_bytes: Of one value in UTF-8; at least 64.

    Returns:
        The very same mapping where nothing had to be cut.
    """
    changed = {
        key: bounded for key, value in attributes.items() if (bounded := _bound(value, max_bytes)) is not value
    }
    return {**attributes, **changed} if changed else attributes


def bound_span(span: Span, max_bytes: int) -> Span:
    """Cut the long attributes of a span, its events and its links.

    Args:
        span: The span; it stays as it is.
        max_bytes: Of one attribute in UTF-8; at least 64.
    """
    attributes = bound_attributes(span.attributes, max_bytes)
    if attributes is span.attributes and not (span.events or span.links):
        return span
    return span._replace(
        attributes=attributes,
        events=tuple(
            replace(event, attributes=bound_attributes(event.attributes, max_bytes)) for event in span.events
        ),
        links=tuple(replace(link, attributes=bound_attributes(link.attributes, max_bytes)) for link in span.links),
    )


def plain_text(text: str) -> str:
    """Replace each lone surrogate, which is not Unicode text, by U+FFFD; return the same object if it has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _bound(value: AnyValue, max_bytes: int) -> AnyValue:
    match value:
        case str():
            if len(value) <= max_bytes and value.isascii():
                return value
            text = plain_text(value)
            encoded = text.encode()
            return text if len(encoded) <= max_bytes else _cut(encoded, max_bytes)
        case bytes():
            return value if len(value) <= max_bytes else _cut_bytes(value, max_bytes)
        case None | bool() | int() | float():
            return value
        case _:
            text = json.dumps(value, ensure_ascii=False, default=_jsonable)
            encoded = plain_text(text).encode()
            if len(encoded) > max_bytes:
                return _cut(encoded, max_bytes)
            return value if text.isascii() else _plain(value)


def _cut(encoded: bytes, max_bytes: int) -> str:
    if encoded.startswith((b"[", b"{")) and (shorter := _cut_within(encoded, max_bytes)) is not None:
        return shorter
    return _cut_end(encoded, max_bytes)


def _cut_end(encoded: bytes, max_bytes: int) -> str:
    marker = _marker(len(encoded))
    return encoded[: max_bytes - len(marker)].decode("utf-8", "ignore") + marker.decode()


def _cut_within(encoded: bytes, max_bytes: int) -> str | None:
    """Cut the longest texts in a JSON text, as little as possible; None if that is not enough."""
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
