"""Collectors in the test's own process: take OTLP over HTTP or gRPC, or refuse, or hang."""

from __future__ import annotations

import gzip
import ssl
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, cast

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span


ALL_SIGNALS: Final = ("traces", "metrics", "logs")
_DECOMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
}


class Received:
    """Log records and metrics, as they came in."""

    def __init__(self) -> None:
        self.log_requests: list[ExportLogsServiceRequest] = []
        self.metric_requests: list[ExportMetricsServiceRequest] = []

    @property
    def records(self) -> list[LogRecord]:
        return [
            record
            for request in self.log_requests
            for group in request.resource_logs
            for scope in group.scope_logs
            for record in scope.log_records
        ]

    @property
    def metrics(self) -> dict[str, Metric]:
        """The metrics of the latest request, by name."""
        return {
            metric.name: metric
            for request in self.metric_requests[-1:]
            for group in request.resource_metrics
            for scope in group.scope_metrics
            for metric in scope.metrics
        }


class Collector(ThreadingHTTPServer):
    """Answers each request with the next of its answers, the last one for ever."""

    daemon_threads = True

    def __init__(self, answers: list[Answer], port: int = 0, signals: Collection[str] = ALL_SIGNALS) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.received = Received()
        self.taken = {f"/v1/{signal}" for signal in signals}
        self.answers = answers
        self.requests: list[ExportTraceServiceRequest] = []
        self.sizes: list[int] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        scheme = "https" if isinstance(self.socket, ssl.SSLSocket) else "http"
        return f"{scheme}://127.0.0.1:{self.server_address[1]}"

    @property
    def groups(self) -> list[ResourceSpans]:
        return [group for request in self.requests for group in request.resource_spans]

    @property
    def spans(self) -> list[Span]:
        return [span for group in self.groups for scope in group.scope_spans for span in scope.spans]

    def die(self) -> None:
        """Take no further request, and leave nothing behind that listens."""
        self.answers[:] = [Answer(hangs=True)]
        self.shutdown()
        self.server_close()
        self.released.set()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that give up are part of the test."""


class Answer:
    """A status with a body, or no answer at all until the test is over."""

    def __init__(
        self,
        status: int = 200,
        body: bytes = b"",
        *,
        content_type: str = "text/plain",
        retry_after: str = "",
        hangs: bool = False,
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.retry_after = retry_after
        self.hangs = hangs


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        collector = cast("Collector", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path not in collector.taken:
            answer = Answer(404)
        else:
            answer = collector.answers.pop(0) if len(collector.answers) > 1 else collector.answers[0]
        if answer.hangs:
            collector.released.wait(60)
            return
        collector.sizes.append(len(body))
        collector.paths.append(self.path)
        collector.headers.append({key.lower(): value for key, value in self.headers.items()})
        if answer.status == 200:
            self._take(collector, _DECOMPRESS[self.headers.get("Content-Encoding", "")](body))
        self.send_response(answer.status)
        if answer.retry_after:
            self.send_header("Retry-After", answer.retry_after)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _take(self, collector: Collector, body: bytes) -> None:
        match self.path:
            case "/v1/logs":
                collector.received.log_requests.append(ExportLogsServiceRequest.FromString(body))
            case "/v1/metrics":
                collector.received.metric_requests.append(ExportMetricsServiceRequest.FromString(body))
            case _:
                collector.requests.append(ExportTraceServiceRequest.FromString(body))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Say nothing."""


@contextmanager
def collecting(
    *answers: Answer, port: int = 0, signals: Collection[str] = ALL_SIGNALS, tls: ssl.SSLContext | None = None
) -> Generator[Collector]:
    """Run a collector for as long as the block lasts, by default on a port that is free and without TLS."""
    with Collector(list(answers) or [Answer()], port, signals) as collector:
        if tls is not None:
            collector.socket = tls.wrap_socket(collector.socket, server_side=True)
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collector
        finally:
            collector.released.set()
            collector.shutdown()
            thread.join()


class GrpcCollector:
    """Takes log records and metrics over gRPC."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received = Received()


@contextmanager
def collecting_grpc(*, implemented: bool = True) -> Generator[GrpcCollector]:
    """Run a gRPC collector for as long as the block lasts; one that implements nothing, if asked for."""
    server: Any = grpc.server(ThreadPoolExecutor(2))
    collector = GrpcCollector(f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    services = {
        "logs.v1.LogsService": (ExportLogsServiceRequest.FromString, collector.received.log_requests.append),
        "metrics.v1.MetricsService": (
            ExportMetricsServiceRequest.FromString,
            collector.received.metric_requests.append,
        ),
    }
    if implemented:
        server.add_generic_rpc_handlers([_service(name, *each) for name, each in services.items()])
    server.start()
    try:
        yield collector
    finally:
        server.stop(0).wait()


def _service(name: str, read: Callable[[bytes], Any], take: Callable[[Any], None]) -> Any:
    def export(request: Any, _: object) -> bytes:
        take(request)
        return b""

    library: Any = grpc
    handler = library.unary_unary_rpc_method_handler(export, request_deserializer=read)
    return library.method_handlers_generic_handler(f"opentelemetry.proto.collector.{name}", {"Export": handler})


def refusing_port() -> int:
    """Find a port on which nothing listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_address[1]
