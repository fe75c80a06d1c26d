"""The official OpenAI instrumentation within an episode: its spans are read back as the player's calls."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from openai import AsyncOpenAI, InternalServerError
from opentelemetry.instrumentation.openai_v2 import (  # pyright: ignore[reportMissingTypeStubs]
    OpenAIInstrumentor,
)

import interlab as il
import interlab_evals as ev
from interlab.episodes.from_spans import episodes_from_spans
from interlab.schema import names
from interlab_exporters import read_spans
from tests.models.endpoint import KEY, Endpoint, Reply, failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from interlab.schema.episode import Episode
    from interlab_exporters import Span

PLAYERS = {"alice": "my/agent", "bob": "my/bot"}
METRICS = ["input_tokens", "output_tokens", "latency"]


@pytest.fixture(params=["", "gen_ai_latest_experimental"], ids=["conventions 1.30", "latest conventions"])
def instrumented(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The OpenAI client of this process, instrumented as the instrumentation's page says."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", request.param)
    monkeypatch.setattr(
        "opentelemetry.instrumentation._semconv._OpenTelemetrySemanticConventionStability._initialized", False
    )
    OpenAIInstrumentor().instrument(tracer_provider=il.trace.tracer_provider())
    yield
    OpenAIInstrumentor().uninstrument()


@pytest.fixture
async def client(endpoint: Endpoint) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=endpoint.url, api_key=KEY, max_retries=0) as client:
        yield client


async def ask(client: AsyncOpenAI) -> str:
    answer = await client.chat.completions.create(
        model="gpt-5-mini", messages=[{"role": "user", "content": "C or D?"}], temperature=0.5
    )
    return answer.choices[0].message.content or ""


def spans(run: Path) -> dict[str, Span]:
    return {span.name: span for span in read_spans(run / "spans") if names.EPISODE_ID in span.attributes}


def only_episode(run: Path) -> Episode:
    (episode,) = episodes_from_spans(read_spans(run / "spans"))
    return episode


@pytest.mark.usefixtures("instrumented")
async def test_its_chat_span_sits_below_the_turn_and_is_read_as_its_call(
    client: AsyncOpenAI, tmp_path: Path
) -> None:
    with (
        il.trace.run("study", out=tmp_path) as run,
        run.episode("duel", players=PLAYERS, metrics=METRICS) as episode,
        episode.round() as round_,
        round_.turn("alice", prompt="C or D?") as turn,
    ):
        turn.answered(await ask(client))

    found = spans(run.path)
    chat = found["chat gpt-5-mini"]
    assert chat.parent_id == found["invoke_agent alice"].span_id
    assert (chat.kind, chat.service) == ("CLIENT", "alice")
    assert chat.scope_name.startswith("opentelemetry.")
    assert chat.attributes[names.ROUND] == 1
    assert (names.SYSTEM in chat.attributes) is not bool(os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"])
    root = found["invoke_workflow duel"]
    assert root.attributes[names.SPANS] == len(found) == 5
    usage = (names.USAGE_CALLS, names.USAGE_INPUT_TOKENS, names.USAGE_OUTPUT_TOKENS)
    assert [root.attributes[key] for key in usage] == [1, 100, 20]

    (call,) = only_episode(run.path).rounds[0].turns[0].calls
    assert (call.provider, call.model, call.ok) == ("openai", "gpt-5-mini", True)
    assert (call.input_tokens, call.output_tokens, call.finish_reason) == (100, 20, "stop")
    figures = ev.metrics(run).set_index(["metric", "role"])["value"]
    assert (figures["input_tokens", "alice"], figures["output_tokens", "alice"]) == (100, 20)
    assert figures["input_tokens", "bob"] == 0
    assert figures["latency", "alice"] > 0


@pytest.mark.usefixtures("instrumented")
async def test_a_call_that_fails_is_a_failed_call(client: AsyncOpenAI, endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.replies = [Reply(failure("overloaded"), status=500)]
    with (
        il.trace.run("study", out=tmp_path) as run,
        run.episode("duel", players=PLAYERS, metrics=METRICS) as episode,
        episode.turn("alice"),
        pytest.raises(InternalServerError),
    ):
        await ask(client)
    (call,) = only_episode(run.path).turns[0].calls
    assert (call.ok, call.error_type, call.input_tokens) == (False, "InternalServerError", 0)


@pytest.mark.usefixtures("instrumented")
async def test_a_call_outside_of_any_episode_leaves_nothing(client: AsyncOpenAI, tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        assert await ask(client)
    assert spans(run.path) == {}
