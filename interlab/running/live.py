"""Live export of a run: spans, metrics, and the results of evaluations."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import SpanProcessor

from interlab.metering.span_metrics import Measuring
from interlab.running.run import ExportLoss
from interlab.schema import names
from interlab.tracing.telemetry import resource
from interlab_exporters import LiveExport, LiveLogs, LiveMetrics
from interlab_exporters.endpoints import destination
from interlab_exporters.sending import connect

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from interlab_exporters import LogEvent


def check_endpoint(endpoint: str) -> None:
    """Make sure that a run could be sent to an endpoint, as far as that can be known without asking there.

    Raises:
        ConfigurationError: The endpoint, or a variable ``OTEL_EXPORTER_OTLP_*``, cannot be understood, or gRPC is
            wanted and not installed.
    """
    for signal in ("traces", "metrics", "logs"):
        connect(destination(endpoint, signal)).close()


class Live(SpanProcessor):
    """Sends a run to an OTLP endpoint; a failure there never stops or slows the run.

    Args:
        endpoint: Where to.

    Raises:
        ConfigurationError: The endpoint, or a variable ``OTEL_EXPORTER_OTLP_*``, cannot be understood.
    """

    def __init__(self, endpoint: str) -> None:
        self.spans = LiveExport(endpoint)
        service = resource(names.SERVICE).attributes
        self.evaluations = LiveLogs(endpoint, resource=service, scope_name=names.SERVICE)
        # Without an instance id, the sums of two runs at the same time would be mixed up.
        self.metrics = LiveMetrics(endpoint, resource={**service, "service.instance.id": str(uuid.uuid4())})
        self._measuring = Measuring(self.metrics.meter(names.SERVICE))

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span, and measure it."""
        self.spans.on_end(span)
        self._measuring.on_end(span)

    def evaluated(self, event: LogEvent) -> None:
        """Queue the result of an evaluation."""
        self.evaluations.write(event)

    def shutdown(self) -> None:
        """Send what is left, all three at once; a collector that fails is soon given up."""
        with ThreadPoolExecutor(3) as closing:
            for each in (self.spans, self.evaluations, self.metrics):
                closing.submit(each.close)

    @property
    def losses(self) -> tuple[ExportLoss, ...]:
        """Losses of the export; known after :meth:`shutdown`."""
        losses = (
            ExportLoss("spans", self.spans.lost, self.spans.failure),
            ExportLoss("evaluation results", self.evaluations.lost, self.evaluations.failure),
            ExportLoss("metric data points", self.metrics.lost, self.metrics.failure),
        )
        return tuple(loss for loss in losses if loss.count)
