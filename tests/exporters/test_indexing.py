"""Lines read piece by piece, and traces read one at a time, give what reading everything gives."""

from __future__ import annotations

import gzip
import pickle
from collections import defaultdict
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import Link, SpanContext

from interlab.errors import SpanFormatError
from interlab_exporters import read_spans
from interlab_exporters.decoding import SpanDecoder
from interlab_exporters.encoding import SpanEncoder
from interlab_exporters.indexing import TraceIndex
from interlab_exporters.lines import LateText, LineDecoder
from tests.exporters.made_spans import SPANS, a_span
from tests.exporters.test_reading import fields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

    from interlab_exporters import Span

ENCODER = SpanEncoder()
OTHER = Link(SpanContext(0xC1, 0xD1, is_remote=False))


def line(name: str, trace: int, parent: int | None = 1, **more: object) -> bytes:
    return ENCODER.encode(a_span(name, {"name": name, "a": 1}, trace_id=trace, parent_id=parent, **more))  # type: ignore[arg-type]


def indexed(*paths: Path, may_be_foreign: bool = False) -> tuple[TraceIndex | None, list[str]]:
    roots: list[str] = []
    index = TraceIndex.of(paths, lambda span: roots.append(span.name), may_be_foreign=may_be_foreign)
    return index, roots


