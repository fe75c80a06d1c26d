"""Spans in: one call for every place that spans are kept in.

========================  ==========================================================================
``run/spans/0.jsonl``     a file of OTLP JSON lines: ours, or the Collector's (many spans a line)
``trace.json``            one OTLP JSON document, however it is laid out
``*.jsonl.gz, *.json.gz`` either of them, compressed
``run/``                  all such files beneath a directory, sorted by path; where it has a folder ``spans``, as a
                          run has, those in there only: what lies beside it was derived from them
``jaeger://host:16686``   a Jaeger, see a :class:`JaegerQuery` as text
========================  ==========================================================================
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import zlib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import orjson

from interlab.errors import SpanFormatError
from interlab_exporters.decoding import Json, SpanDecoder, is_otlp
from interlab_exporters.jaeger_query import JaegerQuery
from interlab_exporters.jaeger_search import find_traces
from interlab_exporters.lines import LineDecoder

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping

    from interlab_exporters.spans import Span

_SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".json")
_log: Final = logging.getLogger("interlab")
_PADDING: Final = re.compile(rb"(?:\xef\xbb\xbf|\x00)+")
_OPEN_ENDS: Final = (b"{", b"[", b",")


def read_spans(source: str | os.PathLike[str], *, aliases: Mapping[str, str] | None = None) -> Iterator[Span]:
    """Give all spans of a source, one after the other, in constant memory where the source allows it.

    Args:
        source: A file, a directory, or a ``jaeger://`` address; see the table above.
        aliases: Short names for attribute keys in a ``jaeger://`` address, such as
            ``{"run": "interlab.run.id"}``.

    Raises:
        SpanFormatError: The source does not exist, or something in it is not OTLP.
        UsageError: The ``jaeger://`` address cannot be understood.
        BackendError: The Jaeger does not answer as it should, or has no such traces.
    """
    if isinstance(source, str) and source.startswith(("jaeger://", "jaegers://")):
        return chain.from_iterable(find_traces(JaegerQuery.parse(source, aliases=aliases)))
    return iter(SpanReader(source))


class SpanReader:
    """Reads the spans of a file, or of all files beneath a directory; iterate over it.

    A file is read line by line, and in whole only where one document spans several lines. The last line of a
    file may be torn (the machine or the disk gave out while it was written): it is skipped and counted. In a
    directory, JSON files that are not OTLP, such as a run's plan, are passed over.

    Attributes:
        torn: How many torn last lines the latest iteration has skipped so far.

    Args:
        source: The file or directory.
    """

    def __init__(self, source: str | os.PathLike[str]) -> None:
        self._source = Path(source)
        self._decoder = SpanDecoder()
        self._lines = LineDecoder()
        self.torn = 0

    def __iter__(self) -> Iterator[Span]:
        """Read from the start.

        Raises:
            SpanFormatError: The source does not exist or cannot be read, or a line in it is not OTLP.
        """
        self.torn = 0
        if self._source.is_file() and not self._source.stat().st_size:
            raise SpanFormatError(f"`{self._source}` is empty: expected OTLP JSON with spans")
        if self._source.is_dir():
            for path in files_beneath(self._source):
                yield from self._file(path, may_be_foreign=True)
        else:
            yield from self._file(self._source, may_be_foreign=False)

    def _file(self, path: Path, *, may_be_foreign: bool) -> Iterator[Span]:
        try:
            with _open(path) as stream:
                for number, line in enumerate(stream, 1):
                    if number > 1:
                        yield from self._line(path, number, line, stream)
                        continue
                    for place, document in enumerate(self._first(path, line, stream), 1):
                        if may_be_foreign and place == 1 and not is_otlp(document):
                            return
                        yield from self._document(path, place, document)
        except EOFError:  # a compressed file without its end
            self.torn += 1
        except (OSError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            raise SpanFormatError(f"`{path}` cannot be read: {reason}") from error

    def _first(self, path: Path, line: bytes, stream: BinaryIO) -> list[Json]:
        """Read the first line, or all of the documents of which it only begins the first."""
        line = self._without_padding(path, line)
        if not line.strip():
            return []
        try:
            return [orjson.loads(line)]
        except orjson.JSONDecodeError as error:
            documents = _documents(line + stream.read()) if line.rstrip().endswith(_OPEN_ENDS) else []
            if not documents:
                self._torn(path, 1, line, stream, error)
            return documents

    def _without_padding(self, path: Path, line: bytes) -> bytes:
        """Leave out a byte order mark and NULs, such as stand at the start of a file that was rotated away."""
        found = _PADDING.match(line)
        if found is None:
            return line
        _log.warning("`%s` begins with %d bytes before its text; the rest is read", path, found.end())
        return line[found.end() :]

    def _document(self, path: Path, number: int, document: Json) -> Iterator[Span]:
        try:
            yield from self._decoder.spans(document)
        except SpanFormatError as error:
            where = "line 1" if number == 1 else f"document {number}"
            raise SpanFormatError(f"`{path}` {where}: {error}") from error

    def _line(self, path: Path, number: int, line: bytes, stream: BinaryIO) -> Iterable[Span]:
        try:
            return self._lines.spans(line)
        except orjson.JSONDecodeError as error:
            self._torn(path, number, line, stream, error)
            return ()
        except SpanFormatError as error:
            raise SpanFormatError(f"`{path}` line {number}: {error}") from error

    def _torn(self, path: Path, number: int, line: bytes, stream: BinaryIO, error: Exception) -> None:
        """Count a line that is not JSON, if it is a file's last.

        Raises:
            SpanFormatError: It is not, or never was OTLP.
        """
        if not line.strip():
            return
        if not line.startswith(b"{") or stream.read(1):
            raise SpanFormatError(f"`{path}` line {number} is not JSON: {error}") from error
        self.torn += 1


def files_beneath(directory: Path) -> list[Path]:
    """List the files of a directory that may hold spans, sorted by path.

    A file beside a folder ``spans`` is left out: it may be a copy of what is in there.

    Raises:
        SpanFormatError: There are none.
    """
    found = sorted(
        path
        for path in directory.rglob("*")
        if path.name.endswith(_SUFFIXES) and path.is_file() and not (path.parent / "spans").is_dir()
    )
    if not found:
        raise SpanFormatError(f"`{directory}` holds no spans: no `*.jsonl`, `*.jsonl.gz` or `*.json` beneath it")
    return found


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _documents(text: bytes) -> list[Json]:
    """Read the JSON documents that follow each other in a text, as far as they are whole."""
    try:
        return [orjson.loads(text)]
    except orjson.JSONDecodeError:
        pass
    found: list[Json] = []
    decoder, rest, place = json.JSONDecoder(), text.decode("utf-8", "replace"), 0
    while place < len(rest):
        try:
            document, place = decoder.raw_decode(rest, place)
        except (ValueError, RecursionError):
            return found if found and rest[place:].startswith("{") else []
        found.append(document)
        while place < len(rest) and rest[place].isspace():
            place += 1
    return found
