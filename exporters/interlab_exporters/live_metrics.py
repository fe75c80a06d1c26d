"""Metrics to a live backend while they add up: OTLP, cumulative, counted, never in the way.

The SDK's meter provider does the work; only the thread that sends is ours, since the SDK's own logs every failure
to the terminal and waits half a minute for a collector that is dead.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from interlab_exporters.endpoints import destination
from interlab_exporters.live_connection import LiveConnection
from interlab_exporters.sending import uninstrumented

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.metrics.export import Metric
    from opentelemetry.util.types import AttributeValue

    from interlab_exporters.failures import RequestFailedError
    from interlab_exporters.variables import Protocol

_INTERVAL_S: Final = 5.0
_LAST_CHANCE_S: Final = 0.5
"""Time that a collector which has failed before is given at the end: enough to answer, not to recover."""
_BATCH_POINTS: Final = 2_000
"""A histogram's point takes some 300 bytes: below the 4 MiB that a gRPC server takes by default."""


class LiveMetrics:
    """Sends everything measured so far to an OTLP endpoint, every few seconds and at the end.

    Sums and histograms are cumulative, whatever the environment prefers, so that a failed attempt loses
    nothing: the next one sends everything again. An endpoint that takes no metrics, as a Jaeger, is noticed at the
    first attempt and then left alone. The global meter provider is never touched.

    Attributes:
        lost: Number of data points of the last state that the endpoint has not got, known after :meth:`close`.
        failure: Cause of the latest failure, in one line; empty if there was none.

    Args:
        endpoint: ``http://host:4318`` (``/v1/metrics`` is appended to a bare address) or ``http://host:4317``
            for gRPC; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        resource: Attributes of the service that measures. Processes that measure at the same time need one that
            distinguishes them, such as ``service.instance.id``.
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
        protocol: Protocol | None = None,
        headers: Mapping[str, str] | None = None,
        interval: float = _INTERVAL_S,
    ) -> None:
        self.lost = 0
        self.failure = ""
        self._interval = interval
        self._connection = LiveConnection(
            destination(endpoint, "metrics", protocol=protocol, headers=headers), self._note
        )
        self._reader = InMemoryMetricReader()
        self._provider = MeterProvider(
            [self._reader], Resource(resource), exemplar_filter=AlwaysOffExemplarFilter(), shutdown_on_exit=False
        )
        self._missing = 0
        self._is_unwanted = False
        self._closing = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="interlab-live-metrics", daemon=True)
        self._thread.start()

    def meter(self, name: str) -> Meter:
        """Make a meter, whose instruments' measurements are sent."""
        return self._provider.get_meter(name)

    def close(self, timeout: float = 10.0) -> None:
        """Send the last state, then stop; what cannot be sent in time is counted as lost.

        Gives up at once where nothing serves the address, and elsewhere once the collector has failed for a second
        and a half or was silent for one; half a second where it failed before. Closing twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        if self._closing.is_set():
            return
        begun = time.monotonic()
        limit = min(timeout, _LAST_CHANCE_S) if self._connection.is_failing else timeout
        self._closing.set()
        while not self._done.wait(0.02):
            if self._connection.is_hopeless(begun) or time.monotonic() - begun >= limit:
                self.failure = self.failure or f"no answer within {min(self._connection.patience, limit):g} s"
                break
        self._connection.abandon()
        self.lost = 0 if self._is_unwanted else self._missing
        self._thread.join(timeout=0.2)

    def _work(self) -> None:
        with uninstrumented():
            is_last = False
            while not (is_last or self._is_unwanted):
                is_last = self._closing.wait(self._interval)
                self._attempt()
            self._connection.close()
        self._done.set()

    def _attempt(self) -> None:
        measured = self._reader.get_metrics_data()
        requests = list(_requests(measured)) if measured is not None else []
        self._missing = sum(points for _, points in requests)
        for request, points in requests:
            rejected = self._connection.send(request)
            if rejected is None:
                break
            self._missing -= points - rejected.items
            if rejected.items:
                self.failure = f"refused {rejected.items} data points: {rejected.reason}"
        self._connection.rest()

    def _note(self, failure: RequestFailedError) -> None:
        if failure.kind == "unsupported":
            self._is_unwanted = True
        else:
            self.failure = failure.reason


def _requests(measured: MetricsData) -> Iterator[tuple[bytes, int]]:
    """Write requests of a bounded size, each with its number of data points."""
    for resource in measured.resource_metrics:
        for scope in resource.scope_metrics:
            for metrics in _portions(scope.metrics):
                part = replace(resource, scope_metrics=[replace(scope, metrics=metrics)])
                points = sum(len(metric.data.data_points) for metric in metrics)
                yield encode_metrics(MetricsData([part])).SerializeToString(), points


def _portions(metrics: Sequence[Metric]) -> Iterator[list[Metric]]:
    """Divide metrics so that no portion has more data points than a request may."""
    portion: list[Metric] = []
    room = _BATCH_POINTS
    for metric in metrics:
        data: Any = metric.data  # one of several classes, all of which have data points
        for first in range(0, len(data.data_points), _BATCH_POINTS):
            points = data.data_points[first : first + _BATCH_POINTS]
            if len(points) > room:
                yield portion
                portion, room = [], _BATCH_POINTS
            portion.append(replace(metric, data=replace(data, data_points=points)))
            room -= len(points)
    if portion:
        yield portion
