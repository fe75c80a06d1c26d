"""Fields of an SDK span, read as fast as the SDK allows.

The public properties of a span are Python code, and some copy under a lock even where there is nothing to copy.
Reading all of them for one span takes longer than encoding it; this module is for the code that does so for every
span.
"""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opentelemetry.sdk.trace import Event
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Link, SpanContext, SpanKind, Status, TraceState
    from opentelemetry.util.types import AnyValue, Attributes

    Fields: TypeAlias = tuple[
        SpanContext | None,
        SpanContext | None,
        Resource,
        InstrumentationScope | None,
        str,
        SpanKind,
        int | None,
        int | None,
        Status,
        Attributes,
        Sequence[Event],
        Sequence[Link],
    ]

_NAMES: Final = (
    "context",
    "parent",
    "resource",
    "instrumentation_scope",
    "name",
    "kind",
    "start_time",
    "end_time",
    "status",
    "attributes",
    "events",
    "links",
)


def _reader() -> Callable[[ReadableSpan], Fields]:
    """Read the attributes behind the properties, or the properties themselves once the SDK renames those."""
    probe = ReadableSpan("probe", resource=Resource.get_empty())
    behind = [f"_{name}" for name in _NAMES]
    known = all(hasattr(probe, name) for name in behind)
    return cast("Callable[[ReadableSpan], Fields]", attrgetter(*(behind if known else _NAMES)))


fields_of: Final = _reader()
"""Context, parent, resource, scope, name, kind, start, end, status, attributes, events and links of a span."""


def plain_attributes(attributes: Attributes) -> Mapping[str, AnyValue]:
    """Copy the SDK's attributes into a dict.

    ``dict(attributes)`` and ``attributes.items()`` go through Python code for every key, because the SDK's
    container is a ``MutableMapping``, perhaps behind a mapping proxy; its own ``copy`` does not.
    """
    if attributes is None:
        return {}
    if isinstance(attributes, (BoundedAttributes, MappingProxyType)):
        return attributes.copy()
    return dict(attributes)


def trace_state_text(state: TraceState) -> str:
    """Write a W3C trace state as the OTLP exporters do."""
    return ",".join([f"{key}={value}" for key, value in state.items()])
