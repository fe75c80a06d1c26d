"""Lines that hold one span, read in a fraction of the time that it takes to parse them.

Much of what stands on one span stands on the next: the run, the episode, the role, and all the keys. So a line is
cut into pieces, and a piece that was parsed once is known::

    {"resourceSpans":[ ... "spans":[                        the head, the same for all spans of a service
    {"traceId":"b1..","spanId":"aa..","parentSpanId":"0c..  ids, of a known length
    ","flags":256,"name":"round 1","kind":1                 name and kind, known
    ,"startTimeUnixNano":"17..","endTimeUnixNano":"17.."    times, of a known length
    ,"attributes":[
    {"key":"interlab.run.id","value":{...}},                pairs, most of them known
    {"key":"interlab.prompt","value":{...}}
    ],"status":{}}                                          the end, known
    ]}]}]}

No cut can go wrong unseen. A quotation mark within a text is escaped, so where one of the cutting marks is found
there is structure and no text; and where it is some other structure (pairs within a pair, those of an event)
a piece is left that is not a whole JSON value. Then, as with any other layout, the line is parsed in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import orjson

from interlab.errors import SpanFormatError
from interlab_exporters.decoding import KINDS, Origin, SpanDecoder, read_attributes, read_status
from interlab_exporters.spans import NOTHING_DROPPED, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from opentelemetry.util.types import AnyValue

    from interlab_exporters.spans import Kind, StatusName

T = TypeVar("T")

_SPAN: Final = b'{"traceId":"'
_ATTRIBUTES: Final = b',"attributes":[{"key":"'
_PAIR: Final = b'},{"key":"'
_END: Final = b'}],"status":{'
_TAIL: Final = b"]}]}]}\n"
_new: Any = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""Past the constructor of the named tuple, which does nothing else, in three times as long."""

_IDS: Final = 106
"""Length in bytes of ``{"traceId":"b1..","spanId":"aa..","parentSpanId":"0c..``, and the offsets of its parts."""
_TRACE_ID: Final = slice(12, 44)
_SPAN_ID: Final = slice(56, 72)
_PARENT_ID: Final = slice(90, 106)
_TO_SPAN_ID: Final = slice(44, 56)
_TO_PARENT_ID: Final = slice(72, 90)

_TIMES: Final = 82
"""Length in bytes of ``,"startTimeUnixNano":"17..","endTimeUnixNano":"17.."``, and the offsets of its parts."""
_START: Final = slice(22, 41)
_END_TIME: Final = slice(62, 81)
_TO_START: Final = slice(0, 22)
_TO_END_TIME: Final = slice(41, 62)

_KNOWN: Final = 1 << 12
"""Number of pieces of a kind to remember, twice at most: few enough for a processor's cache."""
_LONGEST: Final = 512
"""Longer ones are hardly ever met twice, and would take room."""
_LONG_LINE: Final = 2_500
"""Bytes of attributes from which on one of them is likely to be a long text."""


class LateText:
    """A long text that is decoded when it is asked for, as ``str(text)``; it equals the text.

    Args:
        piece: A pair of a span's attributes, as :class:`LineDecoder` cuts it.
    """

    __slots__ = ("_piece",)

    def __init__(self, piece: bytes) -> None:
        self._piece = piece

    def __str__(self) -> str:
        """The text."""
        return cast("str", _pair(self._piece)[1])

    def __eq__(self, other: object) -> bool:
        """Return True if the other is the same text, late or not."""
        return isinstance(other, (str, LateText)) and str(self) == str(other)

    def __hash__(self) -> int:
        """That of the text."""
        return hash(str(self))


