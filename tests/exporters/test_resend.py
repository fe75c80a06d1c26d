"""Stored spans arrive at another backend as they were, and a backend that refuses is told in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext

from interlab.errors import BackendError
from interlab_exporters import JsonlSpanProcessor, Resent, Span, resend
from interlab_exporters.protobuf import encode_span, span_request
from tests.exporters.collectors import Answer, collecting, refusing_port
from tests.exporters.made_spans import SPANS, a_span

if TYPE_CHECKING:
    from pathlib import Path

BUSY = Answer(503, retry_after="0")


def stored(path: Path, spans: list[ReadableSpan]) -> Path:
    processor = JsonlSpanProcessor(path)
    for span in spans:
        processor.on_end(span)
    processor.shutdown()
    return path


@given(SPANS)
def test_a_span_becomes_what_the_official_exporter_makes_of_it(span: ReadableSpan) -> None:
    value = Span.from_readable(span)
    ours = ExportTraceServiceRequest.FromString(span_request([encode_span(value)]))
    official = encode_spans([span])
    for group in official.resource_spans:  # what a Span does not carry
        group.schema_url = ""
        for scope_group in group.scope_spans:
            scope_group.schema_url = ""
            scope_group.scope.ClearField("attributes")
            for message in scope_group.spans:
                message.ClearField("flags")
                for link in message.links:
                    link.ClearField("flags")
    assert ours.SerializeToString(deterministic=True) == official.SerializeToString(deterministic=True)


def test_spans_arrive_with_their_ids_times_and_groups(tmp_path: Path) -> None:
    other = SpanContext(9, 8, is_remote=False)
    path = stored(
        tmp_path / "0.jsonl",
        [
            a_span("send", {"n": 1}, span_id=1, service="alice", links=(Link(other, {"why": "x"}),)),
            a_span("receive", {"ok": True}, span_id=2, parent_id=1, service="bob", start=77),
            a_span("send", span_id=3, trace_id=0xA2, service="alice", events=(Event("e", {"a": b"b"}, 5),)),
        ],
    )
    told: list[Resent] = []
    with collecting() as collector:
        sent = resend(path, collector.url, headers={"tenant": "lab"}, progress=told.append)
        assert sent == Resent(spans=3, traces=2, batches=1)
        assert told == [sent]
        assert [len(group.scope_spans[0].spans) for group in collector.groups] == [2, 1]
        assert {group.resource.attributes[0].value.string_value for group in collector.groups} == {"alice", "bob"}
        assert {scope.scope.name for group in collector.groups for scope in group.scope_spans} == {"interlab"}
        received = next(span for span in collector.spans if span.name == "receive")
        assert received.trace_id.hex() == f"{0xA1:032x}"
        assert received.parent_span_id.hex() == f"{1:016x}"
        assert received.start_time_unix_nano == 77
        assert received.attributes[0].value.bool_value is True
        assert collector.headers[0]["tenant"] == "lab"


def test_batches_stay_below_four_mebibytes(tmp_path: Path) -> None:
    spans = [a_span(span_id=number, attributes={"text": "x" * 30_000}) for number in range(1, 301)]
    with collecting() as collector:
        sent = resend(stored(tmp_path / "0.jsonl", spans), collector.url)
        assert sent.spans == len(collector.spans) == 300
        assert sent.batches == len(collector.sizes) == 3
        assert max(collector.sizes) < 4 * 1024 * 1024


def test_long_attributes_are_cut_unless_asked_not_to(tmp_path: Path) -> None:
    long = {"text": "x" * 100_000}
    path = stored(tmp_path / "0.jsonl", [a_span(attributes=long, events=(Event("e", long, 5),))])
    with collecting() as collector:
        resend(path, collector.url)
        resend(path, collector.url, max_attribute_bytes=None)
        cut, whole = collector.spans
    for part in (cut, cut.events[0]):
        assert part.attributes[0].value.string_value.endswith("… [cut: 100000 bytes in all]")
    for part in (whole, whole.events[0]):
        assert part.attributes[0].value.string_value == long["text"]


def test_a_busy_backend_is_tried_again(tmp_path: Path) -> None:
    path = stored(tmp_path / "0.jsonl", [a_span()])
    with collecting(BUSY, Answer(429, retry_after="0"), Answer()) as collector:
        assert resend(path, collector.url).spans == 1


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (BUSY, "answered 503 Service Unavailable$"),
        (Answer(400, b"bad span id\nmore"), "answered 400 Bad Request: bad span id$"),
        (Answer(404, b"<html>"), "answered 404 Not Found$"),
        (Answer(hangs=True), r"did not answer within 0\.2 s$"),
    ],
)
def test_a_backend_that_refuses_is_told_in_a_line(tmp_path: Path, answer: Answer, complaint: str) -> None:
    path = stored(tmp_path / "0.jsonl", [a_span()])
    with collecting(answer) as collector, pytest.raises(BackendError, match=complaint):
        resend(path, collector.url, timeout=0.2)


def test_a_backend_that_is_not_there(tmp_path: Path) -> None:
    path = stored(tmp_path / "0.jsonl", [a_span()])
    with pytest.raises(BackendError, match="nothing is listening there"):
        resend(path, f"http://127.0.0.1:{refusing_port()}")
    with pytest.raises(BackendError, match="no such host"):
        resend(path, "http://no-such-host.invalid:4318")
