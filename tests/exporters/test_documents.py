"""One OTLP JSON document of many spans reads as those spans."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

import orjson
from hypothesis import given
from hypothesis import strategies as st

from interlab_exporters import Span, read_spans
from interlab_exporters.bounding import plain_text
from interlab_exporters.decoding import SpanDecoder
from interlab_exporters.documents import document_parts
from tests.exporters.made_spans import SPANS, a_span

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan


@given(st.lists(SPANS, max_size=5))
def test_it_reads_as_the_spans_that_were_written(spans: list[ReadableSpan]) -> None:
    values = [Span.from_readable(span) for span in spans]
    document = orjson.loads(b"".join(document_parts(values)))
    assert sorted(map(repr, SpanDecoder().spans(document))) == sorted(map(repr, values))


def test_many_spans_are_one_document_in_parts(tmp_path: Path) -> None:
    services = islice(cycle(["alice", "bob"]), 2500)
    spans = [
        Span.from_readable(a_span(span_id=number, service=service)) for number, service in enumerate(services, 1)
    ]
    parts = list(document_parts(spans))
    assert len(parts) == 4
    path = tmp_path / "trace.json"
    path.write_bytes(b"".join(parts))
    assert sorted(read_spans(path), key=lambda span: span.span_id) == spans
    assert len(orjson.loads(path.read_bytes())["resourceSpans"]) == 3 * 2


def test_no_spans_are_an_empty_document() -> None:
    assert orjson.loads(b"".join(document_parts([]))) == {"resourceSpans": []}


def test_half_a_character_is_replaced() -> None:
    span = Span.from_readable(a_span(attributes={"text": "a\ud83d"}))
    (read,) = SpanDecoder().spans(orjson.loads(b"".join(document_parts([span]))))
    assert read.attributes["text"] == plain_text("a\ud83d") == "a\ufffd"
