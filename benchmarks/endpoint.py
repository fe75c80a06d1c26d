"""A chat endpoint of fixed latency, in a process of its own: ``python -m benchmarks.endpoint SECONDS``.

It prints its port, answers every completion after the given time, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Generator

_ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"fixed","choices":[{"index":0,'
    b'"finish_reason":"stop","message":{"role":"assistant","content":"{\\"answer\\": \\"X\\"}"}}],'
    b'"usage":{"prompt_tokens":200,"completion_tokens":7,"total_tokens":207}}'
)


@contextmanager
def model_answering_after(latency: float) -> Generator[str]:
    """Let ``fixed/fixed`` be a model that answers after so many seconds; give the address of its endpoint."""
    command = [sys.executable, "-m", "benchmarks.endpoint", str(latency)]
    with (
        tempfile.TemporaryDirectory() as directory,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        providers = Path(directory) / "providers.toml"
        providers.write_text(f'[fixed]\nbase_url = "{url}"\nfree = true\nconcurrency = 1000\n', encoding="utf-8")
        with patch.dict(os.environ, {"INTERLAB_PROVIDERS": str(providers)}):
            yield url
        process.communicate()


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
