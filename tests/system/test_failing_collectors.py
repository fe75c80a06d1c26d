"""A run beside a collector that fails: its record is whole, and what is missing there is told and can be sent."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2
import pytest

from interlab.schema import names
from interlab_exporters import read_spans
from tests.daemons import Jaeger
from tests.exporters.collectors import Answer, collecting, refusing_port
from tests.system.command_line import INTERLAB, document_of, environment, run_command, succeed
from tests.system.jaeger_reading import RecordedRun, edges, messages, traces_in

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from interlab_exporters import Span
    from tests.daemons import Storage
    from tests.exporters.collectors import Collector

_PROTOBUF = {"Content-Type": "application/x-protobuf"}
EPISODES = 25
PLAY = (
    *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random"),
    *("-p", "rounds=20", "-p", "talk=true", "-n", str(EPISODES), "--json"),
)
"""Some 4,600 spans: nine batches, so that a collector can die in between."""


class Ended(NamedTuple):
    """A run that has ended.

    Attributes:
        spans: What its file holds.
        lost: How many of them it says did not arrive.
        reason: Why, as it says.
        command: What it says sends them again.
    """

    spans: list[Span]
    lost: int
    reason: str
    command: list[str]


def ended(stdout: str, stderr: str, directory: Path) -> Ended:
    """Read what a run left and said; the record has to be whole."""
    (path,) = directory.iterdir()
    spans = list(read_spans(path / "spans"))
    assert_whole(spans)
    (line,) = (each for each in stderr.splitlines() if " spans did not reach " in each)
    told = re.fullmatch(r"(\d+) spans did not reach \S+ \((.*)\); `(interlab export .+)` sends them again", line)
    assert told is not None, line
    assert f'"spans_lost": {told[1]}' in stdout
    return Ended(spans, int(told[1]), told[2], shlex.split(told[3])[1:])


def assert_whole(spans: list[Span]) -> None:
    """Every episode has its root, and every root its spans."""
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    roots = [span for span in spans if names.SCHEMA_VERSION in span.attributes]
    assert len(roots) == EPISODES
    for root in roots:
        assert root.attributes[names.SPANS] == len(traces[root.trace_id])


def ids(spans: list[Span]) -> set[str]:
    return {span.span_id for span in spans}


def arrived(collector: Collector) -> list[str]:
    return [span.span_id.hex() for span in collector.spans]


def play(endpoint: str, directory: Path) -> Ended:
    run = succeed(*PLAY, "--otlp", endpoint, "--out", directory)
    assert document_of(run)["episodes"] == {"planned": EPISODES, "done": EPISODES, "failed": 0}
    return ended(run.stdout, run.stderr, directory)


@contextmanager
def playing(endpoint: str, directory: Path) -> Generator[subprocess.Popen[str]]:
    """Start a run, and have it ended when the block is left."""
    process = subprocess.Popen(
        [INTERLAB, *PLAY, "--otlp", endpoint, "--out", directory],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def refusing_some(endpoint: str) -> Generator[str]:
    """A gateway before a collector: it passes on what comes, but for two requests, which it refuses."""
    requests = count(1)

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            refused = self.path == "/v1/traces" and next(requests) in {3, 6}
            answer = None if refused else client.post(endpoint + self.path, content=body, headers=_PROTOBUF)
            self.send_response(400 if answer is None else answer.status_code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
            """Say nothing."""

    with (
        httpx2.Client() as client,
        ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server,
    ):
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_nothing_listens(tmp_path: Path) -> None:
    port = refusing_port()
    run = play(f"http://127.0.0.1:{port}", tmp_path)
    assert (run.lost, run.reason) == (len(run.spans), "Connection refused")
    with collecting(port=port) as collector:
        succeed(*run.command)
        assert sorted(arrived(collector)) == sorted(ids(run.spans))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(Answer(503), "503 Service Unavailable"), (Answer(hangs=True), "no answer within 1 s")],
    ids=["answers 503", "hangs"],
)
def test_it_takes_nothing(answer: Answer, reason: str, tmp_path: Path) -> None:
    with collecting(answer) as collector:
        run = play(collector.url, tmp_path)
        assert run.lost == len(run.spans)
        assert re.fullmatch(reason, run.reason)
        collector.answers[:] = [Answer()]
        succeed(*run.command)
        assert sorted(arrived(collector)) == sorted(ids(run.spans))


def test_it_dies_while_the_run_is_under_way(tmp_path: Path) -> None:
    with collecting() as collector, playing(collector.url, tmp_path) as process:
        wait_until(lambda: collector.requests)
        port = collector.server_address[1]
        collector.die()
        run = ended(*process.communicate(timeout=120), tmp_path)
    before = arrived(collector)
    assert process.returncode == 0
    assert ids(run.spans) >= set(before)
    assert len(run.spans) - len(before) <= run.lost < len(run.spans)
    with collecting(port=port) as revived:
        succeed(*run.command)
        assert sorted(arrived(revived)) == sorted(ids(run.spans))


def test_what_a_collector_that_fails_again_has_taken_is_not_sent_twice(tmp_path: Path) -> None:
    with collecting(Answer(503)) as collector:
        run = play(collector.url, tmp_path)
        collector.answers[:] = [Answer(), Answer(400)]
        refused = run_command(*run.command)
        assert refused.returncode == 2
        assert re.search(r"answered 400 Bad Request; 2000 spans were sent, the same command sends", refused.stderr)
        collector.answers[:] = [Answer()]
        succeed(*run.command)
        assert set(arrived(collector)) == ids(run.spans)
        assert len(arrived(collector)) < len(run.spans) + 2000


@pytest.mark.jaeger
class TestARealJaeger:
    def test_one_that_is_started_after_the_run_gets_every_span(
        self, jaeger_to_start: Jaeger, tmp_path: Path
    ) -> None:
        run = play(jaeger_to_start.otlp, tmp_path)
        jaeger_to_start.start()
        self._compare(jaeger_to_start, run, tmp_path)

    def test_one_that_dies_and_comes_back_empty_gets_every_span(
        self, empty_jaeger: Jaeger, tmp_path: Path
    ) -> None:
        with playing(empty_jaeger.otlp, tmp_path) as process:
            wait_until(lambda: list(tmp_path.glob("*/spans/*.jsonl")))
            time.sleep(0.5)
            empty_jaeger.stop()
            run = ended(*process.communicate(timeout=120), tmp_path)
        empty_jaeger.start()
        self._compare(empty_jaeger, run, tmp_path)

    @pytest.mark.parametrize("storage", ["memory", "persistent"])
    def test_one_that_refuses_now_and_then_counts_no_message_twice(
        self, storage: Storage, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
    ) -> None:
        with Jaeger(tmp_path_factory.mktemp("jaeger"), storage) as jaeger, refusing_some(jaeger.otlp) as endpoint:
            run = play(endpoint, tmp_path)
            assert 0 < run.lost < len(run.spans)
            succeed(*run.command)
            (path,) = tmp_path.iterdir()
            assert {span for spans in traces_in(jaeger, path.name).values() for span in spans} >= ids(run.spans)
            assert edges(jaeger, of_roles=True) == messages(path / "spans")

    def test_one_in_memory_counts_again_what_is_sent_again(self, empty_jaeger: Jaeger, tmp_path: Path) -> None:
        succeed(*PLAY, "--otlp", empty_jaeger.otlp, "--out", tmp_path)
        (path,) = tmp_path.iterdir()
        said = messages(path / "spans")
        succeed("export", path, "--endpoint", empty_jaeger.otlp)
        assert edges(empty_jaeger, of_roles=True) == said
        succeed("export", path, "--endpoint", empty_jaeger.otlp, "--again")
        assert edges(empty_jaeger, of_roles=True) == {edge: 2 * count for edge, count in said.items()}

    def _compare(self, jaeger: Jaeger, run: Ended, directory: Path) -> None:
        succeed(*run.command)
        (path,) = directory.iterdir()
        assert traces_in(jaeger, path.name) == RecordedRun(path, {}).traces
