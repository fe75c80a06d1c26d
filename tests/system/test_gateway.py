"""The gateway's configuration, run by the real binary: from InterLab over it to a backend elsewhere."""

from __future__ import annotations

import gzip
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, cast

import httpx2
import orjson
import pytest

from interlab.errors import BackendError
from interlab_exporters import read_spans
from tests.daemons import ROOT, Daemon, free_ports, installed_jaeger
from tests.system.command_line import INTERLAB, document_of, environment, succeed
from tests.system.jaeger_reading import RecordedRun, Traces, traces_in

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from tests.daemons import Jaeger

pytestmark = pytest.mark.jaeger

LOG = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "a result"}}]}]}]}
POINT = {"asInt": "1", "timeUnixNano": "1"}
GAUGE = {"name": "one", "gauge": {"dataPoints": [POINT]}}
METRIC = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [GAUGE]}]}]}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts the gateway with some of its variables; gives its address."""
    started: list[Daemon] = []

    def start(**variables: str) -> str:
        grpc, http, health = free_ports(3)
        daemon = Daemon(
            [installed_jaeger(), f"--config={ROOT / 'exporters/collector/gateway.yaml'}"],
            health=f"http://127.0.0.1:{health}/status",
            log=tmp_path / "gateway.log",
            environment={
                "GATEWAY_OTLP_GRPC_PORT": str(grpc),
                "GATEWAY_OTLP_HTTP_PORT": str(http),
                "GATEWAY_HEALTH_PORT": str(health),
                **variables,
            },
        )
        started.append(daemon)
        daemon.start()
        return f"http://127.0.0.1:{http}"

    yield start
    for daemon in started:
        daemon.stop()


class Received(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


class Backend(ThreadingHTTPServer):
    """Somebody else's backend: HTTPS, and a token."""

    def __init__(self, certificate: Path, key: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def awaited(self, count: int) -> list[Received]:
        deadline = time.monotonic() + 15
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.received


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        cast("Backend", self.server).received.append(Received(self.path, headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Say nothing."""


@contextmanager
def serving(backend: Backend) -> Generator[Backend]:
    with backend:
        thread = threading.Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield backend
        finally:
            backend.shutdown()
            thread.join()


def post(url: str, document: object) -> int:
    headers = {"Content-Type": "application/json"}
    return httpx2.post(url, content=orjson.dumps(document), headers=headers, timeout=10).status_code


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that no system trusts, and its key."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=backend"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_a_run_reaches_a_jaeger_behind_it_whole(
    gateway: Callable[..., str], jaeger: Jaeger, tmp_path: Path
) -> None:
    otlp = gateway(GATEWAY_ENDPOINT=jaeger.otlp)
    ended = succeed(
        *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random"),
        *("-n", "20", "--otlp", otlp, "--out", tmp_path / "runs", "--json"),
    )
    (path,) = (tmp_path / "runs").iterdir()
    run = RecordedRun(path, document_of(ended))
    assert arrived(jaeger, run) == run.traces


def arrived(jaeger: Jaeger, run: RecordedRun) -> Traces:
    """What has come through, once it is as many traces as were sent: the gateway holds a batch for a second."""
    deadline = time.monotonic() + 15
    found: Traces = {}
    while len(found) < len(run.traces) and time.monotonic() < deadline:
        time.sleep(0.2)
        with suppress(BackendError):
            found = traces_in(jaeger, run.id)
    return found


def test_all_signals_go_on_over_tls_with_the_headers(
    gateway: Callable[..., str], certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    with serving(Backend(*certificate)) as backend:
        otlp = gateway(
            GATEWAY_ENDPOINT=f"https://127.0.0.1:{backend.server_address[1]}/tenant",
            GATEWAY_CA_FILE=str(certificate[0]),
            GATEWAY_HEADERS="{authorization: Bearer sesame, x-lab: games}",
        )
        succeed(
            *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random"),
            *("-n", "1", "--otlp", otlp, "--out", tmp_path / "runs", "--json"),
        )
        assert post(f"{otlp}/v1/logs", LOG) == post(f"{otlp}/v1/metrics", METRIC) == 200
        received = backend.awaited(3)
    assert {each.path for each in received} == {f"/tenant/v1/{signal}" for signal in ("traces", "metrics", "logs")}
    for each in received:
        assert each.headers["authorization"] == "Bearer sesame"
        assert each.headers["x-lab"] == "games"
        assert each.headers["content-encoding"] == "gzip"
    assert any(b"invoke_agent alice" in gzip.decompress(each.body) for each in received)


def test_a_run_finds_its_own_way_there_by_the_standard_variables(
    certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # to the `requests` library these come first
        monkeypatch.delenv(variable, raising=False)
    variables = {
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20sesame,x-lab=games",
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(certificate[0]),
    }

    def interlab(*arguments: str | Path) -> str:
        command, given = [INTERLAB, *arguments], environment() | variables
        ended = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout

    with serving(Backend(*certificate)) as backend:
        endpoint = f"https://127.0.0.1:{backend.server_address[1]}"
        interlab(
            *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "-n", "1", "--quiet"),
            *("--otlp", endpoint, "--out", tmp_path / "runs"),
        )
        live = len(backend.received)
        (run,) = (tmp_path / "runs").iterdir()
        sent = interlab("export", run, "--to", "otlp", "--endpoint", endpoint, "--again", "--json")
    assert orjson.loads(sent)["spans"] == len(list(read_spans(run / "spans")))
    assert 0 < live < len(backend.received)
    for each in backend.received:
        assert each.headers["authorization"] == "Bearer sesame"
        assert each.headers["x-lab"] == "games"


def test_it_does_not_start_without_knowing_where_to(tmp_path: Path) -> None:
    ended = subprocess.run(
        [installed_jaeger(), f"--config={ROOT / 'exporters/collector/gateway.yaml'}"],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode != 0
    assert "at least one endpoint must be specified" in ended.stderr
