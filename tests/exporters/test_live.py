"""Live export: everything arrives, or it is counted; the caller never waits."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from interlab.errors import ConfigurationError, ParameterError
from interlab_exporters import LiveExport, Span
from interlab_exporters.endpoints import otlp_endpoint
from tests.exporters.collectors import Answer, collecting, refusing_port
from tests.exporters.made_spans import a_span

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKED = "… [cut: "


@pytest.fixture(autouse=True)
def no_log_output(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that an exporter has to say may reach a handler."""
    with caplog.at_level(logging.WARNING):
        yield
    assert caplog.messages == []


def send(export: LiveExport, count: int) -> float:
    """End spans, and give the seconds that it took."""
    begun = time.perf_counter()
    for number in range(1, count + 1):
        export.on_end(a_span(span_id=number, attributes={"text": "hello"}))
    return time.perf_counter() - begun


def test_every_span_arrives_with_its_ids_and_times() -> None:
    with collecting() as collector:
        export = LiveExport(collector.url, headers={"Authorization": "Bearer x"})
        send(export, 2000)
        export.close()
        assert (export.sent, export.lost, export.failure) == (2000, 0, "")
        assert len({span.span_id for span in collector.spans}) == 2000
        assert collector.spans[0].start_time_unix_nano == 1_700_000_000_000_000_000
        assert set(collector.paths) == {"/v1/traces"}
        assert collector.headers[0]["authorization"] == "Bearer x"


def test_flushing_waits_for_the_collector() -> None:
    with collecting() as collector:
        export = LiveExport(collector.url)
        send(export, 10)
        assert export.force_flush(5_000)
        assert len(collector.spans) == 10
        export.close()


def test_the_environment_gives_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "tenant=lab")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "1")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
        monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1")
        export = LiveExport()
        send(export, 100)
        export.close()
        assert export.sent == 100
        assert collector.headers[0]["tenant"] == "lab"
        assert collector.spans[0].attributes[0].value.string_value == "hello"


def test_a_long_attribute_is_cut_for_the_backend_only() -> None:
    text = "ä€😀" * 20_000
    span = a_span(attributes={"long": text, "short": "ok", "list": ["x" * 100] * 1000, "bytes": b"\xff" * 90_000})
    with collecting() as collector:
        export = LiveExport(collector.url)
        export.on_end(span)
        export.close()
        (arrived,) = collector.spans
    values = {pair.key: pair.value for pair in arrived.attributes}
    cut = values["long"].string_value
    assert len(cut.encode()) in range(32 * 1024 - 3, 32 * 1024 + 1)
    assert cut.endswith(f"{MARKED}{len(text.encode())} bytes in all]")
    assert text.startswith(cut.partition(MARKED)[0])
    assert values["short"].string_value == "ok"
    assert MARKED in values["list"].string_value
    assert len(values["bytes"].bytes_value) == 32 * 1024
    assert Span.from_readable(span).attributes["long"] == text


def test_a_refused_connection_is_counted_and_given_up_fast() -> None:
    export = LiveExport(f"http://127.0.0.1:{refusing_port()}")
    assert send(export, 2000) < 5.0
    begun = time.perf_counter()
    export.close()
    assert time.perf_counter() - begun < 0.7
    assert (export.sent, export.lost) == (0, 2000)
    assert "refused" in export.failure


def test_a_collector_that_answers_503_is_counted_with_its_reason() -> None:
    with collecting(Answer(503)) as collector:
        export = LiveExport(collector.url)
        send(export, 100)
        export.close()
        assert (export.sent, export.lost) == (0, 100)
        assert "Service Unavailable" in export.failure


def test_a_collector_that_recovers_gets_everything() -> None:
    with collecting(Answer(503), Answer(200)) as collector:
        export = LiveExport(collector.url)
        send(export, 100)
        export.close()
        assert (export.sent, export.lost) == (100, 0)


def test_what_a_collector_rejects_is_counted_with_its_reason() -> None:
    partial = ExportTracePartialSuccess(rejected_spans=3, error_message="too old\nmore")
    body = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    with collecting(Answer(200, body, content_type="application/x-protobuf"), Answer()) as collector:
        export = LiveExport(collector.url)
        send(export, 100)
        export.close()
        assert (export.sent, export.lost, export.failure) == (97, 3, "refused 3 spans: too old")
        assert len(collector.requests) == 1


