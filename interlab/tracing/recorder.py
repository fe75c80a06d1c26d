"""Write: what happens in an episode, as spans.

An episode is recorded by nested context managers that follow the span tree::

    with record_episode(telemetry, header) as episode:       invoke_workflow prisoners-dilemma
        with record_round(1) as round:                         round 1
            with record_turn("alice", ...) as turn:              invoke_agent alice
                with record_call(...) as call:                     chat gpt-5-mini
                    call.answered(...)
                turn.answered("C")
            record_message("alice", ["bob"], "hi")               send alice -> bob / receive bob
            round.played(actions, payoffs)
        episode.evaluated(measurements)                        evaluate
        episode.finished(outcome, payoffs, "completed")

Who records needs no handle on the episode: the trace travels in the OpenTelemetry context, across awaits and
tasks. Outside of any episode the inner recorders do nothing, so that a model or an actor works alone too.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    format_span_id,
    format_trace_id,
)

from interlab.errors import InputEndedError, InterLabError
from interlab.schema import names
from interlab.schema.content import without_prose
from interlab.tracing.calls import CallRecorder, Usage, record_call
from interlab.tracing.evaluation_events import evaluation_events
from interlab.tracing.spans import ChildSpan, dumps, fail
from interlab.tracing.telemetry import TraceState, anchored, current_trace, with_trace
from interlab.tracing.turns import record_message, record_told, record_turn

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from opentelemetry.util.types import AttributeValue

    from interlab.schema.episode import EndReason, Json, Measurement, Seat
    from interlab.tracing.recorded import RecordedSpan
    from interlab.tracing.telemetry import Telemetry
    from interlab_exporters.spans import Span as SpanValue

__all__ = [
    "CallRecorder",
    "EpisodeHeader",
    "EpisodeRecorder",
    "RoundRecorder",
    "Usage",
    "record_call",
    "record_episode",
    "record_message",
    "record_round",
    "record_run",
    "record_told",
    "record_turn",
]

LONG_TRACE_SPANS: Final = 2_000
"""A trace of more spans is marked as long."""
INTERRUPTIONS: Final = (asyncio.CancelledError, InputEndedError, KeyboardInterrupt, SystemExit, GeneratorExit)
"""Interruptions, after which an episode counts as not played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeHeader:
    """Facts of an episode before it is played."""

    run: str
    suite: str
    scenario: str
    condition: str
    id: str
    index: int
    seed: int
    seats: Sequence[Seat]
    attempt: int = 1
    texts: str = ""
    """Version of the texts that the players read; empty for foreign code."""
    parameters: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    game: Mapping[str, Json] = field(default_factory=dict[str, "Json"])


class EpisodeRecorder:
    """Records how an episode went; made by :func:`record_episode`."""

    def __init__(self, span: RecordedSpan, trace: TraceState) -> None:
        self._span = span
        self._trace = trace

    @property
    def spans(self) -> list[SpanValue]:
        """The spans of the episode that have ended, and its root as it stands, as values."""
        return [span.value() for span in (*self._trace.ended, self._span)]

    @property
    def context(self) -> SpanContext:
        """The root span's context, for other traces to link to."""
        return self._span.get_span_context()

    def finished(self, outcome: Mapping[str, Json], payoffs: Mapping[str, float], end_reason: EndReason) -> None:
        """Record the end of the play.

        Args:
            outcome: What came of it, as the environment tells it.
            payoffs: Total payoff by role, in the scenario's own unit.
            end_reason: Why it ended.
        """
        self._span.set_attributes(
            {
                names.OUTCOME: dumps(outcome),
                names.PAYOFFS: dumps(payoffs),
                names.END_REASON: end_reason,
            }
        )

    def evaluated(self, measurements: Sequence[Measurement]) -> None:
        """Record what the metrics said, as the ``evaluate`` span and one event per measurement."""
        telemetry = self._trace.telemetry
        attributes = _metric_attributes(measurements)
        telemetry.start(names.SERVICE, names.EVALUATE, attributes=attributes, trace=self._trace).end()
        if telemetry.evaluations is not None:
            judged = self._span.get_span_context()
            for event in evaluation_events(
                measurements,
                trace_id=format_trace_id(judged.trace_id),
                span_id=format_span_id(judged.span_id),
                stamps=self._trace.stamps,
                time=telemetry.clock(),
            ):
                telemetry.evaluations(event)


class RoundRecorder:
    """Records a round; made by :func:`record_round`."""

    def __init__(self, span: Span, *, full: bool = True) -> None:
        self._span = span
        self._full = full

    def played(
        self,
        actions: Mapping[str, Json],
        payoffs: Mapping[str, float],
        facts: Mapping[str, Json] | None = None,
    ) -> None:
        """Record what everybody did, what it paid, and what the environment declares public."""
        shown = actions if self._full else {role: without_prose(action) for role, action in actions.items()}
        attributes: dict[str, AttributeValue] = {
            names.ACTIONS: dumps(shown),
            names.PAYOFFS: dumps(payoffs),
        }
        if facts:
            attributes[names.FACTS] = dumps(facts)
        self._span.set_attributes(attributes)


