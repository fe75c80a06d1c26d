"""Writer and reader are one schema: any episode comes back from its spans as it was recorded.

Times are the clock's and not the episode's: durations and latencies are put to 0 on both sides, and so is the
trace id, which is the recorder's to choose.
"""

from __future__ import annotations

import math
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlab.episodes.from_spans import episodes_from_spans
from interlab.errors import ModelError
from interlab.schema import names
from interlab.schema.episode import Call, Episode, Json, Measurement, Message, Round, Seat, Turn
from interlab.testing import FakeClock
from interlab.tracing.recorder import (
    EpisodeHeader,
    Usage,
    record_call,
    record_episode,
    record_message,
    record_round,
    record_told,
    record_turn,
)
from interlab.tracing.telemetry import Telemetry
from interlab_exporters import JsonlSpanProcessor, read_spans

if TYPE_CHECKING:
    import random
    from collections.abc import Generator, Iterable, Sequence

    from interlab_exporters import Span

ROLES: Sequence[str] = ("alice", "bob", "carol")
NAN = math.nan

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
words = st.text("abcdefgh-", min_size=1, max_size=6)
counts = st.integers(0, 2**40)
finite = st.floats(allow_nan=False, allow_infinity=False)
roles: st.SearchStrategy[str] = st.sampled_from(ROLES)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | finite | texts
json = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
objects = st.dictionaries(words, json, max_size=3)
payoffs: st.SearchStrategy[dict[str, float]] = st.dictionaries(roles, finite, max_size=3)

