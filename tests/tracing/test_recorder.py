"""What holds for every span of an episode, whoever records and whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from interlab.errors import ModelError
from interlab.models import ChatMessage, ChatRequest, model
from interlab.schema import names
from interlab.schema.episode import Measurement
from interlab.testing import CountingIds, FakeClock, record
from interlab.tracing.recorder import (
    EpisodeHeader,
    Usage,
    record_call,
    record_episode,
    record_message,
    record_round,
    record_run,
    record_turn,
)
from interlab.tracing.telemetry import RandomIds, Telemetry
from interlab_exporters import Span

if TYPE_CHECKING:
    from collections.abc import Generator

STAMPS = (
    names.RUN_ID,
    names.SUITE,
    names.SCENARIO,
    names.CONDITION,
    names.EPISODE_ID,
    names.CONVERSATION_ID,
)
SECRET = "the secret words"


class Kept(SpanProcessor):
    """Keeps what ended."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(Span.from_readable(span))


def header(name: str = "e") -> EpisodeHeader:
    return EpisodeHeader(
        run="r",
        suite="s",
        scenario="x",
        condition="c",
        id=name,
        index=0,
        seed=1,
        seats=(),
        parameters={"of": name},
    )


def record_play() -> None:
    """One round with everything in it."""
    with record_round(1) as round_:
        with record_turn("alice", "p", purpose="action", prompt=SECRET, observations=[SECRET]) as turn:
            with record_call(provider="p", model="m", messages=[("user", SECRET)], parameters={}) as call:
                call.answered(text=SECRET, usage=Usage(input_tokens=2, output_tokens=3), usd=0.5)
            turn.answered({"action": "offer", "price": 3, "message": SECRET, "thought": SECRET}, thought=SECRET)
        with record_turn("bob", "p", purpose="message", prompt=SECRET) as turn:
            turn.answered({"message": SECRET, "announced_action": "C"})
        record_message("bob", ["alice", "carol"], SECRET, "C")
        round_.played({"alice": "C"}, {"alice": 1})


def play_recorded(content: str = "full") -> list[Span]:
    with record(content="none" if content == "none" else "full") as recording:
        record_play()
    return recording.spans


def test_every_span_carries_the_stamps_and_the_round() -> None:
    kept = Kept()
    with record_episode(Telemetry([kept]), header()) as episode:
        record_play()
        episode.evaluated([Measurement(metric="m", value=1.0)])
    assert len(kept.spans) == 9
    for span in kept.spans:
        assert [span.attributes.get(stamp) for stamp in STAMPS] == ["r", "s", "x", "c", "e", "e"]
        inside = span.name not in {"evaluate", "invoke_workflow x"}
        assert span.attributes.get(names.ROUND) == (1 if inside else None)


def test_every_role_is_a_service_of_one_namespace() -> None:
    spans = play_recorded()
    assert {span.service for span in spans} == {"interlab", "alice", "bob", "carol"}
    assert {str(span.resource["service.namespace"]) for span in spans} == {"interlab"}


def test_the_root_says_how_it_went_and_how_many_spans_there_are() -> None:
    *inner, root = play_recorded()
    assert (root.status, root.parent_id) == ("OK", None)
    assert root.attributes[names.SPANS] == len(inner) + 1
    assert root.attributes[names.USAGE_CALLS] == 1
    assert (root.attributes[names.USAGE_INPUT_TOKENS], root.attributes[names.USAGE_OUTPUT_TOKENS]) == (2, 3)
    assert root.attributes[names.USAGE_USD] == 0.5


def test_a_failed_episode_has_a_root_that_says_so() -> None:
    kept = Kept()
    with pytest.raises(ModelError), record_episode(Telemetry([kept]), header()), record_round(1):
        raise ModelError("gone")
    assert [(span.name, span.status) for span in kept.spans] == [
        ("round 1", "ERROR"),
        ("invoke_workflow x", "ERROR"),
    ]
    root = kept.spans[-1]
    assert root.attributes[names.END_REASON] == "error"
    assert root.attributes[names.SPANS] == 2
    assert root.events == (), "an error of ours needs no traceback"