@contextmanager
def record_run(telemetry: Telemetry, run: str, suite: str) -> Generator[SpanContext]:
    """Record a run's own small trace, which every episode's root links to.

    Yields:
        The context to link to.
    """
    attributes: dict[str, AttributeValue] = {names.RUN_ID: run, names.SUITE: suite}
    span = telemetry.start(names.SERVICE, f"run {suite}", attributes=attributes, root=True)
    try:
        yield span.get_span_context()
    finally:
        span.end()


@contextmanager
def record_episode(
    telemetry: Telemetry, header: EpisodeHeader, run: SpanContext | None = None, *, judged: bool = True
) -> Generator[EpisodeRecorder]:
    """Record an episode: the root span of its trace.

    The root ends with status OK when the block does, and with status ERROR when it raises. When the block is
    interrupted (cancelled, Ctrl-C) the root is not written at all: an episode without a root has not happened.

    Args:
        telemetry: Where the spans go.
        header: What is known of the episode.
        run: The run's own trace, to link to.
        judged: Whether the spans are kept until the end, for metrics to read.
    """
    stamps: dict[str, AttributeValue] = {
        names.RUN_ID: header.run,
        names.SUITE: header.suite,
        names.SCENARIO: header.scenario,
        names.CONDITION: header.condition,
        names.EPISODE_ID: header.id,
        names.CONVERSATION_ID: header.id,
    }
    trace = TraceState(telemetry, stamps, keeps=judged)
    span = telemetry.start(
        names.SERVICE,
        f"invoke_workflow {header.scenario}",
        attributes=_root_attributes(header),
        links=(Link(run),) if run is not None else (),
        trace=trace,
        root=True,
    )
    token = otel_context.attach(anchored(span, with_trace(trace, otel_context.Context())))
    try:
        yield EpisodeRecorder(span, trace)
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        if not isinstance(error, InterLabError):
            span.record_exception(error)
        fail(span, error)
        span.set_attribute(names.END_REASON, "error")
        _end_root(span, trace)
        raise
    else:
        span.set_status(Status(StatusCode.OK))
        _end_root(span, trace)
    finally:
        trace.close()
        otel_context.detach(token)


@contextmanager
def record_round(number: int) -> Generator[RoundRecorder]:
    """Record a round (1-based) of the current episode."""
    trace = current_trace()
    if trace is None:
        yield RoundRecorder(INVALID_SPAN)
        return
    before = trace.stamps
    trace.stamps = {**before, names.ROUND: number}
    try:
        with ChildSpan(trace, names.SERVICE, f"round {number}", SpanKind.INTERNAL, None) as span:
            yield RoundRecorder(span, full=trace.telemetry.content == "full")
    finally:
        trace.stamps = before


def _end_root(span: Span, trace: TraceState) -> None:
    spending, spans = trace.spending, trace.close()
    usage: dict[str, AttributeValue] = {
        names.SPANS: spans,
        names.USAGE_CALLS: spending.calls,
        names.USAGE_INPUT_TOKENS: spending.input_tokens,
        names.USAGE_OUTPUT_TOKENS: spending.output_tokens,
    }
    if not math.isnan(spending.usd):
        usage[names.USAGE_USD] = spending.usd
    if spans > LONG_TRACE_SPANS:
        usage[names.LONG_TRACE] = True
        trace.telemetry.long_traces += 1
    span.set_attributes(usage)
    span.end()


def _root_attributes(header: EpisodeHeader) -> dict[str, AttributeValue]:
    texts: dict[str, AttributeValue] = {names.TEXTS_VERSION: header.texts} if header.texts else {}
    return texts | {
        names.SCHEMA_VERSION: names.SCHEMA,
        names.OPERATION: "invoke_workflow",
        names.WORKFLOW: header.scenario,
        names.EPISODE_INDEX: header.index,
        names.ATTEMPT: header.attempt,
        names.SEED: header.seed,
        names.PARAMETERS: dumps(header.parameters),
        names.GAME: dumps(header.game),
        names.ACTORS: dumps([asdict(seat) for seat in header.seats]),
    }


def _metric_attributes(measurements: Sequence[Measurement]) -> dict[str, AttributeValue]:
    """The defined values by name; per role, and the mean over roles under the metric's own name."""
    attributes: dict[str, AttributeValue] = {}
    by_metric: dict[str, list[float]] = {}
    for each in measurements:
        if math.isnan(each.value):
            continue
        by_metric.setdefault(each.metric, []).append(each.value)
        if each.role is not None:
            attributes[f"{names.METRIC}{each.metric}.{each.role}"] = each.value
    for metric, values in by_metric.items():
        attributes[names.METRIC + metric] = math.fsum(values) / len(values)
    attributes[names.MEASUREMENTS] = dumps([asdict(each) for each in measurements])
    return attributes