usages = st.fixed_dictionaries(
    dict.fromkeys(("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "retries"), counts)
)


def said(role: str, text: str, **more: Json) -> str:
    return orjson.dumps([{"role": role, "parts": [{"type": "text", "content": text}], **more}]).decode()


@st.composite
def calls(draw: st.DrawFn) -> Call:
    request: dict[str, Any] = {
        "provider": draw(words),
        "model": draw(words),
        "input_json": said("user", draw(texts)),
    }
    if draw(st.booleans()):
        return Call(ok=False, error_type="ModelError", **request)
    reason = draw(st.none() | st.sampled_from(["stop", "length"]))
    more: dict[str, Json] = {"finish_reason": reason} if reason is not None else {}
    return Call(
        ok=True,
        finish_reason=reason,
        usd=draw(st.just(NAN) | st.floats(0, 1e6)),
        output_json=said("assistant", draw(texts), **more),
        **request,
        **draw(usages),
    )


def turns(round_: int | None) -> st.SearchStrategy[tuple[Turn, ...]]:
    turn = st.builds(
        Turn,
        role=roles,
        round=st.just(round_),
        purpose=st.sampled_from(["action", "message", "thought"]),
        prompt=texts,
        observations=st.lists(texts, max_size=2).map(tuple),
        action=json,
        valid=st.booleans(),
        attempts=st.integers(0, 9),
        handling=st.sampled_from(["none", "retried", "forfeit", "default"]),
        thought=st.none() | texts,
        calls=st.lists(calls(), max_size=2).map(tuple),
    )
    return st.lists(turn, max_size=2).map(tuple)


messages = st.lists(
    st.builds(
        Message,
        sender=roles,
        receivers=st.lists(roles, min_size=1, max_size=3).map(tuple),
        text=texts,
        announced_action=json,
    ),
    max_size=2,
).map(tuple)


def rounds(number: int) -> st.SearchStrategy[Round]:
    return st.builds(
        Round,
        number=st.just(number),
        actions=st.dictionaries(roles, st.none() | json, max_size=3),
        payoffs=payoffs,
        facts=objects,
        turns=turns(number),
        messages=messages,
    )


measurements = st.builds(
    Measurement,
    metric=words,
    value=st.just(NAN) | finite,
    role=st.none() | roles,
    k=st.none() | st.floats(0, 100),
    n=st.none() | st.floats(0, 100),
)


@st.composite
def episodes(draw: st.DrawFn) -> Episode:
    error = draw(st.none() | words)
    return Episode(
        run=draw(words),
        suite=draw(words),
        scenario=draw(words),
        condition=draw(words),
        id=draw(words),
        index=draw(st.integers(0, 1000)),
        seed=draw(st.integers(0, 2**63 - 1)),
        attempt=draw(st.integers(1, 9)),
        parameters=draw(objects),
        game=draw(objects),
        seats=tuple(
            Seat(role=role, player=draw(texts), kind=draw(words), model=draw(st.none() | words)) for role in ROLES
        ),
        rounds=tuple(draw(rounds(number)) for number in range(1, draw(st.integers(0, 3)) + 1)),
        turns=draw(turns(None)),
        messages=draw(messages),
        told=draw(st.dictionaries(roles, st.lists(texts, min_size=1, max_size=2).map(tuple), max_size=3)),
        outcome=draw(objects),
        payoffs=draw(payoffs),
        end_reason="error" if error else draw(st.sampled_from(["completed", "agreement", "deadline"])),
        error=error,
        measurements=tuple(draw(st.lists(measurements, max_size=3))),
    )


def write(telemetry: Telemetry, episode: Episode) -> None:
    """Record an episode as if it were played."""
    header = EpisodeHeader(
        run=episode.run,
        suite=episode.suite,
        scenario=episode.scenario,
        condition=episode.condition,
        id=episode.id,
        index=episode.index,
        seed=episode.seed,
        attempt=episode.attempt,
        parameters=episode.parameters,
        game=episode.game,
        seats=episode.seats,
    )
    with failing(episode.error is not None), record_episode(telemetry, header) as recorder:
        _write_talk(episode.turns, episode.messages)
        for each in episode.rounds:
            with record_round(each.number) as round_:
                _write_talk(each.turns, each.messages)
                round_.played(each.actions, each.payoffs, each.facts)
        for role, texts_told in episode.told.items():
            record_told(role, "player", texts_told)
        recorder.finished(episode.outcome, episode.payoffs, episode.end_reason)
        recorder.evaluated(episode.measurements)
        if episode.error is not None:
            raise ModelError(episode.error)


def _write_talk(turns: Iterable[Turn], messages: Iterable[Message]) -> None:
    for each in turns:
        with record_turn(
            each.role, "player", purpose=each.purpose, prompt=each.prompt or "", observations=each.observations
        ) as turn:
            for call in each.calls:
                _write_call(call)
            turn.answered(
                each.action,
                valid=each.valid,
                attempts=each.attempts,
                handling=each.handling,
                thought=each.thought,
            )
    for each in messages:
        record_message(each.sender, each.receivers, each.text or "", each.announced_action)


def _write_call(call: Call) -> None:
    sent: Any = call.input_messages
    request = [(each["role"], each["parts"][0]["content"]) for each in sent]
    with (
        failing(not call.ok),
        record_call(provider=call.provider, model=call.model, messages=request, parameters={}) as recorder,
    ):
        if not call.ok:
            raise ModelError("gone")
        answer: Any = call.output_messages
        recorder.answered(
            text=answer[0]["parts"][0]["content"],
            finish_reason=call.finish_reason,
            usage=Usage(
                input_tokens=call.input_tokens,
                output_tokens=call.output_tokens,
                cached_tokens=call.cached_tokens,
                reasoning_tokens=call.reasoning_tokens,
            ),
            usd=call.usd,
            retries=call.retries,
        )


@contextmanager
def failing(expected: bool) -> Generator[None]:
    if not expected:
        yield
        return
    with pytest.raises(ModelError):
        yield


def timeless(episode: Episode) -> Episode:
    def turn(each: Turn) -> Turn:
        return replace(each, latency=0.0, calls=tuple(replace(call, latency=0.0) for call in each.calls))

    return replace(
        episode,
        trace_id="",
        duration=0.0,
        turns=tuple(map(turn, episode.turns)),
        rounds=tuple(replace(each, turns=tuple(map(turn, each.turns))) for each in episode.rounds),
    )


def compared(episodes: Iterable[Episode]) -> list[str]:
    """Episodes in a form in which NaN equals NaN and 1 does not equal 1.0."""
    return sorted(repr(timeless(each)) for each in episodes)


def written(episodes: Sequence[Episode]) -> list[Span]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "spans" / "000.jsonl"
        telemetry = Telemetry([JsonlSpanProcessor(path)], clock=FakeClock())
        for episode in episodes:
            write(telemetry, episode)
        telemetry.close()
        return list(read_spans(path))


some_episodes = st.lists(episodes(), min_size=1, max_size=2, unique_by=lambda each: each.id)
slow = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@slow
@given(some_episodes, st.randoms(use_true_random=False))
def test_any_episode_comes_back_as_it_was_recorded(episodes: list[Episode], order: random.Random) -> None:
    """In file order, and with the spans of all episodes shuffled together."""
    spans = written(episodes)
    assert compared(episodes_from_spans(spans)) == compared(episodes)
    order.shuffle(spans)
    assert compared(episodes_from_spans(spans)) == compared(episodes)


@slow
@given(episodes())
def test_the_root_counts_its_trace_whatever_happened(episode: Episode) -> None:
    spans = written([episode])
    (root,) = [span for span in spans if span.parent_id is None]
    assert root.attributes[names.SPANS] == len(spans)
    assert {span.trace_id for span in spans} == {root.trace_id}


def test_episodes_come_as_soon_as_their_trace_is_complete() -> None:
    made = [
        Episode(run="r", suite="s", scenario="x", condition="c", id=str(index), index=index, seed=1)
        for index in range(3)
    ]
    spans = written(made)
    stream = iter(spans)
    assert next(episodes_from_spans(stream)).id == "0"
    assert len(list(stream)) == len(spans) * 2 // 3, "it read further than it had to"
    assert [each.id for each in episodes_from_spans(spans)] == ["0", "1", "2"]
