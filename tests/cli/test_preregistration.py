"""Plans written down beforehand, and runs that are held to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import CommandLine

ASKED = ("prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/defector", "-n", "2")


def test_a_plan_is_written_with_hypotheses_and_a_hash(interlab: CommandLine) -> None:
    said = interlab("preregister", *ASKED, "--margin", "0.1", "--out", "plan.json")
    assert (said.code, said.err) == (0, "")
    shown = " ".join(said.out.split())
    assert "`prisoners-dilemma` will be played in 1 condition with 2 episodes each" in shown
    assert "Differences below 0.1 are of no interest" in shown
    assert json.loads(Path("plan.json").read_text())["sha256"] in said.out
    again = interlab("preregister", *ASKED, "--out", "plan.json")
    assert (again.code, again.out) == (2, "")
    assert "a preregistration is written once" in again.err


def test_a_run_that_keeps_to_the_plan_is_played_and_reported(interlab: CommandLine) -> None:
    interlab("preregister", *ASKED, "--out", "plan.json")
    assert interlab("run", *ASKED, "--preregistered", "plan.json", "--quiet").code == 0
    (path,) = Path("runs").iterdir()
    assert (path / "preregistration.json").read_bytes() == Path("plan.json").read_bytes()
    assert interlab("report", str(path), "--out", "paper", "--only", "methods").code == 0
    methods = Path("paper/methods.md").read_text()
    assert "The plan was written down before the run" in methods
    assert json.loads(Path("plan.json").read_text())["sha256"] in methods


def test_a_run_that_differs_is_refused_with_the_difference(interlab: CommandLine) -> None:
    interlab("preregister", *ASKED, "--out", "plan.json")
    said = interlab("run", *ASKED, "-p", "rounds=7", "--preregistered", "plan.json")
    assert (said.code, said.out) == (2, "")
    assert "conditions[0].parameters.rounds: " in said.err
    assert "was planned, 7 is asked for" in said.err
    assert not Path("runs").exists()
    fewer = interlab("run", *ASKED[:-1], "1", "--preregistered", "plan.json")
    assert "episodes: 2 was planned, 1 is asked for" in fewer.err


def test_a_plan_that_was_edited_is_refused(interlab: CommandLine) -> None:
    interlab("preregister", *ASKED, "--out", "plan.json")
    plan = Path("plan.json")
    plan.write_text(plan.read_text().replace('"episodes": 2', '"episodes": 3'))
    said = interlab("run", *ASKED[:-1], "3", "--preregistered", "plan.json")
    assert said.code == 2
    assert "its plan was changed after it was written" in said.err
