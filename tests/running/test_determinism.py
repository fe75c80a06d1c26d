"""Same plan, same seed, strategies only: the same actions, whatever the execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import interlab as il
from tests.running.record import actions, document, episodes, roots

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running.record import Actions


def played(seed: int = 5, **execution: Any) -> dict[str, Actions]:
    run = il.run(
        "prisoners-dilemma",
        players=["strategy/random", "strategy/generous-tit-for-tat", "strategy/win-stay-lose-shift"],
        parameters={"continuation": 0.8, "rounds": 40, "talk": True},
        metrics=["cooperation_rate"],
        episodes=4,
        seed=seed,
        execution=il.Execution(**execution),
        progress=False,
    )
    assert (run.done, run.status) == (36, "completed")
    return actions(run.path)


def test_the_same_actions_whatever_the_concurrency() -> None:
    one_at_a_time = played(concurrency=1)
    assert len({str(each) for each in one_at_a_time.values()}) > 10
    assert played(concurrency=7) == one_at_a_time
    assert played(concurrency=64) == one_at_a_time


def test_other_seeds_give_other_actions() -> None:
    assert played(seed=6) != played(seed=5)


def test_chance_moves_are_common_to_all_lineups() -> None:
    lengths = {(name.rpartition(".")[2], len(moves)) for name, moves in played().items()}
    assert len(lengths) == 4, "a repeat ends after the same round for everybody"
    assert len({length for _, length in lengths}) > 1


def test_resuming_a_finished_run_plays_nothing(tmp_path: Path) -> None:
    run = il.run("quickstart", episodes=1, progress=False)
    before = roots(run.path)
    again = il.resume(run.path, progress=False)
    assert (again.done, again.failed, again.status) == (run.planned, 0, "completed")
    assert roots(run.path) == before
    assert document(run.path)["status"] == "completed"


def test_an_episode_is_recorded_with_all_that_makes_it(tmp_path: Path) -> None:
    run = il.run("price-negotiation", players=["negotiator/linear"], seed=3, progress=False)
    ((name, episode),) = episodes(run.path).items()
    assert (episode.id, episode.run, episode.suite, episode.index) == (name, run.id, "price-negotiation", 0)
    assert [seat.player for seat in episode.seats] == ["negotiator/linear"] * 2
    assert episode.measurements
    with pytest.raises(il.InterLabError, match="not the directory of a run"):
        il.resume(tmp_path)
