"""Write: what a judge said about an episode, as a small trace of its own that links to the episode's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry.trace import Link, Span, SpanContext, Status, StatusCode, TraceFlags, set_span_in_context

from interlab.schema import names
from interlab.tracing.spans import fail
from interlab.tracing.telemetry import Telemetry, TraceState, with_trace

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.util.types import AttributeValue

    from interlab.schema.episode import Episode


class JudgementRecorder:
    """Records a judgement; made by :func:`record_judgement`."""

    def __init__(self, span: Span, *, full: bool) -> None:
        self._span = span
        self._full = full

    def said(self, label: str, value: float | None, explanation: str) -> None:
        """Record the verdict.

        Args:
            label: The answer in words.
            value: The answer as a number, where it is one.
            explanation: Why, in the judge's words.
        """
        self._span.set_attribute(names.EVALUATION_LABEL, label)
        if value is not None:
            self._span.set_attribute(names.EVALUATION_VALUE, value)
        if self._full:
            self._span.set_attribute(names.EVALUATION_EXPLANATION, explanation)


@contextmanager
def record_judgement(
    telemetry: Telemetry, episode: Episode, root_span: str | None, *, rubric: str, judge: str, role: str | None
) -> Generator[JudgementRecorder]:
    """Record what a judge says about an episode; its model calls become children.

    Args:
        telemetry: Where the spans go.
        episode: What is judged.
        root_span: The id of the episode's root span, 16 hex digits, to link to.
        rubric: By what it is judged.
        judge: The spec of the model that judges.
        role: Who of the episode is judged; ``None`` for the episode as a whole.
    """
    stamps: dict[str, AttributeValue] = {
        names.RUN_ID: episode.run,
        names.SUITE: episode.suite,
        names.SCENARIO: episode.scenario,
        names.CONDITION: episode.condition,
        names.EPISODE_ID: episode.id,
    }
    attributes: dict[str, AttributeValue] = {names.EVALUATION_NAME: rubric, names.PLAYER: judge}
    if role is not None:
        attributes[names.AGENT] = role
    links = ()
    if root_span is not None:
        judged = SpanContext(
            int(episode.trace_id, 16), int(root_span, 16), is_remote=True, trace_flags=TraceFlags(1)
        )
        links = (Link(judged),)
    trace = TraceState(telemetry, stamps, keeps=False)
    span = telemetry.start(
        names.SERVICE, f"judge {rubric}", attributes=attributes, links=links, trace=trace, root=True
    )
    token = otel_context.attach(set_span_in_context(span, with_trace(trace, otel_context.Context())))
    try:
        yield JudgementRecorder(span, full=telemetry.content == "full")
    except BaseException as error:
        fail(span, error)
        raise
    else:
        span.set_status(Status(StatusCode.OK))
    finally:
        span.end()
        otel_context.detach(token)