def test_a_collector_that_asks_for_time_is_given_it() -> None:
    with collecting(Answer(429, retry_after="3"), Answer()) as collector:
        export = LiveExport(collector.url)
        send(export, 1)
        began = time.perf_counter()
        assert export.force_flush(10_000)
        assert time.perf_counter() - began >= 2.9
        assert (export.sent, len(collector.paths)) == (1, 2)
        export.close()


def test_what_otlp_cannot_carry_is_counted_and_holds_up_nothing_else() -> None:
    with collecting() as collector:
        export = LiveExport(collector.url)
        export.on_end(a_span(attributes={"number": 2**70}))
        send(export, 2)
        export.close()
        assert (export.sent, export.lost, len(collector.spans)) == (2, 1, 2)
        assert export.failure


def test_a_hanging_collector_never_holds_up_the_caller() -> None:
    with collecting(Answer(hangs=True)) as collector:
        export = LiveExport(collector.url)
        assert send(export, 2000) < 5.0
        begun = time.perf_counter()
        export.close(timeout=1.0)
        assert time.perf_counter() - begun < 2.0
        assert (export.sent, export.lost) == (0, 2000)
        assert export.failure == "no answer within 1 s"


@pytest.mark.parametrize("answers", [[Answer(503)], [Answer(), Answer(503)]], ids=["never", "no longer"])
def test_closing_does_not_wait_for_a_collector_that_has_failed_for_long(answers: list[Answer]) -> None:
    with collecting(*answers) as collector:
        export = LiveExport(collector.url)
        send(export, 600)
        time.sleep(2.5)
        send(export, 600)
        begun = time.perf_counter()
        export.close()
        assert time.perf_counter() - begun < 1.0
        assert export.sent + export.lost == 1200
        assert "Service Unavailable" in export.failure


def test_a_collector_that_never_says_anything_is_given_a_second_in_all() -> None:
    with collecting(Answer(hangs=True)) as collector:
        export = LiveExport(collector.url)
        send(export, 600)
        time.sleep(0.5)
        begun = time.perf_counter()
        export.close()
        assert time.perf_counter() - begun < 1.0
        assert (export.lost, export.failure) == (600, "no answer within 1 s")


def test_a_full_queue_loses_and_counts() -> None:
    with collecting(Answer(hangs=True)) as collector:
        export = LiveExport(collector.url, queue=50)
        send(export, 2000)
        assert export.lost >= 2000 - 50 - 512
        assert "queue full: 50" in export.failure
        export.close(timeout=0.1)
        assert export.lost == 2000


def test_closing_twice_is_fine_and_later_spans_are_counted() -> None:
    with collecting() as collector:
        export = LiveExport(collector.url)
        export.close()
        export.close()
        send(export, 3)
        assert (export.sent, export.lost, export.failure) == (0, 3, "closed")


def test_grpc_is_there_when_asked_for() -> None:
    export = LiveExport(f"http://127.0.0.1:{refusing_port()}", protocol="grpc")
    send(export, 5)
    export.close()
    assert (export.sent, export.lost) == (0, 5)
    assert "UNAVAILABLE" in export.failure


@pytest.mark.parametrize(
    ("endpoint", "complete"),
    [
        ("localhost:4318", "http://localhost:4318/v1/traces"),
        ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
        ("https://host/v1/traces", "https://host/v1/traces"),
        ("https://host/tenant", "https://host/tenant"),
    ],
)
def test_an_address_is_completed(endpoint: str, complete: str) -> None:
    assert otlp_endpoint(endpoint) == complete


@pytest.mark.parametrize("endpoint", ["ftp://host", "http://", "http://host:port", "http://host:99999"])
def test_what_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="invalid OTLP endpoint"):
        LiveExport(endpoint)


def test_an_unknown_protocol_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
    with pytest.raises(ConfigurationError, match="http/json"):
        LiveExport("localhost:4318")


def test_a_bound_too_small_for_its_marker_is_refused() -> None:
    with pytest.raises(ParameterError, match="at least 64"):
        LiveExport("localhost:4318", max_attribute_bytes=10)
