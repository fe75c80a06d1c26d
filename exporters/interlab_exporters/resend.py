"""Stored spans to a backend, as if they happened there: original ids, times, resources and scopes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from interlab_exporters.backend import Backend
from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_attributes, check_bound
from interlab_exporters.endpoints import otlp_endpoint
from interlab_exporters.protobuf import encode_request, span_message
from interlab_exporters.reading import read_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

    from interlab_exporters.spans import Span

_BATCH_BYTES: Final = 3 * 1024 * 1024
"""With resources and scopes on top, below the 4 MiB that servers take by default."""
_BATCH_SPANS: Final = 2_000
_CONTENT_TYPE: Final = "application/x-protobuf"


@dataclass(frozen=True, slots=True)
class Resent:
    """What :func:`resend` has sent, so far or in all."""

    spans: int = 0
    traces: int = 0
    batches: int = 0


def resend(
    source: str | os.PathLike[str] | Iterable[Span],
    endpoint: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_attribute_bytes: int | None = MAX_ATTRIBUTE_BYTES,
    timeout: float = 30.0,
    progress: Callable[[Resent], None] | None = None,
) -> Resent:
    """Send stored spans to an OTLP endpoint over HTTP, in batches under 4 MiB.

    Args:
        source: Anything that :func:`~interlab_exporters.read_spans` reads, or spans.
        endpoint: ``http://host:4318``; ``/v1/traces`` is appended to a bare address.
        headers: Sent with every request, for example an authorization.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes, longer ones are cut with a visible marker;
            None sends everything whole.
        timeout: Seconds to wait for each answer.
        progress: Called after every batch.

    Returns:
        How much was sent.

    Raises:
        SpanFormatError: The source holds no spans that we can read.
        ConfigurationError: The endpoint is no address.
        BackendError: The endpoint refused; what was sent before stays there.
    """
    spans = read_spans(source) if isinstance(source, (str, os.PathLike)) else source
    backend = Backend(otlp_endpoint(endpoint), headers=headers, timeout=timeout)
    sent = Resent()
    traces: set[str] = set()
    try:
        for batch in _batches(spans, max_attribute_bytes):
            backend.post(encode_request(batch), _CONTENT_TYPE)
            traces.update(span.trace_id for span, _ in batch)
            sent = Resent(sent.spans + len(batch), len(traces), sent.batches + 1)
            if progress is not None:
                progress(sent)
    finally:
        backend.close()
    return sent


def _batches(spans: Iterable[Span], max_bytes: int | None) -> Iterator[list[tuple[Span, SpanMessage]]]:
    if max_bytes is not None:
        check_bound(max_bytes)
    batch: list[tuple[Span, SpanMessage]] = []
    size = 0
    for span in spans:
        bounded = span if max_bytes is None else _bounded(span, max_bytes)
        message = span_message(bounded)
        length = message.ByteSize()
        if batch and (size + length > _BATCH_BYTES or len(batch) == _BATCH_SPANS):
            yield batch
            batch, size = [], 0
        batch.append((bounded, message))
        size += length
    if batch:
        yield batch


def _bounded(span: Span, max_bytes: int) -> Span:
    events = [bound_attributes(event.attributes, max_bytes) for event in span.events]
    links = [bound_attributes(link.attributes, max_bytes) for link in span.links]
    own = bound_attributes(span.attributes, max_bytes)
    if not any(part.is_cut for part in (own, *events, *links)):
        return span
    return span._replace(
        attributes=own.attributes,
        events=tuple(
            replace(event, attributes=bounded.attributes)
            for event, bounded in zip(span.events, events, strict=True)
        ),
        links=tuple(
            replace(link, attributes=bounded.attributes) for link, bounded in zip(span.links, links, strict=True)
        ),
    )
