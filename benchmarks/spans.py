"""What recording a span to disk adds to the SDK's own work, beside the official way of doing so.

The official way is the SDK's batch processor with ``opentelemetry-exporter-otlp-json-file``, flushed at the end.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from benchmarks.comparison import Comparison, compare
from interlab_exporters import JsonlSpanProcessor

if TYPE_CHECKING:
    from collections.abc import Callable

_SPANS = 10_000
_ATTRIBUTES = {
    f"interlab.attribute.{number}": f"the value of attribute {number}, a short text" for number in range(16)
}


def measure() -> Comparison:
    """Compare microseconds a span beyond those of the bare SDK; ours are to be at most half."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        bare = min(_microseconds(lambda: None) for _ in range(3))
        return compare(
            f"writing a span of {len(_ATTRIBUTES)} attributes to disk, beside batch processor and official "
            f"exporter (both beyond the bare SDK's {bare:.0f} us)",
            "us/span",
            lambda: _microseconds(lambda: JsonlSpanProcessor(path / "ours.jsonl")) - bare,
            lambda: _microseconds(lambda: _official(path / "official.jsonl")) - bare,
            limit=0.5,
            sense="at most",
        )


def _official(path: Path) -> SpanProcessor:
    # A queue that holds every span: by default a third of such a burst is dropped, which would be cheaper still.
    return BatchSpanProcessor(FileSpanExporter(path=path), max_queue_size=2 * _SPANS)


def _microseconds(processor: Callable[[], SpanProcessor | None]) -> float:
    provider = TracerProvider(
        sampler=ALWAYS_ON, resource=Resource({"service.name": "alice"}), shutdown_on_exit=False
    )
    if (made := processor()) is not None:
        provider.add_span_processor(made)
    tracer = provider.get_tracer("benchmark")
    began = time.perf_counter()
    for _ in range(_SPANS):
        tracer.start_span("invoke_agent alice", attributes=_ATTRIBUTES).end()
    provider.shutdown()
    return (time.perf_counter() - began) / _SPANS * 1e6