def test_an_unexpected_error_leaves_its_traceback() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError), record_episode(Telemetry([kept]), header()):
        _ = 1 / 0
    (event,) = kept.spans[-1].events
    assert "ZeroDivisionError" in str(event.attributes["exception.stacktrace"])


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_episode_leaves_no_root(interruption: type[BaseException]) -> None:
    kept = Kept()
    with pytest.raises(interruption), record_episode(Telemetry([kept]), header()), record_round(1):
        raise interruption
    assert [span.name for span in kept.spans] == ["round 1"]


async def test_a_cancelled_episode_leaves_no_root() -> None:
    kept = Kept()

    async def episode() -> None:
        with record_episode(Telemetry([kept]), header()), record_round(1):
            await asyncio.sleep(60)

    task = asyncio.create_task(episode())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [span.name for span in kept.spans] == ["round 1"]


def test_the_root_links_to_the_run_and_nothing_links_within_a_trace() -> None:
    kept = Kept()
    telemetry = Telemetry([kept])
    with record_run(telemetry, "r", "s") as run, record_episode(telemetry, header(), run):
        record_play()
    *inner, root, of_run = kept.spans
    assert [(link.trace_id, link.span_id) for link in root.links] == [(of_run.trace_id, of_run.span_id)]
    assert of_run.trace_id != root.trace_id
    assert not any(span.links for span in inner)
    assert (of_run.name, of_run.parent_id) == ("run s", None)


def test_without_content_no_text_is_left_and_every_figure_is() -> None:
    spans = play_recorded("none")
    assert SECRET not in repr(spans)
    assert SECRET in repr(play_recorded())
    turns = [span.attributes for span in spans if span.name.startswith("invoke_agent")]
    assert turns[0][names.ACTION] == '{"action":"offer","price":3}'
    assert names.ACTION not in turns[1], "what was said is no action"
    (message,) = [span.attributes for span in spans if span.kind == "PRODUCER"]
    assert message[names.ANNOUNCED_ACTION] == '"C"'
    for missing in (names.PROMPT, names.OBSERVATIONS, names.TEXT, names.THOUGHT, names.INPUT_MESSAGES):
        assert not any(missing in span.attributes for span in spans)
    with record(content="none") as recording:
        record_play()
    assert recording.episode.rounds[0].actions == {"alice": "C"}


PROGRAM = """
from interlab.testing import record
from interlab.tracing.recorder import record_round, record_turn
with record() as recording, record_round(1):
    with record_turn("alice", "p", purpose="action", prompt="a long prompt", observations=["seen"]) as turn:
        turn.answered("C")
for span in recording.spans:
    print(span)
"""


def test_no_variable_of_the_environment_cuts_or_drops_the_record() -> None:
    def spans(variables: dict[str, str]) -> str:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=ours | variables, capture_output=True, text=True, check=True
        )
        return done.stdout

    plain = spans({})
    assert "a long prompt" in plain
    assert plain.count("\n") == 3
    hostile = {
        "OTEL_SDK_DISABLED": "true",
        "OTEL_TRACES_SAMPLER": "always_off",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "5",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "2",
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=other",
    }
    assert spans(hostile) == plain


def test_the_global_provider_and_the_global_random_stream_are_left_alone() -> None:
    provider, state = trace.get_tracer_provider(), random.getstate()
    with record_episode(Telemetry([Kept()]), header()):
        record_play()
        assert trace.get_current_span().get_span_context().trace_id != 0
    assert trace.get_tracer_provider() is provider
    assert random.getstate() == state
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_ids_are_random_and_never_zero() -> None:
    ids = RandomIds()
    assert len({ids.generate_span_id() for _ in range(1000)}) == 1000
    assert len({ids.generate_trace_id() for _ in range(1000)}) == 1000
    assert max(ids.generate_span_id() for _ in range(100)) < 2**64
    assert max(ids.generate_trace_id() for _ in range(100)) < 2**128


