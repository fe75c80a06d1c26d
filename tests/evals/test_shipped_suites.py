"""The suites that come with InterLab, and the package's public face."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

import interlab as il
import interlab_evals as ev
from interlab import registry
from interlab.environments import scenario
from interlab.errors import UnknownNameError
from interlab.running.plan import make_plan
from interlab.running.suites import load_suite
from interlab_evals import suites
from interlab_evals.commands.compare import register

if TYPE_CHECKING:
    from pathlib import Path


def test_quickstart_is_a_suite_that_can_be_planned() -> None:
    suite = load_suite("quickstart")
    plan = make_plan(suite)
    assert suite.name == "quickstart"
    assert {condition.scenario for condition in plan.conditions} == {"prisoners-dilemma", "price-negotiation"}
    assert all(
        player.startswith(("strategy/", "negotiator/"))
        for condition in plan.conditions
        for player in condition.players.values()
    )


@pytest.mark.parametrize("name", ["commons", "communication", "cooperation", "negotiation", "quickstart"])
def test_every_suite_plays_with_programs_and_is_judged_whole(name: str, tmp_path: Path) -> None:
    run = il.run(name, episodes=2, out=tmp_path, progress=False)
    assert (run.done, run.failed) == (run.planned, 0)
    summary = ev.summarise(run)
    assert all(scenario.metrics for scenario in summary.scenarios)


@pytest.mark.parametrize("name", ["commons", "communication", "cooperation", "negotiation"])
def test_every_experiment_says_what_it_is_for(name: str) -> None:
    for entry in load_suite(name).scenarios:
        assert entry.confirmatory
        assert set(entry.confirmatory) <= set(entry.metrics) <= set(registry.names("metrics"))


def test_the_metrics_of_every_scenario_are_on_the_shelf() -> None:
    for name in registry.names("environments"):
        assert set(scenario(name).metrics) <= set(registry.names("metrics")), name


def test_what_was_declared_is_what_is_compared(tmp_path: Path) -> None:
    run = il.run("negotiation", episodes=2, out=tmp_path, progress=False)
    assert ev.read(run).confirmatory == (
        *("agreement_rate", "surplus_share", "pareto_optimality", "advantage"),
        *("offer_share", "acceptance_rate"),
    )


@pytest.mark.parametrize(
    ("name", "by"),
    [("communication", "parameters.talk"), ("commons", "parameters.talk"), ("cooperation", "player")],
)
def test_what_a_suite_was_made_for_can_be_compared(name: str, by: str, tmp_path: Path) -> None:
    run = il.run(name, episodes=2, out=tmp_path, progress=False)
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    result = CliRunner().invoke(app, ["compare", str(run.path), "--by", by, "--json"])
    assert result.exception is None
    document = json.loads(result.stdout)
    assert document["contrasts"]
    compared = {each["metric"] for each in document["contrasts"]}
    left_out = {
        each for each in ev.read(run).confirmatory if f"`{each}` is left out" in " ".join(document["notes"])
    }
    assert compared.isdisjoint(left_out)
    assert compared | left_out == {*ev.read(run).confirmatory}


@pytest.mark.parametrize("name", ["commons", "communication", "cooperation", "negotiation", "quickstart"])
def test_every_suite_can_be_compared_as_it_stands(name: str, tmp_path: Path) -> None:
    run = il.run(name, episodes=2, out=tmp_path, progress=False)
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    result = CliRunner().invoke(app, ["compare", str(run.path)], env={"COLUMNS": "80"})
    assert (result.exception, result.stderr) == (None, "")
    assert "by player" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_suite_is_found_by_name() -> None:
    assert suites.path("quickstart") == suites.quickstart()
    with pytest.raises(UnknownNameError, match="did you mean `quickstart`"):
        suites.path("quickstar")


def test_every_public_name_is_there() -> None:
    assert {"compare", "estimate", "metric", "rank", "report", "summarise"} <= {*dir(ev)}
    for name in dir(ev):
        assert getattr(getattr(ev, name), "__name__", name) == name


def test_completion_finds_the_names_of_interlab() -> None:
    assert {"run", "resume", "trace", "Run"} <= {*dir(il)}
    for name in dir(il):
        assert getattr(il, name) is not None


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="absent"):
        _ = ev.absent  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]


def test_metrics_that_judge_live_need_no_pandas() -> None:
    code = "import sys, interlab_evals.measures; sys.exit('pandas' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
