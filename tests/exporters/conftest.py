"""A Jaeger of the test session's own: in memory, on free ports."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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


class Jaeger(NamedTuple):
    query: str
    otlp: str


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [open_socket.getsockname()[1] for open_socket in sockets]
    for open_socket in sockets:
        open_socket.close()
    return ports


@pytest.fixture(scope="session")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """Start Jaeger; fail where there is none, for a test that was asked for must not pass by not running."""
    binary = Path(os.environ.get("INTERLAB_JAEGER_BIN") or Path.home() / ".cache/interlab/bin/jaeger")
    if not binary.is_file():
        pytest.fail(f"no Jaeger at `{binary}`; install it there or set INTERLAB_JAEGER_BIN")
    query, query_grpc, otlp = free_ports(3)
    directory = tmp_path_factory.mktemp("jaeger")
    configuration = directory / "jaeger.yaml"
    configuration.write_text(CONFIGURATION.format(query=query, query_grpc=query_grpc, otlp=otlp))
    with (directory / "jaeger.log").open("w") as log:
        process = subprocess.Popen([binary, "--config", configuration], stdout=log, stderr=log)
    try:
        await_answer(f"http://127.0.0.1:{query}/api/v3/services", process, directory / "jaeger.log")
        yield Jaeger(f"http://127.0.0.1:{query}", f"http://127.0.0.1:{otlp}")
    finally:
        process.terminate()
        process.wait(timeout=20)


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    with urllib3.PoolManager(retries=False) as pool:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if pool.request("GET", url, timeout=1).status == 200:
                    return
            except HTTPError:
                time.sleep(0.1)
    pytest.fail(f"Jaeger did not start:\n{log.read_text()[-2000:]}")
