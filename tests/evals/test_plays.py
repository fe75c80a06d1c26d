"""Different plays: repeats that are no new observation, and values that cannot be otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

import interlab as il
import interlab_evals as ev
from interlab_evals.measures.plays import count_repeated_plays

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.running.run import Run
    from interlab_evals.results import Summary
    from interlab_evals.scenario_results import MetricSummary


def played(runs: Path, *players: str, episodes: int = 6) -> Run:
    return il.run(
        "prisoners-dilemma",
        players=players,
        parameters={"rounds": 6},
        metrics=["cooperation_rate", "net_exploitation"],
        episodes=episodes,
        seed=1,
        lineup="round-robin",
        out=runs,
        progress=False,
    )


def figure(found: Summary, player: str, metric: str, *, self_play: bool) -> MetricSummary:
    (scenario,) = found.scenarios
    (one,) = [
        each
        for each in scenario.metrics
        if (each.player, each.metric, each.self_play) == (player, metric, self_play)
    ]
    return one


TFT, RANDOM = "strategy/tit-for-tat", "strategy/random"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return played(tmp_path_factory.mktemp("runs"), TFT, RANDOM)


def test_repeats_of_programs_without_chance_have_an_exact_value(run: Run) -> None:
    found = figure(ev.summarise(run), TFT, "cooperation_rate", self_play=True).estimate
    assert (found.value, found.method, found.n_clusters) == (1, "one play", 1)
    assert math.isnan(found.low)
    assert found.notes[0].startswith("(identical): each line-up plays the same episode under all")


def test_plays_with_chance_have_an_interval(run: Run) -> None:
    found = figure(ev.summarise(run), TFT, "cooperation_rate", self_play=False).estimate
    assert found.low < found.value < found.high
    (scenario,) = ev.summarise(run).scenarios
    plays = {(each.player, each.self_play): (each.n_plays, each.n_seeds) for each in scenario.players}
    assert plays[TFT, True] == (1, 6)
    assert plays[RANDOM, True] == (6, 6)


@pytest.mark.parametrize("player", [TFT, RANDOM])
def test_what_one_gains_and_the_other_loses_is_0_in_self_play(run: Run, player: str) -> None:
    found = figure(ev.summarise(run), player, "net_exploitation", self_play=True).estimate
    assert (found.value, found.method) == (0, "by symmetry")
    assert figure(ev.summarise(run), RANDOM, "net_exploitation", self_play=False).estimate.method != "by symmetry"


def test_a_frame_gives_the_same_estimates(run: Run) -> None:
    for metric in ("cooperation_rate", "net_exploitation"):
        for cell in ev.estimate(ev.metrics(run), metric, by="player"):
            other = figure(ev.summarise(run), cell.group["player"], metric, self_play=cell.self_play).estimate
            assert (cell.estimate.value, cell.estimate.method) == (other.value, other.method)


def test_the_table_shows_seeds_and_plays(run: Run) -> None:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(ev.summarise(run))
    text = captured.get()
    assert "seeds" in text
    assert "6/6" in text
    assert "1/6" in text
    assert "0.00 (by symmetry)" in text
    assert "1.00 (identical)" in text
    assert "Under half differ" in " ".join(text.split())


def test_repeats_are_counted_only_where_chance_is_ruled_out() -> None:
    lineups, seeds = np.repeat([0, 1], 6), np.tile(np.arange(6), 2)
    plays, drawn = np.repeat([7, 9], 6).astype(np.uint64), np.zeros(12, dtype=np.bool_)
    assert count_repeated_plays(lineups, seeds, plays, drawn) == 2
    assert count_repeated_plays(lineups, seeds, plays, ~drawn) is None
    assert count_repeated_plays(lineups, seeds // 2, plays, drawn) is None
    other = plays.copy()
    other[3] += np.uint64(1)
    assert count_repeated_plays(lineups, seeds, other, drawn) is None
