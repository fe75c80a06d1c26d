"""Connections: one HTTP session per endpoint and event loop, shared by all models there.

A session is closed when the last model that used it is, and in any case when its event loop ends, so that a
notebook that forgets to close anything leaves no connection behind.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final, Literal
from weakref import WeakSet

from interlab.models.failures import RefusedError, is_hopeless
from interlab.models.http import UnansweredError, exchange, open_session
from interlab.models.loops import PerLoop
from interlab.models.pacing import pace_of, retry_after
from interlab.models.providers import address

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp

    from interlab.models.base import Model
    from interlab.models.failures import Caller
    from interlab.models.http import Endpoint, HttpAnswer
    from interlab.models.pacing import Pace

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BUSY: Final = frozenset({429, 503, 529})
_REPEATED: Final = frozenset({408, 409, 425, *_BUSY})
_BUSY_FACTOR: Final = 4
"""Repeats after an answer that there are too many calls, per repeat after a failure: enough for some minutes."""
_FIRST_DELAY_SECONDS: Final = 0.5
_LONGEST_DELAY_SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    """Patience with an endpoint.

    Attributes:
        retries: Number of times to repeat a request that failed in passing.
        timeout: Seconds for a whole answer; an answer that takes longer is not repeated.
        max_wait: Seconds that an endpoint may ask to wait.
    """

    retries: int = 5
    timeout: float = 600.0
    max_wait: float = 600.0


@dataclass(frozen=True, slots=True)
class _Shared:
    session: aiohttp.ClientSession
    keeper: AsyncGenerator[None]
    users: WeakSet[Model]


_shared: PerLoop[dict[Endpoint, _Shared]] = PerLoop(dict)


async def call(
    model: Model,
    caller: Caller,
    method: Literal["GET", "POST"],
    path: str,
    body: bytes | None = None,
    policy: CallPolicy = CallPolicy(),
) -> tuple[HttpAnswer, int]:
    """Send a request, again after failures that may pass.

    Args:
        model: The model that asks.
        caller: Its endpoint.
        method: HTTP method.
        path: Path below the endpoint's address.
        body: JSON, or None.
        policy: Patience.

    Returns:
        The answer, with a status below 300, and the number of repeats.

    Raises:
        RefusedError: The endpoint answered with another status.
        UnansweredError: There is no complete answer.
    """
    session = await _session(model, caller.endpoint)
    pace = caller_pace(caller)
    for repeats in count():
        try:
            answer = await exchange(session, method, f"{caller.endpoint.url}{path}", body, policy.timeout)
        except UnansweredError as error:
            if repeats >= policy.retries or error.kind in ("timeout", "too large"):
                error.repeats = repeats
                raise
            await _delay(repeats)
            continue
        if answer.status < 300:
            pace.accept()
            return answer, repeats
        await _wait(answer, pace, repeats, policy)
    raise AssertionError("count() has no end")


def caller_pace(caller: Caller) -> Pace:
    """Return the pace of a caller's endpoint."""
    return pace_of(caller.endpoint.url, caller.place)


async def _wait(answer: HttpAnswer, pace: Pace, repeats: int, policy: CallPolicy) -> None:
    """Wait before a request is repeated.

    Raises:
        RefusedError: It is not repeated.
    """
    if not (answer.status in _REPEATED or answer.status >= 500) or is_hopeless(answer):
        raise RefusedError(answer, repeats)
    asked = retry_after(answer.headers)
    if answer.status in _BUSY:
        if asked is not None and asked > policy.max_wait:
            raise RefusedError(answer, repeats, rest=asked)
        pace.refuse(asked)
        if repeats >= _BUSY_FACTOR * policy.retries:
            raise RefusedError(answer, repeats)
        await pace.admit()
    elif repeats >= policy.retries:
        raise RefusedError(answer, repeats)
    else:
        await _delay(repeats, asked)


async def _delay(repeats: int, asked: float | None = None) -> None:
    longest = min(_FIRST_DELAY_SECONDS * 2**repeats, _LONGEST_DELAY_SECONDS)
    await asyncio.sleep(min(asked, longest) if asked is not None else longest * random.uniform(0.75, 1.0))


async def _session(model: Model, endpoint: Endpoint) -> aiohttp.ClientSession:
    """Return the session that a model shares with all others at its endpoint, within the running event loop."""
    of_loop = _shared.here()
    shared = of_loop.get(endpoint)
    if shared is None:
        session = open_session(endpoint, use_proxy=address(endpoint.url)[0] not in _LOOPBACK)
        shared = of_loop[endpoint] = _Shared(session, _kept_open(session, endpoint), WeakSet())
        await anext(shared.keeper)
    shared.users.add(model)
    return shared.session


async def release(model: Model) -> None:
    """Close the sessions that only this model still uses."""
    for shared in tuple(_shared.here().values()):
        shared.users.discard(model)
        if not shared.users:
            await shared.keeper.aclose()


async def _kept_open(session: aiohttp.ClientSession, endpoint: Endpoint) -> AsyncGenerator[None]:
    """Hold a session open until closed; an event loop closes its generators when it ends."""
    of_loop = _shared.here()
    try:
        yield
    finally:
        of_loop.pop(endpoint, None)
        await session.close()
