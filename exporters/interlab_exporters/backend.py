"""One HTTP server that takes or gives spans, and what goes wrong with it, in one line each."""

from __future__ import annotations

import time
from http import HTTPStatus
from http.client import BadStatusLine, RemoteDisconnected
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import urllib3
from urllib3 import exceptions

from interlab.errors import BackendError
from interlab_exporters.endpoints import credentials, without_user_info

if TYPE_CHECKING:
    from collections.abc import Mapping

_BUSY: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""What OTLP/HTTP calls retryable."""
_RETRIES: Final = 4
_LONGEST_PAUSE_S: Final = 30.0
_SHOWN_CHARACTERS: Final = 200


class Backend:
    """A client of one server; threads may share it, and each connection is kept for the next request.

    Args:
        url: Address of the server, with a user's name and password if it asks for them.
        headers: Sent with every request.
        timeout: Seconds to wait for a connection, and then for each answer.
        connections: How many threads will ask at the same time.
        tls: Files as urllib3 calls them: ``ca_certs``, ``cert_file``, ``key_file``.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        connections: int = 1,
        tls: Mapping[str, Any] | None = None,
    ) -> None:
        self._url = without_user_info(url)
        self._timeout = timeout
        self._headers = credentials(url) | dict(headers or {})
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False, maxsize=connections, **(tls or {}))

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        """Ask for something beneath the server's address; any answer is one, whatever its status.

        Raises:
            BackendError: There is no answer.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self._request("GET", f"{self._url}{path}{query}", None, self._headers)

    def post(self, body: bytes, content_type: str) -> urllib3.BaseHTTPResponse:
        """Send something to the server's address, again a few times while it says that it is busy.

        A 429, 502, 503 or 504 is tried again after as long as ``Retry-After`` says, or after 1, 2, 4 ... seconds.

        Raises:
            BackendError: There is no answer, or one that is no success.
        """
        headers = {**self._headers, "Content-Type": content_type}
        answer = self._request("POST", self._url, body, headers)
        for attempt in range(_RETRIES):
            if answer.status not in _BUSY:
                break
            time.sleep(_pause(answer, attempt))
            answer = self._request("POST", self._url, body, headers)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise BackendError(f"`{self._url}` answered {describe(answer)}")
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(method, url, body=body, headers=headers, redirect=False)
        except exceptions.NameResolutionError as error:
            raise BackendError(f"`{self._url}`: no such host; check the address") from error
        except exceptions.NewConnectionError as error:
            raise BackendError(
                f"`{self._url}`: nothing is listening there; start it or check the address"
            ) from error
        except exceptions.TimeoutError as error:
            raise BackendError(f"`{self._url}` did not answer within {self._timeout:g} s") from error
        except exceptions.ProtocolError as error:
            cause = error.args[-1]
            if isinstance(cause, BadStatusLine) and not isinstance(cause, RemoteDisconnected):
                reason = "does not speak HTTP/1.1; is it the gRPC port? Give the one for HTTP"
            else:
                reason = "broke off the connection; try again"
            raise BackendError(f"`{self._url}` {reason}") from error
        except exceptions.HTTPError as error:
            raise BackendError(f"`{self._url}`: {error}") from error


def describe(answer: urllib3.BaseHTTPResponse) -> str:
    """Put an answer into a line: its status and the first line of its body."""
    body = answer.data.decode("utf-8", "replace").strip().partition("\n")[0][:_SHOWN_CHARACTERS]
    status = f"{answer.status} {answer.reason or ''}".strip()
    return f"{status}: {body}" if body.isprintable() and body and not body.startswith("<") else status


def _pause(answer: urllib3.BaseHTTPResponse, attempt: int) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked) if asked.isdecimal() else 2.0**attempt, _LONGEST_PAUSE_S)
