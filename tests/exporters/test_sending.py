"""Stored spans over gRPC and HTTP alike: acknowledged in whole, or told in one line."""

from __future__ import annotations

import sys

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from interlab.errors import BackendError, ConfigurationError
from interlab_exporters import LiveExport, Span, resend
from tests.exporters.collectors import Answer, collecting, refusing_port
from tests.exporters.grpc_collector import collecting_traces
from tests.exporters.made_spans import a_span

SPANS = [Span.from_readable(a_span(span_id=number)) for number in (1, 2, 3)]
PARTIAL = ExportTraceServiceResponse(
    partial_success=ExportTracePartialSuccess(rejected_spans=2, error_message="too old")
).SerializeToString()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second between tries."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]


def test_grpc_is_spoken_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "tenant=lab,x=1")
    with collecting_traces() as collector:
        assert resend(SPANS, collector.url, headers={"Authorization": "Bearer x"}).spans == 3
        (request,), (metadata,) = collector.requests, collector.metadata
    assert [span.span_id.hex() for span in request.resource_spans[0].scope_spans[0].spans] == [
        span.span_id for span in SPANS
    ]
    assert (metadata["tenant"], metadata["x"], metadata["authorization"]) == ("lab", "1", "Bearer x")


def test_headers_of_the_environment_go_over_http_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "tenant=lab,x=1")
    with collecting() as collector:
        resend(SPANS, collector.url, headers={"x": "2"})
        assert (collector.headers[0]["tenant"], collector.headers[0]["x"]) == ("lab", "2")


def test_a_busy_grpc_endpoint_is_tried_again() -> None:
    with collecting_traces("UNAVAILABLE", "RESOURCE_EXHAUSTED") as collector:
        assert resend(SPANS, collector.url, protocol="grpc").spans == 3


@pytest.mark.parametrize(
    ("codes", "complaint"),
    [
        (["UNAVAILABLE"] * 5, "answered UNAVAILABLE: not now$"),
        (["PERMISSION_DENIED"], "answered PERMISSION_DENIED: not now$"),
        (["DEADLINE_EXCEEDED"], "did not answer within 30 s$"),
    ],
)
def test_a_grpc_endpoint_that_refuses_is_told_in_a_line(codes: list[str], complaint: str) -> None:
    with collecting_traces(*codes) as collector, pytest.raises(BackendError, match=complaint):
        resend(SPANS, collector.url, protocol="grpc")


def test_a_grpc_endpoint_that_is_not_there() -> None:
    with pytest.raises(BackendError, match="nothing that speaks gRPC is listening there"):
        resend(SPANS, f"http://127.0.0.1:{refusing_port()}", protocol="grpc")
    with pytest.raises(BackendError, match="no such host"):
        resend(SPANS, "http://no-such-host.invalid:4317", protocol="grpc")


def test_the_other_protocols_port_is_told_in_a_line() -> None:
    with collecting() as collector, pytest.raises(BackendError) as told:
        resend(SPANS, collector.url, protocol="grpc")
    assert "\n" not in str(told.value)
    with collecting_traces() as collector, pytest.raises(BackendError, match="is it the gRPC port"):
        resend(SPANS, collector.url)


def test_spans_that_were_rejected_are_not_taken_for_sent() -> None:
    taken = Answer(200, PARTIAL, content_type="application/x-protobuf")
    with collecting(taken) as collector, pytest.raises(BackendError, match=r"refused 2 spans: too old$"):
        resend(SPANS, collector.url)
    with collecting_traces() as grpc_collector:
        grpc_collector.rejected = 2
        with pytest.raises(BackendError, match=r"refused 2 spans: too old$"):
            resend(SPANS, grpc_collector.url, protocol="grpc")


@pytest.mark.parametrize("asked", ["7", "Fri, 31 Dec 2100 23:59:59 GMT"], ids=["seconds", "date"])
def test_a_pause_that_the_endpoint_asks_for_is_kept(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with collecting(Answer(503, retry_after=asked), Answer()) as collector:
        assert resend(SPANS, collector.url).spans == 3
    assert pauses == [7.0 if asked == "7" else 30.0]


def test_grpc_that_is_not_installed_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    monkeypatch.delitem(sys.modules, "interlab_exporters.grpc_sending", raising=False)
    with pytest.raises(ConfigurationError, match=r"an extra: run `pip install 'interlab-otel\[grpc\]'`") as told:
        LiveExport("http://127.0.0.1:4317", protocol="grpc")
    assert "\n" not in str(told.value)
