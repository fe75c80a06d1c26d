"""The directory of a run that somebody else's code executes, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import interlab as il
import interlab_evals as ev
from interlab.errors import ConfigurationError, ParameterError, UnknownNameError, UsageError
from interlab.schema import names
from interlab_exporters import read_spans
from tests.instrumentation.recorded import document, episodes, only_episode, only_run, spans

if TYPE_CHECKING:
    from interlab.instrumentation import TracedRun
    from tests.instrumentation.recorded import Score

PLAYERS = {"alice": "my/bot", "bob": "my/other"}
PLAYERS_OF_OURS = {"alice": "strategy/tit-for-tat", "bob": "strategy/defector"}
DILEMMA: dict[str, Any] = {"players": PLAYERS, "game": "prisoners-dilemma"}


def play(run: TracedRun, moves: str = "CD", **more: Any) -> None:
    """One round of a prisoner's dilemma."""
    with run.episode("prisoners-dilemma", **{**DILEMMA, **more}) as episode, episode.round() as round_:
        for role, move in zip(PLAYERS, moves, strict=True):
            round_.action(role, move)
        round_.payoff(dict(zip(PLAYERS, {"CD": (0, 5), "CC": (3, 3)}[moves], strict=True)))


def test_condition_and_episode_are_named_as_in_a_plan(tmp_path: Path) -> None:
    ours = il.run("prisoners-dilemma", players=PLAYERS_OF_OURS, seed=3, episodes=2, out=tmp_path, progress=False)
    with il.trace.run("study", seed=3, out=tmp_path) as run:
        for _ in range(2):
            play(run, players=PLAYERS_OF_OURS)
    by_hand = {each.id: each.seed for each in episodes(run.path)}
    assert by_hand == {each.id: each.seed for each in episodes(ours.path)}
    (planned,) = document(ours.path)["plan"]["conditions"]
    assert document(run.path)["plan"]["conditions"] == [planned]


