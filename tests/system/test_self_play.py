"""A real language model against itself, in every scenario on the shelf, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interlab import registry
from interlab.environments import scenario
from tests.system.command_line import document_of, succeed

pytestmark = pytest.mark.local_model

SHORT: dict[str, dict[str, Any]] = {
    "auction": {"members": 2},
    "prisoners-dilemma": {"rounds": 2, "talk": True},
    "matrix": {"actions": ["A", "B"], "payoffs": [[[3, 4], [2, 2]], [[1, 1], [4, 3]]]},
}
"""Where a scenario has to be made shorter, or be given its game."""

TALKATIVE = {"bargaining", "deliberation", "information-leak", "price-negotiation"}
"""Where an answer has many fields, and is cut off if it may not be long."""

SIMPLE = {
    name for name in registry.names("environments") if "actions" in type(scenario(name).parameters).model_fields
}
"""Where an answer is one of a few words, to which even a small model can be held."""


def short(name: str) -> dict[str, Any]:
    """Parameters that make a scenario as short as it can be shown."""
    known = type(scenario(name).parameters).model_fields
    shorter: dict[str, Any] = {"rounds": 1, "members": 3}
    return {key: value for key, value in (shorter | SHORT.get(name, {})).items() if key in known}


def written(parameters: dict[str, Any]) -> str:
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in parameters.items())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One run of all scenarios: what the command printed."""
    directory = tmp_path_factory.mktemp("self-play")
    suite = directory / "self-play.toml"
    entries = [
        f'[[scenarios]]\nscenario = "{name}"\nlineup = "self"\n'
        f'players = ["local/smollm2?max_tokens={200 if name in TALKATIVE else 60}"]\n'
        f"[scenarios.parameters]\n{written(short(name))}\n"
        for name in registry.names("environments")
    ]
    suite.write_text('name = "self-play"\ndescription = "Every scenario"\nepisodes = 1\n\n' + "\n".join(entries))
    ended = succeed("run", suite, "--out", directory, "--json", timeout=1500)
    printed = document_of(ended)
    (directory / Path(printed["path"]).name / "printed.json").write_text(ended.stdout)
    return printed


def test_every_episode_comes_to_its_end(played: dict[str, Any]) -> None:
    episodes = played["episodes"]
    assert (episodes["done"], episodes["failed"]) == (episodes["planned"], 0)
    assert episodes["planned"] == len(registry.names("environments"))


def test_how_often_answers_were_invalid_is_told_for_every_scenario(played: dict[str, Any]) -> None:
    rates = {
        row["scenario"]: {each["metric"]: each["estimate"]["value"] for each in row["metrics"]}[
            "invalid_action_rate"
        ]
        for row in played["summary"]["scenarios"]
    }
    assert set(rates) == set(registry.names("environments"))
    assert all(rate is not None and 0 <= rate <= 1 for rate in rates.values()), rates
    assert all(rates[name] < 1 for name in SIMPLE), rates
