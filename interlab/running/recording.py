"""The record of an execution while it is being made: a shard of spans, evaluation events, ``run.json``."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from interlab.errors import RecordError
from interlab.running.live import Live
from interlab.running.manifest import circumstances, now
from interlab.schema import names
from interlab.tracing.recorder import INTERRUPTIONS, record_run
from interlab.tracing.telemetry import Telemetry, resource
from interlab_exporters import DeliveryLog, JsonlLogWriter, JsonlSpanProcessor

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.trace import SpanContext

    from interlab.running.plan import RecordedPlan
    from interlab.running.run import Run
    from interlab.running.store import RunDirectory
    from interlab_exporters import LogEvent


@dataclass(frozen=True, slots=True)
class Recording:
    """Destination of an execution's spans.

    Attributes:
        telemetry: Takes the spans and the evaluation events.
        link: The run's own trace, which the roots of episodes link to.
        spans: The shard.
        document: The content of ``run.json``.
    """

    telemetry: Telemetry
    link: SpanContext
    spans: JsonlSpanProcessor
    document: dict[str, Any]


@contextmanager
def recording(
    plan: RecordedPlan, directory: RunDirectory, run: Run, otlp: str | None, **more: object
) -> Generator[Recording]:
    """Record an execution: in a shard of its own and, if wanted, live, with its state in ``run.json``.

    Usage and losses on the way to the live endpoint are noted in ``run``, spans that have arrived there in the
    directory, so that exporting the run sends only the rest. At the end ``run.status`` says how the execution
    ended: as the block has left it, else ``completed``, ``interrupted`` or ``failed``.

    Args:
        plan: The plan that is executed.
        directory: The run's directory.
        run: The run.
        otlp: The live endpoint, with whatever credentials it needs.
        more: Further fields of ``run.json``.

    Raises:
        RecordError: The record cannot be written.
    """
    begun = {"id": run.id, "suite": plan.suite, "plan": plan.model_dump(mode="json")}
    document = directory.read() if directory.exists else {**circumstances(), **begun}
    document |= {"status": run.status, "otlp": run.otlp, **more}
    directory.write(document)
    directory.mend_evaluations()
    try:
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
                yield Recording(telemetry, link, spans, document)
        finally:
            telemetry.close()
            evaluations.close()
            run.long_traces = telemetry.long_traces
            if live is not None:
                run.losses = live.losses
                with suppress(RecordError):  # then an export sends all again, which is no reason to fail a run
                    live.spans.log_deliveries(DeliveryLog(directory.exported))
    except BaseException as error:
        run.status = "interrupted" if isinstance(error, INTERRUPTIONS) else "failed"
        raise
    else:
        if run.status == "running":
            run.status = "completed"
    finally:
        _close(document, directory, run)


def _close(document: dict[str, Any], directory: RunDirectory, run: Run) -> None:
    ended = now()
    document |= {"status": run.status, "ended": ended}
    if run.losses:  # added to those of earlier executions
        lost = [{"ended": ended, "otlp": run.otlp, **asdict(loss)} for loss in run.losses]
        document["losses"] = [*document.get("losses", ()), *lost]
    try:
        directory.write(document)
    except RecordError:
        if run.status == "completed":  # else the reason why the run stopped is the one to report
            raise