def assert_unmixed(spans: list[Span], episodes: int) -> None:
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    assert len(traces) == episodes
    for each in traces.values():
        by_id = {span.span_id: span for span in each}
        (root,) = [span for span in each if span.parent_id is None]
        assert root.attributes[names.SPANS] == len(each)
        assert {str(span.attributes[names.EPISODE_ID]) for span in each} == {
            str(root.attributes[names.EPISODE_ID])
        }
        for span in each:
            if span.parent_id is None:
                continue
            parent = by_id[span.parent_id]
            number = span.attributes[names.ROUND]
            if span.name.startswith("invoke_agent"):
                assert parent.name == f"round {number}"
            if span.name.startswith("chat"):
                assert parent.name == f"invoke_agent {span.service}"
                assert parent.attributes[names.ROUND] == number


async def speak(role: str) -> None:
    with record_turn(role, "p", purpose="action", prompt="?") as turn:
        for _ in range(2):
            with record_call(provider="p", model="m", messages=[], parameters={}) as call:
                await asyncio.sleep(random.Random(role).random() / 1000)
                call.answered(text="", usage=Usage(), usd=0.0)
        turn.answered("C")


async def episode_of(telemetry: Telemetry, name: str) -> None:
    with record_episode(telemetry, header(name)):
        for number in range(1, 4):
            with record_round(number):
                await asyncio.gather(*(speak(role) for role in ("alice", "bob", "carol")))


async def test_episodes_in_one_loop_never_mix() -> None:
    kept = Kept()
    telemetry = Telemetry([kept], ids=CountingIds(), clock=FakeClock())
    await asyncio.gather(*(episode_of(telemetry, str(number)) for number in range(5)))
    assert_unmixed(kept.spans, 5)


def test_episodes_in_threads_never_mix() -> None:
    kept = Kept()
    telemetry = Telemetry([kept])
    threads = [
        threading.Thread(target=asyncio.run, args=(episode_of(telemetry, str(number)),)) for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_unmixed(kept.spans, 4)


def test_outside_of_any_episode_nothing_is_recorded() -> None:
    record_play()
    with record_round(1), record_turn("alice", "p", purpose="action", prompt="?"):
        assert trace.get_current_span() is trace.INVALID_SPAN


def test_spending_is_counted_per_episode_and_for_all() -> None:
    telemetry = Telemetry([])
    for _ in range(2):
        with record_episode(telemetry, header()):
            record_play()
    assert (telemetry.spending.calls, telemetry.spending.tokens, telemetry.spending.usd) == (2, 10, 1.0)


@contextmanager
def key_in_environment(key: str) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", key)
        yield


async def answer_with_the_key(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An endpoint that repeats the authorization header in its refusal, as some do."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    said = next(line for line in head.splitlines() if line.lower().startswith("authorization"))
    body = f'{{"error": {{"message": "Incorrect API key: {said}", "code": "invalid_api_key"}}}}'.encode()
    writer.write(
        b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    await writer.drain()
    writer.close()


async def test_no_key_reaches_a_span() -> None:
    key = "sk-very-secret-0123456789"
    server = await asyncio.start_server(answer_with_the_key, "127.0.0.1", 0)
    with key_in_environment(key), pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        asked = model("openai/gpt-5-mini")
        with pytest.raises(ModelError), record() as recording:
            await asked.complete(ChatRequest(messages=(ChatMessage("user", "?"),)))
        await asked.close()
    server.close()
    assert [span.status for span in recording.spans] == ["ERROR", "ERROR"]
    assert "Incorrect API key" in recording.spans[0].status_message
    assert key not in repr(recording.spans)
