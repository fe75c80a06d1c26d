"""Spans as hypothesis makes them, through the containers that the SDK itself uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AnyValue

INT64 = st.integers(-(2**63), 2**63 - 1)
TIMES = st.one_of(st.none(), st.integers(0, 2**63 - 1))
KEYS = st.text(min_size=1, max_size=20)
TEXTS = st.text(max_size=60)
SCALARS: st.SearchStrategy[AnyValue] = st.one_of(
    TEXTS, st.booleans(), INT64, st.floats(), st.binary(max_size=20), st.none()
)
VALUES: st.SearchStrategy[AnyValue] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(KEYS, VALUES, max_size=6)
FLAT_MAPPINGS = st.dictionaries(KEYS, TEXTS, max_size=3)


def sdk_attributes(values: Mapping[str, AnyValue]) -> BoundedAttributes:
    return BoundedAttributes(attributes=values)


CONTEXTS = st.builds(
    SpanContext,
    trace_id=st.integers(1, 2**128 - 1),
    span_id=st.integers(1, 2**64 - 1),
    is_remote=st.booleans(),
    trace_flags=st.just(TraceFlags(TraceFlags.SAMPLED)),
    trace_state=st.sampled_from([TraceState(), TraceState([("vendor", "a1"), ("other", "b2")])]),
)
ATTRIBUTES = st.builds(sdk_attributes, MAPPINGS)
EVENTS = st.builds(Event, name=TEXTS, attributes=ATTRIBUTES, timestamp=st.integers(0, 2**63 - 1))
LINKS = st.builds(Link, CONTEXTS, ATTRIBUTES)
RESOURCES = st.builds(Resource, FLAT_MAPPINGS, st.sampled_from(["", "https://opentelemetry.io/schemas/1.40.0"]))
SCOPES = st.builds(
    InstrumentationScope,
    name=TEXTS,
    version=st.one_of(st.none(), TEXTS),
    schema_url=st.one_of(st.none(), st.just("https://example.org/scope")),
    attributes=FLAT_MAPPINGS,
)
STATUSES = st.one_of(
    st.just(Status(StatusCode.UNSET)),
    st.just(Status(StatusCode.OK)),
    st.builds(Status, st.just(StatusCode.ERROR), st.one_of(st.none(), TEXTS)),
)
SPANS = st.builds(
    ReadableSpan,
    name=TEXTS,
    context=CONTEXTS,
    parent=st.one_of(st.none(), CONTEXTS),
    resource=RESOURCES,
    attributes=ATTRIBUTES,
    events=st.lists(EVENTS, max_size=2),
    links=st.lists(LINKS, max_size=2),
    kind=st.sampled_from(SpanKind),
    status=STATUSES,
    start_time=TIMES,
    end_time=TIMES,
    instrumentation_scope=st.one_of(st.none(), SCOPES),
)


def a_span(
    name: str = "chat",
    attributes: Mapping[str, AnyValue] | None = None,
    *,
    trace_id: int = 0xA1,
    span_id: int = 0xB1,
    parent_id: int | None = None,
    service: str = "alice",
    events: tuple[Event, ...] = (),
    links: tuple[Link, ...] = (),
    start: int = 1_700_000_000_000_000_000,
) -> ReadableSpan:
    """Build one plain span, sampled and ended."""
    flags = TraceFlags(TraceFlags.SAMPLED)
    return ReadableSpan(
        name=name,
        context=SpanContext(trace_id, span_id, is_remote=False, trace_flags=flags),
        parent=None if parent_id is None else SpanContext(trace_id, parent_id, is_remote=False, trace_flags=flags),
        resource=Resource({"service.name": service}),
        attributes=sdk_attributes(attributes or {}),
        events=events,
        links=links,
        start_time=start,
        end_time=start + 1_000_000,
        instrumentation_scope=InstrumentationScope("interlab", "1.0"),
    )
