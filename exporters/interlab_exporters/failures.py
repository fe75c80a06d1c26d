"""Requests that failed: why, and whether to try again."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from interlab.errors import BackendError

FailureKind: TypeAlias = Literal["busy", "unreachable", "silent", "unsupported", "refused"]


class RequestFailedError(BackendError):
    """A request that was not answered, or not with success.

    Attributes:
        kind: ``busy`` if the server asks to try again later, ``unreachable`` if nothing serves the address or it
            broke off the connection, ``silent`` if it did not answer in time, ``unsupported`` if it has no place
            for this kind of telemetry, else ``refused``.
        reason: The cause in a few words, without the address.
        retry_after: Seconds that the server asks to wait; None if it does not say.

    Args:
        message: The address, the cause, and what to do.
    """

    def __init__(self, message: str, *, kind: FailureKind, reason: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind: Final = kind
        self.reason: Final = reason
        self.retry_after: Final = retry_after


def no_answer(address: str, timeout: float) -> RequestFailedError:
    """Make the error for a server that is silent.

    Args:
        address: Its address, without credentials.
        timeout: Seconds that it was given.
    """
    reason = f"no answer within {timeout:g} s"
    return RequestFailedError(f"`{address}` did not answer within {timeout:g} s", kind="silent", reason=reason)
