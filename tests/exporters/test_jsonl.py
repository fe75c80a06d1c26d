"""The record: what is in the file, when it is there, and what happens when it cannot be."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanContext

from interlab.errors import RecordError, SpanFormatError
from interlab_exporters import JsonlSpanProcessor, Span, SpanReader, read_spans
from interlab_exporters.decoding import SpanDecoder
from interlab_exporters.encoding import SpanEncoder
from tests.exporters.made_spans import SPANS, a_span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENCODER = SpanEncoder()


def official_line(span: ReadableSpan) -> str:
    stream = io.StringIO()
    FileSpanExporter(stream=stream).export([span])
    return stream.getvalue()


def decoded(line: bytes) -> list[Span]:
    return list(SpanDecoder().spans(orjson.loads(line)))


@pytest.fixture
def processor(tmp_path: Path) -> Iterator[JsonlSpanProcessor]:
    made = JsonlSpanProcessor(tmp_path / "spans" / "0.jsonl")
    yield made
    made.shutdown()


class TestEncoding:
    @given(SPANS)
    def test_it_equals_the_official_file_exporter(self, span: ReadableSpan) -> None:
        line = ENCODER.encode(span)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert json.loads(line) == json.loads(official_line(span))

    def test_what_the_limits_dropped_is_counted(self) -> None:
        limits = SpanLimits(max_attributes=1, max_events=1, max_links=1)
        span = (
            TracerProvider(span_limits=limits)
            .get_tracer("test")
            .start_span("limited", attributes={"a": 1, "b": 2})
        )
        for number in (1, 2, 3):
            span.add_event("told", {"a": 1, "b": 2}, timestamp=5)
            span.add_link(SpanContext(number, number, is_remote=False), {"a": 1, "b": 2})
        span.end()
        assert isinstance(span, ReadableSpan)
        assert json.loads(ENCODER.encode(span)) == json.loads(official_line(span))
        value = Span.from_readable(span)
        assert value.dropped == (1, 2, 2)
        assert (value.events[0].dropped_attributes, value.links[0].dropped_attributes) == (1, 1)

    @pytest.mark.parametrize("value", [2**63, -(2**63) - 1, (1, 2**64), {"deep": [2**63]}])
    def test_an_integer_beyond_64_bits_is_refused_by_name(self, value: int) -> None:
        with pytest.raises(SpanFormatError, match=r"`payoff`.*64 bits"):
            ENCODER.encode(a_span(attributes={"payoff": value}))

    def test_a_lone_surrogate_becomes_the_replacement_character(self) -> None:
        span = a_span(
            "half \ud83d", {"text": "half \udc00", "pair": "\ud83d\ude00", "list": ("\ud800",), "k\udfff": 1}
        )
        (read,) = decoded(ENCODER.encode(span))
        assert read.name == "half \ufffd"
        assert read.attributes == {"text": "half \ufffd", "pair": "😀", "list": ("\ufffd",), "k\ufffd": 1}

    def test_resources_of_other_services_are_not_mixed_up(self) -> None:
        lines = [ENCODER.encode(a_span(service=name)) for name in ("alice", "bob", "alice")]
        assert [span.service for line in lines for span in decoded(line)] == ["alice", "bob", "alice"]


class TestWriting:
    def test_a_span_is_in_the_file_when_end_returns(self, processor: JsonlSpanProcessor) -> None:
        provider = TracerProvider(sampler=ALWAYS_ON)
        provider.add_span_processor(processor)
        span = provider.get_tracer("test").start_span("round 1")
        assert processor.path.read_bytes() == b""
        span.end()
        assert [read.name for read in read_spans(processor.path)] == ["round 1"]

    def test_a_span_that_was_not_sampled_is_left_out(self, processor: JsonlSpanProcessor) -> None:
        processor.on_end(ReadableSpan("unsampled", context=SpanContext(1, 2, is_remote=False)))
        assert processor.path.read_bytes() == b""

    def test_threads_never_mix_their_lines(self, processor: JsonlSpanProcessor) -> None:
        def write(thread: int) -> None:
            for number in range(200):
                processor.on_end(a_span(span_id=1 + thread * 1000 + number, attributes={"text": "x" * 5000}))

        threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({span.span_id for span in read_spans(processor.path)}) == 800

    def test_an_existing_file_is_continued(self, tmp_path: Path) -> None:
        for name in ("before", "after"):
            processor = JsonlSpanProcessor(tmp_path / "0.jsonl")
            processor.on_end(a_span(name))
            processor.shutdown()
        assert [span.name for span in read_spans(tmp_path)] == ["before", "after"]

    def test_a_file_with_a_torn_end_is_refused(self, tmp_path: Path) -> None:
        torn = tmp_path / "0.jsonl"
        torn.write_bytes(b'{"resourceSpans":[')
        with pytest.raises(RecordError, match=r"0\.jsonl` ends in the middle of a line"):
            JsonlSpanProcessor(torn)
        assert torn.read_bytes() == b'{"resourceSpans":['

    def test_shutting_down_twice_is_fine_and_a_later_span_raises(self, tmp_path: Path) -> None:
        processor = JsonlSpanProcessor(tmp_path / "0.jsonl")
        processor.shutdown()
        processor.shutdown()
        processor.sync()
        with pytest.raises(RecordError, match="closed"):
            processor.on_end(a_span())

    def test_a_forked_child_may_write_too(self, processor: JsonlSpanProcessor) -> None:
        script = (
            "import os, sys; from made_spans import a_span; from interlab_exporters import JsonlSpanProcessor\n"
            "processor = JsonlSpanProcessor(sys.argv[1]); processor.on_end(a_span('parent'))\n"
            "child = os.fork()\n"
            "processor.on_end(a_span('child' if child == 0 else 'parent again'))\n"
            "os._exit(0) if child == 0 else os.waitpid(child, 0)\n"
        )
        subprocess.run([sys.executable, "-c", script, processor.path], check=True, cwd=os.path.dirname(__file__))
        assert {span.name for span in read_spans(processor.path)} == {"parent", "child", "parent again"}


class TestFailing:
    def test_a_full_disk_is_told_with_what_to_do(
        self, processor: JsonlSpanProcessor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_descriptor: int, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(RecordError, match=r"0\.jsonl` cannot be written: disk full: free some space"):
            processor.on_end(a_span())

    def test_a_line_that_does_not_fit_is_cut_off_again(self, processor: JsonlSpanProcessor) -> None:
        processor.on_end(a_span("fits"))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (processor.path.stat().st_size + 100, hard))
        try:
            with pytest.raises(RecordError, match="too large"):
                processor.on_end(a_span("does not fit", {"text": "x" * 1000}))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        processor.on_end(a_span("fits again"))
        reader = SpanReader(processor.path)
        assert [span.name for span in reader] == ["fits", "fits again"]
        assert reader.torn == 0

    def test_a_line_is_not_cut_off_when_somebody_else_writes_there(self, processor: JsonlSpanProcessor) -> None:
        processor.on_end(a_span("ours"))
        with processor.path.open("ab") as other:
            other.write(b"theirs\n")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (processor.path.stat().st_size + 100, hard))
        try:
            with pytest.raises(RecordError):
                processor.on_end(a_span("does not fit", {"text": "x" * 1000}))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert b"theirs\n" in processor.path.read_bytes()

    def test_a_directory_in_the_way_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(RecordError, match="cannot be opened"):
            JsonlSpanProcessor(tmp_path)

    def test_a_killed_process_loses_no_span_that_had_ended(self, tmp_path: Path) -> None:
        script = (
            "import sys; from made_spans import a_span; from interlab_exporters import JsonlSpanProcessor\n"
            "processor = JsonlSpanProcessor(sys.argv[1])\n"
            "for number in range(1, 1_000_000):\n"
            "    processor.on_end(a_span(span_id=number, attributes={'text': 'x' * 3000}))\n"
            "    print(number, flush=True)\n"
        )
        path = tmp_path / "0.jsonl"
        child = subprocess.Popen(
            [sys.executable, "-c", script, path],
            stdout=subprocess.PIPE,
            text=True,
            cwd=os.path.dirname(__file__),
        )
        assert child.stdout is not None
        ended = [next(child.stdout) for _ in range(500)]
        child.send_signal(signal.SIGKILL)
        ended += list(child.stdout)
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        reader = SpanReader(path)
        written = {int(span.span_id, 16) for span in reader}
        assert reader.torn == 0
        assert {int(number) for number in ended} <= written
