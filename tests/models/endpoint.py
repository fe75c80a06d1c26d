"""A chat endpoint on a loopback port that answers as it was told to."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

KEY = "sk-test-0123456789"


def completion(
    text: str | None = '{"answer": "C"}',
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    model: str = "gpt-5-mini-2025-08-07",
) -> dict[str, Any]:
    """A chat completion as OpenAI writes it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": text, "refusal": refusal},
            }
        ],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 40},
            "completion_tokens_details": {"reasoning_tokens": 8},
        },
    }


def failure(message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """An error as OpenAI writes it."""
    return {"error": {"message": message, "type": "error", "code": code, "param": param}}


@dataclass(frozen=True)
class Reply:
    """One answer of the endpoint."""

    body: object = field(default_factory=completion)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Received:
    """One request to the endpoint."""

    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class Endpoint:
    """The endpoint; gives its replies in turn, and the last one from then on."""

    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    chooses: Callable[[dict[str, Any]], Reply] | None = None
    """Makes the reply to a request's body, instead of ``replies``."""
    listing: Reply = field(default_factory=lambda: Reply({"data": [{"id": "gpt-5-mini"}, {"id": "gpt-5"}]}))
    key_check: Reply = field(default_factory=lambda: Reply({}))
    delay: float = 0.0
    received: list[Received] = field(default_factory=list[Received])
    connections: set[object] = field(default_factory=set[object])
    under_way: int = 0
    most_under_way: int = 0
    url: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/embeddings", self._chat)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/key", self._key)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.Response:
        received = Received(dict(request.headers), await request.json())
        self.received.append(received)
        self.connections.add(request.transport)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.delay)
        self.under_way -= 1
        if self.chooses is not None:
            return _response(self.chooses(received.body))
        return _response(self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])

    async def _models(self, _: web.Request) -> web.Response:
        return _response(self.listing)

    async def _key(self, _: web.Request) -> web.Response:
        return _response(self.key_check)


def _response(reply: Reply) -> web.Response:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    return web.Response(
        body=body, status=reply.status, headers={"content-type": "application/json", **reply.headers}
    )
