"""A collector in the test's own process: takes OTLP over HTTP, or refuses, or hangs."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span


class Collector(ThreadingHTTPServer):
    """Answers each request with the next of its answers, the last one for ever."""

    daemon_threads = True

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.requests: list[ExportTraceServiceRequest] = []
        self.sizes: list[int] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def groups(self) -> list[ResourceSpans]:
        return [group for request in self.requests for group in request.resource_spans]

    @property
    def spans(self) -> list[Span]:
        return [span for group in self.groups for scope in group.scope_spans for span in scope.spans]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that give up are part of the test."""


class Answer:
    """A status with a body, or no answer at all until the test is over."""

    def __init__(
        self, status: int = 200, body: bytes = b"", *, retry_after: str = "", hangs: bool = False
    ) -> None:
        self.status = status
        self.body = body
        self.retry_after = retry_after
        self.hangs = hangs


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        collector = cast("Collector", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = collector.answers.pop(0) if len(collector.answers) > 1 else collector.answers[0]
        if answer.hangs:
            collector.released.wait(60)
            return
        collector.sizes.append(len(body))
        collector.paths.append(self.path)
        collector.headers.append({key.lower(): value for key, value in self.headers.items()})
        if answer.status == 200:
            collector.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(answer.status)
        if answer.retry_after:
            self.send_header("Retry-After", answer.retry_after)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Say nothing."""


@contextmanager
def collecting(*answers: Answer) -> Generator[Collector]:
    """Run a collector for as long as the block lasts."""
    with Collector(list(answers) or [Answer()]) as collector:
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collector
        finally:
            collector.released.set()
            collector.shutdown()
            thread.join()


def refusing_port() -> int:
    """Find a port on which nothing listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_address[1]
