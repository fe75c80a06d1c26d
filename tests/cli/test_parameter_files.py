"""A game of one's own, from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlab.cli.given import read_parameters
from interlab.errors import ParameterError

if TYPE_CHECKING:
    from tests.cli.conftest import CommandLine

GAME = """
actions = ["up", "down"]
other_actions = ["left", "middle", "right"]
payoffs = [
  [[1, 0], [1, 2], [0, 1]],
  [[0, 3], [0, 1], [2, 0]],
]
rounds = 3
"""
PAYOFFS = {
    "up,left": [1, 0],
    "up,middle": [1, 2],
    "up,right": [0, 1],
    "down,left": [0, 3],
    "down,middle": [0, 1],
    "down,right": [2, 0],
}


def played(interlab: CommandLine, *arguments: str) -> dict[str, Any]:
    """The parameters of the condition, as the run's manifest spells them out."""
    said = interlab("run", "matrix", "--player", "strategy/fictitious-play", *arguments, "--json", "--quiet")
    assert (said.code, said.err) == (0, "")
    manifest = json.loads((Path(json.loads(said.out)["path"]) / "run.json").read_text())
    (condition,) = manifest["plan"]["conditions"]
    return condition["parameters"]


def test_a_game_is_played_from_a_toml_file_which_the_run_then_does_without(interlab: CommandLine) -> None:
    Path("game.toml").write_text(GAME)
    parameters = played(interlab, "-p", "@game.toml", "-p", "rounds=2")
    assert parameters["payoffs"] == PAYOFFS
    assert (parameters["rounds"], parameters["other_actions"]) == (2, ["left", "middle", "right"])
    assert "game.toml" not in json.dumps(parameters)


def test_a_json_file_may_name_the_cells(interlab: CommandLine) -> None:
    game = {"actions": ["up", "down"], "other_actions": ["left", "middle", "right"], "payoffs": PAYOFFS}
    Path("game.json").write_text(json.dumps(game))
    assert played(interlab, "-p", "@game.json")["payoffs"] == PAYOFFS


def test_what_is_given_later_counts() -> None:
    Path("game.toml").write_text(GAME)
    assert read_parameters(["rounds=9", "@game.toml"])["rounds"] == 3
    assert read_parameters(["@game.toml", "rounds=9"])["rounds"] == "9"


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("game.toml", "actions = [", "`-p @game.toml` is not valid TOML"),
        ("game.json", "{", "`-p @game.json` is not valid JSON"),
        ("game.json", "[1]", "`-p @game.json` must hold an object, name of a parameter -> value"),
        ("game.yaml", "a: 1", "parameters are read from files `*.toml` and `*.json`"),
    ],
)
def test_files_that_hold_no_parameters(name: str, text: str, complaint: str) -> None:
    Path(name).write_text(text)
    with pytest.raises(ParameterError) as caught:
        read_parameters([f"@{name}"])
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
