"""Model calls per second at 200 concurrent calls, fully traced to disk, beside the raw client.

Both ask the same endpoint of fixed latency, in a process of its own, the same question under the same JSON schema.
Ours is everything that a language-model player does: prompt, memory, call, typed answer, four spans on disk. The
peer is a bare ``AsyncOpenAI`` with its aiohttp client.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
import openai
import orjson

from benchmarks.comparison import Comparison, compare
from benchmarks.endpoint import model_answering_after
from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.queries import answer_type
from interlab.schema.episode import Seat
from interlab.situations import Observation, Query
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round
from interlab.tracing.telemetry import Telemetry
from interlab_exporters import JsonlSpanProcessor

if TYPE_CHECKING:
    from collections.abc import Coroutine

_CONCURRENT = 200
_LATENCY_S = 0.2
_CALLS = 2_000
_RULES = "You take part in a game with one other player. " + "Here is one of its rules. " * 30
_QUESTION = "Round 3 of 10. Which do you choose?"
_CHOICE = Literal["X", "Y"]


def measure() -> Comparison:
    """Compare calls per second; ours are to reach 0.8 of the peer's."""
    with model_answering_after(_LATENCY_S) as url, tempfile.TemporaryDirectory() as directory:
        return compare(
            f"model calls at {_CONCURRENT} concurrent, {_LATENCY_S * 1000:g} ms each, fully traced, beside "
            "raw AsyncOpenAI",
            "calls/s",
            lambda: asyncio.run(_ours(Path(directory))),
            lambda: asyncio.run(_raw(url)),
            limit=0.8,
            sense="at least",
        )


def measure_cpu() -> Comparison:
    """Compare CPU time per call with a bare aiohttp and orjson client: at most 0.9 ms where that takes 0.22."""
    with model_answering_after(_LATENCY_S) as url, tempfile.TemporaryDirectory() as directory:
        return compare(
            f"CPU per model call at {_CONCURRENT} concurrent, fully traced, beside bare aiohttp and orjson",
            "ms",
            lambda: _cpu_ms(_ours(Path(directory))),
            lambda: _cpu_ms(_bare(url)),
            limit=0.9 / 0.22,
            sense="at most",
        )


def _cpu_ms(work: Coroutine[Any, Any, object]) -> float:
    began = time.process_time()
    asyncio.run(work)
    return (time.process_time() - began) / _CALLS * 1000


async def _bare(url: str) -> None:
    """The same questions, without a record, a conversation or a schema."""
    messages = [{"role": "system", "content": _RULES}, {"role": "user", "content": _QUESTION}]
    async with aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as session:

        async def conversation() -> None:
            for _ in range(_CALLS // _CONCURRENT):
                body = orjson.dumps({"model": "fixed", "messages": messages})
                async with session.post(f"{url}/chat/completions", data=body) as response:
                    orjson.loads(await response.read())

        await asyncio.gather(*(conversation() for _ in range(_CONCURRENT)))


async def _ours(directory: Path) -> float:
    """Every concurrent call is an episode of its own, asked again and again."""
    telemetry = Telemetry([JsonlSpanProcessor(directory / f"{time.time_ns()}.jsonl")])
    asked = player("fixed/fixed")
    await asked.check()

    async def episode(number: int) -> None:
        seat = Seat(role="alice", player=asked.spec, kind=asked.kind, model=asked.model)
        header = EpisodeHeader(
            run="benchmark",
            suite="benchmark",
            scenario="benchmark",
            condition="benchmark",
            id=f"benchmark.{number}",
            index=number,
            seed=number,
            seats=[seat],
        )
        with record_episode(telemetry, header):
            actor = asked.create_actor("alice", number, InvalidPolicy())
            actor.observe(Observation(_RULES, kind="rules"))
            for round_number in range(1, _CALLS // _CONCURRENT + 1):
                with record_round(round_number) as recorder:
                    answer = await actor.query(Query(prompt=_QUESTION, expected_type=_CHOICE))
                    recorder.played({"alice": answer}, {"alice": 1.0})

    began = time.perf_counter()
    await asyncio.gather(*(episode(number) for number in range(_CONCURRENT)))
    elapsed = time.perf_counter() - began
    await asked.close()
    telemetry.close()
    return _CALLS / elapsed


async def _raw(url: str) -> float:
    """The same conversations, kept as lists of messages."""
    document = answer_type(_CHOICE).schema.document
    async with openai.AsyncOpenAI(
        base_url=url, api_key="none", http_client=openai.DefaultAioHttpClient(timeout=60)
    ) as client:
        await client.models.list()

        async def conversation() -> None:
            messages = [{"role": "system", "content": _RULES}]
            for _ in range(_CALLS // _CONCURRENT):
                messages.append({"role": "user", "content": _QUESTION})
                completion = await client.chat.completions.create(
                    model="fixed",
                    messages=messages,  # type: ignore[arg-type]
                    response_format={
                        "type": "json_schema",
                        "json_schema": {"name": "answer", "schema": dict(document), "strict": True},
                    },
                )
                messages.append({"role": "assistant", "content": completion.choices[0].message.content or ""})

        began = time.perf_counter()
        await asyncio.gather(*(conversation() for _ in range(_CONCURRENT)))
        return _CALLS / (time.perf_counter() - began)
