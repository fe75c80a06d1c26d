"""The record of an execution while it is being made: a shard of spans, evaluation events, ``run.json``."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from interlab.errors import RecordError
from interlab.running.live import Live
from interlab.running.losses import tell_losses
from interlab.running.manifest import describe, now
from interlab.schema import names
from interlab.tracing.recorder import record_run
from interlab.tracing.telemetry import Telemetry, resource
from interlab_exporters import DeliveryLog, JsonlLogWriter, JsonlSpanProcessor

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.trace import SpanContext

    from interlab.running.plan import Plan
    from interlab.running.run import Run
    from interlab.running.store import RunDirectory
    from interlab_exporters import LogEvent


@dataclass(frozen=True, slots=True)
class Recording:
    """Where an execution's spans go.

    Attributes:
        telemetry: Takes the spans and the evaluation events.
        link: The run's own trace, which the roots of episodes link to.
        spans: The shard.
    """

    telemetry: Telemetry
    link: SpanContext
    spans: JsonlSpanProcessor


@contextmanager
def recording(plan: Plan, directory: RunDirectory, run: Run, otlp: str | None) -> Generator[Recording]:
    """Record an execution in a shard of its own and, if wanted, live.

    What is spent, and what was lost on its way to the live endpoint, is noted in ``run``; what has arrived there
    in the directory, so that exporting the run sends only the rest.

    Args:
        plan: What is executed.
        directory: Where.
        run: Its execution.
        otlp: The live endpoint, with whatever credentials it needs.

    Raises:
        RecordError: The record cannot be written.
    """
    spans = JsonlSpanProcessor(directory.new_shard())
    live = Live(otlp) if otlp else None
    evaluations = JsonlLogWriter(
        directory.evaluations, resource=dict(resource(names.SERVICE).attributes), scope_name=names.SERVICE
    )

    def evaluated(event: LogEvent) -> None:
        evaluations.write(event)
        if live is not None:
            live.evaluated(event)

    telemetry = Telemetry([spans, *([live] if live else [])], evaluations=evaluated, content=plan.content)
    run.spending = telemetry.spending
    try:
        with record_run(telemetry, run.id, plan.suite) as link:
            yield Recording(telemetry, link, spans)
    finally:
        telemetry.close()
        evaluations.close()
        run.long_traces = telemetry.long_traces
        if live is not None:
            run.losses = live.losses
            with suppress(RecordError):  # then an export sends all again, which is no reason to fail a run
                live.spans.log_deliveries(DeliveryLog(directory.exported))


def open_document(plan: Plan, directory: RunDirectory, run: Run, **more: object) -> dict[str, Any]:
    """Say in ``run.json`` that the run is being executed.

    Args:
        plan: What is executed.
        directory: Where.
        run: Its execution.
        more: What else the document is to hold.

    Returns:
        The document as it was written.
    """
    document = directory.read() if directory.exists else describe(plan, run.id)
    document |= {"status": "running", "otlp": run.otlp, **more}
    directory.write(document)
    return document


def close_document(document: dict[str, Any], directory: RunDirectory, run: Run) -> None:
    """Say in ``run.json`` how the execution ended and, there and aloud, what did not reach the live endpoint.

    Raises:
        RecordError: It cannot be written, and nothing else has stopped the run.
    """
    ended = now()
    document |= {"status": run.status, "ended": ended}
    if run.losses:  # added to those of earlier executions
        lost = [{"ended": ended, "otlp": run.otlp, **asdict(loss)} for loss in run.losses]
        document["losses"] = [*document.get("losses", ()), *lost]
    tell_losses(run)
    try:
        directory.write(document)
    except RecordError:
        if run.status == "completed":  # else the reason why the run stopped is the one to tell
            raise
