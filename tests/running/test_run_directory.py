"""What a run leaves on disk."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import interlab as il
from interlab.errors import ConfigurationError, UsageError
from interlab.models import ScriptedModel
from interlab.running.store import RunDirectory
from tests.running.record import actions, document, episodes

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.models import Model


@pytest.fixture
def run() -> il.Run:
    return il.run("prisoners-dilemma", players=["strategy/random"], episodes=3, seed=9, progress=False)


def test_the_directory(run: il.Run, tmp_path: Path) -> None:
    assert run.path.resolve().parent == tmp_path / "runs"
    assert run.path.name.endswith(f"-prisoners-dilemma-{run.path.name[-4:]}")
    assert {path.name for path in run.path.iterdir()} == {".lock", "evaluations.jsonl", "run.json", "spans"}


def test_run_json_tells_the_circumstances(run: il.Run) -> None:
    stored = document(run.path)
    assert (stored["format"], stored["id"], stored["suite"]) == (1, run.id, "prisoners-dilemma")
    assert (stored["status"], stored["otlp"]) == ("completed", None)
    assert stored["created"] <= stored["ended"]
    plan: dict[str, Any] = stored["plan"]
    assert (plan["seed"], plan["episodes"], plan["attempts"], plan["on_invalid"]) == (9, 3, 3, "forfeit")
    assert plan["conditions"][0]["players"] == {"alice": "strategy/random", "bob": "strategy/random"}
    assert {"python", "interlab-otel", "opentelemetry-sdk"} <= set(stored["versions"])
    assert {"git", "host", "prices"} <= set(stored)


def test_every_execution_writes_a_shard_of_its_own(run: il.Run) -> None:
    first = run.path / "spans" / "000.jsonl"
    whole = first.read_bytes()
    played = actions(run.path)
    first.write_bytes(whole[: len(whole) // 2])  # torn in the middle of a line, as by a crash of the machine
    resumed = il.resume(run.path, progress=False)
    assert (resumed.done, resumed.status) == (3, "completed")
    assert sorted(path.name for path in first.parent.iterdir()) == ["000.jsonl", "001.jsonl"]
    assert first.read_bytes() == whole[: len(whole) // 2], "nothing is appended to a torn line"
    assert actions(run.path) == played


def test_a_torn_evaluation_is_mended(run: il.Run) -> None:
    evaluations = run.path / "evaluations.jsonl"
    lines = evaluations.read_bytes().splitlines(keepends=True)
    evaluations.write_bytes(b"".join(lines) + b'{"resourceLogs": [')
    il.resume(run.path, progress=False)
    assert evaluations.read_bytes().splitlines(keepends=True) == lines


def test_two_processes_cannot_execute_one_run(run: il.Run) -> None:
    with RunDirectory(run.path).locked():
        ended = subprocess.run(
            [sys.executable, "-m", "interlab.cli.app", "resume", str(run.path)],
            capture_output=True,
            text=True,
            check=False,
        )
        with pytest.raises(UsageError, match="is being executed by another process"):
            il.resume(run.path, progress=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"interlab: `{run.path}` is being executed by another process: wait for its end, or interrupt it\n"
    )
    assert il.resume(run.path, progress=False).status == "completed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not valid JSON"),
        (b"{}", "`.*run.json`: plan: "),
        (b'{"plan": {"suite": "x", "seed": "?"}}', "plan: `seed`: Input should be a valid integer"),
    ],
)
def test_a_plan_that_cannot_be_understood(run: il.Run, content: bytes, message: str) -> None:
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        il.resume(run.path, progress=False)


@pytest.mark.parametrize("answer", ["zebra", '{"message": "zebra", "announced_action": null}'])
@pytest.mark.parametrize("policy", ["forfeit", "fail"])
def test_without_content_no_text_is_in_the_record(answer: str, policy: Any, scripted: dict[str, Model]) -> None:
    texts = {"full": b"", "none": b""}
    for content in ("full", "none"):
        scripted["model"] = ScriptedModel(itertools.repeat(answer))
        run = il.run(
            "prisoners-dilemma",
            players=["scripted/model"],
            parameters={"talk": True, "rounds": 2},
            on_invalid=policy,
            content=content,
            progress=False,
        )
        texts[content] = b"".join(path.read_bytes() for path in run.path.rglob("*") if path.is_file())
        (episode,) = episodes(run.path).values()
        assert len(episode.all_turns) > 0
    for text in (b"zebra", b"These are the payoffs", b"What message do you send"):
        assert text in texts["full"]
        assert text not in texts["none"]


def test_the_environment_may_leave_content_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLAB_CONTENT", "none")
    run = il.run("prisoners-dilemma", players=["strategy/random"], progress=False)
    assert json.loads((run.path / "run.json").read_bytes())["plan"]["content"] == "none"
    assert all(turn.prompt is None for each in episodes(run.path).values() for turn in each.all_turns)
