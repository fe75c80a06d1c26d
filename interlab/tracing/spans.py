"""The span under the recorders: started as a child of the current one, current while its block runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
from opentelemetry import context as otel_context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from interlab.tracing import names

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from opentelemetry.util.types import AttributeValue

    from interlab.tracing.telemetry import TraceState


def dumps(value: object) -> str:
    """Write a value as the JSON of an attribute; NaN becomes null."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


@contextmanager
def child_span(
    trace: TraceState,
    service: str,
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, AttributeValue] | None,
) -> Generator[Span]:
    """Start a span below the current one and end it with its block, whose error it records.

    Args:
        trace: The trace that is being recorded here.
        service: The span's service: a role, or ``interlab``.
        name: The span's name.
        kind: The span's kind.
        attributes: What is known from the start.
    """
    telemetry = trace.telemetry
    span = telemetry.tracer(service).start_span(
        name, kind=kind, attributes=attributes, start_time=telemetry.clock()
    )
    token = otel_context.attach(set_span_in_context(span))
    try:
        yield span
    except BaseException as error:
        fail(span, error)
        raise
    finally:
        otel_context.detach(token)
        span.end(telemetry.clock())


def fail(span: Span, error: BaseException) -> None:
    """Record that what a span stands for failed."""
    span.set_attribute(names.ERROR_TYPE, type(error).__name__)
    span.set_status(Status(StatusCode.ERROR, str(error)))
