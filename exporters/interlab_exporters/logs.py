"""OTLP log events to a file: what is derived from spans, such as the result of an evaluation.

A value and a writer of its own, because the SDK's logs API is still private (``opentelemetry.sdk._logs``).
The lines equal, as JSON, those of the official ``FileLogExporter``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from interlab_exporters.appending import AppendedFile
from interlab_exporters.attributes import AttributeEncoder, Dumps, dumps_replacing_surrogates, encode_value

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from opentelemetry.util.types import AnyValue


@dataclass(frozen=True, slots=True)
class LogEvent:
    """Something that is known about a span.

    Attributes:
        name: The event's name, such as ``gen_ai.evaluation.result``.
        time: Nanoseconds since the epoch.
        attributes: Key to plain value.
        trace_id: 32 hex digits; empty where it is about no trace.
        span_id: 16 hex digits; empty where it is about no span.
        body: Free content.
    """

    name: str
    time: int
    attributes: Mapping[str, AnyValue] = field(default_factory=dict[str, "AnyValue"])
    trace_id: str = ""
    span_id: str = ""
    body: AnyValue = None


class LogEncoder:
    """Writes log events as OTLP JSON lines.

    Args:
        resource: Attributes of the service that speaks.
        scope_name: What in it speaks.
        scope_version: Its version.
    """

    def __init__(self, *, resource: Mapping[str, AnyValue], scope_name: str, scope_version: str = "") -> None:
        self._attributes = AttributeEncoder()
        dumps = dumps_replacing_surrogates
        scope = (b',"name":%b' % dumps(scope_name) if scope_name else b"") + (
            b',"version":%b' % dumps(scope_version) if scope_version else b""
        )
        self._head = b'{"resourceLogs":[{"resource":{%b},"scopeLogs":[{"scope":{%b},"logRecords":[{' % (
            self._attributes.encode(resource, dumps)[1:],
            scope[1:],
        )

    def encode(self, event: LogEvent) -> bytes:
        """Write one event as one line.

        Raises:
            SpanFormatError: It holds what OTLP cannot carry.
        """
        try:
            return self._line(event, orjson.dumps)
        except orjson.JSONEncodeError:
            return self._line(event, dumps_replacing_surrogates)

    def _line(self, event: LogEvent, dumps: Dumps) -> bytes:
        fields = [
            b',"timeUnixNano":"%d"' % event.time if event.time else b"",
            b',"body":' + encode_value(event.body, "body", dumps),
            self._attributes.encode(event.attributes, dumps),
            b',"traceId":' + dumps(event.trace_id) if event.trace_id else b"",
            b',"spanId":' + dumps(event.span_id) if event.span_id else b"",
            b',"eventName":' + dumps(event.name) if event.name else b"",
        ]
        return self._head + b"".join(fields)[1:] + b"}]}]}]}\n"


class JsonlLogWriter:
    """Appends log events to a file of OTLP JSON lines, one event a line; a context manager.

    Args:
        path: The file; missing directories are made.
        resource: Attributes of the service that speaks.
        scope_name: What in it speaks.
        scope_version: Its version.

    Raises:
        RecordError: The file cannot be opened.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        resource: Mapping[str, AnyValue],
        scope_name: str,
        scope_version: str = "",
    ) -> None:
        self._encoder = LogEncoder(resource=resource, scope_name=scope_name, scope_version=scope_version)
        self._file = AppendedFile(path)

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def write(self, event: LogEvent) -> None:
        """Append one event.

        Raises:
            RecordError: It could not be written, or the writer is closed.
            SpanFormatError: It holds what OTLP cannot carry.
        """
        self._file.append(self._encoder.encode(event))

    def close(self) -> None:
        """Wait until all events are on the disk itself, then close the file. Doing it twice does nothing.

        Raises:
            RecordError: The disk did not take them.
        """
        self._file.sync()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
