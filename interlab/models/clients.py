"""Connections: one HTTP client per endpoint and event loop, shared by all models there.

A client is closed when the last model that used it is, and in any case when its event loop ends, so that a
notebook that forgets to close anything leaves no connection behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

import openai

from interlab.models.loops import PerLoop
from interlab.models.providers import address

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from interlab.models.base import Model
    from interlab.models.failures import Endpoint

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_CONNECTIONS: Final = openai.DEFAULT_CONNECTION_LIMITS


@dataclass(frozen=True, slots=True)
class _Shared:
    client: openai.AsyncOpenAI
    keeper: AsyncGenerator[None]
    users: WeakSet[Model]


_shared: PerLoop[dict[Endpoint, _Shared]] = PerLoop(dict)


async def client_for(model: Model, endpoint: Endpoint) -> openai.AsyncOpenAI:
    """The client that a model shares with all others at its endpoint, within the running event loop."""
    of_loop = _shared.here()
    shared = of_loop.get(endpoint)
    if shared is None:
        client = openai.AsyncOpenAI(
            base_url=endpoint.url,
            api_key=endpoint.key,
            http_client=openai.DefaultAioHttpClient(
                limits=_CONNECTIONS, trust_env=address(endpoint.url)[0] not in _LOOPBACK
            ),
        )
        shared = of_loop[endpoint] = _Shared(client, _kept_open(client, endpoint), WeakSet())
        await anext(shared.keeper)
    shared.users.add(model)
    return shared.client


async def release(model: Model) -> None:
    """Close the clients that only this model still uses."""
    for shared in tuple(_shared.here().values()):
        shared.users.discard(model)
        if not shared.users:
            await shared.keeper.aclose()


async def _kept_open(client: openai.AsyncOpenAI, endpoint: Endpoint) -> AsyncGenerator[None]:
    """Hold a client open until closed; an event loop closes its generators when it ends."""
    of_loop = _shared.here()
    try:
        yield
    finally:
        of_loop.pop(endpoint, None)
        await client.close()
