"""What a run tells a collector while it lasts; whatever becomes of that, the run is the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import orjson
import pytest

import interlab as il
from interlab.running.run import Execution
from interlab.tracing import names
from interlab_exporters import read_spans
from tests.exporters.collectors import Answer, collecting, refusing_port

if TYPE_CHECKING:
    from conftest import CommandLine

    from tests.exporters.collectors import Collector

GAME = ("prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random", "-n", "4")


def run(collector: Collector) -> il.Run:
    return il.run(
        "prisoners-dilemma",
        players=["strategy/tit-for-tat", "strategy/random"],
        episodes=4,
        execution=Execution(otlp=collector.url),
        progress=False,
    )


def test_spans_metrics_and_evaluations_arrive() -> None:
    with collecting() as collector:
        played = run(collector)
        assert set(collector.paths) == {"/v1/traces", "/v1/metrics", "/v1/logs"}
        assert len(collector.spans) == len(list(read_spans(played.path / "spans")))
        (point,) = collector.received.metrics[names.EPISODES].sum.data_points
        assert point.as_int == played.done == 4
        assert played.losses == ()


def test_every_evaluation_in_the_file_arrives_with_the_span_it_judges() -> None:
    with collecting() as collector:
        played = run(collector)
        lines = (played.path / "evaluations.jsonl").read_bytes().splitlines()
        stored = [orjson.loads(line)["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0] for line in lines]
        arrived = collector.received.records
    assert [(each["eventName"], each["traceId"], each["spanId"], each["timeUnixNano"]) for each in stored] == [
        (each.event_name, each.trace_id.hex(), each.span_id.hex(), str(each.time_unix_nano)) for each in arrived
    ]
    assert {each.event_name for each in arrived} == {names.EVALUATION}
    roots = {span.span_id.hex() for span in collector.spans if span.name.startswith("invoke_workflow")}
    assert {each.span_id.hex() for each in arrived} == roots


def test_two_processes_are_told_apart_by_nothing_but_their_instance() -> None:
    with collecting() as collector:
        run(collector)
        run(collector)
        resources = [
            {pair.key: pair.value.string_value for pair in group.resource.attributes}
            for request in collector.received.metric_requests
            for group in request.resource_metrics
        ]
    assert {frozenset(each) for each in resources} == {
        frozenset({"service.name", "service.namespace", "service.instance.id"})
    }
    assert len({each["service.instance.id"] for each in resources}) == 2


def test_a_backend_of_traces_only_is_no_cause_for_words(interlab: CommandLine) -> None:
    """As a Jaeger with its own configuration."""
    with collecting(signals=["traces"]) as collector:
        said = interlab("run", *GAME, "--otlp", collector.url, "--quiet")
        assert (said.code, said.err) == (0, "")
        assert sorted(path for path in collector.paths if path != "/v1/traces") == ["/v1/logs", "/v1/metrics"]


def test_what_did_not_arrive_is_told_in_a_line_for_each(interlab: CommandLine) -> None:
    url = f"http://127.0.0.1:{refusing_port()}"
    begun = time.monotonic()
    said = interlab("run", *GAME, "--otlp", url, "--quiet")
    assert time.monotonic() - begun < 10
    assert said.code == 0
    spans, evaluations, metrics = said.err.splitlines()
    assert "spans did not reach" in spans
    assert "sends them again" in spans
    assert f"evaluation results did not reach {url} (" in evaluations
    assert evaluations.endswith("/evaluations.jsonl")
    assert f"metric data points did not reach {url} (" in metrics
    assert all("refused" in line for line in (spans, evaluations, metrics))


@pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer(hangs=True)])
def test_a_collector_that_fails_changes_nothing_in_the_record(answer: Answer) -> None:
    with collecting(answer) as collector:
        played = run(collector)
    assert (played.status, played.done) == ("completed", 4)
    assert {loss.what for loss in played.losses} == {"spans", "evaluation results", "metric data points"}


def test_without_an_endpoint_nothing_is_measured_or_sent(
    interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        assert interlab("run", *GAME, "--quiet").err == ""
        assert collector.paths == []
