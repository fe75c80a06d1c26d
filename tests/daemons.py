"""Programs that serve until they are stopped: a Jaeger with the shipped configuration, and others beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import httpx2
import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

ROOT = Path(__file__).parents[1]
"""The checkout."""
JAEGER_CONFIGURATION = ROOT / "dashboards/jaeger"
Storage: TypeAlias = Literal["memory", "persistent"]


class Daemon:
    """A program that answers over HTTP once it is started.

    Args:
        command: The program and its arguments.
        health: Address that answers 200 when it is ready.
        log: File that takes what it writes.
        environment: Variables on top of this process's own.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        health: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        self._health = health
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        try:
            self._await_health(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it as a service manager would: SIGTERM, and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def said(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    def _await_health(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx2.get(self._health, timeout=1).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.1)
        pytest.fail(f"`{self._command[0]}` did not start:\n{self.said[-2000:]}")


class Jaeger(Daemon):
    """A Jaeger with nothing in it, run with the files in ``dashboards/jaeger`` on ports that are free.

    Attributes:
        query: Address of its query service, once it is started.
        otlp: Address that takes OTLP over HTTP, once it is started; until then nothing listens there.
        otlp_grpc: The same over gRPC.
        scraped: Address of the metrics for Prometheus.
    """

    def __init__(
        self, directory: Path, storage: Storage = "memory", environment: Mapping[str, str] | None = None
    ) -> None:
        ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        self.query = f"http://127.0.0.1:{ports['JAEGER_UI_PORT']}"
        self.otlp = f"http://127.0.0.1:{ports['JAEGER_OTLP_HTTP_PORT']}"
        self.otlp_grpc = f"http://127.0.0.1:{ports['JAEGER_OTLP_GRPC_PORT']}"
        self.scraped = f"127.0.0.1:{ports['JAEGER_METRICS_PORT']}"
        super().__init__(
            [installed_jaeger(), *jaeger_files(storage)],
            health=f"http://127.0.0.1:{ports['JAEGER_HEALTH_PORT']}/status",
            log=directory / "jaeger.log",
            environment={
                "JAEGER_UI_CONFIG": str(JAEGER_CONFIGURATION / "ui.json"),
                "JAEGER_DATA": str(directory / "data"),
                "JAEGER_LOG_LEVEL": "error",
                **{name: str(port) for name, port in ports.items()},
                **(environment or {}),
            },
        )

    def start(self) -> None:
        """Start; fail where there is no Jaeger, for a test that was asked for must not pass by not running."""
        binary = installed_jaeger()
        if not binary.is_file():
            pytest.fail(
                f"no Jaeger at `{binary}`: `make jaeger` puts one there, INTERLAB_JAEGER_BIN names another"
            )
        super().start()


_PORTS = (
    "JAEGER_UI_PORT",
    "JAEGER_QUERY_GRPC_PORT",
    "JAEGER_OTLP_HTTP_PORT",
    "JAEGER_OTLP_GRPC_PORT",
    "JAEGER_HEALTH_PORT",
    "JAEGER_METRICS_PORT",
)


def jaeger_files(storage: Storage) -> list[str]:
    """The arguments that name the shipped configuration."""
    files = (JAEGER_CONFIGURATION / "jaeger.yaml", JAEGER_CONFIGURATION / f"{storage}.yaml")
    return [f"--config={file}" for file in files]


def installed_jaeger() -> Path:
    return Path(os.environ.get("INTERLAB_JAEGER_BIN") or cache() / "jaeger")


def cache() -> Path:
    """Where the continuous integration puts programs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interlab/bin"


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [open_socket.getsockname()[1] for open_socket in sockets]
    for open_socket in sockets:
        open_socket.close()
    return ports
