"""The connection of a live exporter: it tries again for a while, and knows when waiting is of no use."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from interlab_exporters.failures import RequestFailedError
from interlab_exporters.sending import connect, send_patiently

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab_exporters.endpoints import Destination
    from interlab_exporters.failures import FailureKind
    from interlab_exporters.sending import Rejected

_RETRIED: Final[frozenset[FailureKind]] = frozenset({"busy", "unreachable"})
_GRACE_S: Final = 1.5
"""Time for which an endpoint may fail before closing stops waiting: enough for the first retry."""
_PATIENCE_S: Final = 1.0
"""The same for an endpoint that is silent, unless it has taken more than half of that to answer before."""


class LiveConnection:
    """A connection to an OTLP endpoint, used by one thread and watched by the one that closes it.

    Args:
        there: The endpoint.
        failed: Called with every failure, in the sending thread.

    Attributes:
        is_failing: Whether the latest request was not acknowledged, or the current one has failed so far.
    """

    def __init__(self, there: Destination, failed: Callable[[RequestFailedError], None]) -> None:
        self.is_failing = False
        self._sender = connect(there)
        self._failed = failed
        self._is_unreachable = False
        self._unanswered_since: float | None = None
        self._longest_answer_s = 0.0
        self._is_abandoned = threading.Event()

    def send(self, request: bytes) -> Rejected | None:
        """Send a request, again for some seconds while the endpoint is busy or unreachable.

        Returns:
            The part that the endpoint has not taken; None if it has not acknowledged the request.
        """
        begun = time.monotonic()
        self._unanswered_since = self._unanswered_since or begun
        self._is_unreachable = False
        try:
            rejected = send_patiently(self._sender, request, self._wait, retried=_RETRIED, failed=self._note)
        except RequestFailedError as failure:
            self._note(failure)
            return None
        self.is_failing = False
        self._unanswered_since = None
        self._longest_answer_s = max(self._longest_answer_s, time.monotonic() - begun)
        return rejected

    def rest(self) -> None:
        """Forget what went wrong, since there is nothing to send; the next request is a new chance."""
        self._unanswered_since = None
        self._is_unreachable = False

    @property
    def patience(self) -> float:
        """Seconds without an acknowledgement after which waiting is of no use."""
        if self._is_unreachable:
            return 0.0
        return _GRACE_S if self.is_failing else max(_PATIENCE_S, 2 * self._longest_answer_s)

    def is_hopeless(self, since: float) -> bool:
        """Check whether it is of no use to wait for the endpoint any longer.

        Args:
            since: Time from which to wait, by the monotonic clock, if nothing has been asked of it before.
        """
        return time.monotonic() - (self._unanswered_since or since) >= self.patience

    def abandon(self) -> None:
        """Wait no longer to try again; called by another thread."""
        self._is_abandoned.set()

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()

    def _wait(self, seconds: float) -> bool:
        return not self._is_abandoned.wait(seconds)

    def _note(self, failure: RequestFailedError) -> None:
        self.is_failing = True
        self._is_unreachable = failure.kind == "unreachable"
        self._failed(failure)
