"""A package of somebody else's, installed beside ours into an environment of its own, is on the shelf."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.command_line import document_of, succeed

pytestmark = pytest.mark.packaging

CHECKOUT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parent / "third_party"
PLAYERS = ("guesser/level-k?k=1", "guesser/level-k?k=2", "guesser/level-k?k=3")


@pytest.fixture(scope="module")
def interlab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment into which both have been installed."""
    directory = tmp_path_factory.mktemp("third-party")
    venv = directory / "venv"
    succeed("-m", "venv", venv, program=Path(sys.executable))
    for source in (CHECKOUT, PACKAGE):
        succeed(
            *("-m", "build", "--wheel", "--outdir", directory / "wheels", source),
            program=Path(sys.executable),
            timeout=300,
        )
    wheels = sorted((directory / "wheels").glob("*.whl"))
    constraints = ("--constraint", CHECKOUT / "constraints.txt")
    succeed("install", "--quiet", *constraints, *wheels, program=venv / "bin/pip", timeout=600)
    return venv / "bin/interlab"


@pytest.mark.parametrize(
    ("shelf", "name"), [("scenarios", "guessing"), ("players", "guesser/level-k"), ("metrics", "closeness")]
)
def test_it_is_listed(interlab: Path, shelf: str, name: str) -> None:
    printed = document_of(succeed("list", shelf, name, "--json", program=interlab))
    (row,) = printed
    assert row[shelf.removesuffix("s")] == name


def test_its_style_is_one_that_models_take(interlab: Path) -> None:
    (shown,) = document_of(succeed("list", "players", "llm", "--json", program=interlab))
    assert "counting" in shown["styles"]


def test_it_is_run_and_scored(interlab: Path, tmp_path: Path) -> None:
    arguments = [part for player in PLAYERS for part in ("--player", player)]
    printed = document_of(
        succeed("run", "guessing", *arguments, "--episodes", "2", "--json", program=interlab, cwd=tmp_path)
    )
    assert printed["episodes"]["done"] == 2
    scored: dict[str, Any] = document_of(
        succeed("score", tmp_path / printed["path"], "--json", program=interlab, cwd=tmp_path)
    )
    (scenario,) = scored["summary"]["scenarios"]
    assert scenario["scenario"] == "guessing"
    found = {
        each["player"]: each["estimate"]["value"] for each in scenario["metrics"] if each["metric"] == "closeness"
    }
    guesses = (33, 22, 15)
    target = 2 / 3 * sum(guesses) / 3
    assert [found[player] for player in PLAYERS] == pytest.approx([abs(guess - target) for guess in guesses])


def test_a_model_of_its_provider_plays(interlab: Path, tmp_path: Path) -> None:
    arguments = ("--player", "parrot/7", "--player", "parrot/7", "--player", "parrot/30")
    printed = document_of(succeed("run", "guessing", *arguments, "--json", program=interlab, cwd=tmp_path))
    assert printed["episodes"]["done"] == 1
    assert printed["spending"]["calls"] == 9
