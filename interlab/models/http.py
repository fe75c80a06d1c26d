"""HTTP to the endpoints of models: one deadline for a whole answer, and bodies of bounded size."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.redaction import Secret

Failure = Literal["unreachable", "timeout", "broken", "too large"]

MAX_BODY_BYTES: Final = 16 * 2**20
"""Size of an answer's body at most, in bytes, after decompression."""
_CONNECT_SECONDS: Final = 5.0
_AUTO_DETECT: Final = zlib.MAX_WBITS | 32
"""Window bits with which zlib reads both gzip and zlib headers."""
_PLAIN: Final = frozenset({"", "identity"})
_COMPRESSED: Final = frozenset({"gzip", "x-gzip", "deflate"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address of an API and the key for it."""

    url: str
    key: Secret


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer of an endpoint, of any status.

    Attributes:
        status: HTTP status code.
        content: Body, decompressed.
        headers: Header fields; names in any case.
    """

    status: int
    content: bytes
    headers: Mapping[str, str]


class UnansweredError(Exception):
    """A request without a complete answer.

    Attributes:
        kind: ``unreachable`` if no connection was made, ``timeout`` after the deadline, ``too large`` beyond
            :data:`MAX_BODY_BYTES`, else ``broken``.
        detail: What went wrong, in one line.
        repeats: Number of times that the request had been repeated.
    """

    repeats = 0

    def __init__(self, kind: Failure, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def open_session(endpoint: Endpoint, *, use_proxy: bool) -> aiohttp.ClientSession:
    """Open the connections to an endpoint, within the running event loop.

    Args:
        endpoint: The endpoint.
        use_proxy: Whether to use the proxy that the environment names.
    """
    return aiohttp.ClientSession(
        headers={
            "Authorization": f"Bearer {endpoint.key.reveal()}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": "interlab",
        },
        auto_decompress=False,
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS),
        trust_env=use_proxy,
    )


async def exchange(
    session: aiohttp.ClientSession, method: Literal["GET", "POST"], url: str, body: bytes | None, seconds: float
) -> HttpAnswer:
    """Send a request once and read the whole answer.

    Args:
        session: The connections.
        method: HTTP method.
        url: Full address; redirects are not followed.
        body: JSON, or None.
        seconds: Time for the whole exchange.

    Raises:
        UnansweredError: There is no complete answer.
    """
    try:
        async with (
            asyncio.timeout(seconds),
            session.request(method, url, data=body, allow_redirects=False) as response,
        ):
            return HttpAnswer(response.status, await _read(response), response.headers)
    except TimeoutError:
        raise UnansweredError("timeout", f"no complete answer within {seconds:g} s") from None
    except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
        raise UnansweredError("unreachable", str(error)) from None
    except (aiohttp.ClientError, ConnectionError, ValueError) as error:
        raise UnansweredError("broken", str(error) or type(error).__name__) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _PLAIN | _COMPRESSED:
        raise UnansweredError("broken", f"the body has the content encoding `{encoding[:40]}`")
    unpacker = None if encoding in _PLAIN else _Unpacker()
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk if unpacker is None else unpacker.unpack(chunk, MAX_BODY_BYTES - len(body))
        if len(body) > MAX_BODY_BYTES:
            raise UnansweredError("too large", f"the body is larger than {MAX_BODY_BYTES // 2**20} MB")
    return bytes(body)


class _Unpacker:
    """Decompresses gzip, zlib and raw deflate, never beyond a limit."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_AUTO_DETECT)
        self._has_begun = False

    def unpack(self, chunk: bytes, limit: int) -> bytes:
        """Decompress a chunk, up to one byte beyond the limit.

        Raises:
            UnansweredError: The data are not compressed in a known way.
        """
        try:
            return self._inflate(chunk, limit)
        except zlib.error as error:
            raise UnansweredError("broken", f"the body cannot be decompressed: {error}") from None

    def _inflate(self, chunk: bytes, limit: int) -> bytes:
        try:
            found = self._inflater.decompress(chunk, limit + 1)
        except zlib.error:
            if self._has_begun:
                raise
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # "deflate" without the zlib header
            found = self._inflater.decompress(chunk, limit + 1)
        self._has_begun = True
        return found