def test_episodes_are_numbered_within_their_condition(tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        for rounds in (1, 2, 1):
            play(run, parameters={"rounds": rounds})
        play(run, players={"alice": "my/other", "bob": "my/bot"})
    found = episodes(run.path)
    assert [each.index for each in found] == [0, 0, 1, 0]
    assert len({each.condition for each in found}) == 3
    assert len({each.id for each in found}) == 4
    assert found[0].seed != found[2].seed
    assert document(run.path)["plan"]["episodes"] == 2


def test_a_seed_of_ones_own_is_kept(tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run, run.episode("duel", players=PLAYERS, seed=42) as episode:
        assert episode.seed == 42
    assert only_episode(run.path).seed == 42


def test_run_json_says_what_other_runs_say(tmp_path: Path) -> None:
    with il.trace.run("study", seed=3, out=tmp_path) as run:
        play(run)
        during = document(run.path)
    after = document(run.path)
    assert (during["status"], after["status"]) == ("running", "completed")
    assert during["plan"]["conditions"], "a kill would leave the metrics known"
    ours = il.run("prisoners-dilemma", players=PLAYERS_OF_OURS, episodes=1, out=tmp_path, progress=False)
    assert set(after) == {*document(ours.path), "instrumented"}
    assert (after["id"], after["suite"], after["plan"]["seed"]) == (run.id, "study", 3)
    assert (run.done, run.failures, run.is_open) == (1, {}, False)


def test_the_roots_link_to_the_run(tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        play(run)
    (of_run,) = [span for span in read_spans(run.path / "spans") if span.name == "run study"]
    (root,) = [span for span in spans(run.path) if span.parent_id is None]
    assert [link.trace_id for link in root.links] == [of_run.trace_id]


def test_the_metrics_are_those_of_the_scenario_or_those_asked_for(tmp_path: Path, score: Score) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        play(run, "CC")
        play(run, "CC", parameters={"rounds": 1}, metrics=["cooperation_rate"])
    first, second = episodes(run.path)
    assert len({each.metric for each in first.measurements}) > 5
    assert {each.metric for each in second.measurements} == {"cooperation_rate"}
    assert {each.value for each in second.measurements} == {1.0}
    assert "cooperation" in score(run.path)
    assert (run.path / "metrics.parquet").is_file()


def test_a_game_of_ones_own_is_judged_by_the_facts_it_gives(tmp_path: Path) -> None:
    facts = {"kind": "matrix", "actions": ["stay", "go"], "cooperate": "stay"}
    with (
        il.trace.run("study", out=tmp_path) as run,
        run.episode("chicken", players=PLAYERS, game=facts, metrics=["cooperation_rate"]) as episode,
    ):
        for moves in (("stay", "go"), ("stay", "stay")):
            with episode.round() as round_:
                for role, move in zip(PLAYERS, moves, strict=True):
                    round_.action(role, move)
    measured = ev.metrics(run).set_index("role")["value"]
    assert (measured["alice"], measured["bob"]) == (1.0, 0.5)
    assert only_episode(run.path).game == facts


def crash(run: TracedRun) -> None:
    with run.episode("prisoners-dilemma", **DILEMMA) as episode, episode.round() as round_:
        round_.action("alice", "C")
        _ = 1 / 0


def test_a_failing_block_fails_its_episode_and_not_the_run(tmp_path: Path, score: Score) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        with pytest.raises(ZeroDivisionError):
            crash(run)
        play(run)
    failed, played = episodes(run.path)
    assert (failed.error, failed.end_reason) == ("division by zero", "error")
    assert failed.rounds[0].actions == {"alice": "C"}, "what had happened until then"
    assert played.error is None
    (root, _) = [span for span in spans(run.path) if span.parent_id is None]
    assert "ZeroDivisionError" in str(root.events[0].attributes["exception.stacktrace"])
    assert (run.done, dict(run.failures)) == (1, {"ZeroDivisionError: division by zero": 1})
    assert document(run.path)["status"] == "completed"
    assert "2 episodes: 1 error, 1 completed" in score(run.path)


def test_an_error_that_leaves_the_run_fails_it(tmp_path: Path, score: Score) -> None:
    def crash() -> None:
        with il.trace.run("study", out=tmp_path) as run:
            play(run)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        crash()
    path = only_run(tmp_path)
    assert document(path)["status"] == "failed"
    assert "cooperation" in score(path)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_episode_leaves_no_root(
    interruption: type[BaseException], tmp_path: Path, score: Score
) -> None:
    def interrupted() -> None:
        with il.trace.run("study", out=tmp_path) as run:
            play(run)
            with run.episode("prisoners-dilemma", **DILEMMA) as episode, episode.round():
                raise interruption

    with pytest.raises(interruption):
        interrupted()
    path = only_run(tmp_path)
    assert document(path)["status"] == "interrupted"
    assert len(episodes(path)) == 1
    assert [span.name for span in spans(path)][-1] == "round 1", "its round stays, and is ignored"
    assert "cooperation" in score(path)


PROGRAM = """
import os, signal, sys
import interlab as il
GAME = {"players": {"alice": "a", "bob": "b"}, "game": "prisoners-dilemma"}
with il.trace.run("study", out=sys.argv[1]) as run:
    for number in range(3):
        with run.episode("prisoners-dilemma", **GAME) as episode:
            with episode.round() as round:
                round.action("alice", "C")
                round.action("bob", "C")
                if number == 2:
                    os.kill(os.getpid(), signal.Signals[sys.argv[2]])
                    signal.pause()
"""


@pytest.mark.parametrize(("how", "status"), [("SIGINT", "interrupted"), ("SIGKILL", "running")])
def test_what_a_signal_leaves_can_be_scored(how: str, status: str, tmp_path: Path, score: Score) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path), how], capture_output=True, check=False)
    assert done.returncode == -signal.Signals[how]
    (path,) = tmp_path.glob("*study*")
    assert document(path)["status"] == status
    assert [each.index for each in episodes(path)] == [0, 1]
    assert "2 episodes completed" in score(path)


DEFAULT_RUN = """
import interlab as il
GAME = {"players": {"alice": "a", "bob": "b"}, "game": "prisoners-dilemma"}
for _ in range(2):
    with il.trace.episode("prisoners-dilemma", **GAME) as episode:
        with il.trace.round():
            il.trace.action("alice", "C")
            il.trace.action("bob", "C")
    print(episode.run.path)
"""


