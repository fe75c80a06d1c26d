"""Spans in: whatever was written comes back as it was, and what is broken is told or counted."""

from __future__ import annotations

import gzip
import json
import math
import pickle
from typing import TYPE_CHECKING, cast

import orjson
import pytest
from hypothesis import given
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.trace import Link, SpanContext

from interlab.errors import SpanFormatError
from interlab_exporters import Span, SpanReader, read_spans
from interlab_exporters.decoding import SpanDecoder
from interlab_exporters.encoding import SpanEncoder
from tests.exporters.made_spans import SPANS, a_span

if TYPE_CHECKING:
    from pathlib import Path

ENCODER = SpanEncoder()


def line(name: str) -> bytes:
    return ENCODER.encode(a_span(name))


def names(source: Path) -> list[str]:
    return [span.name for span in read_spans(source)]


def comparable(value: object) -> object:
    """Make NaN equal to itself, and nothing else equal to anything new."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN, not text"
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in cast("dict[object, object]", value).items()}
    if isinstance(value, tuple):
        return tuple(comparable(item) for item in cast("tuple[object, ...]", value))
    return value


def fields(span: Span) -> list[object]:
    parts = [(part.name, part.time, comparable(part.attributes), part.dropped_attributes) for part in span.events]
    links = [(part.trace_id, part.span_id, comparable(part.attributes)) for part in span.links]
    same = (span.trace_id, span.span_id, span.parent_id, span.name, span.kind, span.start, span.end)
    rest = (span.status, span.status_message, span.scope_name, span.scope_version, span.trace_state, span.dropped)
    return [*same, *rest, comparable(span.attributes), comparable(span.resource), parts, links]


class TestRoundTrip:
    @given(SPANS)
    def test_a_span_that_was_written_reads_as_itself(self, span: ReadableSpan) -> None:
        (read,) = SpanDecoder().spans(orjson.loads(ENCODER.encode(span)))
        assert fields(read) == fields(Span.from_readable(span))

    @given(SPANS)
    def test_the_value_of_a_span_survives_a_pickle(self, span: ReadableSpan) -> None:
        value = Span.from_readable(span)
        assert fields(pickle.loads(pickle.dumps(value))) == fields(value)

    def test_every_part_of_a_span(self) -> None:
        other = SpanContext(0xC1, 0xD1, is_remote=False)
        span = a_span(
            "chat",
            {"bytes": b"\x00\xff", "nested": {"list": [1, None, "a"]}, "nan": math.inf, "yes": True},
            parent_id=0xB0,
            events=(Event("retry", {"attempt": 2}, timestamp=7),),
            links=(Link(other, {"why": "root"}),),
        )
        (read,) = SpanDecoder().spans(orjson.loads(ENCODER.encode(span)))
        assert read.trace_id == f"{0xA1:032x}"
        assert read.parent_id == f"{0xB0:016x}"
        assert read.kind == "INTERNAL"
        assert read.end - read.start == 1_000_000
        assert read.attributes["nested"] == {"list": (1, None, "a")}
        assert read.attributes["bytes"] == b"\x00\xff"
        assert read.attributes["nan"] == math.inf
        assert read.attributes["yes"] is True
        assert read.events[0].attributes == {"attempt": 2}
        assert read.links[0].span_id == f"{0xD1:016x}"
        assert read.service == "alice"
        assert (read.scope_name, read.scope_version) == ("interlab", "1.0")

    def test_a_span_that_has_not_ended(self) -> None:
        span = TracerProvider().get_tracer("test").start_span("open", attributes={"a": 1})
        assert isinstance(span, ReadableSpan)
        value = Span.from_readable(span)
        assert (value.name, value.end, value.attributes) == ("open", 0, {"a": 1})
        span.set_attribute("a", 2)
        assert value.attributes == {"a": 1}


class TestSources:
    @pytest.mark.parametrize("name", ["spans.jsonl", "spans.jsonl.gz", "spans.json", "spans.json.gz"])
    def test_a_file_of_lines(self, tmp_path: Path, name: str) -> None:
        content = line("one") + b"\n" + line("two")
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        assert names(tmp_path / name) == ["one", "two"]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_a_whole_document(self, tmp_path: Path, indent: int | None) -> None:
        path = tmp_path / "trace.json"
        path.write_text(json.dumps(json.loads(line("one")), indent=indent))
        assert names(path) == ["one"]

    def test_a_run_with_its_shards_and_what_lies_beside_them(self, tmp_path: Path) -> None:
        shards = tmp_path / "spans"
        shards.mkdir()
        (shards / "1.jsonl").write_bytes(line("second"))
        (shards / "0.jsonl").write_bytes(line("first"))
        (shards / "2.jsonl.gz").write_bytes(gzip.compress(line("third")))
        (shards / "3.jsonl").write_bytes(b"")
        (tmp_path / "run.json").write_text('{\n  "plan": {}\n}')
        (tmp_path / "evaluations.jsonl").write_text('{"resourceLogs": []}\n')
        (tmp_path / "notes.txt").write_text("not for us")
        assert names(tmp_path) == ["first", "second", "third"]

    def test_what_the_collector_writes(self, tmp_path: Path) -> None:
        def pair(key: str, value: object) -> dict[str, object]:
            return {"key": key, "value": value}

        def span(name: str, number: int, **more: object) -> dict[str, object]:
            return {"traceId": "A1" * 16, "spanId": f"{number:016X}", "parentSpanId": "", "name": name, **more}

        first = span(
            "a",
            1,
            kind="SPAN_KIND_CLIENT",
            startTimeUnixNano=5,
            endTimeUnixNano="9",
            attributes=[pair("n", {"intValue": 7}), pair("m", {"intValue": "8"}), pair("empty", {})],
            status={"code": "STATUS_CODE_ERROR", "message": "no"},
        )
        scopes: list[object] = [
            {"scope": {}, "spans": [first, span("b", 2, kind=4, status={})]},
            {"spans": [span("c", 3, events=[{"timeUnixNano": 3, "name": "e"}], links=None, attributes=None)]},
        ]
        groups: list[object] = [
            {"resource": {"attributes": [pair("service.name", {"stringValue": "bob"})]}, "scopeSpans": scopes}
        ]
        path = tmp_path / "collector.json"
        path.write_text(json.dumps({"resourceSpans": [*groups, {"scopeSpans": []}]}) + "\n")
        one, two, three = read_spans(path)
        assert (one.kind, two.kind, three.kind) == ("CLIENT", "PRODUCER", "UNSPECIFIED")
        assert (one.start, one.end) == (5, 9)
        assert one.attributes == {"n": 7, "m": 8, "empty": None}
        assert (one.status, one.status_message, two.status) == ("ERROR", "no", "UNSET")
        assert one.trace_id == "a1" * 16
        assert one.parent_id is None
        assert three.events[0].time == 3
        assert {span.service for span in (one, two, three)} == {"bob"}
        assert one.resource is three.resource

    def test_reading_is_lazy(self, tmp_path: Path) -> None:
        path = tmp_path / "spans.jsonl"
        path.write_bytes(line("one") + b"garbage\n" + line("two"))
        assert next(iter(read_spans(path))).name == "one"


class TestBroken:
    @pytest.mark.parametrize("cut", [1, 30, 200])
    def test_a_torn_last_line_is_skipped_and_counted(self, tmp_path: Path, cut: int) -> None:
        path = tmp_path / "spans.jsonl"
        path.write_bytes(line("whole") + line("torn")[:cut])
        reader = SpanReader(path)
        assert [span.name for span in reader] == ["whole"]
        assert reader.torn == 1

    def test_a_file_that_is_one_torn_line(self, tmp_path: Path) -> None:
        path = tmp_path / "spans.jsonl"
        path.write_bytes(line("torn")[:50])
        reader = SpanReader(path)
        assert list(reader) == []
        assert reader.torn == 1

    def test_a_compressed_file_without_its_end(self, tmp_path: Path) -> None:
        path = tmp_path / "spans.jsonl.gz"
        path.write_bytes(gzip.compress(line("one") * 2000)[:-20])
        reader = SpanReader(path)
        assert {span.name for span in reader} == {"one"}
        assert reader.torn == 1

    def test_the_torn_line_of_each_shard_is_counted(self, tmp_path: Path) -> None:
        for number in range(3):
            (tmp_path / f"{number}.jsonl").write_bytes(line("whole") + b'{"resourceSpans":')
        reader = SpanReader(tmp_path)
        assert len(list(reader)) == len(list(reader)) == 3
        assert reader.torn == 3

    def test_garbage_between_lines_is_told_with_its_place(self, tmp_path: Path) -> None:
        path = tmp_path / "spans.jsonl"
        path.write_bytes(line("one") + line("torn")[:80] + b"\n" + line("two"))
        with pytest.raises(SpanFormatError, match=r"spans\.jsonl` line 2 is not JSON"):
            list(read_spans(path))

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            ("hello", "line 1 is not JSON"),
            ("[1, 2]", "line 1: no OTLP traces"),
            ('{"spans": []}', "line 1: no OTLP traces"),
            ('{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "a"}]}]}]}', "a span without 'traceId'"),
            ('{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "a", "spanId": "b"}]}]}]}', "hex digits"),
            ('{"resourceSpans": 5}', "a broken span"),
        ],
    )
    def test_what_is_no_otlp_is_told(self, tmp_path: Path, content: str, complaint: str) -> None:
        path = tmp_path / "spans.jsonl"
        path.write_text(content + "\n")
        with pytest.raises(SpanFormatError, match=complaint):
            list(read_spans(path))

    def test_a_source_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SpanFormatError, match=r"nothing\.jsonl` cannot be read: No such file"):
            list(read_spans(tmp_path / "nothing.jsonl"))
        with pytest.raises(SpanFormatError, match="holds no spans"):
            list(read_spans(tmp_path))

    def test_a_file_that_only_claims_to_be_compressed(self, tmp_path: Path) -> None:
        path = tmp_path / "spans.jsonl.gz"
        path.write_bytes(line("one"))
        with pytest.raises(SpanFormatError, match="cannot be read"):
            list(read_spans(path))
