"""A collector of spans in the test's own process that speaks gRPC."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as messages

if TYPE_CHECKING:
    from collections.abc import Generator

grpc: Any = importlib.import_module("grpc")  # has no types


class TraceCollector:
    """Answers each request with the next of its status codes, ``OK`` once there is none left.

    Attributes:
        url: Its address.
        requests: What it has taken.
        metadata: What came with each of them.
        rejected: How many spans of each request it says it has not taken.
    """

    def __init__(self, *codes: str) -> None:
        self.url = ""
        self.requests: list[messages.ExportTraceServiceRequest] = []
        self.metadata: list[dict[str, str]] = []
        self.rejected = 0
        self._codes = list(codes)

    def export(self, request: messages.ExportTraceServiceRequest, context: Any) -> Any:
        if self._codes and (code := self._codes.pop(0)) != "OK":
            context.abort(grpc.StatusCode[code], "not now\nmore")
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        partial = messages.ExportTracePartialSuccess(rejected_spans=self.rejected, error_message="too old")
        return messages.ExportTraceServiceResponse(partial_success=partial)


@contextmanager
def collecting_traces(*codes: str) -> Generator[TraceCollector]:
    """Run a collector for as long as the block lasts."""
    collector = TraceCollector(*codes)
    server: Any = grpc.server(ThreadPoolExecutor(2))
    method = grpc.unary_unary_rpc_method_handler(
        collector.export,
        request_deserializer=messages.ExportTraceServiceRequest.FromString,
        response_serializer=messages.ExportTraceServiceResponse.SerializeToString,
    )
    service = "opentelemetry.proto.collector.trace.v1.TraceService"
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {"Export": method})])
    collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()
