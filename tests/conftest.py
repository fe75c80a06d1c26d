"""A Jaeger of the tests' own: in memory, on free ports."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURATION = """
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
  telemetry: {{metrics: {{level: none}}, logs: {{level: error}}}}
extensions:
  jaeger_storage: {{backends: {{memory: {{memory: {{max_traces: 5000}}}}}}}}
  jaeger_query:
    storage: {{traces: memory}}
    http: {{endpoint: "127.0.0.1:{query}"}}
    grpc: {{endpoint: "127.0.0.1:{query_grpc}"}}
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}
exporters:
  jaeger_storage_exporter: {{trace_storage: memory}}
"""


class Jaeger:
    """A Jaeger with nothing in it.

    Attributes:
        query: Address of its query service, once it is started.
        otlp: Address that takes spans, once it is started; until then nothing listens there.
    """

    def __init__(self, directory: Path) -> None:
        query, query_grpc, otlp = free_ports(3)
        self.query = f"http://127.0.0.1:{query}"
        self.otlp = f"http://127.0.0.1:{otlp}"
        self._configuration = directory / "jaeger.yaml"
        self._configuration.write_text(CONFIGURATION.format(query=query, query_grpc=query_grpc, otlp=otlp))
        self._log = directory / "jaeger.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start; fail where there is no Jaeger, for a test that was asked for must not pass by not running."""
        binary = installed_jaeger()
        if not binary.is_file():
            pytest.fail(
                f"no Jaeger at `{binary}`: `make jaeger` puts one there, INTERLAB_JAEGER_BIN names another"
            )
        with self._log.open("w") as log:
            self._process = subprocess.Popen([binary, "--config", self._configuration], stdout=log, stderr=log)
        self._await_answer(self._process)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 30
        with urllib3.PoolManager(retries=False) as pool:
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    if pool.request("GET", f"{self.query}/api/v3/services", timeout=1).status == 200:
                        return
                except HTTPError:
                    pass
                time.sleep(0.1)
        pytest.fail(f"Jaeger did not start:\n{self._log.read_text()[-2000:]}")


def installed_jaeger() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("INTERLAB_JAEGER_BIN") or cache / "interlab/bin/jaeger")


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [open_socket.getsockname()[1] for open_socket in sockets]
    for open_socket in sockets:
        open_socket.close()
    return ports


@pytest.fixture(scope="session")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A running Jaeger that all tests share."""
    shared = Jaeger(tmp_path_factory.mktemp("jaeger"))
    try:
        shared.start()
        yield shared
    finally:
        shared.stop()


@pytest.fixture
def jaeger_to_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A Jaeger of the test's own, which the test starts."""
    own = Jaeger(tmp_path_factory.mktemp("jaeger"))
    try:
        yield own
    finally:
        own.stop()


@pytest.fixture
def empty_jaeger(jaeger_to_start: Jaeger) -> Jaeger:
    """A running Jaeger of the test's own."""
    jaeger_to_start.start()
    return jaeger_to_start
