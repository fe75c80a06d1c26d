"""Index of each trace's spans, to read a file of a million spans trace by trace.

A trace's spans stand near each other but among those of others, and the last word on an episode may come in a
later file. An index takes one pass over the files that looks at bytes and parses only spans without a parent.
Then traces are read in any order, by any number of processes, each in the memory that one of them takes.

The index itself takes 24 bytes for every stretch of lines of one trace, and about 200 for every trace.
"""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, Any, Final

import orjson

from interlab.errors import SpanFormatError
from interlab_exporters.decoding import SpanDecoder, is_otlp
from interlab_exporters.lines import LineDecoder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from interlab_exporters.spans import Span

_TRACE: Final = b'"traceId":"'
_PARENT: Final = b'","parentSpanId":"'
_TRACE_END: Final = len(_TRACE) + 32
_PARENT_AT: Final = _TRACE_END + len('","spanId":"') + 16
_PARENT_END: Final = _PARENT_AT + len(_PARENT)
_QUOTE: Final = ord('"')
_NEWLINE: Final = ord("\n")
_BUFFER: Final = 1 << 18


class TraceIndex:
    """The places of all traces in files of OTLP JSON lines, each line with spans of one trace.

    It can be sent to another process.

    Attributes:
        torn: How many torn last lines were passed over.

    Args:
        paths: The files.
        places: Trace -> file, offset and length in bytes of each stretch of its lines, flat, in order.
        torn: How many torn last lines were passed over.
        late: Keys of attributes that are decoded when they are asked for; see
            :class:`~interlab_exporters.lines.LateText`.
    """

    def __init__(
        self, paths: Sequence[Path], places: Mapping[str, array[int]], torn: int, late: Collection[str] = ()
    ) -> None:
        self._paths = paths
        self._places = places
        self._late = late
        self._decoder = LineDecoder(late)
        self._open: dict[int, int] = {}
        self.torn = torn

    @classmethod
    def of(
        cls,
        paths: Sequence[Path],
        root: Callable[[Span], None],
        *,
        may_be_foreign: bool,
        late: Collection[str] = (),
    ) -> TraceIndex | None:
        """Find the places of all traces.

        Args:
            paths: The files.
            root: Receives every span that has no parent.
            may_be_foreign: Whether a file that begins with JSON but no OTLP is passed over.
            late: As above.

        Returns:
            The index; ``None`` where a file cannot be read line by line: it is compressed, laid out over several
            lines, has lines with spans of several traces, or is broken.
        """
        finder = _Finder(root)
        try:
            for number, path in enumerate(paths):
                finder.read(number, path, may_be_foreign=may_be_foreign)
        except (OSError, _UnindexableError):
            return None
        return cls(paths, finder.places, finder.torn, late)

    @property
    def size(self) -> int:
        """Size of the spans in bytes."""
        return sum(sum(places[2::3]) for places in self._places.values())

    def part(self, traces: Iterable[str]) -> TraceIndex:
        """Give the places of some traces alone."""
        return TraceIndex(self._paths, {trace: self._places[trace] for trace in traces}, self.torn, self._late)

    def spans(self, trace: str, *, without: str | None = None) -> Iterator[Span]:
        """Read the spans of one trace, one after the other, in the order in which they were written.

        Args:
            trace: Its id, 32 lower-case hex digits.
            without: The name of spans that are not needed; most of them are passed over unread.

        Raises:
            SpanFormatError: A line is broken, or a file cannot be read any more.
        """
        spans = self._decoder.spans
        places = self._places[trace]
        try:
            for at in range(0, len(places), 3):
                for line in self._stretch(*places[at : at + 3]).splitlines(keepends=True):
                    yield from spans(line, without=without)
        except (orjson.JSONDecodeError, SpanFormatError) as error:
            raise SpanFormatError(f"a line of trace `{trace}` cannot be read: {error}") from error

    def _stretch(self, number: int, offset: int, length: int) -> bytes:
        path = self._paths[number]
        try:
            if number not in self._open:
                self._open[number] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(self._open[number], length, offset)
        except OSError as error:
            raise SpanFormatError(f"`{path}` cannot be read: {error.strerror}") from error

    def __reduce__(self) -> tuple[type[TraceIndex], tuple[Any, ...]]:
        """Leave the open files behind, and what was remembered of lines."""
        return TraceIndex, (self._paths, self._places, self.torn, self._late)

    def __del__(self) -> None:
        """Close the files."""
        for file in self._open.values():
            os.close(file)


class _UnindexableError(Exception):
    """A file is laid out in another way."""


class _ForeignError(Exception):
    """A file holds no telemetry."""


class _Finder:
    """Goes over the lines of files and notes what it finds."""

    def __init__(self, root: Callable[[Span], None]) -> None:
        self.places: dict[str, array[int]] = {}
        self.torn = 0
        self._root = root
        self._decoder = SpanDecoder()

    def read(self, number: int, path: Path, *, may_be_foreign: bool) -> None:
        """Go over one file.

        Raises:
            OSError: It cannot be read.
            _UnindexableError: Its layout allows no index.
        """
        offset = 0
        latest: bytes | None = None
        stretch: array[int] = array("q")
        with path.open("rb", buffering=_BUFFER) as stream:
            for line in stream:
                at = line.find(_TRACE)
                # A single span with a parent, where that is plain to see; this runs for every line.
                if (
                    line[at + _PARENT_AT : at + _PARENT_END] == _PARENT
                    and line[at + _PARENT_END] != _QUOTE  # a root whose parent is spelt out as none
                    and line.rfind(_TRACE) == at  # no further spans, no links
                    and line[-1] == _NEWLINE  # not torn
                ):
                    trace = line[at + len(_TRACE) : at + _TRACE_END]
                else:
                    try:
                        trace = self._parse(line, first=offset == 0)
                    except _ForeignError:
                        if may_be_foreign:
                            return
                        raise _UnindexableError from None
                size = len(line)
                if trace == latest:
                    stretch[-1] += size
                else:
                    latest = trace
                    stretch = self.places.setdefault(trace.decode("ascii", "replace").lower(), array("q"))
                    stretch.extend((number, offset, size))
                offset += size

    def _parse(self, line: bytes, *, first: bool) -> bytes:
        """Read a line in full; give its trace, empty where the line has no span."""
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError:
            if line.startswith(b"{") and not line.endswith(b"\n"):
                self.torn += 1
            elif line.strip():
                raise _UnindexableError from None
            return b""
        if first and not is_otlp(document):
            raise _ForeignError
        try:
            spans = list(self._decoder.spans(document))
        except SpanFormatError:
            raise _UnindexableError from None
        for span in spans:
            if span.parent_id is None:
                self._root(span)
        traces = {span.trace_id for span in spans}
        if len(traces) > 1:
            raise _UnindexableError
        return traces.pop().encode() if traces else b""
