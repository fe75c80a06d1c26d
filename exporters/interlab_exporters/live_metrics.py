"""Metrics to a live backend while they add up: OTLP, cumulative, counted, and never in the way.

The SDK's meter provider and the official exporters do the work; only the thread that sends is ours, since the
SDK's own logs every failure to the terminal and waits half a minute for a collector that is dead.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpExporter
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from interlab_exporters.endpoints import destination, grpc_compression
from interlab_exporters.failures import Hearing, failure_told_by
from interlab_exporters.outbox import GRACE_S, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.metrics import Meter
    from opentelemetry.util.types import AttributeValue

    from interlab_exporters.endpoints import Destination
    from interlab_exporters.endpoints import Protocol as Spoken
    from interlab_exporters.failures import Failure

_INTERVAL_S: Final = 5.0
_LAST_CHANCE_S: Final = 0.5
"""What a collector that has failed before is given at the end: enough to answer, not to recover."""
_BATCH_POINTS: Final = 2_000
"""A histogram's point takes some 300 bytes: below the 4 MiB that a gRPC server takes by default."""


class LiveMetrics:
    """Sends everything measured so far to an OTLP endpoint, every few seconds and at the end.

    Sums and histograms are cumulative, whatever the environment prefers, so that a failed attempt loses
    nothing: the next one tells it all again. An endpoint that takes no metrics, as a Jaeger, is noticed at the
    first attempt and then left alone. The global meter provider is never touched.

    Attributes:
        lost: Data points of the last state that the endpoint has not got, known after :meth:`close`.
        failure: Why the latest failure happened, in one line; empty as long as there was none.

    Args:
        endpoint: ``http://host:4318`` (``/v1/metrics`` is appended to a bare address) or ``http://host:4317``
            for gRPC; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        resource: Attributes of the service that measures. Processes that measure at the same time need one that
            tells them apart, such as ``service.instance.id``.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, on top of ``OTEL_EXPORTER_OTLP_HEADERS``.
        interval: Seconds between attempts.

    Raises:
        ConfigurationError: The endpoint, or a variable ``OTEL_EXPORTER_OTLP_*``, cannot be understood.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        resource: Mapping[str, AttributeValue],
        protocol: Spoken | None = None,
        headers: Mapping[str, str] | None = None,
        interval: float = _INTERVAL_S,
    ) -> None:
        self.lost = 0
        self.failure = ""
        self._exporter = _exporter(destination(endpoint, "metrics", protocol=protocol, headers=headers))
        self._interval = interval
        self._reader = _Sending(self._exporter)
        self._provider = MeterProvider(
            [self._reader], Resource(resource), exemplar_filter=AlwaysOffExemplarFilter(), shutdown_on_exit=False
        )
        self._is_unwanted = False
        self._struggling = False
        self._nobody_there = False
        self._asked_at: float | None = None
        self._closing = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="interlab-live-metrics", daemon=True)
        self._thread.start()

    def meter(self, name: str) -> Meter:
        """What makes instruments whose measurements are sent."""
        return self._provider.get_meter(name)

    def close(self, timeout: float = 10.0) -> None:
        """Send the last state, then stop; what cannot be sent in time is counted as lost.

        Gives up at once where nothing serves the address, and elsewhere once the collector has failed for a second
        and a half or said nothing for one; half a second where it failed before. Doing it twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        if self._closing.is_set():
            return
        self._closing.set()
        begun = time.monotonic()
        grace = _LAST_CHANCE_S if self._struggling else GRACE_S
        while not self._done.wait(0.02):
            now = time.monotonic()
            silent, waited = now - (self._asked_at or now), now - begun
            patience = min(grace, timeout) if self._struggling else timeout
            is_refused = (
                self._nobody_there and self._asked_at is not None
            )  # else the last attempt is still to come
            if is_refused or waited >= patience or silent >= PATIENCE_S:
                self.failure = self.failure or f"no answer within {min(PATIENCE_S, timeout):g} s"
                break
        arrived = self._done.is_set() and self._reader.has_arrived
        self.lost = 0 if arrived or self._is_unwanted else self._reader.points
        self._exporter.shutdown()
        self._thread.join(timeout=0.2)

    def _work(self) -> None:
        with Hearing(self._note):
            is_last = False
            while not (is_last or self._is_unwanted):
                is_last = self._closing.wait(self._interval)
                self._attempt()
        self._done.set()

    def _attempt(self) -> None:
        self._asked_at = time.monotonic()
        self._nobody_there = False
        try:
            self._reader.collect()
        except ValueError as error:  # what gRPC raises once its channel was closed under a call
            self._note(failure_told_by(str(error)))
        self._struggling = not self._reader.has_arrived
        self._asked_at = None

    def _note(self, failure: Failure) -> None:
        if failure.lacks_service:
            self._is_unwanted = True
            return
        self._struggling = True
        self._nobody_there = failure.nobody_there or (self._nobody_there and failure.is_final_word)
        if not (failure.is_final_word and self.failure):
            self.failure = failure.cause


class _Exporter(Protocol):
    """What is used of an official exporter."""

    def export(self, metrics_data: MetricsData, /) -> MetricExportResult: ...

    def shutdown(self) -> None: ...


class _Sending(MetricReader):
    """Gives what it collects to an exporter at once, in the thread that asked for it.

    Attributes:
        points: How many data points the latest collection had.
        has_arrived: Whether the endpoint took it.
    """

    def __init__(self, exporter: _Exporter) -> None:
        super().__init__()
        self.points = 0
        self.has_arrived = True
        self._exporter = exporter

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> None:
        self.points = sum(
            len(metric.data.data_points)
            for resource in metrics_data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        )
        self.has_arrived = False
        self.has_arrived = self._exporter.export(metrics_data) is MetricExportResult.SUCCESS

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Do nothing: the exporter is shut down by who made it."""


def _exporter(there: Destination) -> _Exporter:
    if there.protocol == "http/protobuf":
        return HttpExporter(
            endpoint=there.address, headers=dict(there.headers), max_export_batch_size=_BATCH_POINTS
        )
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter

    return GrpcExporter(
        endpoint=there.address,
        headers=dict(there.headers),
        compression=grpc_compression(there.compression),
        max_export_batch_size=_BATCH_POINTS,
    )
