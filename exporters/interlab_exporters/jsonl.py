"""Spans to a file of OTLP JSON lines, as they end: the record.

A span processor and not an exporter behind a batch: a span is in the file before ``span.end()`` returns, so
that nothing that had ended is lost when the process is killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import SpanProcessor

from interlab_exporters.appending import AppendedFile
from interlab_exporters.encoding import SpanEncoder

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan


class JsonlSpanProcessor(SpanProcessor):
    """Appends every span to a file when it ends: one span, one line, one ``write``.

    Several tracer providers may share one processor. Spans that were not sampled are left out, as by every
    processor of the SDK. Errors are raised out of ``span.end()``: an incomplete record would be misleading.

    Args:
        path: The file, ``*.jsonl``; missing directories are made. No other process may write to it.

    Raises:
        RecordError: The file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = AppendedFile(path)
        self._encode = SpanEncoder().encode
        self._append = self._file.append

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def on_end(self, span: ReadableSpan) -> None:
        """Append the span.

        Raises:
            RecordError: It could not be written, or the processor is shut down.
            SpanFormatError: It holds what OTLP cannot carry.
        """
        if (context := span.context) and context.trace_flags & 1:
            self._append(self._encode(span))

    def sync(self) -> None:
        """Wait until all spans that have ended are on the disk itself (``fsync``).

        Raises:
            RecordError: The disk did not take them.
        """
        self._file.sync()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Do what :meth:`sync` does; nothing is ever held back in memory."""
        self.sync()
        return True

    def shutdown(self) -> None:
        """Sync and close the file; a span that ends later raises. Doing it twice does nothing."""
        self._file.sync()
        self._file.close()
