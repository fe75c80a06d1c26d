"""A record that stays on disk, and the processes that share it, give what one gives that is in memory."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import interlab_evals as ev
from interlab_evals.measuring import fitting_workers
from interlab_evals.records import read
from tests.evals.handmade import dilemma
from tests.evals.stored import store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METRICS = ("cooperation_rate", "mutual_cooperation", "first_defection", "mean_payoff")
MINE = """
from interlab_evals import metric

@metric(kind="unbounded mean", unit="rounds", range=(0, 100), level="episode", undefined="never", source="here")
def length(episode):
    '''How long it was.'''
    return float(len(episode.rounds))
"""


def shard(run: Path) -> Path:
    return run / "spans" / "000.jsonl"


def shuffled(run: Path) -> None:
    lines = shard(run).read_bytes().splitlines(keepends=True)
    random.Random(1).shuffle(lines)
    shard(run).write_bytes(b"".join(lines))


def torn(run: Path) -> None:
    with shard(run).open("ab") as file:
        file.write(shard(run).read_bytes().splitlines()[3][:300])


def split(run: Path) -> None:
    """Over three files, episodes apart, the last attempts not in the last."""
    lines = shard(run).read_bytes().splitlines(keepends=True)
    for number in range(3):
        (run / "spans" / f"{2 - number:03d}.jsonl").write_bytes(b"".join(lines[number::3]))


def copied(run: Path) -> None:
    (run / "spans" / "001.jsonl").write_bytes(shard(run).read_bytes())


def untouched(run: Path) -> None:
    assert shard(run).exists()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """150 episodes of two conditions, recorded in no order; some failed, some of them succeeded later."""
    chance = random.Random(7)
    games = [
        dilemma(
            "".join(chance.choices("CD-", k=4)),
            "".join(chance.choices("CD", k=4)),
            index=index,
            id=f"{condition}.{index}",
            condition=condition,
            parameters={"talk": condition == "talk"},
            players={"alice": "strategy/a", "bob": chance.choice(["strategy/a", "strategy/b"])},
        )
        for condition in ("silent", "talk")
        for index in range(75)
    ]
    failing = {
        "error": "no answer",
        "end_reason": "error",
        "players": {"alice": "strategy/a", "bob": "strategy/b"},
    }
    failed = [
        dilemma(
            "CD", "CC", index=index, id=f"talk.{index}", condition="talk", parameters={"talk": True}, **failing
        )
        for index in (3, 60, 80)
    ]
    later = [dilemma("CC", "CC", index=3, id="talk.3", condition="talk", parameters={"talk": True}, attempt=2)]
    chance.shuffle(games)
    return store(tmp_path / "run", *failed, *games, *later, metrics=METRICS)


@pytest.mark.parametrize("change", [untouched, shuffled, torn, split, copied])
def test_the_same_episodes_and_figures(run: Path, change: Callable[[Path], None]) -> None:
    change(run)
    kept, left = read(run, in_memory=True), read(run, in_memory=False)
    assert isinstance(kept.episodes, tuple)
    assert not isinstance(left.episodes, tuple)
    assert [repr(each) for each in left.episodes] == [repr(each) for each in kept.episodes]
    assert [repr(each) for each in left.measured()] == [repr(each) for each in kept.measured()]
    assert left.n_completed == kept.n_completed == 150
    assert left.conditions == kept.conditions
    assert left.roots[kept.episodes[5].trace_id] == kept.roots[kept.episodes[5].trace_id]
    assert repr(ev.summarise(left).document()) == repr(ev.summarise(kept).document())
    assert left.superseded == 3


def test_several_processes_find_and_write_the_same(run: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    metrics = [*METRICS, f"{tmp_path / 'mine.py'}:length"]
    found: list[str] = []
    files: list[list[object]] = []
    for workers, in_memory in ((1, True), (1, False), (3, False)):
        scored = ev.score(read(run, in_memory=in_memory), metrics=metrics, workers=workers)
        found.append(repr(scored.summary.document()))
        tables = [path for path in scored.files if path.suffix == ".parquet"]
        events = [path.read_text() for path in scored.files if path not in tables]
        files.append([*(pd.read_parquet(path).to_json() for path in tables), *events])
    assert found[0] == found[1] == found[2]
    assert files[0] == files[1] == files[2]
    assert "'metric': 'length'" in found[0]


def test_frames_of_a_record_on_disk(run: Path) -> None:
    kept, left = read(run, in_memory=True), read(run, in_memory=False)
    for frame in (ev.episodes, ev.turns, ev.calls, ev.metrics):
        pd.testing.assert_frame_equal(frame(left), frame(kept))


def test_what_was_measured_tells_the_metrics_where_no_plan_does(run: Path) -> None:
    judged = list(read(run).measured())
    bare = store(run.parent / "bare", *judged) / "spans"
    left = read(bare, in_memory=False)
    assert left.chosen_metrics() == {each: list(METRICS) for each in left.conditions}
    assert repr(ev.summarise(left)) == repr(ev.summarise(read(bare, in_memory=True)))


def test_a_part_of_a_record_on_disk(run: Path) -> None:
    episodes = read(run, in_memory=False).episodes
    assert [each.id for each in episodes[10:12]] == [episodes[10].id, episodes[11].id]
    assert len(episodes) == 151


def test_a_small_record_is_kept_and_needs_no_further_process(run: Path) -> None:
    assert isinstance(read(run).episodes, tuple)
    assert fitting_workers(read(run)) == fitting_workers(read(run, in_memory=False)) == 1


def test_an_unindexable_record_is_kept_whatever_its_size(run: Path) -> None:
    document = json.loads(shard(run).read_text().splitlines()[0])
    (run / "spans" / "indented.json").write_text(json.dumps(document, indent=1))
    assert isinstance(read(run, in_memory=False).episodes, tuple)