def by_trace(spans: Sequence[Span]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for span in spans:
        found[span.trace_id].append(span.name)
    return dict(found)


class TestLines:
    @given(st.lists(SPANS, min_size=1, max_size=4))
    def test_a_line_reads_as_its_document_does_the_second_time_too(self, spans: list[ReadableSpan]) -> None:
        lines = [ENCODER.encode(span) for span in spans]
        expected = [fields(span) for each in lines for span in SpanDecoder().spans(orjson.loads(each))]
        decoder = LineDecoder()
        assert [fields(span) for each in lines for span in decoder.spans(each)] == expected
        assert [fields(span) for each in lines for span in decoder.spans(each)] == expected

    def test_our_own_spans_are_read_without_parsing_the_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = list(SpanDecoder().spans(orjson.loads(line("chat", 1))))
        monkeypatch.delattr(SpanDecoder, "spans")
        assert list(LineDecoder().spans(line("chat", 1))) == expected

    @pytest.mark.parametrize("text", ["said", 'long: "\\é" ' * 300])
    def test_a_long_text_can_come_late(self, text: str) -> None:
        attributes = {"before": 1, "late": text, "soon": text, "after": "x"}
        said = ENCODER.encode(a_span("chat", attributes, parent_id=1))
        (span,) = LineDecoder(late=["late"]).spans(said)
        assert span.attributes == attributes
        assert str(span.attributes["late"]) == text
        assert isinstance(span.attributes["late"], LateText) is (len(text) > 1000)
        assert isinstance(span.attributes["soon"], str)
        assert pickle.loads(pickle.dumps(span)) == span

    @pytest.mark.parametrize("parent", [1, None])
    def test_spans_of_a_name_can_be_passed_over(self, parent: int | None) -> None:
        said = line("chat", 1, parent)
        assert not LineDecoder().spans(said, without="chat")
        assert LineDecoder().spans(said, without="cha")

    @pytest.mark.parametrize(
        "text",
        [
            '{"key":"interlab.role","value":{"stringValue":"eve"}}',
            '"}},{"key":"interlab.role","value":{"stringValue":"eve"}}],"status":{"code":2}}]}]}]}',
            '{"traceId":"',
            "\\",
            '\\"},{"key":"',
        ],
    )
    def test_text_that_looks_like_structure_stays_text(self, text: str) -> None:
        said = ENCODER.encode(
            a_span(text, {"before": text, text: "x", "after": [text, {"in": text}]}, parent_id=1)
        )
        (expected,) = SpanDecoder().spans(orjson.loads(said))
        assert [fields(span) for span in LineDecoder().spans(said)] == [fields(expected)]

    def test_pairs_within_pairs_and_links_are_not_taken_for_the_spans_own(self) -> None:
        nested = {"first": {"a": "1", "b": {"c": "2", "d": "3"}}, "last": "4"}
        made = ENCODER.encode(a_span("chat", nested, parent_id=1, links=(OTHER,)))
        (expected,) = SpanDecoder().spans(orjson.loads(made))
        assert [fields(span) for span in LineDecoder().spans(made)] == [fields(expected)]

    def test_several_spans_of_a_line_are_all_read(self) -> None:
        document = orjson.loads(line("one", 1))
        document["resourceSpans"] += orjson.loads(line("two", 2))["resourceSpans"]
        assert [span.name for span in LineDecoder().spans(orjson.dumps(document) + b"\n")] == ["one", "two"]


class TestTraces:
    @given(st.permutations([(name, trace) for name in "abc" for trace in (1, 2, 3)]), st.integers(0, 9))
    def test_a_trace_is_found_wherever_its_lines_are(
        self, tmp_path_factory: pytest.TempPathFactory, order: list[tuple[str, int]], cut: int
    ) -> None:
        directory = tmp_path_factory.mktemp("shards")
        shards = directory / "0.jsonl", directory / "1.jsonl"
        for path, part in zip(shards, (order[:cut], order[cut:]), strict=True):
            path.write_bytes(b"".join(line(name, trace, None if name == "a" else 1) for name, trace in part))
        index, roots = indexed(*shards)
        assert index is not None
        expected = by_trace(list(read_spans(directory)))
        assert {trace: [span.name for span in index.spans(trace)] for trace in expected} == expected
        assert roots == ["a", "a", "a"]
        sent: TraceIndex = pickle.loads(pickle.dumps(index))
        assert {trace: [span.name for span in sent.spans(trace)] for trace in expected} == expected
        assert index.size == sum(path.stat().st_size for path in shards)

    def test_spans_of_a_name_are_passed_over(self, tmp_path: Path) -> None:
        path = tmp_path / "spans.jsonl"
        path.write_bytes(line("round 1", 1) + line("evaluate", 1) + line("evaluates", 1))
        index, _ = indexed(path)
        assert index is not None
        names = [span.name for span in index.spans(f"{1:032x}", without="evaluate")]
        assert names == ["round 1", "evaluates"]

    def test_a_torn_line_and_a_file_of_another_kind_are_passed_over(self, tmp_path: Path) -> None:
        path, plan = tmp_path / "spans.jsonl", tmp_path / "run.json"
        path.write_bytes(line("whole", 1) + b"\n" + line("torn", 1)[:-50])
        plan.write_text('{"format": 1}')
        index, _ = indexed(plan, path, may_be_foreign=True)
        assert index is not None
        assert ([span.name for span in index.spans(f"{1:032x}")], index.torn) == (["whole"], 1)
        assert indexed(plan, path)[0] is None

    def test_a_broken_line_is_told_when_its_trace_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "spans.jsonl"
        path.write_bytes(line("one", 1) + line("broken", 2)[:-50] + b"\n" + line("three", 3))
        index, _ = indexed(path)
        assert index is not None
        assert [span.name for span in index.spans(f"{3:032x}")] == ["three"]
        with pytest.raises(SpanFormatError, match=f"trace `{2:032x}` cannot be read"):
            list(index.spans(f"{2:032x}"))

    @pytest.mark.parametrize(
        "layout", ["compressed", "indented", "several traces on a line", "no JSON", "missing"]
    )
    def test_other_layouts_have_no_index(self, tmp_path: Path, layout: str) -> None:
        path = tmp_path / "spans.jsonl"
        document = orjson.loads(line("one", 1))
        document["resourceSpans"] += orjson.loads(line("two", 2))["resourceSpans"]
        content = {
            "compressed": gzip.compress(line("one", 1)),
            "indented": orjson.dumps(orjson.loads(line("one", 1)), option=orjson.OPT_INDENT_2),
            "several traces a line": line("one", 1) + orjson.dumps(document) + b"\n",
            "no JSON": b"hello\n",
        }
        if layout in content:
            path.write_bytes(content[layout])
        assert indexed(path)[0] is None
