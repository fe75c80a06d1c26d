"""Lines that hold one span, read in a fraction of the time that it takes to parse them.

Much of what stands on one span stands on the next: the run, the episode, the role, and all the keys. So a line is
cut into pieces, and a piece that was parsed once is known::

    {"resourceSpans":[ ... "spans":[                        the head, the same for all spans of a service
    {"traceId":"b1..","spanId":"aa..", ... ,"attributes":[  ids, name and times: parsed
    {"key":"interlab.run.id","value":{...}},                pairs, most of them known
    {"key":"interlab.prompt","value":{...}}
    ],"status":{}}                                          the end, known
    ]}]}]}

No cut can go wrong unseen. A quotation mark within a text is escaped, so where one of the cutting marks is found
there is structure and no text; and where it is some other structure (pairs within a pair, those of an event)
a piece is left that is not a whole JSON value. Then, as with any other layout, the line is parsed in full.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import orjson

from interlab.errors import SpanFormatError
from interlab_exporters.decoding import KINDS, Origin, SpanDecoder, read_attributes, read_status
from interlab_exporters.spans import NOTHING_DROPPED, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.util.types import AnyValue

    from interlab_exporters.spans import StatusName

T = TypeVar("T")

_SPAN: Final = b'{"traceId":"'
_ATTRIBUTES: Final = b',"attributes":[{"key":"'
_PAIR: Final = b'},{"key":"'
_END: Final = b'}],"status":{'
_TAIL: Final = b"]}]}]}\n"
_new: Any = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""Past the constructor of the named tuple, which does nothing else, in three times as long."""
_child: Final = itemgetter(
    "traceId", "spanId", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"
)
_FIELDS: Final = 8
_KNOWN: Final = 1 << 12
"""How many pieces of a kind are remembered, and as many from before: few enough to stay in a processor's cache."""
_LONGEST: Final = 512
"""Longer ones are hardly ever met twice, and would take room."""


class LineDecoder:
    """Reads lines of OTLP JSON; remembers the pieces of those before."""

    __slots__ = ("_decoder", "_ends", "_heads", "_pairs")

    def __init__(self) -> None:
        self._decoder = SpanDecoder()
        self._heads = _Memory(self._head)
        self._pairs = _Memory(_pair)
        self._ends = _Memory(_end)

    def spans(self, line: bytes) -> list[Span]:
        """Give the spans of one line.

        Args:
            line: OTLP JSON, with its newline.

        Raises:
            orjson.JSONDecodeError: It is no JSON.
            SpanFormatError: It is no OTLP, or a span in it is broken.
        """
        span = self.span(line)
        return [span] if span is not None else list(self._decoder.spans(orjson.loads(line)))

    def span(self, line: bytes) -> Span | None:
        """Give the span of a line that holds one as we lay it out, with a parent; ``None`` for any other line."""
        begin = line.find(_SPAN)
        first = line.find(_ATTRIBUTES, begin)
        last = line.rfind(_END)
        if not (0 < begin < first < last and line.endswith(_TAIL)):
            return None
        try:
            origin = self._heads[line[:begin]]
            json = orjson.loads(line[begin:first] + b"}")
            trace_id, span_id, parent_id, _, name, kind, start, end = _child(json)
            status, message = self._ends[line[last + 3 : -len(_TAIL)]]
            pairs = line[first + len(_ATTRIBUTES) : last].split(_PAIR)
            attributes: dict[str, AnyValue] = dict(map(self._pairs.__getitem__, pairs))
            if len(json) != _FIELDS or len(trace_id) != 32 or not len(span_id) == len(parent_id) == 16:
                return None
            fields = (
                trace_id.lower(),
                span_id.lower(),
                parent_id.lower(),
                name,
                KINDS[kind],
                int(start),
                int(end),
            )
            return _new(Span, (*fields, attributes, status, message, (), (), *origin, "", NOTHING_DROPPED))
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def _head(self, piece: bytes) -> Origin:
        """Read what stands before the first span of a line.

        Raises:
            ValueError: Other spans or scopes are there, or it is no JSON.
        """
        match orjson.loads(piece + _TAIL):
            case {"resourceSpans": [{"scopeSpans": [{"spans": []} as scoped]} as group]}:
                return self._decoder.origin(group, scoped)
            case _:
                raise SpanFormatError("not the head of a line with one span")


def _pair(piece: bytes) -> tuple[str, AnyValue]:
    ((key, value),) = read_attributes([orjson.loads(b'{"key":"' + piece + b"}")]).items()
    return key, value


def _end(piece: bytes) -> tuple[StatusName, str]:
    match orjson.loads(b"{" + piece):
        case {"status": status, **others} if not others:
            return read_status(status)
        case _:
            raise SpanFormatError("more than the status of a span")


class _Memory(dict[bytes, T], Generic[T]):
    """What pieces mean, found out when they are first met; those not met for long are forgotten."""

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
