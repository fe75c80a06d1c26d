"""A collector that fails, in a process of its own: ``python -m benchmarks.collector hangs|busy|dies``.

It prints its port, and ends with its standard input; the one that dies takes twenty requests before.
"""

from __future__ import annotations

import asyncio
import os
import sys

from aiohttp import web

_REQUESTS_IN_A_LIFE = 20


async def _serve(failing: str) -> None:
    taken = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal taken
        await request.read()
        taken += 1
        if failing == "hangs":
            await asyncio.sleep(3600)
        if failing == "dies" and taken > _REQUESTS_IN_A_LIFE:
            os._exit(1)
        return web.Response(status=503 if failing == "busy" else 200)

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/{signal}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # whoever still waits for an answer waits in vain


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
