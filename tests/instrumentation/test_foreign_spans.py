"""Spans of other people's instrumentation: where they nest, what they say, what they count for."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

import interlab as il
from interlab.instrumentation.foreign_spans import EpisodeTracerProvider
from interlab.schema import names
from interlab.testing import record
from interlab.tracing.recorder import Usage, record_call, record_round, record_turn
from tests.instrumentation.recorded import assert_whole, only_episode, spans, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interlab.instrumentation import TracedRun

PLAYERS = {"alice": "my/bot", "bob": "my/other"}
CHAT: dict[str, Any] = {
    names.OPERATION: "chat",
    names.PROVIDER: "openai",
    names.REQUEST_MODEL: "gpt-5-mini",
    names.INPUT_TOKENS: 100,
    names.OUTPUT_TOKENS: 20,
}
SECRET = "the secret words"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[TracedRun]:
    with il.trace.run("study", out=tmp_path) as run:
        yield run


@pytest.fixture
def tracer() -> Tracer:
    return il.trace.tracer_provider().get_tracer("some.library", "1.2")


def test_they_nest_below_the_turn_and_carry_its_service_and_stamps(run: TracedRun, tracer: Tracer) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round() as round_:
        with round_.turn("alice"), tracer.start_as_current_span("plan"):
            tracer.start_span("chat x", kind=SpanKind.CLIENT, attributes=CHAT).end()
        with tracer.start_as_current_span("outside of turns"):
            pass
    assert tree(spans(run.path)) == [
        "invoke_workflow duel [INTERNAL interlab OK]",
        "  round 1 [INTERNAL interlab UNSET]",
        "    invoke_agent alice [INTERNAL alice UNSET]",
        "      plan [INTERNAL alice UNSET]",
        "        chat x [CLIENT alice UNSET]",
        "    outside of turns [INTERNAL interlab UNSET]",
    ]
    assert_whole(spans(run.path))
    for span in spans(run.path):
        assert span.attributes[names.RUN_ID] == run.id
        assert span.attributes.get(names.ROUND) == (1 if span.parent_id else None)
    (chat,) = [span for span in spans(run.path) if span.name == "chat x"]
    assert (chat.scope_name, chat.scope_version) == ("some.library", "1.2")


def test_a_call_is_read_back_and_counted(run: TracedRun, tracer: Tracer) -> None:
    metrics = ["input_tokens", "output_tokens", "usd"]
    with (
        run.episode("duel", players=PLAYERS, metrics=metrics) as episode,
        episode.round() as round_,
        round_.turn("alice"),
    ):
        tracer.start_span("chat", attributes=CHAT).end()
        failing = tracer.start_span("chat", attributes={names.OPERATION: "chat", "gen_ai.system": "openai"})
        failing.set_attribute(names.ERROR_TYPE, "RateLimitError")
        failing.set_status(Status(StatusCode.ERROR, "slow down"))
        failing.end()
    found = only_episode(run.path)
    first, second = found.rounds[0].turns[0].calls
    assert (first.provider, first.model, first.ok) == ("openai", "gpt-5-mini", True)
    assert (first.input_tokens, first.output_tokens) == (100, 20)
    assert first.usd > 0
    assert (second.provider, second.model, second.ok, second.error_type) == ("openai", "", False, "RateLimitError")
    measured = {(each.metric, each.role): each.value for each in found.measurements}
    assert measured["input_tokens", "alice"] == 100
    assert measured["output_tokens", "alice"] == 20
    assert measured["usd", "alice"] == first.usd
    assert measured["input_tokens", "bob"] == 0
    (root,) = [span for span in spans(run.path) if span.parent_id is None]
    assert (root.attributes[names.USAGE_CALLS], root.attributes[names.USAGE_INPUT_TOKENS]) == (2, 100)
    assert root.attributes[names.USAGE_USD] == first.usd


@pytest.mark.parametrize(("address", "priced"), [(None, True), ("api.openai.com", True), ("127.0.0.1", False)])
def test_a_call_to_a_server_of_ones_own_has_no_known_price(
    address: str | None, priced: bool, run: TracedRun, tracer: Tracer
) -> None:
    where = {} if address is None else {names.SERVER_ADDRESS: address}
    with run.episode("duel", players=PLAYERS) as episode, episode.turn("alice"):
        tracer.start_span("chat", attributes=CHAT | where).end()
    (call,) = only_episode(run.path).turns[0].calls
    assert math.isnan(call.usd) is not priced


def test_the_outermost_call_is_the_call(run: TracedRun, tracer: Tracer) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.turn("alice"):
        with tracer.start_as_current_span("framework", attributes=CHAT), tracer.start_as_current_span("http"):
            tracer.start_span("client", attributes=CHAT).end()
        with record_call(provider="ours", model="m", messages=[], parameters={}) as call:
            tracer.start_span("client", attributes=CHAT).end()
            call.answered(text="", usage=Usage(input_tokens=7), usd=0.0)
    (turn,) = only_episode(run.path).turns
    assert [call.input_tokens for call in turn.calls] == [100, 7]
    (root,) = [span for span in spans(run.path) if span.parent_id is None]
    assert (root.attributes[names.USAGE_CALLS], root.attributes[names.USAGE_INPUT_TOKENS]) == (2, 107)


def test_a_span_of_another_provider_in_between_is_stepped_over(run: TracedRun, tracer: Tracer) -> None:
    other = TracerProvider().get_tracer("framework")
    with (
        run.episode("duel", players=PLAYERS) as episode,
        episode.round() as round_,
        round_.turn("alice"),
        other.start_as_current_span("not ours"),
    ):
        tracer.start_span("chat", attributes=CHAT).end()
        il.trace.message("alice", "bob", "hello")
    assert_whole(spans(run.path))
    assert [call.input_tokens for call in only_episode(run.path).rounds[0].turns[0].calls] == [100]


def test_outside_of_an_episode_they_are_dropped(run: TracedRun, tracer: Tracer) -> None:
    with tracer.start_as_current_span("before") as span:
        assert not span.is_recording()
    with run.episode("duel", players=PLAYERS), tracer.start_as_current_span("within") as span:
        assert span.is_recording()
        late = tracer.start_span("late")
    late.set_attribute("a", 1)
    late.end()
    assert [span.name for span in spans(run.path)] == ["within", "invoke_workflow duel"]
    assert_whole(spans(run.path))


def test_a_span_called_like_a_round_is_none(run: TracedRun, tracer: Tracer) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round(), tracer.start_as_current_span("round 2"):
        pass
    assert [each.number for each in only_episode(run.path).rounds] == [1]


def test_an_agent_of_a_framework_is_no_turn(run: TracedRun, tracer: Tracer) -> None:
    attributes = {names.OPERATION: "invoke_agent", names.AGENT: "planner"}
    with (
        run.episode("duel", players=PLAYERS) as episode,
        episode.turn("alice"),
        tracer.start_as_current_span("invoke_agent planner", attributes=attributes),
    ):
        tracer.start_span("chat", attributes=CHAT).end()
    (turn,) = only_episode(run.path).turns
    assert (turn.role, len(turn.calls)) == ("alice", 1)


def test_they_decorate_functions_sync_and_async(run: TracedRun, tracer: Tracer) -> None:
    @tracer.start_as_current_span("sync")
    def plain() -> int:
        return 1

    @tracer.start_as_current_span("async")
    async def awaited() -> int:
        await asyncio.sleep(0)
        assert otel.get_current_span().is_recording()
        return 2

    with run.episode("duel", players=PLAYERS):
        assert (plain(), asyncio.run(awaited())) == (1, 2)
    assert [span.name for span in spans(run.path)][:2] == ["sync", "async"]


def test_an_exception_is_noted_and_goes_on(run: TracedRun, tracer: Tracer) -> None:
    with (
        run.episode("duel", players=PLAYERS),
        pytest.raises(ZeroDivisionError),
        tracer.start_as_current_span("work"),
    ):
        _ = 1 / 0
    (work, root) = spans(run.path)
    assert (work.status, root.status) == ("ERROR", "OK")
    assert work.events[0].attributes["exception.type"] == "ZeroDivisionError"


def test_stamps_cannot_be_overwritten_and_ok_is_final(run: TracedRun, tracer: Tracer) -> None:
    with run.episode("duel", players=PLAYERS) as episode:
        span = tracer.start_span("work", attributes={names.CONVERSATION_ID: "theirs"})
        span.set_attribute(names.EPISODE_ID, "theirs")
        span.set_status(StatusCode.OK)
        span.set_status(StatusCode.ERROR, "too late")
        span.end()
    (work, _) = spans(run.path)
    assert (work.attributes[names.CONVERSATION_ID], work.attributes[names.EPISODE_ID]) == (episode.id, episode.id)
    assert work.status == "OK"


def unpriced(_provider: str, _model: str, _usage: Usage) -> float:
    return math.nan


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5), VALUES, max_size=5))
def test_no_value_that_a_library_gives_can_spoil_the_record(values: dict[str, Any]) -> None:
    tracer = EpisodeTracerProvider(unpriced).get_tracer("wild")
    with record() as recording:
        span = tracer.start_span("chat", attributes=CHAT | values)
        span.add_event("noted", values)
        span.end()
    (chat, root) = recording.spans
    assert root.attributes[names.SPANS] == 2
    for key, value in values.items():
        if isinstance(value, (bool, str)) and key not in root.attributes:
            assert chat.attributes[key] == value
        if value is None or isinstance(value, (bytes, dict)):
            assert chat.attributes.get(key) in (None, CHAT.get(key))


def test_without_content_only_figures_and_terms_remain() -> None:
    tracer = EpisodeTracerProvider(unpriced).get_tracer("some.library")
    texts = {names.INPUT_MESSAGES: SECRET, "input.value": SECRET, "llm.prompts": [SECRET], names.TOOL: "search"}

    def work() -> None:
        with tracer.start_as_current_span("chat", attributes=CHAT | texts) as span:
            span.add_event("gen_ai.user.message", {"content": SECRET})
            raise ValueError(SECRET)

    with (
        record(content="none") as recording,
        record_round(1),
        record_turn("alice", "p", purpose="action", prompt="?"),
        pytest.raises(ValueError, match=SECRET),
    ):
        work()
    (chat,) = [span for span in recording.spans if span.name == "chat"]
    assert SECRET not in repr(chat)
    assert chat.attributes[names.TOOL] == "search"
    assert chat.attributes[names.INPUT_TOKENS] == 100
    assert chat.status == "ERROR"
