"""Evaluation results as OpenTelemetry log events, parented to the span they judge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interlab.schema import names
from interlab_exporters import LogEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opentelemetry.util.types import AnyValue

    from interlab.schema.episode import Measurement


def evaluation_events(
    measurements: Iterable[Measurement],
    *,
    trace_id: str,
    span_id: str,
    stamps: Mapping[str, AnyValue],
    time: int,
) -> Iterator[LogEvent]:
    """Make one ``gen_ai.evaluation.result`` event of each measurement.

    Args:
        measurements: What the metrics said; an undefined value has no score attribute.
        trace_id: The trace of the span that was judged, 32 hex digits.
        span_id: That span, usually an episode's root, 16 hex digits.
        stamps: What identifies the episode, put on every event.
        time: Nanoseconds since the epoch.
    """
    for each in measurements:
        attributes: dict[str, AnyValue] = {**stamps, names.EVALUATION_NAME: each.metric}
        if not math.isnan(each.value):
            attributes[names.EVALUATION_VALUE] = each.value
        if each.role is not None:
            attributes[names.AGENT] = each.role
        if each.k is not None and each.n is not None:
            attributes[names.EVALUATION_K] = each.k
            attributes[names.EVALUATION_N] = each.n
        yield LogEvent(names.EVALUATION, time, attributes, trace_id, span_id)
