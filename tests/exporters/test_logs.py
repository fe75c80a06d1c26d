"""Log events: each is a line that equals the official exporter's."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    set_span_in_context,
)

from interlab.errors import RecordError, SpanFormatError
from interlab_exporters import JsonlLogWriter, LogEvent
from tests.exporters.made_spans import FLAT_MAPPINGS, MAPPINGS, TEXTS, VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opentelemetry.util.types import AnyValue

EVENTS = st.builds(
    LogEvent,
    name=TEXTS,
    time=st.integers(0, 2**63 - 1),
    attributes=MAPPINGS,
    trace_id=st.integers(1, 2**128 - 1).map(lambda number: f"{number:032x}"),
    span_id=st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}"),
    body=VALUES,
)


def official_line(event: LogEvent, resource: Mapping[str, AnyValue], scope: InstrumentationScope) -> str:
    context = SpanContext(int(event.trace_id, 16), int(event.span_id, 16), is_remote=False)
    record = LogRecord(
        timestamp=event.time,
        observed_timestamp=0,
        context=set_span_in_context(NonRecordingSpan(context)),
        body=event.body,
        attributes=event.attributes,
        event_name=event.name,
    )
    stream = io.StringIO()
    readable = ReadableLogRecord(record, Resource(resource), scope)
    FileLogExporter(stream=stream).export([readable])
    return stream.getvalue()


@settings(max_examples=50)
@given(EVENTS, FLAT_MAPPINGS, TEXTS, TEXTS)
def test_a_line_equals_the_official_file_exporter(
    tmp_path_factory: pytest.TempPathFactory,
    event: LogEvent,
    resource: Mapping[str, AnyValue],
    name: str,
    version: str,
) -> None:
    path = tmp_path_factory.mktemp("logs") / "evaluations.jsonl"
    with JsonlLogWriter(path, resource=resource, scope_name=name, scope_version=version) as writer:
        writer.write(event)
    line, rest = path.read_bytes().split(b"\n")
    assert rest == b""
    assert json.loads(line) == json.loads(official_line(event, resource, InstrumentationScope(name, version)))


def test_events_are_appended_and_a_closed_writer_refuses(tmp_path: Path) -> None:
    with JsonlLogWriter(tmp_path / "e.jsonl", resource={"service.name": "interlab"}, scope_name="s") as writer:
        writer.write(LogEvent("gen_ai.evaluation.result", 1, {"gen_ai.evaluation.score.value": 0.5}))
        writer.write(LogEvent("half \ud83d", 2))
        with pytest.raises(SpanFormatError, match="`count`"):
            writer.write(LogEvent("big", 3, {"count": 2**70}))
    assert len(writer.path.read_bytes().splitlines()) == 2
    with pytest.raises(RecordError, match="closed"):
        writer.write(LogEvent("late", 4))
