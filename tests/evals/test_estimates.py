"""Estimates from tidy frames: groups, self-play, what was undefined, and what they say of themselves."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from scipy.special import stdtrit

from interlab.errors import ParameterError, UnknownNameError
from interlab_evals import frames
from interlab_evals.records import Record
from interlab_evals.statistics import estimate, wilson
from interlab_evals.statistics.clustering import SHARED_CHANCE
from tests.evals.handmade import dilemma, seats
from tests.evals.tidy import always, league, tidy, values

if TYPE_CHECKING:
    from interlab.schema.episode import Episode

TFT, DEFECTOR = "strategy/tit-for-tat", "strategy/defector"


def game(index: int, alice: str, bob: str, a: str = TFT, b: str = DEFECTOR) -> Episode:
    players = seats({"alice": a, "bob": b})
    name = f"{a}-{b}"
    return dilemma(alice, bob, condition=name, id=f"{name}.{index}", index=index, seats=players)


def measured(
    *games: Episode, metrics: tuple[str, ...] = ("cooperation_rate", "mutual_cooperation")
) -> pd.DataFrame:
    return frames.metrics(Record(episodes=games, metrics={each.condition: metrics for each in games}))


def test_each_player_has_an_estimate_and_self_play_one_of_its_own() -> None:
    frame = measured(game(0, "CD", "DD"), game(1, "CC", "DC"), game(0, "CC", "CC", b=TFT))
    cells = list(estimate(frame, "cooperation_rate", by="player"))
    found = [(cell.group["player"], cell.self_play, cell.estimate.k, cell.estimate.n) for cell in cells]
    assert found == [(TFT, False, 3, 4), (DEFECTOR, False, 1, 4), (TFT, True, 4, 4)]
    assert [cell.estimate.n_clusters for cell in cells] == [2, 2, 1]


def test_a_metric_of_the_episode_counts_for_every_player_in_it() -> None:
    frame = measured(game(0, "CD", "DD"), game(1, "CC", "DC"), game(0, "CC", "CC", b=TFT))
    found = estimate(frame, "mutual_cooperation", by="player")
    assert [(cell.group["player"], cell.self_play, cell.estimate.n) for cell in found] == [
        (TFT, False, 4),
        (DEFECTOR, False, 4),
        (TFT, True, 2),
    ]
    assert estimate(frame, "mutual_cooperation", bounds=(0, 1)).cells[0].estimate.n == 4


def test_an_entry_of_the_parameters_groups() -> None:
    rows = [{"value": float(talk), "parameters": json.dumps({"talk": talk})} for talk in (True, False, True)]
    found = estimate(tidy(*rows), "m", by="parameters.talk", kind="rate", bounds=(0, 1))
    assert [(cell.group["parameters.talk"], cell.estimate.n) for cell in found] == [("true", 2), ("false", 1)]


def test_what_was_undefined_failed_or_invalid_is_counted() -> None:
    rows = [
        {"value": 1.0, "role": "x"},
        {"value": math.nan, "role": "x"},
        {"value": 0.0, "role": "x", "status": "failed"},
        {"episode": "e0", "metric": "invalid_action_rate", "value": 0.5, "k": 2, "n": 4, "role": "x"},
    ]
    found = estimate(tidy(*rows), "m", kind="rate", bounds=(0, 1)).only
    assert (found.value, found.n_episodes, found.n_clusters, found.n_undefined) == (1, 2, 1, 1)
    assert found.n_invalid == 2
    assert estimate(values(1.0), "m", kind="rate").only.n_invalid is None


def test_times_until_an_event_are_restricted_means() -> None:
    rows = [{"value": time, "k": event, "n": 1.0} for time, event in ((2.0, 1), (5.0, 1), (10.0, 0), (10.0, 0))]
    found = estimate(tidy(*rows), "m", kind="time-to-event", bounds=(0, math.inf)).only
    assert (found.value, found.k, found.n) == ((2 + 5 + 10 + 10) / 4, 2, 4)
    assert 0 <= found.low < found.value < found.high <= 10
    assert found.notes == ("The mean is restricted to 10, the longest time observed.",)


def test_never_an_event_is_no_certainty() -> None:
    rows = [{"value": 10.0, "k": 0, "n": 1.0}] * 8
    found = estimate(tidy(*rows), "m", kind="time-to-event", bounds=(0, math.inf)).only
    assert (found.value, found.high, found.method) == (10, 10, "Wilson on the mean")
    assert found.low == pytest.approx(10 * wilson(1, 8)[0])


def test_line_ups_under_one_seed_are_one_cluster_by_default() -> None:
    random = np.random.default_rng(1)
    dealt = random.normal(0, 1, 10)
    frame = league("abcd", lambda _one, _other, index: (dealt[index] + random.normal(0, 0.2), 0), episodes=10)
    shared, apart = (
        estimate(frame, "m", kind="unbounded mean", clusters=clusters).only
        for clusters in (None, ("run", "episode"))
    )
    assert (shared.n_clusters, apart.n_clusters) == (10, 60)
    assert shared.high - shared.low > 1.4 * (apart.high - apart.low)
    assert SHARED_CHANCE in shared.notes
    assert SHARED_CHANCE not in apart.notes
    alone = estimate(frame[frame["lineup"] == "a, b"], "m", kind="unbounded mean").only
    assert (alone.n_clusters, SHARED_CHANCE in alone.notes) == (10, False)


def test_what_is_asked_for_has_to_exist() -> None:
    frame = values(0.2, 0.4, 0.9)
    for name, known in (("method", "`auto`, `exact`"), ("estimand", "`fixed`, `population`")):
        with pytest.raises(ParameterError, match=f"`{name}` is `foo`; it is one of {known}"):
            estimate(frame, "m", kind="bounded mean", bounds=(0, 1), **{name: "foo"})  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="there is no interval `bca` for a time until an event"):
        estimate(frame, "m", kind="time-to-event", method="bca")
    with pytest.raises(ParameterError, match="the frame is empty: take one"):
        estimate(pd.DataFrame(), "m", kind="rate")


def test_models_at_large_take_three_models_and_two_seats() -> None:
    two = league("ab", always(0.2, 0.4), episodes=5)
    with pytest.raises(ParameterError, match="2 players say nothing about a population of players: it takes"):
        estimate(two, "m", kind="bounded mean", bounds=(0, 1), estimand="population")
    three = league("abc", always(0.2, 0.4)).assign(opponents="x, y")
    with pytest.raises(ParameterError, match="two roles"):
        estimate(three, "m", kind="bounded mean", bounds=(0, 1), estimand="population")


def test_models_at_large_warn_under_six_models_and_set_self_play_apart() -> None:
    frame = league("abcd", lambda one, other, _: (ord(one) / 200, ord(other) / 200), episodes=3)
    alone = frame.head(2).assign(player="a", opponents="a", lineup="a, a", episode="alone")
    found = estimate(pd.concat([frame, alone]), "m", kind="bounded mean", bounds=(0, 1), estimand="population")
    large, self_play = found
    assert (large.estimate.estimand, large.estimate.n_clusters, large.self_play) == ("population", 4, False)
    assert large.estimate.notes[0].startswith("4 models only")
    assert (self_play.self_play, self_play.estimate.n, self_play.estimate.estimand) == (True, 2, "fixed")


def test_one_player_against_partners_at_large_rests_on_the_partners() -> None:
    frame = league("abcdefg", lambda one, other, index: (0.3 + ord(other) % 5 / 20 + index / 50, 0.5), episodes=2)
    found = {
        cell.group["player"]: cell.estimate
        for cell in estimate(
            frame[frame["player"] == "a"],
            "m",
            by="player",
            kind="bounded mean",
            bounds=(0, 1),
            estimand="population",
        )
    }["a"]
    assert (found.method, found.n_clusters, found.n_episodes) == ("partner-clustered t", 6, 12)


def test_an_estimate_is_drawn_framed_and_documented() -> None:
    found = estimate(measured(game(0, "CD", "DD"), game(1, "CC", "DC")), "cooperation_rate", by="player")
    console = Console(width=80, record=True, file=None, quiet=True)
    console.quiet = False
    with console.capture() as captured:
        console.print(found)
    assert TFT in captured.get()
    assert "these players" in captured.get()
    assert list(found.frame()["player"]) == [TFT, DEFECTOR]
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert document["cells"][0]["estimate"]["estimand"] == "fixed"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ParameterError, match="nothing was measured as `n`; known are `m`"):
        estimate(values(1.0), "n", kind="rate")
    with pytest.raises(ParameterError, match="no column `player`"):
        estimate(values(1.0), "m", by="player", kind="rate")
    with pytest.raises(ParameterError, match="its components are memory_one"):
        estimate(values(1.0, metric="memory_one.cc"), "memory_one", kind="rate")
    with pytest.raises(UnknownNameError, match="no metric is called `m`"):
        estimate(values(1.0), "m")


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=12), st.permutations(range(12)))
def test_labels_and_order_do_not_matter(figures: list[float], order: list[int]) -> None:
    frame = values(*figures)
    moved = frame.iloc[[place for place in order if place < len(frame)]]
    renamed = moved.assign(episode=[f"x{number}" for number in range(len(moved))])
    first, second = (estimate(each, "m", kind="bounded mean", bounds=(0, 1)).only for each in (frame, renamed))
    assert repr(first) == repr(second)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 100), min_size=6, max_size=12), st.permutations(range(12)))
def test_rounding_does_not_see_the_order_either(figures: list[float], order: list[int]) -> None:
    """Neither that of clusters nor that within one: records come in another order from a backend."""
    frame = values(*figures).assign(deal=[number % 3 for number in range(len(figures))])
    moved = frame.iloc[[place for place in order if place < len(frame)]]
    first, second = (estimate(each, "m", kind="unbounded mean", clusters=["deal"]).only for each in (frame, moved))
    assert repr(first) == repr(second)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 100), min_size=2, max_size=12))
def test_clusters_of_one_are_no_clusters(figures: list[float]) -> None:
    frame = values(*figures).assign(row=range(len(figures)))
    by_episode, by_row = (
        estimate(frame, "m", kind="unbounded mean", clusters=clusters).only for clusters in (["episode"], ["row"])
    )
    assert repr(by_episode) == repr(by_row)
    if by_episode.method != "none":
        plain = float(np.std(figures, ddof=1)) / math.sqrt(len(figures))
        reach = plain * float(stdtrit(len(figures) - 1, 0.975))
        assert (by_episode.low, by_episode.high) == pytest.approx(
            (by_episode.value - reach, by_episode.value + reach)
        )
