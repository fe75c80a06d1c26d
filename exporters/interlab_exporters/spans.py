"""The span as a value: what every reader of this package gives, and what a live span is turned into.

A :class:`Span` holds plain Python values only, so that it can be compared, pickled and sent to another
process. A span read back from a file equals the one made from the SDK's span that was written to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast

from opentelemetry.trace import SpanKind, StatusCode

from interlab_exporters.sdk_fields import fields_of, plain_attributes, trace_state_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Link
    from opentelemetry.util.types import AnyValue, Attributes

Kind: TypeAlias = Literal["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
StatusName: TypeAlias = Literal["UNSET", "OK", "ERROR"]

_KINDS: Final[dict[SpanKind, Kind]] = {kind: cast("Kind", kind.name) for kind in SpanKind}
_STATUSES: Final[dict[StatusCode, StatusName]] = {code: code.name for code in StatusCode}


class Dropped(NamedTuple):
    """Numbers of attributes, events and links that the recording side dropped from a span."""

    attributes: int = 0
    events: int = 0
    links: int = 0


NOTHING_DROPPED: Final = Dropped()


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened within a span; ``time`` is in nanoseconds since the epoch."""

    name: str
    time: int
    attributes: Mapping[str, AnyValue]
    dropped_attributes: int = 0


@dataclass(frozen=True, slots=True)
class SpanLink:
    """A pointer from a span to a span of (usually) another trace; ids in lower-case hex."""

    trace_id: str
    span_id: str
    attributes: Mapping[str, AnyValue]
    dropped_attributes: int = 0


_NO_ATTRIBUTES: Final[Mapping[str, AnyValue]] = {}


class Span(NamedTuple):
    """One span; a named tuple, since a reader makes millions of them and a dataclass takes ten times as long.

    Attributes:
        trace_id: 32 lower-case hex digits.
        span_id: 16 lower-case hex digits.
        parent_id: 16 lower-case hex digits; None for the root of a trace.
        name: What the span says it is.
        kind: Its role in a call or a message.
        start: Nanoseconds since the epoch.
        end: Nanoseconds since the epoch; 0 while the span has not ended.
        attributes: Key to plain value; a sequence is a tuple, a mapping a dict, at any depth.
        status: Whether the operation succeeded; UNSET if not set.
        status_message: Why it failed; empty if not given.
        events: In the order in which they were added.
        links: In the order in which they were added.
        resource: Attributes of the service that made the span; shared between its spans.
        scope_name: The instrumentation that made the span.
        scope_version: Its version; empty where it has none.
        trace_state: The W3C trace state, ``key=value`` joined with commas.
        dropped: What the recording side left out.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: Kind
    start: int
    end: int
    attributes: Mapping[str, AnyValue]
    status: StatusName = "UNSET"
    status_message: str = ""
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()
    resource: Mapping[str, AnyValue] = _NO_ATTRIBUTES
    scope_name: str = ""
    scope_version: str = ""
    trace_state: str = ""
    dropped: Dropped = NOTHING_DROPPED

    @property
    def service(self) -> str:
        """The resource's ``service.name``; empty where it has none."""
        return str(self.resource.get("service.name", ""))

    @classmethod
    def from_readable(cls, span: ReadableSpan) -> Span:
        """Make the value of a span of the SDK, ended or not.

        The attributes are copied one level deep: the SDK has already made what lies below immutable.

        Args:
            span: A span of the SDK; one that has not ended gives ``end == 0``.
        """
        context, parent, resource, scope, name, kind, start, end, status, attributes, events, links = fields_of(
            span
        )
        return cls(
            f"{context.trace_id:032x}" if context else "0" * 32,
            f"{context.span_id:016x}" if context else "0" * 16,
            f"{parent.span_id:016x}" if parent else None,
            name,
            _KINDS[kind],
            start or 0,
            end or 0,
            plain_attributes(attributes),
            _STATUSES[status.status_code],
            status.description or "",
            tuple([_event(event) for event in events]) if events else (),
            tuple([_link(link) for link in links]) if links else (),
            plain_attributes(resource.attributes),
            scope.name if scope else "",
            (scope.version or "") if scope else "",
            trace_state_text(context.trace_state) if context and context.trace_state else "",
            dropped_of(span, attributes) or NOTHING_DROPPED,
        )


def dropped_of(span: ReadableSpan, attributes: Attributes) -> Dropped | None:
    """Count what the SDK's limits left out of a span, given its attributes; None where that is nothing."""
    if type(attributes) is dict:  # not the SDK's container, which alone can drop anything
        return None
    dropped = span.dropped_attributes
    events = span.dropped_events
    links = span.dropped_links
    return Dropped(dropped, events, links) if dropped or events or links else None


def _event(event: Event) -> SpanEvent:
    return SpanEvent(event.name, event.timestamp, plain_attributes(event.attributes), event.dropped_attributes)


def _link(link: Link) -> SpanLink:
    context = link.context
    return SpanLink(
        f"{context.trace_id:032x}",
        f"{context.span_id:016x}",
        plain_attributes(link.attributes),
        link.dropped_attributes,
    )