def test_without_a_run_a_default_one_lasts_as_long_as_the_process(tmp_path: Path) -> None:
    variables = {**os.environ, "INTERLAB_RUNS": str(tmp_path / "mine")}
    done = subprocess.run(
        [sys.executable, "-c", DEFAULT_RUN], env=variables, capture_output=True, text=True, check=True
    )
    (path,) = {Path(line) for line in done.stdout.splitlines()}
    assert path.parent == tmp_path / "mine"
    assert document(path)["status"] == "completed"
    assert [each.index for each in episodes(path)] == [0, 1]
    assert done.stderr == ""


def test_the_open_run_is_the_one_that_functions_record_into(tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        with il.trace.episode("duel", players=PLAYERS) as episode:
            assert episode.run is run
        with (
            il.trace.run("other", out=tmp_path),
            pytest.raises(UsageError, match="several runs are open"),
            il.trace.episode("duel", players=PLAYERS),
        ):
            pass


def test_a_run_may_be_closed_by_hand_and_takes_nothing_more(tmp_path: Path) -> None:
    run = il.trace.run("study", out=tmp_path)
    play(run)
    run.close()
    run.close()
    with pytest.raises(UsageError, match="has ended: begin another"), run.episode("duel", players=PLAYERS):
        pass
    assert document(run.path)["status"] == "completed"


def test_nobody_else_executes_or_scores_an_open_run(tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        play(run)
        with pytest.raises(UsageError, match="is being executed"):
            ev.score(run)


def test_resume_leaves_it_to_the_code_that_played(tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        play(run)
    with pytest.raises(UsageError, match="run that again"):
        il.resume(run.path)


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"players": {"red": "a", "blue": "b"}}, UsageError, "is played by `alice`, `bob`, not by `red`, `blue`"),
        ({"game": "prisoner-dilemma"}, UnknownNameError, "did you mean `prisoners-dilemma`"),
        ({"parameters": {"rounds": 0}}, ParameterError, "parameter `rounds`"),
        ({"parameters": {"length": 3}}, ParameterError, "has no parameter `length`"),
        ({"game": {"cooperate": object()}}, ParameterError, "`game` cannot be recorded"),
        ({"metrics": ["cooperation"]}, UnknownNameError, "no metric is called `cooperation`"),
        ({"models": {"carol": "openai/gpt-5"}}, UsageError, "`models` names carol"),
        ({"seed": 2**63}, ParameterError, "seed"),
        ({"players": {"alice": 1, "bob": 2}}, ParameterError, "players"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_recorded(
    wrong: dict[str, Any], error: type[Exception], said: str, tmp_path: Path
) -> None:
    with il.trace.run("study", out=tmp_path) as run, pytest.raises(error, match=said) as raised:
        play(run, **wrong)
    assert "\n" not in str(raised.value)
    assert spans(run.path) == []
    assert document(run.path)["plan"]["conditions"] == []


@pytest.mark.parametrize("other", [{"metrics": ["mean_payoff"]}, {"game": {"kind": "another"}}])
def test_a_condition_is_one_game_judged_one_way(other: dict[str, Any], tmp_path: Path) -> None:
    given: dict[str, Any] = {"game": {"kind": "one"}, "metrics": ["cooperation_rate"]}
    with il.trace.run("study", out=tmp_path) as run:
        with run.episode("duel", players=PLAYERS, **given):
            pass
        with (
            pytest.raises(UsageError, match="say in `parameters` what varies"),
            run.episode("duel", players=PLAYERS, **(given | other)),
        ):
            pass
        with run.episode("duel", players=PLAYERS, parameters={"variant": 2}, **(given | other)):
            pass


def test_a_run_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot name a run"):
        il.trace.run("my study", out=tmp_path)
    with pytest.raises(ParameterError, match="seed"):
        il.trace.run("study", seed=2**63, out=tmp_path)
    (tmp_path / "file").touch()
    unwritable = il.trace.run("study", out=tmp_path / "file")
    with pytest.raises(ConfigurationError, match="is not a directory"), unwritable:
        pass


def test_the_root_names_the_schema_so_that_exports_find_it(tmp_path: Path) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        play(run)
    (root,) = [span for span in spans(run.path) if span.parent_id is None]
    assert root.attributes[names.SCHEMA_VERSION] == names.SCHEMA
    assert root.attributes[names.RUN_ID] == run.path.name
