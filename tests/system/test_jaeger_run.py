"""A run and a real Jaeger: live, sent again, and judged from there."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from interlab.schema import names
from tests.system.command_line import document_of, run_command, succeed
from tests.system.jaeger_reading import RecordedRun, Traces, get, spans_of, traces_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from interlab_exporters import Span
    from tests.daemons import Jaeger

pytestmark = pytest.mark.jaeger

SUITE = """
name = "talkative"
episodes = 3
seed = 7

[[scenarios]]
scenario = "prisoners-dilemma"
players = ["strategy/tit-for-tat", "strategy/alternator", "strategy/random"]
lineup = "round-robin"
parameters = { rounds = 4, talk = true }

[[scenarios]]
scenario = "price-negotiation"
players = ["negotiator/boulware", "negotiator/linear"]
lineup = "round-robin"
"""
EPISODES = 3 * (9 + 4)
"""Every ordered pair of the players, self-play included."""
SERVICES = {"interlab", "alice", "bob", "buyer", "seller"}


def episode_roots(traces: Traces) -> list[Span]:
    return [
        span
        for spans in traces.values()
        for span in spans.values()
        if span.attributes.get(names.OPERATION) == "invoke_workflow" and names.SCHEMA_VERSION in span.attributes
    ]


def episode_ids(roots: Iterable[Span]) -> list[str]:
    return [str(root.attributes[names.EPISODE_ID]) for root in roots]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("suite") / "talkative.toml"
    path.write_text(SUITE)
    return path


@pytest.fixture(scope="module")
def run(jaeger: Jaeger, suite: Path) -> RecordedRun:
    """A run whose spans went to Jaeger while it was under way."""
    ended = succeed("run", suite, "--otlp", jaeger.otlp, "--out", suite.parent, "--json")
    assert ended.stderr == ""
    printed = document_of(ended)
    (path,) = suite.parent.glob("*-talkative-*")
    return RecordedRun(path, printed)


class TestLive:
    def test_every_episode_is_found_by_the_run(self, jaeger: Jaeger, run: RecordedRun) -> None:
        found = episode_roots(traces_in(jaeger, run.id))
        assert run.printed["episodes"] == {"planned": EPISODES, "done": EPISODES, "failed": 0}
        assert len(episode_ids(found)) == len(set(episode_ids(found))) == EPISODES
        assert sorted(episode_ids(found)) == sorted(episode_ids(episode_roots(run.traces)))

    def test_every_span_is_there_as_it_is_in_the_file(self, jaeger: Jaeger, run: RecordedRun) -> None:
        """Parent, kind, name, times, status, attributes, events, links, service: the whole span."""
        assert traces_in(jaeger, run.id) == run.traces

    def test_every_trace_is_whole(self, jaeger: Jaeger, run: RecordedRun) -> None:
        traces = traces_in(jaeger, run.id)
        roots = episode_roots(traces)
        assert [len(traces[root.trace_id]) for root in roots] == [root.attributes[names.SPANS] for root in roots]
        for root in roots:
            spans = traces[root.trace_id]
            assert [span for span in spans.values() if span.parent_id not in spans] == [root]
            assert all(span.attributes[names.RUN_ID] == run.id for span in spans.values())

    def test_messages_are_between_the_roles(self, jaeger: Jaeger, run: RecordedRun) -> None:
        traces = traces_in(jaeger, run.id)
        sent = [span for spans in traces.values() for span in spans.values() if span.kind == "PRODUCER"]
        heard = [span for spans in traces.values() for span in spans.values() if span.kind == "CONSUMER"]
        assert len(sent) == len(heard) > EPISODES
        for span in heard:
            sender = traces[span.trace_id][span.parent_id or ""]
            assert sender.kind == "PRODUCER"
            assert sender.resource["service.name"] != span.resource["service.name"]
            receiver = span.resource["service.name"]
            assert sender.name == f"send {sender.resource['service.name']} -> {receiver}"

    def test_jaeger_itself_knows_the_services_and_the_spans(self, jaeger: Jaeger, run: RecordedRun) -> None:
        """Asked without the reader that we ship."""
        assert set(get(f"{jaeger.query}/api/v3/services")["services"]) >= SERVICES
        root = max(episode_roots(run.traces), key=lambda root: len(run.traces[root.trace_id]))
        spans = spans_of(jaeger, root.trace_id)
        assert len(spans) == root.attributes[names.SPANS]
        assert sorted(
            (span["name"], span["spanId"], span.get("parentSpanId") or None) for span in spans
        ) == sorted((span.name, span.span_id, span.parent_id) for span in run.traces[root.trace_id].values())

    def test_judged_from_jaeger_it_gives_the_same_figures(self, jaeger: Jaeger, run: RecordedRun) -> None:
        address = f"{jaeger.query.replace('http', 'jaeger', 1)}?run={run.id}"
        from_jaeger = document_of(succeed("score", address, "--json"))["summary"]
        from_directory = document_of(succeed("score", run.path, "--json"))["summary"]
        assert in_any_order(from_jaeger) == in_any_order(from_directory)
        assert from_directory == run.printed["summary"]


def in_any_order(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary whose scenarios and players come sorted: only the directory knows the order of the plan."""
    scenarios = [
        {
            key: sorted(value, key=orjson.dumps) if key in ("players", "metrics") else value
            for key, value in each.items()
        }
        for each in summary["scenarios"]
    ]
    return {**summary, "scenarios": sorted(scenarios, key=lambda each: each["scenario"])}


class TestSentAgain:
    def test_an_empty_jaeger_gets_the_same_traces(
        self, jaeger: Jaeger, empty_jaeger: Jaeger, run: RecordedRun
    ) -> None:
        sent = document_of(succeed("export", run.path, "--to", "otlp", "--endpoint", empty_jaeger.otlp, "--json"))
        traces = run.traces
        assert (sent["spans"], sent["traces"]) == (sum(map(len, traces.values())), len(traces))
        assert traces_in(empty_jaeger, run.id) == traces == traces_in(jaeger, run.id)
        assert set(get(f"{empty_jaeger.query}/api/v3/services")["services"]) == SERVICES

    def test_what_did_not_arrive_is_told_with_the_command_that_sends_it(
        self, jaeger_to_start: Jaeger, suite: Path, tmp_path: Path
    ) -> None:
        ended = run_command("run", suite, "--otlp", jaeger_to_start.otlp, "--out", tmp_path, "--json")
        assert ended.returncode == 0
        assert document_of(ended)["episodes"]["done"] == EPISODES
        (path,) = tmp_path.iterdir()
        run = RecordedRun(path, document_of(ended))
        count = sum(map(len, run.traces.values()))
        assert f"{count} spans did not reach {jaeger_to_start.otlp} (" in ended.stderr
        command = re.findall(r"`(interlab export [^`]+)` sends them again", ended.stderr)
        assert len(command) == 1

        jaeger_to_start.start()
        succeed(*shlex.split(command[0])[1:])
        assert traces_in(jaeger_to_start, run.id) == run.traces