class LineDecoder:
    """Reads lines of OTLP JSON; remembers the pieces of those before.

    Args:
        late: Keys of attributes whose values, where they are long texts, are given as :class:`LateText`.
    """

    __slots__ = ("_decoder", "_ends", "_heads", "_late", "_names", "_pairs")

    def __init__(self, late: Collection[str] = ()) -> None:
        self._late = tuple([b'%b","value":{"stringValue":"' % key.encode() for key in late])
        self._decoder = SpanDecoder()
        self._heads = _Memory(self._head)
        self._pairs = _Memory(_pair)
        self._names = _Memory(_name)
        self._ends = _Memory(_end)

    def spans(self, line: bytes, *, without: str | None = None) -> Sequence[Span]:
        """Give the spans of one line.

        Args:
            line: OTLP JSON, with its newline.
            without: The name of spans that are passed over, mostly unread.

        Raises:
            orjson.JSONDecodeError: The text is not JSON.
            SpanFormatError: The document is not OTLP, or a span in it is broken.
        """
        found = self._cut(line, without)
        if found is None:
            return [each for each in self._decoder.spans(orjson.loads(line)) if each.name != without]
        return found

    def _cut(self, line: bytes, without: str | None) -> tuple[Span, ...] | None:
        """Read a line that holds one span as we lay it out, with a parent; ``None`` for any other line."""
        begin = line.find(_SPAN)
        first = line.find(_ATTRIBUTES, begin + _IDS + _TIMES)
        last = line.rfind(_END)
        if not (0 < begin < first < last and line.endswith(_TAIL)):
            return None
        ids = line[begin : begin + _IDS]
        times = line[first - _TIMES : first]
        trace_id, span_id, parent_id = ids[_TRACE_ID], ids[_SPAN_ID], ids[_PARENT_ID]
        start, end = times[_START], times[_END_TIME]
        if not (
            ids[_TO_SPAN_ID] == b'","spanId":"'
            and ids[_TO_PARENT_ID] == b'","parentSpanId":"'
            and (trace_id + span_id + parent_id).isalnum()
            and times[_TO_START] == b',"startTimeUnixNano":"'
            and times[_TO_END_TIME] == b'","endTimeUnixNano":"'
            and (start + end).isdigit()
        ):
            return None
        try:
            name, kind = self._names[line[begin + _IDS : first - _TIMES]]
            if name == without:
                return ()
            origin = self._heads[line[:begin]]
            status, message = self._ends[line[last + 3 : -len(_TAIL)]]
            pairs = line[first + len(_ATTRIBUTES) : last].split(_PAIR)
            attributes = self._attributes(pairs, may_be_long=last - first > _LONG_LINE)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
        fields = (
            trace_id.decode().lower(),
            span_id.decode().lower(),
            parent_id.decode().lower(),
            name,
            kind,
            int(start),
            int(end),
        )
        return (_new(Span, (*fields, attributes, status, message, (), (), *origin, "", NOTHING_DROPPED)),)

    def _attributes(self, pairs: list[bytes], *, may_be_long: bool) -> dict[str, AnyValue]:
        """Read all pairs; but for the longest, looking one up is faster than reading it."""
        known = self._pairs.__getitem__
        if not may_be_long or len(longest := max(pairs, key=len)) <= _LONGEST:
            return dict(map(known, pairs))
        place = pairs.index(longest)
        attributes = dict(map(known, pairs[:place]))
        if longest.startswith(self._late):
            attributes[longest[: longest.index(b'"')].decode()] = cast("AnyValue", LateText(longest))
        else:
            attributes.update((_pair(longest),))
        attributes.update(map(known, pairs[place + 1 :]))
        return attributes

    def _head(self, piece: bytes) -> Origin:
        """Read what stands before the first span of a line.

        Raises:
            ValueError: Other spans or scopes are there, or the text is not JSON.
        """
        match orjson.loads(piece + _TAIL):
            case {"resourceSpans": [{"scopeSpans": [{"spans": []} as scoped]} as group]}:
                return self._decoder.origin(group, scoped)
            case _:
                raise SpanFormatError("not the head of a line with one span")


def _pair(piece: bytes) -> tuple[str, AnyValue]:
    ((key, value),) = read_attributes([orjson.loads(b'{"key":"' + piece + b"}")]).items()
    return key, value


def _name(piece: bytes) -> tuple[str, Kind]:
    match orjson.loads(b'{"parentSpanId":"' + piece + b"}"):
        case {"parentSpanId": "", "flags": _, "name": str(name), "kind": kind, **others} if not others:
            return name, KINDS[kind]
        case _:
            raise SpanFormatError("more than the name and the kind of a span")


def _end(piece: bytes) -> tuple[StatusName, str]:
    match orjson.loads(b"{" + piece):
        case {"status": status, **others} if not others:
            return read_status(status)
        case _:
            raise SpanFormatError("more than the status of a span")


class _Memory(dict[bytes, T], Generic[T]):
    """Parsed pieces, kept from when they are first met until they have not been met for long."""

    __slots__ = ("_before", "_read")

    def __init__(self, read: Callable[[bytes], T]) -> None:
        super().__init__()
        self._read = read
        self._before: dict[bytes, T] = {}

    def __missing__(self, piece: bytes) -> T:
        before = self._before
        found = before[piece] if piece in before else self._read(piece)
        if len(piece) <= _LONGEST:
            if len(self) >= _KNOWN:
                self._before = dict(self)
                self.clear()
            self[piece] = found
        return found
