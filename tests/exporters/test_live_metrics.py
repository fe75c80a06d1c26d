"""Live metrics: the last state arrives, or is counted; who takes no metrics is left alone."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from interlab.errors import ConfigurationError
from interlab_exporters import LiveMetrics
from tests.exporters.collectors import Answer, collecting, collecting_grpc, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_log_output(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that an exporter has to say may reach a handler."""
    with caplog.at_level(logging.WARNING):
        yield
    assert caplog.messages == []


def live(endpoint: str, **options: Any) -> LiveMetrics:
    return LiveMetrics(endpoint, resource={"service.name": "lab"}, **options)


def test_the_last_state_arrives() -> None:
    with collecting() as collector:
        sent = live(collector.url)
        counter = sent.meter("lab").create_counter("things", "{thing}", "Things.")
        counter.add(2, {"kind": "a"})
        counter.add(3, {"kind": "a"})
        sent.close()
        assert (sent.lost, sent.failure) == (0, "")
        assert collector.paths == ["/v1/metrics"]
        things = collector.received.metrics["things"]
        assert (things.unit, things.sum.is_monotonic) == ("{thing}", True)
        (point,) = things.sum.data_points
        assert point.as_int == 5
        (group,) = collector.received.metric_requests[-1].resource_metrics
        assert [(pair.key, pair.value.string_value) for pair in group.resource.attributes] == [
            ("service.name", "lab")
        ]


def test_the_state_is_told_while_it_grows() -> None:
    with collecting() as collector:
        sent = live(collector.url, interval=0.05)
        counter = sent.meter("lab").create_counter("things")
        for reached in (1, 2, 3):
            counter.add(1)
            deadline = time.monotonic() + 5
            while not collector.received.metric_requests or (
                collector.received.metrics["things"].sum.data_points[0].as_int != reached
            ):
                assert time.monotonic() < deadline
                time.sleep(0.01)
        sent.close()


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_the_environment_changes_neither_sums_nor_buckets(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
    monkeypatch.setenv(
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram"
    )
    monkeypatch.setenv("OTEL_METRICS_EXEMPLAR_FILTER", "no such filter")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "often")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    with collecting() as over_http, collecting_grpc() as over_grpc:
        collector = over_grpc if protocol == "grpc" else over_http
        sent = live(collector.url)
        meter = sent.meter("lab")
        meter.create_counter("things").add(1)
        meter.create_histogram("sizes", explicit_bucket_boundaries_advisory=[1, 2]).record(1.5)
        sent.close()
        arrived = collector.received.metrics
    assert arrived["things"].sum.aggregation_temporality == (
        AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    )
    (sizes,) = arrived["sizes"].histogram.data_points
    assert (list(sizes.explicit_bounds), list(sizes.bucket_counts)) == ([1, 2], [0, 1, 0])


def test_the_environment_gives_endpoint_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "tenant=lab")
        sent = LiveMetrics(resource={})
        sent.meter("lab").create_counter("things").add(1)
        sent.close()
        assert collector.headers[0]["tenant"] == "lab"
        assert "things" in collector.received.metrics


def test_an_environment_that_cannot_be_read_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "soon")
    with pytest.raises(ConfigurationError, match=r"`OTEL_EXPORTER_OTLP_METRICS_TIMEOUT` is `soon`"):
        live("http://127.0.0.1:4317", protocol="grpc")


def test_a_failure_on_the_way_loses_nothing() -> None:
    with collecting(Answer(400), Answer(200)) as collector:
        sent = live(collector.url, interval=0.05)
        sent.meter("lab").create_counter("things").add(1)
        while not collector.received.metric_requests:
            time.sleep(0.01)
        sent.close()
        assert sent.lost == 0


@pytest.mark.parametrize("status", [404, 405])
def test_who_takes_no_metrics_is_asked_once(status: int) -> None:
    with collecting(Answer(status)) as collector:
        sent = live(collector.url, interval=0.02)
        sent.meter("lab").create_counter("things").add(1)
        time.sleep(0.3)
        sent.close()
        assert len(collector.paths) == 1
        assert (sent.lost, sent.failure) == (0, "")


def test_a_grpc_service_that_is_not_implemented_is_left_alone() -> None:
    with collecting_grpc(implemented=False) as collector:
        sent = live(collector.url, protocol="grpc")
        sent.meter("lab").create_counter("things").add(1)
        sent.close()
        assert (sent.lost, sent.failure) == (0, "")


def test_a_dead_collector_is_counted_and_given_up_fast() -> None:
    sent = live(f"http://127.0.0.1:{refusing_port()}")
    counter = sent.meter("lab").create_counter("things")
    counter.add(1, {"kind": "a"})
    counter.add(1, {"kind": "b"})
    begun = time.perf_counter()
    sent.close()
    assert time.perf_counter() - begun < 0.7
    assert sent.lost == 2
    assert "refused" in sent.failure


def test_a_hanging_collector_is_given_up_in_time() -> None:
    with collecting(Answer(hangs=True)) as collector:
        sent = live(collector.url)
        sent.meter("lab").create_counter("things").add(1)
        begun = time.perf_counter()
        sent.close(timeout=0.5)
        assert time.perf_counter() - begun < 1.5
        assert (sent.lost, sent.failure) == (1, "no answer within 0.5 s")


def test_nothing_measured_is_nothing_sent() -> None:
    with collecting() as collector:
        sent = live(collector.url)
        sent.close()
        sent.close()
        assert (collector.paths, sent.lost) == ([], 0)


def test_the_global_meter_provider_is_left_alone() -> None:
    before = metrics.get_meter_provider()
    sent = live(f"http://127.0.0.1:{refusing_port()}")
    assert metrics.get_meter_provider() is before
    sent.close()
