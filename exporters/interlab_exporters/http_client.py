"""HTTP to one server that takes or gives telemetry; each failure is one line."""

from __future__ import annotations

import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx2

from interlab_exporters.endpoints import credentials, without_user_info
from interlab_exporters.failures import FailureKind, RequestFailedError, no_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: Final[dict[int, FailureKind]] = {
    # Those that OTLP/HTTP calls retryable
    HTTPStatus.TOO_MANY_REQUESTS: "busy",
    HTTPStatus.BAD_GATEWAY: "busy",
    HTTPStatus.SERVICE_UNAVAILABLE: "busy",
    HTTPStatus.GATEWAY_TIMEOUT: "busy",
    # Those of a server that has no such path
    HTTPStatus.NOT_FOUND: "unsupported",
    HTTPStatus.METHOD_NOT_ALLOWED: "unsupported",
    HTTPStatus.NOT_IMPLEMENTED: "unsupported",
}
_DIRECT: Final[dict[str, httpx2.BaseTransport | None]] = {
    f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")
}
"""Hosts that are never asked through a proxy."""
_ERROR_NUMBER: Final = re.compile(r"^\[Errno -?\d+\] ")
_SHOWN_CHARACTERS: Final = 200


class HttpClient:
    """A client of one server; threads may share it, and each connection is kept for the next request.

    Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY``), but never for this machine.

    Args:
        url: Address of the server, with a user's name and password if it asks for them.
        headers: Sent with every request.
        timeout: Seconds to wait for a connection, and then for each part of an answer.
        connections: Number of threads that will ask at the same time.
        tls: Trusted certificates and the client's own; None for those of the system.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        connections: int = 1,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = without_user_info(url)
        self._timeout = timeout
        self._client = httpx2.Client(
            headers=credentials(url) | dict(headers or {}),
            timeout=timeout,
            limits=httpx2.Limits(max_connections=connections),
            verify=tls or ssl.create_default_context(),
            mounts=_DIRECT,
        )

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> httpx2.Response:
        """Get what is beneath the server's address; any answer is returned, whatever its status.

        Raises:
            RequestFailedError: There is no answer.
        """
        return self._answer(self._request("GET", f"{self._url}{path}", params=parameters))

    def post(self, body: bytes, content_type: str) -> httpx2.Response:
        """Send something to the server's address, once.

        Raises:
            RequestFailedError: There is no answer, or one that is not a success.
        """
        headers = {"Content-Type": content_type}
        answer = self._answer(self._request("POST", self._url, content=body, headers=headers))
        if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            reason = describe(answer)
            raise RequestFailedError(
                f"`{self._url}` answered {reason}",
                kind=_KINDS.get(answer.status_code, "refused"),
                reason=reason,
                retry_after=_seconds(answer.headers.get("Retry-After", "")),
            )
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _request(self, method: str, url: str, **parts: Any) -> httpx2.Request:
        try:
            return self._client.build_request(method, url, **parts)
        except (httpx2.InvalidURL, ValueError) as error:
            reason = f"invalid address: {error}"
            raise RequestFailedError(f"`{self._url}`: {reason}", kind="refused", reason=reason) from error

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return self._client.send(request)
        except httpx2.TimeoutException as error:
            raise no_answer(self._url, self._timeout) from error
        except httpx2.HTTPError as error:
            raise self._failure(error) from error

    def _failure(self, error: httpx2.HTTPError) -> RequestFailedError:
        cause = _cause(error)
        reason = _ERROR_NUMBER.sub("", str(cause)) or type(cause).__name__
        kind: FailureKind = "unreachable"
        match error:
            case httpx2.ConnectError() if isinstance(cause, ssl.SSLError):
                kind, complaint = "refused", f": {reason}"
            case httpx2.ConnectError() if isinstance(cause, socket.gaierror):
                complaint = ": no such host; check the address"
            case httpx2.ConnectError():
                complaint = ": nothing is listening there; start it or check the address"
            case httpx2.RemoteProtocolError() if "disconnected" not in reason:
                kind, complaint = "refused", " does not speak HTTP/1.1; is it the gRPC port? Give the one for HTTP"
            case httpx2.NetworkError() | httpx2.RemoteProtocolError():
                complaint = " broke off the connection; try again"
            case _:
                kind, complaint = "refused", f": {reason}"
        return RequestFailedError(f"`{self._url}`{complaint}", kind=kind, reason=reason)


def describe(answer: httpx2.Response) -> str:
    """Return the status of an answer and the first line of its body."""
    body = answer.text.strip().partition("\n")[0][:_SHOWN_CHARACTERS]
    status = f"{answer.status_code} {answer.reason_phrase}".strip()
    return f"{status}: {body}" if body.isprintable() and body and not body.startswith("<") else status


def _cause(error: BaseException) -> BaseException:
    """Return what the operating system reported, if it did."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    return cause or error


def _seconds(retry_after: str) -> float | None:
    """Read how long a server asks to wait: a number of seconds, or a date."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
