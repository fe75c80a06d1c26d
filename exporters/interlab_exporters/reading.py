"""Spans in: one call for every place that spans are kept in.

========================  ==========================================================================
``run/spans/0.jsonl``     a file of OTLP JSON lines: ours, or the Collector's (many spans a line)
``trace.json``            one OTLP JSON document, however it is laid out
``*.jsonl.gz, *.json.gz`` either of them, compressed
``run/``                  all such files beneath a directory, sorted by path
``jaeger://host:16686``   a Jaeger, see :mod:`interlab_exporters.jaeger`
========================  ==========================================================================
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import orjson

from interlab.errors import SpanFormatError
from interlab_exporters.decoding import SIGNALS, Json, SpanDecoder, json_object
from interlab_exporters.jaeger import JaegerQuery

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from interlab_exporters.spans import Span

_SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".json")
_OPEN_ENDS: Final = (b"{", b"[", b",")


def read_spans(source: str | os.PathLike[str], *, aliases: Mapping[str, str] | None = None) -> Iterator[Span]:
    """Give all spans of a source, one after the other, in constant memory where the source allows it.

    Args:
        source: A file, a directory, or a ``jaeger://`` address; see the table above.
        aliases: Short names for attribute keys in a ``jaeger://`` address, such as
            ``{"run": "interlab.run.id"}``.

    Raises:
        SpanFormatError: The source does not exist, or something in it is no OTLP.
        UsageError: The ``jaeger://`` address cannot be understood.
        BackendError: The Jaeger does not answer as it should, or has no such traces.
    """
    if isinstance(source, str) and source.startswith(("jaeger://", "jaegers://")):
        return JaegerQuery.parse(source, aliases=aliases).spans()
    return iter(SpanReader(source))


class SpanReader:
    """Reads the spans of a file, or of all files beneath a directory; iterate over it.

    A file is read line by line, and in whole only where one document spans several lines. The last line of a
    file may be torn (the machine or the disk gave out while it was written): it is skipped and counted. In a
    directory, JSON files that are no OTLP, such as a run's plan, are passed over.

    Attributes:
        torn: How many torn last lines the latest iteration has skipped so far.

    Args:
        source: The file or directory.
    """

    def __init__(self, source: str | os.PathLike[str]) -> None:
        self._source = Path(source)
        self._decoder = SpanDecoder()
        self.torn = 0

    def __iter__(self) -> Iterator[Span]:
        """Read from the start.

        Raises:
            SpanFormatError: The source does not exist or cannot be read, or a line in it is no OTLP.
        """
        self.torn = 0
        if self._source.is_dir():
            for path in self._files():
                yield from self._file(path, may_be_foreign=True)
        else:
            yield from self._file(self._source, may_be_foreign=False)

    def _files(self) -> list[Path]:
        found = sorted(
            path for path in self._source.rglob("*") if path.name.endswith(_SUFFIXES) and path.is_file()
        )
        if not found:
            raise SpanFormatError(
                f"`{self._source}` holds no spans: no `*.jsonl`, `*.jsonl.gz` or `*.json` beneath it"
            )
        return found

    def _file(self, path: Path, *, may_be_foreign: bool) -> Iterator[Span]:
        try:
            with _open(path) as stream:
                for number, document in self._documents(path, stream):
                    if may_be_foreign and number == 1 and not _is_otlp(document):
                        return
                    yield from self._spans(path, number, document)
        except EOFError:  # a compressed file without its end
            self.torn += 1
        except (OSError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            raise SpanFormatError(f"`{path}` cannot be read: {reason}") from error

    def _documents(self, path: Path, stream: BinaryIO) -> Iterator[tuple[int, Json]]:
        for number, line in enumerate(stream, 1):
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError as error:
                if not line.strip():
                    continue
                document = None
                if number == 1 and line.rstrip().endswith(_OPEN_ENDS):
                    document = _whole(line + stream.read())
                if document is not None:
                    yield number, document
                elif not line.startswith(b"{") or stream.read(1):
                    raise SpanFormatError(f"`{path}` line {number} is no JSON: {error}") from error
                else:
                    self.torn += 1

    def _spans(self, path: Path, number: int, document: Json) -> Iterator[Span]:
        try:
            yield from self._decoder.spans(document)
        except SpanFormatError as error:
            raise SpanFormatError(f"`{path}` line {number}: {error}") from error


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _whole(text: bytes) -> Json | None:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _is_otlp(document: Json) -> bool:
    return not SIGNALS.isdisjoint(json_object(document) or ())
