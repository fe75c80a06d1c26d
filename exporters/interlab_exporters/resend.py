"""Stored spans to a backend, as if they happened there: original ids, times, resources and scopes."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_stored_span, check_bound
from interlab_exporters.endpoints import Protocol, destination
from interlab_exporters.ledger import Acknowledged
from interlab_exporters.protobuf import encode_request, span_message
from interlab_exporters.reading import SpanReader, read_spans
from interlab_exporters.sending import sender_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

    from interlab_exporters.ledger import Ledger
    from interlab_exporters.spans import Span

_BATCH_BYTES: Final = 3 * 1024 * 1024
"""With resources and scopes on top, below the 4 MiB that servers take by default."""
_BATCH_SPANS: Final = 2_000
_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Resent:
    """What :func:`resend` has sent, so far or in all.

    Attributes:
        spans: How many spans were acknowledged.
        traces: Of how many traces.
        batches: In how many requests.
        left_out: How many spans were not sent, because the endpoint had acknowledged them before.
        planned: How many spans are to be sent in all; None where that is not known before the end.
    """

    spans: int = 0
    traces: int = 0
    batches: int = 0
    left_out: int = 0
    planned: int | None = None


def resend(
    source: str | os.PathLike[str] | Iterable[Span],
    endpoint: str,
    *,
    protocol: Protocol | None = None,
    headers: Mapping[str, str] | None = None,
    max_attribute_bytes: int | None = MAX_ATTRIBUTE_BYTES,
    timeout: float | None = None,
    ledger: Ledger | None = None,
    again: bool = False,
    progress: Callable[[Resent], None] | None = None,
) -> Resent:
    """Send stored spans to an OTLP endpoint, in batches under 4 MiB.

    With a ledger, what the endpoint acknowledges is remembered, trace by trace, and left out the next time; a
    trace of several batches counts once the last of them was acknowledged. Whoever sends a trace twice (after an
    interruption, or with ``again``) sends the same span ids, by which readers know the copies.

    Args:
        source: Anything that :func:`~interlab_exporters.read_spans` reads, or spans; with a ledger it is read
            twice.
        endpoint: ``http://host:4318`` (``/v1/traces`` is appended to a bare address) or ``http://host:4317`` for
            gRPC.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, for example an authorization, on top of
            ``OTEL_EXPORTER_OTLP_HEADERS``.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes, longer ones are cut with a visible marker;
            None sends everything whole.
        timeout: Seconds to wait for each answer; None takes ``OTEL_EXPORTER_OTLP_TIMEOUT``, else 30.
        ledger: Remembers what was sent where.
        again: Send what was sent before, too.
        progress: Called after every batch, and with a ledger before the first.

    Returns:
        How much was sent.

    Raises:
        SpanFormatError: The source holds no spans that we can read.
        ConfigurationError: The endpoint is no address, a header cannot be sent, or a variable
            ``OTEL_EXPORTER_OTLP_*`` cannot be understood.
        BackendError: The endpoint refused; what was sent before stays there.
        RecordError: The ledger cannot be read or written.
    """
    there = destination(endpoint, protocol=protocol, headers=headers)
    spans = _spans(source)
    missing = _Missing(there.address, ledger, spans, again=again) if ledger is not None else None
    sent = missing.outlook if missing is not None else Resent()
    tell = progress or _tell_nobody
    if missing is not None:
        tell(sent)
        spans = filter(missing.lacks, spans)
    sender = sender_to(there, timeout or there.timeout or _TIMEOUT_S)
    traces: set[str] = set()
    try:
        for batch in _batches(spans, max_attribute_bytes):
            sender.send(encode_request(batch))
            if missing is not None:
                missing.arrived(span for span, _ in batch)
            traces.update(span.trace_id for span, _ in batch)
            sent = replace(sent, spans=sent.spans + len(batch), traces=len(traces), batches=sent.batches + 1)
            tell(sent)
    finally:
        sender.close()
    return sent


class _Missing:
    """The spans that an endpoint still lacks, and how many spans of each are still to be acknowledged."""

    def __init__(self, address: str, ledger: Ledger, spans: Iterable[Span], *, again: bool) -> None:
        self._address = address
        self._ledger = ledger
        known = Acknowledged({}, {}) if again else ledger.acknowledged(address)
        self._there = known.spans
        counts: Counter[str] = Counter()
        lacking: Counter[str] = Counter()
        for span in spans:
            counts[span.trace_id] += 1
            lacking[span.trace_id] += not self._has(span)
        self._left = {
            trace: count for trace, count in lacking.items() if count and known.traces.get(trace) != counts[trace]
        }
        self._sizes = {trace: counts[trace] for trace in self._left}
        planned = sum(self._left.values())
        self.outlook = Resent(left_out=counts.total() - planned, planned=planned)

    def lacks(self, span: Span) -> bool:
        return span.trace_id in self._sizes and not self._has(span)

    def _has(self, span: Span) -> bool:
        return span.span_id in self._there.get(span.trace_id, ())

    def arrived(self, spans: Iterable[Span]) -> None:
        complete: dict[str, int] = {}
        for trace, count in Counter(span.trace_id for span in spans).items():
            self._left[trace] -= count
            if self._left[trace] <= 0:  # below, where the trace grew while it was read
                complete[trace] = self._sizes[trace]
        if complete:
            self._ledger.acknowledge(self._address, complete)


def _spans(source: str | os.PathLike[str] | Iterable[Span]) -> Iterable[Span]:
    match source:
        case str() if "://" in source:
            return read_spans(source)
        case str() | os.PathLike():
            return SpanReader(source)
        case _:
            return source


def _batches(spans: Iterable[Span], max_bytes: int | None) -> Iterator[list[tuple[Span, SpanMessage]]]:
    if max_bytes is not None:
        check_bound(max_bytes)
    batch: list[tuple[Span, SpanMessage]] = []
    size = 0
    for span in spans:
        leaving = span if max_bytes is None else bound_stored_span(span, max_bytes)
        message = span_message(leaving)
        length = message.ByteSize()
        if batch and (size + length > _BATCH_BYTES or len(batch) == _BATCH_SPANS):
            yield batch
            batch, size = [], 0
        batch.append((leaving, message))
        size += length
    if batch:
        yield batch


def _tell_nobody(sent: Resent) -> None:
    """Where nobody wants to know."""
