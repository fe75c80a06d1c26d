"""What the official exporters say when they fail: heard here, so that it is counted and not printed."""

from __future__ import annotations

import logging
import re
import threading
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGERS: Final = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.exporter.otlp.proto.http._log_exporter",
    "opentelemetry.exporter.otlp.proto.http._common",
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
    "opentelemetry.exporter.otlp.proto.common._internal",
    "opentelemetry.exporter.otlp.common.http",
)
_TRANSIENT: Final = re.compile(r"^Transient error (.*) encountered while exporting")
_SAYS_NOTHING: Final = re.compile(
    r"due to timeout, max retries or shutdown|^Shutdown in progress|already shutdown"
)
"""How the exporters end their retries; the cause was in the message before."""
_SYSTEM_ERROR: Final = re.compile(r"\[Errno -?\d+\] ([^\"')]+)")
_POOL: Final = re.compile(r"^HTTPS?ConnectionPool\([^)]*\): ")
"""What the HTTP client wraps around a cause; the address is known to who reads it."""
_NOBODY_THERE: Final = re.compile(
    r"Connection (refused|reset|aborted)|Broken pipe|Socket closed|No route to host|Network is unreachable"
    r"|Failed to resolve|DNS resolution failed"
)
_NO_SUCH_SERVICE: Final = re.compile(r"batch code: (404|405|501)\b|StatusCode\.UNIMPLEMENTED\b")


class Failure(NamedTuple):
    """A failure as an exporter tells it.

    Attributes:
        cause: Why, in one line.
        is_final_word: Whether it only ends retries, and so tells less than the failure before it.
        nobody_there: Whether nothing serves the address (any more); what did may have forgotten what it took.
        lacks_service: Whether the endpoint has no place for this kind of telemetry, and never will take any.
    """

    cause: str
    is_final_word: bool
    nobody_there: bool
    lacks_service: bool


def failure_told_by(message: str) -> Failure:
    """Understand what an exporter has logged."""
    transient = _TRANSIENT.search(message)
    cause = (transient[1] if transient else message).partition("\n")[0]
    system_error = _SYSTEM_ERROR.search(cause)
    return Failure(
        cause=system_error[1] if system_error else _POOL.sub("", cause),
        is_final_word=_SAYS_NOTHING.search(message) is not None,
        nobody_there=_NOBODY_THERE.search(message) is not None,
        lacks_service=_NO_SUCH_SERVICE.search(message) is not None,
    )


class Hearing(logging.Filter):
    """While it is entered, takes what the exporters log in the thread that made it.

    Args:
        note: Told every failure.
    """

    def __init__(self, note: Callable[[Failure], None]) -> None:
        super().__init__()
        self._note = note
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep a record of this thread from every handler."""
        if record.thread != self._thread:
            return True
        if record.levelno >= logging.WARNING:
            self._note(failure_told_by(record.getMessage()))
        return False

    def __enter__(self) -> None:
        for name in _LOGGERS:
            # Before the filter of their own that drops what was said a moment ago, be it of another exporter.
            logging.getLogger(name).filters.insert(0, self)

    def __exit__(self, *_: object) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)
