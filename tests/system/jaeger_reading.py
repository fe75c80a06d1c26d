"""What the tests that look into a real Jaeger share: runs, traces, and its own APIs asked without our reader."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import httpx2
import orjson

from interlab.schema import names
from interlab_exporters import JaegerQuery, Span, find_traces, read_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.daemons import Jaeger

Traces: TypeAlias = dict[str, dict[str, Span]]
"""Trace id -> span id -> span."""


class RecordedRun(NamedTuple):
    path: Path
    printed: dict[str, Any]

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def traces(self) -> Traces:
        return by_trace(read_spans(self.path / "spans"))


def by_trace(spans: Iterable[Span]) -> Traces:
    traces: Traces = defaultdict(dict)
    for span in spans:
        assert span.span_id not in traces[span.trace_id]
        traces[span.trace_id][span.span_id] = span
    return dict(traces)


def traces_in(jaeger: Jaeger, run_id: str) -> Traces:
    found = find_traces(JaegerQuery(jaeger.query, {names.RUN_ID: run_id}))
    return by_trace(span for trace in found for span in trace)


def get(url: str, fields: Mapping[str, str] | None = None) -> Any:
    """Ask for JSON."""
    answer = httpx2.get(url, params=fields, timeout=30)
    assert answer.status_code == 200, answer.text
    return orjson.loads(answer.content)


def spans_of(jaeger: Jaeger, trace_id: str) -> list[dict[str, Any]]:
    """The spans of a trace, as Jaeger's own API gives them."""
    groups = get(f"{jaeger.query}/api/v3/traces/{trace_id}")["result"]["resourceSpans"]
    return [span for group in groups for scope in group["scopeSpans"] for span in scope["spans"]]


def edges(jaeger: Jaeger, *, of_roles: bool = False) -> dict[tuple[str, str], int]:
    """The dependency graph: (caller, called) -> how often; between roles alone, if asked for."""
    fields = {"endTs": str(time.time_ns() // 1_000_000), "lookback": "3600000"}
    links: list[dict[str, Any]] = get(f"{jaeger.query}/api/dependencies", fields)["data"]
    drawn = {(link["parent"], link["child"]): link["callCount"] for link in links}
    return {edge: count for edge, count in drawn.items() if not of_roles or names.SERVICE not in edge}


def messages(spans: Path) -> Counter[tuple[str, str]]:
    """(Speaker, hearer) -> messages, counted in what the messages themselves say."""
    return Counter(
        (str(span.attributes[names.SENDER]), receiver)
        for span in read_spans(spans)
        if span.kind == "PRODUCER" and isinstance(receivers := span.attributes[names.RECEIVERS], tuple)
        for receiver in map(str, receivers)
    )
