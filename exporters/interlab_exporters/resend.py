"""Stored spans to a backend, as if they happened there: original ids, times, resources and scopes."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from interlab.errors import SpanFormatError
from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_span, check_bound
from interlab_exporters.deliveries import Acknowledged
from interlab_exporters.endpoints import destination
from interlab_exporters.failures import RequestFailedError
from interlab_exporters.protobuf import EncodedSpan, encode_span, span_request
from interlab_exporters.reading import SpanReader, read_spans
from interlab_exporters.sending import connect, send_patiently, uninstrumented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from interlab_exporters.deliveries import DeliveryLog
    from interlab_exporters.sending import Sender
    from interlab_exporters.spans import Span
    from interlab_exporters.variables import Protocol

_BATCH_BYTES: Final = 3 * 1024 * 1024
"""With resources and scopes on top, below the 4 MiB that servers take by default."""
_BATCH_SPANS: Final = 2_000
_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Resent:
    """Amount that :func:`resend` has sent, so far or in all.

    Attributes:
        spans: Number of spans that were acknowledged.
        traces: Number of their traces.
        batches: Number of requests.
        left_out: Number of spans that were not sent, because the endpoint had acknowledged them before.
        planned: Number of spans to send in all; None if that is not known before the end.
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
    log: DeliveryLog | None = None,
    again: bool = False,
    progress: Callable[[Resent], None] | None = None,
) -> Resent:
    """Send stored spans to an OTLP endpoint, in batches under 4 MiB.

    With a log, what the endpoint acknowledges is remembered, trace by trace, and left out the next time; a
    trace of several batches counts once the last of them was acknowledged. A trace that is sent twice (after an
    interruption, or with ``again``) keeps its span ids, by which readers recognise the copies.

    Args:
        source: Anything that :func:`~interlab_exporters.read_spans` reads, or spans; with a log it is read
            twice.
        endpoint: ``http://host:4318`` (``/v1/traces`` is appended to a bare address) or ``http://host:4317`` for
            gRPC.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, for example an authorization, on top of
            ``OTEL_EXPORTER_OTLP_HEADERS``.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes, longer ones are cut with a visible marker;
            None sends everything whole.
        timeout: Seconds to wait for each answer; None takes ``OTEL_EXPORTER_OTLP_TIMEOUT``, else 30.
        log: Remembers what was sent where.
        again: Send what was sent before, too.
        progress: Called after every batch, and with a log before the first.

    Returns:
        The amount that was sent.

    Raises:
        SpanFormatError: The source holds no spans that can be read, or one that OTLP cannot carry.
        ConfigurationError: The endpoint is not a valid address, a header cannot be sent, or a variable
            ``OTEL_EXPORTER_OTLP_*`` cannot be understood.
        BackendError: The endpoint refused; what was sent before stays there.
        RecordError: The log cannot be read or written.
    """
    there = destination(endpoint, protocol=protocol, headers=headers)
    spans = _spans(source)
    missing = _Missing(there.address, log, spans, again=again) if log is not None else None
    sent = Resent()
    if missing is not None:
        sent = missing.outlook
        spans = filter(missing.lacks, spans)
        if progress is not None:
            progress(sent)
    sender = connect(there, timeout or there.timeout or _TIMEOUT_S)
    traces: set[str] = set()
    try:
        for batch in _batches(spans, max_attribute_bytes):
            _send(sender, there.address, batch)
            if missing is not None:
                missing.arrived(batch)
            traces.update(span.trace_id for span, _ in batch)
            sent = replace(sent, spans=sent.spans + len(batch), traces=len(traces), batches=sent.batches + 1)
            if progress is not None:
                progress(sent)
    finally:
        sender.close()
    return sent


def _send(sender: Sender, address: str, batch: list[EncodedSpan]) -> None:
    with uninstrumented():
        rejected = send_patiently(sender, span_request(batch), _sleep)
    if rejected.items:
        message = f"refused {rejected.items} spans: {rejected.reason}"
        raise RequestFailedError(f"`{address}` {message}", kind="refused", reason=message)


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return True


class _Missing:
    """The spans that an endpoint still lacks, and how many spans of each trace are still to be acknowledged."""

    def __init__(self, address: str, log: DeliveryLog, spans: Iterable[Span], *, again: bool) -> None:
        self._address = address
        self._log = log
        known = Acknowledged({}, {}) if again else log.acknowledged(address)
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

    def arrived(self, batch: Iterable[EncodedSpan]) -> None:
        complete: dict[str, int] = {}
        for trace, count in Counter(span.trace_id for span, _ in batch).items():
            self._left[trace] -= count
            if self._left[trace] <= 0:  # below, where the trace grew while it was read
                complete[trace] = self._sizes[trace]
        if complete:
            self._log.acknowledge(self._address, complete)


def _spans(source: str | os.PathLike[str] | Iterable[Span]) -> Iterable[Span]:
    match source:
        case str() if "://" in source:
            return read_spans(source)
        case str() | os.PathLike():
            return SpanReader(source)
        case _:
            return source


def _batches(spans: Iterable[Span], max_bytes: int | None) -> Iterator[list[EncodedSpan]]:
    if max_bytes is not None:
        check_bound(max_bytes)
    batch: list[EncodedSpan] = []
    size = 0
    for span in spans:
        encoded = _encoded(span, max_bytes)
        length = encoded.size
        if batch and (size + length > _BATCH_BYTES or len(batch) == _BATCH_SPANS):
            yield batch
            batch, size = [], 0
        batch.append(encoded)
        size += length
    if batch:
        yield batch


def _encoded(span: Span, max_bytes: int | None) -> EncodedSpan:
    try:
        return encode_span(span if max_bytes is None else bound_span(span, max_bytes))
    except ValueError as error:
        raise SpanFormatError(f"span `{span.span_id}` cannot be sent: {error}") from error
