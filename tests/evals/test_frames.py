"""The four frames: shapes, columns, types, and whose every row is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import interlab_evals as ev
from interlab.schema.episode import Round
from interlab_evals.frames import IDENTITY
from interlab_evals.records import Record
from tests.evals.handmade import call, dilemma, episode, negotiation, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab.schema.episode import Episode

FRAMES = [ev.episodes, ev.turns, ev.calls, ev.metrics]


def record(*episodes: Episode, metrics: tuple[str, ...] = ()) -> Record:
    return Record(episodes=episodes, metrics={each.condition: metrics for each in episodes})


def row(frame: pd.DataFrame, role: str) -> dict[str, Any]:
    (found,) = frame[frame["role"] == role].to_dict("records")
    return {str(key): value for key, value in found.items()}


@pytest.mark.parametrize("frame", FRAMES, ids=lambda each: each.__name__)
def test_a_frame_of_nothing_has_all_its_columns_and_types(frame: Callable[[Record], pd.DataFrame]) -> None:
    nothing = frame(record())
    played = episode(turns=(turn("alice", calls=(call(),)),), payoffs={"alice": 1.0, "bob": 2.0})
    something = frame(record(played, metrics=("usd",)))
    assert len(something) > 0
    assert len(nothing) == 0
    assert list(nothing.columns) == list(something.columns)
    assert list(nothing.columns)[: len(IDENTITY)] == list(IDENTITY)
    assert nothing.dtypes.to_dict() == something.dtypes.to_dict()


def test_episodes_has_a_row_per_role() -> None:
    played = dilemma("CC", "CD", parameters={"rounds": 2, "noise": 0.0}, outcome={"winner": "bob"}, duration=1.5)
    frame = ev.episodes(record(played))
    assert list(frame["role"]) == ["alice", "bob"]
    bob = row(frame, "bob")
    assert (bob["player"], bob["opponents"], bob["lineup"]) == (
        "strategy/b",
        "strategy/a",
        "strategy/a, strategy/b",
    )
    assert (bob["payoff"], bob["rounds"], bob["duration"]) == (8.0, 2, 1.5)
    assert (bob["parameters"], bob["outcome"]) == ('{"noise":0.0,"rounds":2}', '{"winner":"bob"}')
    assert (bob["status"], bob["end_reason"], bob["error"]) == ("completed", "completed", None)


@pytest.mark.parametrize(
    "broken", [{"error": "ModelError: no answer", "end_reason": "error"}, {"end_reason": "budget"}]
)
def test_failed_episodes_are_there_and_say_so(broken: dict[str, Any]) -> None:
    frame = ev.episodes(record(episode(**broken)))
    assert set(frame["status"]) == {"failed"}
    assert all(math.isnan(payoff) for payoff in frame["payoff"])


def test_turns_and_calls_keep_the_order_of_asking() -> None:
    before = turn("bob", purpose="thought", calls=(call(input_tokens=3), call(ok=False, error_type="timeout")))
    inside = turn("alice", round=1, action={"offer": 3}, valid=False, attempts=2, handling="retried")
    played = episode(turns=(before,), rounds=(Round(number=1, turns=(inside,)),))
    turns = ev.turns(record(played))
    assert list(turns["turn"]) == [0, 1]
    assert list(turns["role"]) == ["bob", "alice"]
    assert turns["round"].isna().tolist() == [True, False]
    alice = row(turns, "alice")
    assert (alice["action"], alice["valid"], alice["handling"]) == ('{"offer":3}', False, "retried")
    calls = ev.calls(record(played))
    assert list(calls["role"]) == ["bob", "bob"]
    assert list(calls["input_tokens"]) == [3, 0]
    assert list(calls["ok"]) == [True, False]
    assert list(calls["called_model"]) == ["gpt-5-mini", "gpt-5-mini"]


def test_metrics_has_a_row_per_measurement() -> None:
    frame = ev.metrics(record(dilemma("CC", "CD"), metrics=("cooperation_rate", "mutual_cooperation")))
    assert list(frame["metric"]) == ["cooperation_rate", "cooperation_rate", "mutual_cooperation"]
    assert list(frame["value"]) == [1.0, 0.5, 0.5]
    assert list(frame["k"]) == [2, 1, 1]
    assert frame["player"].isna().tolist() == [False, False, True]


def test_undefined_and_uncounted_are_nan() -> None:
    frame = ev.metrics(record(negotiation(None), metrics=("ir_violation", "surplus_efficiency")))
    assert frame["value"].isna().tolist() == [True, True, False]
    assert frame["n"].fillna(-1).tolist() == [0, 0, -1]


def test_without_a_plan_the_metrics_that_were_measured_are_measured_again() -> None:
    from dataclasses import replace

    from interlab_evals.measures.strategy import memory_one

    played = dilemma("CC", "CD")
    judged = replace(played, measurements=memory_one.measure(played))
    frame = ev.metrics(Record(episodes=(judged,)))
    assert frame["metric"].unique().tolist() == [f"memory_one.{state}" for state in ("cc", "cd", "dc", "dd")]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda each: each.__name__)
def test_parquet_gives_the_frame_back(frame: Callable[[Record], pd.DataFrame], tmp_path: Any) -> None:
    played = episode(
        seed=2**63 - 1, turns=(turn("alice", round=None, calls=(call(),)), turn("bob", round=1)), error="x"
    )
    made = frame(record(played, metrics=("cooperation_rate", "usd")))
    made.to_parquet(tmp_path / "frame.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "frame.parquet"), made)
