"""Write: what an actor does within its turn before it answers, such as reasoning or remembering."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from opentelemetry.trace import INVALID_SPAN, Span, SpanKind

from interlab.schema import names
from interlab.tracing.spans import ChildSpan
from interlab.tracing.telemetry import current_service, current_trace

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.util.types import AttributeValue

Step = Literal["reason", "plan", "reflect", "summarise", "retrieve", "ask"]
"""Kind of step: private reasoning, a plan, a look back, a summary of old messages, a search among them, a "
"question."""


class StepRecorder:
    """Records what came of a step; made by :func:`record_step`."""

    def __init__(self, span: Span, *, full: bool) -> None:
        self._span = span
        self._full = full

    def came_to(self, text: str) -> None:
        """Record the text that the step led to."""
        if self._full:
            self._span.set_attribute(names.STEP_TEXT, text)


@contextmanager
def record_step(step: Step) -> Generator[StepRecorder]:
    """Record a step within a turn, for the length of a block; model calls in it become its children."""
    trace = current_trace()
    if trace is None:
        yield StepRecorder(INVALID_SPAN, full=False)
        return
    attributes: dict[str, AttributeValue] = {names.STEP: step}
    with ChildSpan(trace, current_service(), step, SpanKind.INTERNAL, attributes) as span:
        yield StepRecorder(span, full=trace.telemetry.content == "full")
