"""Rounds per second of two strategies with cheap talk, fully traced to disk and judged, beside the bare SDK.

The peer starts and ends as many spans, with the very same attributes and parents, and exports nothing.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from benchmarks.comparison import Comparison, compare
from interlab.running.execution import execute
from interlab.running.plan import Plan, make_plan
from interlab.running.run import Execution
from interlab.running.store import RunDirectory
from interlab.running.suites import suite_of
from interlab_exporters import Span, read_spans

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

_ROUNDS = 200
_EPISODES = 8


def measure() -> Comparison:
    """Compare rounds per second, played and traced to disk; ours is to reach half of the peer's."""
    return _measure(judged=False, limit=0.5)


def measure_judged() -> Comparison:
    """Compare the same with every episode read back from its spans and judged by ten metrics when it ends."""
    return _measure(judged=True, limit=None)


def _measure(*, judged: bool, limit: float | None) -> Comparison:
    suite = suite_of(
        "prisoners-dilemma",
        players=("strategy/tit-for-tat", "strategy/generous-tit-for-tat"),
        parameters={"rounds": _ROUNDS, "talk": True},
    )
    plan = make_plan(suite, episodes=_EPISODES)
    if not judged:
        unjudged = tuple(each.model_copy(update={"metrics": ()}) for each in plan.conditions)
        plan = plan.model_copy(update={"conditions": unjudged})
    with tempfile.TemporaryDirectory() as directory:
        _, run = _play(plan, Path(directory))
        spans = list(read_spans(run / "spans"))
        return compare(
            f"rounds with cheap talk, traced to disk{' and judged' if judged else ''} "
            f"({len(spans) / _EPISODES / _ROUNDS:.1f} spans a round), beside the bare SDK",
            "rounds/s",
            lambda: _play(plan, Path(directory))[0],
            lambda: _bare(spans),
            limit=limit,
            sense="at least",
            pairs=7,
        )


def _play(plan: Plan, parent: Path) -> tuple[float, Path]:
    directory = RunDirectory.create(parent, plan.suite)
    began = time.perf_counter()
    asyncio.run(execute(plan, directory, Execution(concurrency=1)))
    return _EPISODES * _ROUNDS / (time.perf_counter() - began), directory.path


def _bare(spans: list[Span]) -> float:
    """Start and end the same spans in the order in which they ended, with the attributes given at the start."""
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource({}), shutdown_on_exit=False)
    tracer = provider.get_tracer("bare")
    kinds = {kind.name: kind for kind in trace.SpanKind}
    rows: list[tuple[str, trace.SpanKind, dict[str, AttributeValue]]] = [
        (span.name, kinds[span.kind], dict(span.attributes))
        for span in spans  # type: ignore[arg-type]
    ]
    root = tracer.start_span("root")
    token = context.attach(trace.set_span_in_context(root))
    began = time.perf_counter()
    for name, kind, attributes in rows:
        tracer.start_span(name, kind=kind, attributes=attributes).end()
    elapsed = time.perf_counter() - began
    context.detach(token)
    root.end()
    return _EPISODES * _ROUNDS / elapsed
