"""The way back from a real Jaeger, and sending again: the same spans, the same figures, none of them twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import pytest

from interlab_exporters import read_spans
from tests.daemons import Jaeger
from tests.system.command_line import document_of, environment, run_command, succeed
from tests.system.jaeger_reading import RecordedRun, get, traces_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.jaeger

EPISODES = 120
PLAY = (
    *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random"),
    # As many at once as a search of seven can tell apart: what overlaps at one moment cannot be split by time.
    *("-p", "rounds=5", "-p", "talk=true", "-n", str(EPISODES), "--concurrency", "4", "--json"),
)


@pytest.fixture(scope="module")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """One that holds nothing else: traces of other tests may well overlap more than a search of seven can tell."""
    with Jaeger(tmp_path_factory.mktemp("jaeger")) as own:
        yield own


@pytest.fixture(scope="module")
def run(jaeger: Jaeger, tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """A run whose spans went to Jaeger later."""
    directory = tmp_path_factory.mktemp("runs")
    printed = document_of(succeed(*PLAY, "--out", directory))
    (path,) = directory.iterdir()
    succeed("export", path, "--to", "otlp", "--endpoint", jaeger.otlp)
    return RecordedRun(path, printed)


def address(jaeger: Jaeger, run_id: str, more: str = "") -> str:
    return f"{jaeger.query.replace('http', 'jaeger', 1)}?run={run_id}{more}"


def summary(source: str | Path) -> Any:
    return document_of(succeed("score", source, "--json"))["summary"]


class TestTheWayBack:
    @pytest.mark.parametrize("more", ["", "&depth=50", "&depth=7", "&service=alice&depth=20"])
    def test_the_figures_are_those_of_the_file(self, jaeger: Jaeger, run: RecordedRun, more: str) -> None:
        """However few traces are asked for at once: there are many more of them."""
        assert summary(address(jaeger, run.id, more)) == summary(run.path) == run.printed["summary"]

    def test_sent_twice_they_are_the_same(self, jaeger: Jaeger, run: RecordedRun) -> None:
        succeed("export", run.path, "--to", "otlp", "--endpoint", jaeger.otlp, "--again")
        assert traces_in(jaeger, run.id) == run.traces
        assert summary(address(jaeger, run.id)) == run.printed["summary"]

    def test_its_page_shows_no_span_twice_either(self, jaeger: Jaeger, run: RecordedRun) -> None:
        succeed("export", run.path, "--to", "otlp", "--endpoint", jaeger.otlp, "--again")
        trace_id, spans = max(run.traces.items(), key=lambda item: len(item[1]))
        (trace,) = get(f"{jaeger.query}/api/traces/{trace_id}")["data"]
        assert sorted(span["spanID"] for span in trace["spans"]) == sorted(spans)

    def test_an_unknown_run_is_told_with_those_that_are_there(self, jaeger: Jaeger, run: RecordedRun) -> None:
        ended = run_command("score", address(jaeger, "nothing"))
        assert ended.returncode == 2
        assert re.fullmatch(
            rf"interlab: `{jaeger.query}` has no trace with interlab\.run\.id=nothing in that time; "
            rf"it has .*{run.id}.*; check the name and the time\n",
            ended.stderr,
        )

    def test_a_trace_that_lacks_spans_is_told(
        self, empty_jaeger: Jaeger, run: RecordedRun, tmp_path: Path
    ) -> None:
        (shard,) = (run.path / "spans").iterdir()
        lines = shard.read_bytes().splitlines(keepends=True)
        partial = tmp_path / "partial.jsonl"
        partial.write_bytes(b"".join(line for line in lines if b'"name":"round 3"' not in line))
        succeed("export", partial, "--endpoint", empty_jaeger.otlp)
        ended = run_command("score", address(empty_jaeger, run.id))
        assert ended.returncode == 2
        assert re.search(r"gave (\d+) of the (\d+) spans of trace `[0-9a-f]{32}`; try again when", ended.stderr)


class TestSendingAgain:
    def test_only_what_is_missing_is_sent(self, empty_jaeger: Jaeger, run: RecordedRun) -> None:
        count = sum(map(len, run.traces.values()))
        first = document_of(succeed("export", run.path, "--endpoint", empty_jaeger.otlp, "--json"))
        second = document_of(succeed("export", run.path, "--endpoint", empty_jaeger.otlp, "--json"))
        assert (first["spans"], first["sent_before"]) == (count, 0)
        assert (second["spans"], second["sent_before"]) == (0, count)
        assert traces_in(empty_jaeger, run.id) == run.traces

    def test_grpc(self, empty_jaeger: Jaeger, run: RecordedRun, monkeypatch: pytest.MonkeyPatch) -> None:
        grpc = {**environment(), "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
        monkeypatch.setattr("tests.system.command_line.environment", lambda: grpc)
        succeed("export", run.path, "--endpoint", empty_jaeger.otlp_grpc)
        assert traces_in(empty_jaeger, run.id) == run.traces


class TestToJson:
    def test_its_page_opens_the_document(self, jaeger: Jaeger, run: RecordedRun, tmp_path: Path) -> None:
        """What its page does with a file: Jaeger itself turns OTLP JSON into what is shown."""
        out = tmp_path / "trace.json"
        succeed("export", run.path, "--to", "json", "--out", out)
        answer = httpx2.post(f"{jaeger.query}/api/transform", content=out.read_bytes(), timeout=60)
        assert answer.status_code == 200, answer.text
        shown = {
            trace["traceID"]: sorted(span["spanID"] for span in trace["spans"])
            for trace in orjson.loads(answer.content)["data"]
        }
        assert shown == {trace_id: sorted(spans) for trace_id, spans in run.traces.items()}

    def test_the_document_is_the_record(self, run: RecordedRun, tmp_path: Path) -> None:
        succeed("export", run.path, "--to", "json", "--out", tmp_path / "trace.json")
        assert summary(tmp_path / "trace.json") == run.printed["summary"]
        assert sorted(read_spans(tmp_path / "trace.json"), key=lambda span: span.span_id) == sorted(
            read_spans(run.path / "spans"), key=lambda span: span.span_id
        )
