"""Spans to a live backend while they happen: OTLP, lossy, counted, and never in the way.

The official exporters do the talking, and so honour ``OTEL_EXPORTER_OTLP_*``. The queue before them is ours:
the SDK's batch processor counts nothing, logs every failure to the terminal, and waits half a minute for a
collector that is dead.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, bound_span, check_bound
from interlab_exporters.endpoints import Protocol, otlp_endpoint, protocol_of_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.sdk.trace import ReadableSpan


_BATCH_SPANS: Final = 512
_BATCH_BYTES: Final = 3 * 1024 * 1024
"""Below the 4 MiB that a gRPC server takes by default."""
_DELAY_S: Final = 1.0
_GRACE_S: Final = 2.0
"""How long :meth:`LiveExport.close` waits for a collector that fails: enough for the first retry."""
_LOGGERS: Final = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
    "opentelemetry.exporter.otlp.proto.common._internal",
    "opentelemetry.exporter.otlp.common.http",
)
_TRANSIENT: Final = re.compile(r"^Transient error (.*) encountered while exporting")
_SAYS_NOTHING: Final = "due to timeout, max retries or shutdown"
"""How the HTTP exporter ends its retries; the cause was in the message before."""


class LiveExport(SpanProcessor):
    """Sends every span to an OTLP endpoint from a thread of its own.

    Whatever the endpoint does, the thread that ends a span only appends it to a queue. What does not get
    through (the queue is full, the collector refuses, time is up at the end) is counted. No environment
    variable shrinks the queue or cuts an attribute.

    Attributes:
        sent: Spans that the endpoint has accepted.
        lost: Spans that it has not and that were given up.
        failure: Why the latest failure happened, in one line; empty as long as there was none.

    Args:
        endpoint: ``http://host:4318`` (``/v1/traces`` is appended to a bare address) or ``http://host:4317``
            for gRPC; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, on top of ``OTEL_EXPORTER_OTLP_HEADERS``.
        max_attribute_bytes: Bound of one attribute in UTF-8 bytes; longer ones are cut with a visible marker.
            The span itself, which other processors see, stays whole.
        queue: How many spans may wait.

    Raises:
        ConfigurationError: The endpoint or the protocol cannot be understood.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        protocol: Protocol | None = None,
        headers: Mapping[str, str] | None = None,
        max_attribute_bytes: int = MAX_ATTRIBUTE_BYTES,
        queue: int = 65_536,
    ) -> None:
        self._protocol: Protocol = protocol or protocol_of_environment()
        self._endpoint = otlp_endpoint(endpoint, self._protocol) if endpoint else None
        self._headers = dict(headers or {})
        self._max_bytes = check_bound(max_attribute_bytes)
        self._capacity = queue
        self._start()
        _restart_after_fork(self)

    def _start(self) -> None:
        self.sent = 0
        self.lost = 0
        self.failure = ""
        self._accepted = 0
        self._struggling = False
        self._closing = False
        self._given_up = False
        self._waiting: deque[ReadableSpan] = deque()
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._exporter = _exporter(self._endpoint, self._protocol, self._headers)
        self._thread = threading.Thread(target=self._work, name="interlab-live-export", daemon=True)
        self._thread.start()

    def restart(self) -> None:
        """Begin anew with nothing queued or counted, as in a forked child; a closed export stays closed."""
        if not self._closing:
            self._start()

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span; constant time, never waits, never raises."""
        if not ((context := span.context) and context.trace_flags & 1):
            return
        with self._lock:
            self._accepted += 1
            if self._closing or len(self._waiting) >= self._capacity:
                self.lost += 1
                self.failure = "closed" if self._closing else f"queue full: {self._capacity} spans were waiting"
                return
            self._waiting.append(span)
            ready = len(self._waiting) >= _BATCH_SPANS
        if ready and not self._wake.is_set():
            self._wake.set()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until everything queued so far was sent or lost.

        Returns:
            Whether that happened within ``timeout_millis`` milliseconds.
        """
        self._wake.set()
        with self._settled:
            goal = self._accepted
            return self._settled.wait_for(lambda: self.sent + self.lost >= goal, timeout_millis / 1000)

    def shutdown(self) -> None:
        """Do what :meth:`close` does."""
        self.close()

    def close(self, timeout: float = 10.0) -> None:
        """Send what is queued, then stop; what cannot be sent in time is counted as lost.

        Gives up after two seconds when the collector fails rather than being slow. Doing it twice does
        nothing.

        Args:
            timeout: In seconds, at most.
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
        self._wake.set()
        self._await_last_spans(timeout)
        self._exporter.shutdown()
        self._thread.join(timeout=0.2)

    def _await_last_spans(self, timeout: float) -> None:
        begun = time.monotonic()
        with self._settled:
            while (left := self._accepted - self.sent - self.lost) and not self._given_up:
                waited = time.monotonic() - begun
                if waited >= timeout or (self._struggling and waited >= _GRACE_S):
                    self._given_up = True
                    self.lost += left
                    self.failure = self.failure or f"no answer within {timeout:g} s"
                    self._waiting.clear()
                else:
                    self._settled.wait(0.05)

    def _work(self) -> None:
        with _Failures(self._note_failure):
            while not self._closing:
                self._wake.wait(_DELAY_S)
                self._wake.clear()
                self._drain()
            self._drain()

    def _drain(self) -> None:
        while batch := self._next_batch():
            succeeded = self._export(batch)
            with self._settled:
                if self._given_up:
                    return
                self._struggling = not succeeded
                if succeeded:
                    self.sent += len(batch)
                else:
                    self.lost += len(batch)
                self._settled.notify_all()

    def _export(self, batch: list[ReadableSpan]) -> bool:
        try:
            return self._exporter.export(batch) is SpanExportResult.SUCCESS
        except ValueError as error:  # what gRPC raises once its channel was closed under a call
            self._note_failure(str(error))
            return False

    def _next_batch(self) -> list[ReadableSpan]:
        batch: list[ReadableSpan] = []
        size = 0
        while self._waiting and len(batch) < _BATCH_SPANS and size < _BATCH_BYTES:
            try:
                span = self._waiting.popleft()
            except IndexError:  # given up meanwhile
                break
            bounded = bound_span(span, self._max_bytes)
            batch.append(bounded.span)
            size += bounded.size
        return batch

    def _note_failure(self, message: str) -> None:
        cause = _TRANSIENT.search(message)
        with self._lock:
            self._struggling = True
            if not self._given_up and (_SAYS_NOTHING not in message or not self.failure):
                self.failure = (cause[1] if cause else message).partition("\n")[0]


class _Failures(logging.Filter):
    """Takes what the exporters log in the thread that made it, so that it is counted and not printed."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__()
        self._note = note
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self._thread:
            return True
        if record.levelno >= logging.WARNING:
            self._note(record.getMessage())
        return False

    def __enter__(self) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def __exit__(self, *_: object) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)


def _exporter(endpoint: str | None, protocol: Protocol, headers: dict[str, str]) -> SpanExporter:
    if protocol == "http/protobuf":
        return HttpExporter(endpoint=endpoint, headers=headers)
    # gRPC is heavy, and few want it.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter

    return GrpcExporter(endpoint=endpoint, headers={key.lower(): value for key, value in headers.items()})


def _restart_after_fork(export: LiveExport) -> None:
    """Give a forked child a thread and a connection of its own; what waits is the parent's to send."""
    reference = weakref.WeakMethod(export.restart)

    def restart() -> None:
        if (method := reference()) is not None:
            method()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=restart)
