"""Attributes to OTLP JSON: the ``KeyValue`` and ``AnyValue`` of the protocol, as bytes.

Written from ready-made pieces rather than from a tree of dicts, because this runs for every attribute of
every span. The result equals, as JSON, what the official encoder writes, with one deliberate difference: a
lone surrogate (half of a UTF-16 pair, which a model's tokenizer can produce) is not valid Unicode and OTLP
cannot carry it; :func:`dumps_replacing_surrogates` writes it as U+FFFD, the replacement character.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import orjson

from interlab.errors import SpanFormatError

if TYPE_CHECKING:
    from opentelemetry.util.types import AnyValue

Dumps: TypeAlias = Callable[[str], bytes]

_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1
_CACHED_KEYS: Final = 4096


def dumps_replacing_surrogates(text: str) -> bytes:
    """Write text as a JSON string, each lone surrogate as U+FFFD; a pair becomes the character it means."""
    return orjson.dumps(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


class AttributeEncoder:
    """Writes attributes, remembering the bytes of each key, of which there are few, and of its last text.

    Much of what stands on one span stands on the next: the very same text objects under the same keys.

    Safe to share between threads: the worst that can happen is that a key is written twice.
    """

    __slots__ = ("_heads", "_recent", "_text_heads")

    def __init__(self) -> None:
        self._heads: dict[str, bytes] = {}
        self._text_heads: dict[str, bytes] = {}
        self._recent: dict[str, tuple[str, bytes]] = {}

    def encode(self, attributes: Mapping[str, AnyValue], dumps: Dumps) -> bytes:
        """Write attributes as a field of an object, ``,"attributes":[...]``; nothing where there are none.

        Args:
            attributes: Key to value.
            dumps: Writes a text as a JSON string.

        Raises:
            SpanFormatError: A value is one that OTLP cannot carry.
        """
        parts: list[bytes] = []
        self.add(parts, attributes, dumps)
        return b"".join(parts)

    def add(self, parts: list[bytes], attributes: Mapping[str, AnyValue], dumps: Dumps) -> None:
        """Append what :meth:`encode` gives to ``parts``, piece by piece."""
        if not attributes:
            return
        text_heads, heads, recent = self._text_heads, self._heads, self._recent
        add = parts.append
        add(b',"attributes":[')
        first = len(parts)
        for key, value in attributes.items():
            if type(value) is str:
                last = recent.get(key)
                if last is not None and last[0] is value:
                    add(last[1])
                    continue
                pair = b"%b%b}}" % (text_heads.get(key) or self._text_head(key, dumps), dumps(value))
                recent[key] = (value, pair)
                add(pair)
            elif isinstance(value, int):
                add(heads.get(key) or self._head(key, dumps))
                add(_truth_or_integer(value, key))
            else:
                add(heads.get(key) or self._head(key, dumps))
                add(encode_value(value, key, dumps))
                add(b"}")
        parts[first] = parts[first][1:]
        add(b"]")

    def _text_head(self, key: str, dumps: Dumps) -> bytes:
        if len(self._recent) >= _CACHED_KEYS:
            self._recent.clear()
        return _remember(self._text_heads, key, b"," + key_head(key, dumps) + b'{"stringValue":')

    def _head(self, key: str, dumps: Dumps) -> bytes:
        return _remember(self._heads, key, b"," + key_head(key, dumps))


def _remember(cache: dict[str, bytes], key: str, head: bytes) -> bytes:
    if len(cache) >= _CACHED_KEYS:
        cache.clear()
    cache[key] = head
    return head


def key_head(key: str, dumps: Dumps) -> bytes:
    """Write a key-value up to its value; protocol buffers leave an empty key out."""
    return b'{"key":%b,"value":' % dumps(key) if key else b'{"value":'


def _truth_or_integer(value: int, key: str) -> bytes:
    """The end of a pair whose value is a truth value or an integer, the two that most spans have."""
    if value is True:
        return b'{"boolValue":true}}'
    return b'{"boolValue":false}}' if value is False else b'{"intValue":"%d"}}' % _int64(value, key)


def encode_value(value: AnyValue, key: str, dumps: Dumps) -> bytes:
    """Write one ``AnyValue``.

    Args:
        value: None, text, truth value, integer, float, bytes, or a sequence or mapping of these.
        key: The attribute it belongs to, for the message of an error.
        dumps: Writes a text as a JSON string.

    Raises:
        SpanFormatError: An integer beyond 64 bits, or a type that OTLP does not have.
    """
    match value:
        case None:
            return b"{}"
        case bool():
            return b'{"boolValue":true}' if value else b'{"boolValue":false}'
        case str():
            return b'{"stringValue":%b}' % dumps(str.__str__(value))
        case int():
            return b'{"intValue":"%d"}' % _int64(value, key)
        case float():
            return b'{"doubleValue":%b}' % _double(float(value))
        case bytes():
            return b'{"bytesValue":"%b"}' % b64encode(value)
        case Sequence():
            items = b",".join([encode_value(item, key, dumps) for item in value])
            return b'{"arrayValue":{"values":[%b]}}' % items if items else b'{"arrayValue":{}}'
        case Mapping():
            pairs = b",".join([_pair(name, item, key, dumps) for name, item in value.items()])
            return b'{"kvlistValue":{"values":[%b]}}' % pairs if pairs else b'{"kvlistValue":{}}'
        case _:
            raise SpanFormatError(
                f"attribute `{key}` holds a `{type(value).__name__}`, unknown to OTLP; convert it to text"
            )


def _pair(name: str, value: AnyValue, key: str, dumps: Dumps) -> bytes:
    return key_head(str(name), dumps) + encode_value(value, key, dumps) + b"}"


def _int64(value: int, key: str) -> int:
    if _INT64_MIN <= value <= _INT64_MAX:
        return value
    raise SpanFormatError(f"attribute `{key}` holds an integer beyond the 64 bits of OTLP; convert it to text")


def _double(value: float) -> bytes:
    if math.isfinite(value):
        return orjson.dumps(value)
    if math.isnan(value):
        return b'"NaN"'
    return b'"Infinity"' if value > 0 else b'"-Infinity"'
