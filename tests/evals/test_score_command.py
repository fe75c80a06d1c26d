"""``interlab score``, from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from interlab.errors import UnknownNameError
from interlab_evals.commands.score import register
from tests.evals.handmade import dilemma
from tests.evals.stored import store

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


def invoke(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["score", *arguments])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    games = [dilemma("CCD", "CDD", index=0), dilemma("CCC", "CCC", index=1)]
    return store(tmp_path, *games, metrics=["cooperation_rate"])


def test_it_prints_the_table_and_what_it_wrote(run: Path) -> None:
    result = invoke(str(run))
    assert result.exit_code == 0
    assert "cooperation" in result.stdout
    assert "Nothing went wrong: 2 episodes completed, none failed" in result.stdout
    assert str(run / "metrics.parquet") in result.stdout


def test_json_is_one_document_and_nothing_else(run: Path) -> None:
    result = invoke(str(run), "--json", "--level", "0.9")
    document = json.loads(result.stdout)
    assert document["summary"]["level"] == 0.9
    assert document["summary"]["scenarios"][0]["metrics"][0]["estimate"]["n"] == 6
    assert str(run / "metrics.parquet") in document["files"]
    assert result.stderr == ""


def test_help_shows_examples() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert "interlab score runs/" in result.stdout


def test_errors_are_left_to_the_application(tmp_path: Path) -> None:
    assert isinstance(invoke(str(tmp_path / "absent")).exception, UnknownNameError)


def test_other_metrics_are_named_or_brought_along(run: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from interlab_evals import Count, metric\n\n\n"
        '@metric(kind="ratio", level="episode", undefined="no round", source="me")\n'
        "def defections(episode):\n"
        '    """Share of moves that defected."""\n'
        "    moves = [action for each in episode.rounds for action in each.actions.values()]\n"
        '    return Count(moves.count("D"), len(moves))\n'
    )
    result = invoke(str(run), "--metric", "niceness", "--metric", f"{mine}:defections", "--json")
    found = json.loads(result.stdout)["summary"]["scenarios"][0]["metrics"]
    assert {each["metric"] for each in found} == {"niceness", "defections"}
    assert {each["estimate"]["k"] for each in found if each["metric"] == "defections"} == {3}
