"""Spans out and spans in: generic OpenTelemetry, knowing nothing of InterLab.

Out, while they happen: :class:`JsonlSpanProcessor` to a file, the record; :class:`LiveExport` to a backend.
Out, later: :func:`resend` to a backend; :class:`JsonlLogWriter` for what was derived from spans.
In: :func:`read_spans` from a file, a directory or a Jaeger (:class:`JaegerQuery`), as :class:`Span` values.
"""

from interlab_exporters.jaeger import JaegerQuery, find_traces
from interlab_exporters.jsonl import JsonlSpanProcessor
from interlab_exporters.live import LiveExport
from interlab_exporters.logs import JsonlLogWriter, LogEncoder, LogEvent
from interlab_exporters.reading import SpanReader, read_spans
from interlab_exporters.resend import Resent, resend
from interlab_exporters.spans import Dropped, Span, SpanEvent, SpanLink

__all__ = [
    "Dropped",
    "JaegerQuery",
    "JsonlLogWriter",
    "JsonlSpanProcessor",
    "LiveExport",
    "LogEncoder",
    "LogEvent",
    "Resent",
    "Span",
    "SpanEvent",
    "SpanLink",
    "SpanReader",
    "find_traces",
    "read_spans",
    "resend",
]
