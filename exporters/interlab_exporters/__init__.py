"""Spans out and spans in: generic OpenTelemetry, knowing nothing of InterLab.

Out, while they happen: :class:`JsonlSpanProcessor` to a file, the record; :class:`LiveExport` to a backend, and
beside it :class:`LiveMetrics` and :class:`LiveLogs` for what is derived from spans.
Out, later: :func:`resend` to a backend, with a :class:`DeliveryLog` of what it has; :func:`document_parts` for a
viewer; :class:`JsonlLogWriter` for what was derived from spans.
In: :func:`read_spans` from a file, a directory or a Jaeger (:class:`JaegerQuery`), as :class:`Span` values.
"""

from interlab_exporters.deliveries import DeliveryLog
from interlab_exporters.documents import document_parts
from interlab_exporters.jaeger_query import JaegerQuery
from interlab_exporters.jaeger_search import find_traces
from interlab_exporters.jsonl import JsonlSpanProcessor
from interlab_exporters.live import LiveExport
from interlab_exporters.live_logs import LiveLogs
from interlab_exporters.live_metrics import LiveMetrics
from interlab_exporters.logs import JsonlLogWriter, LogEncoder, LogEvent
from interlab_exporters.reading import SpanReader, read_spans
from interlab_exporters.resend import Resent, resend
from interlab_exporters.spans import Dropped, Span, SpanEvent, SpanLink

__all__ = [
    "DeliveryLog",
    "Dropped",
    "JaegerQuery",
    "JsonlLogWriter",
    "JsonlSpanProcessor",
    "LiveExport",
    "LiveLogs",
    "LiveMetrics",
    "LogEncoder",
    "LogEvent",
    "Resent",
    "Span",
    "SpanEvent",
    "SpanLink",
    "SpanReader",
    "document_parts",
    "find_traces",
    "read_spans",
    "resend",
]
