"""What a run tells a collector while it lasts; whatever becomes of that, the run is the same."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import orjson
import pytest

import interlab as il
from interlab.running.episode import play
from interlab.running.run import Execution, ExportLoss, Run, warn_of_losses
from interlab.schema import names
from interlab_exporters import read_spans
from tests.exporters.collectors import Answer, collecting, refusing_port

if TYPE_CHECKING:
    from tests.cli.conftest import CommandLine
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
    assert "; " not in metrics
    assert all("refused" in line for line in (spans, evaluations, metrics))


@pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer(hangs=True)])
def test_a_collector_that_fails_changes_nothing_in_the_record(answer: Answer) -> None:
    with collecting(answer) as collector:
        played = run(collector)
    assert (played.status, played.done) == ("completed", 4)
    assert {loss.what for loss in played.losses} == {"spans", "evaluation results", "metric data points"}


def test_what_did_not_arrive_is_in_the_document_and_in_the_directory(interlab: CommandLine) -> None:
    with collecting(Answer(400)) as collector:
        printed = orjson.loads(interlab("run", *GAME, "--otlp", collector.url, "--json").out)
        (path,) = Path("runs").iterdir()
        stored = orjson.loads((path / "run.json").read_bytes())["losses"]
    count = len(list(read_spans(path / "spans")))
    otlp = printed["otlp"]
    assert (otlp["endpoint"], otlp["spans_lost"]) == (collector.url, count)
    assert otlp["resend"] == f"interlab export {path} --to otlp --endpoint {collector.url}"
    assert [(each["what"], each["otlp"]) for each in stored] == [
        (kind, collector.url) for kind in ("spans", "evaluation results", "metric data points")
    ]
    assert [{key: each[key] for key in ("what", "count", "reason")} for each in stored] == otlp["losses"]


def test_one_is_not_told_as_several(caplog: pytest.LogCaptureFixture) -> None:
    told = Run(
        path=Path("runs/x"), planned=1, otlp="http://host", losses=(ExportLoss("metric data points", 1, "why"),)
    )
    warn_of_losses(told)
    assert caplog.messages == ["1 metric data point did not reach http://host (why)"]


def test_a_script_is_told_as_the_command_line_is(caplog: pytest.LogCaptureFixture) -> None:
    with collecting(Answer(400)) as collector:
        played = run(collector)
    spans, evaluations, metrics = caplog.messages
    command = f"interlab export {played.path} --to otlp --endpoint {collector.url}"
    assert f" spans did not reach {collector.url} (" in spans
    assert spans.endswith(f"Bad Request); `{command}` sends them again")
    assert evaluations.endswith(f"Bad Request); they are in {played.path}/evaluations.jsonl")
    assert metrics.endswith("Bad Request)")


def test_ctrl_c_tells_it_too(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    episodes = count(1)

    async def interrupted(*arguments: Any) -> None:
        await play(*arguments)
        if next(episodes) == 2:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)

    monkeypatch.setattr("interlab.running.episode.play", interrupted)
    with collecting(Answer(400)) as collector, pytest.raises(il.Interrupted):
        run(collector)
    assert [" did not reach " in line for line in caplog.messages] == [True] * 3


def test_the_command_sends_what_has_not_arrived_and_nothing_twice(interlab: CommandLine) -> None:
    with collecting(Answer(), Answer(400), Answer(), signals=["traces"]) as collector:
        said = interlab("run", *GAME, "-p", "rounds=120", "--otlp", collector.url, "--quiet")
        (line,) = said.err.splitlines()
        command = re.search(r"`interlab (export .*)`", line)
        assert command is not None
        assert interlab(*shlex.split(command[1])).code == 0
        (path,) = Path("runs").iterdir()
        assert Counter(span.span_id.hex() for span in collector.spans) == Counter(
            span.span_id for span in read_spans(path / "spans")
        )
        assert "has acknowledged all" in interlab(*shlex.split(command[1])).out


def test_a_password_is_sent_and_nowhere_stored_or_shown(interlab: CommandLine) -> None:
    with collecting(Answer(400)) as collector:
        said = interlab("run", *GAME, "--otlp", collector.url.replace("//", "//me:secretpw@"))
        assert collector.headers[0]["authorization"].startswith("Basic ")
    (path,) = Path("runs").iterdir()
    assert f" did not reach {collector.url} (" in said.err
    assert "secretpw" not in said.out + said.err
    assert not [file for file in path.rglob("*") if file.is_file() and b"secretpw" in file.read_bytes()]


@pytest.mark.parametrize(
    ("endpoint", "variable", "value"),
    [
        ("ftp://x", "OTEL_EXPORTER_OTLP_HEADERS", ""),
        ("host:1", "OTEL_EXPORTER_OTLP_HEADERS", "nonsense"),
        ("host:1", "OTEL_EXPORTER_OTLP_TIMEOUT", "abc"),
        ("host:1", "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "zstd"),
        ("https://host:1", "OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"),
    ],
)
def test_what_cannot_be_understood_is_told_before_anything_is_begun(
    endpoint: str, variable: str, value: str, interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    Path("key.pem").touch()
    said = interlab("run", *GAME, "--otlp", endpoint)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert (variable if value else endpoint) in said.err
    with pytest.raises(il.InterLabError):
        il.trace.run("study", otlp=endpoint)
    assert not Path("runs").exists()


class TestResuming:
    @pytest.fixture
    def path(self, interlab: CommandLine) -> Path:
        """A run that went to a collector which is gone, and lacks an episode."""
        with collecting() as collector:
            assert interlab("run", *GAME, "--otlp", collector.url, "--quiet").err == ""
        (path,) = Path("runs").iterdir()
        (shard,) = (path / "spans").iterdir()
        lines = shard.read_bytes().splitlines(keepends=True)
        shard.write_bytes(b"".join(line for line in lines if b'-0.3"' not in line and b'.3"' not in line))
        return path

    def test_goes_where_the_run_went(self, path: Path, interlab: CommandLine) -> None:
        endpoint = orjson.loads((path / "run.json").read_bytes())["otlp"]
        with collecting(port=int(endpoint.rpartition(":")[2])) as collector:
            said = interlab("resume", str(path), "--quiet")
            assert said.err == f"sending live to {endpoint} as before; `--no-otlp` does without\n"
            assert collector.spans

    def test_goes_elsewhere_if_told_so(self, path: Path, interlab: CommandLine) -> None:
        with collecting() as collector:
            assert interlab("resume", str(path), "--quiet", "--otlp", collector.url).err == ""
            assert collector.spans

    def test_goes_nowhere_if_told_so(self, path: Path, interlab: CommandLine) -> None:
        assert interlab("resume", str(path), "--quiet", "--no-otlp") == (0, ANY, "")
        assert orjson.loads((path / "run.json").read_bytes())["otlp"] is None

    def test_goes_one_way_or_the_other(self, path: Path, interlab: CommandLine) -> None:
        said = interlab("resume", str(path), "--no-otlp", "--otlp", "host:1")
        assert (said.code, "exclude each other" in said.err) == (2, True)

    def test_a_script_goes_where_the_run_went_too(self, path: Path) -> None:
        endpoint = orjson.loads((path / "run.json").read_bytes())["otlp"]
        with collecting(port=int(endpoint.rpartition(":")[2])) as collector:
            assert il.resume(path, progress=False).otlp == endpoint
            assert collector.spans

    def test_what_was_lost_before_stays_in_the_document(self, path: Path, interlab: CommandLine) -> None:
        interlab("resume", str(path), "--quiet")
        first = orjson.loads((path / "run.json").read_bytes())["losses"]
        assert [each["what"] for each in first] == ["spans", "evaluation results", "metric data points"]
        interlab("resume", str(path), "--quiet", "--no-otlp")
        assert orjson.loads((path / "run.json").read_bytes())["losses"] == first


def test_without_an_endpoint_nothing_is_measured_or_sent(
    interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        assert interlab("run", *GAME, "--quiet").err == ""
        assert collector.paths == []
