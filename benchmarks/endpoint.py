"""A chat endpoint of fixed latency, in a process of its own: ``python -m benchmarks.endpoint SECONDS``.

It prints its port, answers every completion after the given time, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

_ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"fixed","choices":[{"index":0,'
    b'"finish_reason":"stop","message":{"role":"assistant","content":"{\\"answer\\": \\"X\\"}"}}],'
    b'"usage":{"prompt_tokens":200,"completion_tokens":7,"total_tokens":207}}'
)


async def _serve(latency: float) -> None:
    async def complete(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(latency)
        return web.Response(body=_ANSWER, content_type="application/json")

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "fixed", "object": "model"}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
