"""A real language model against itself, in every scenario on the shelf, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import document_of, succeed

from interlab import registry
from interlab.environments import scenario

pytestmark = pytest.mark.local_model

SHORT: dict[str, dict[str, Any]] = {
    "auction": {"members": 2},
    "prisoners-dilemma": {"rounds": 2, "talk": True},
}
"""Where a scenario has to be made shorter in its own way."""


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
        f'[[scenarios]]\nscenario = "{name}"\nplayers = ["local/smollm2?max_tokens=60"]\nlineup = "self"\n'
        f"[scenarios.parameters]\n{written(short(name))}\n"
        for name in registry.names("environments")
        if name != "matrix"  # it has no game of its own
    ]
    suite.write_text('name = "self-play"\ndescription = "Every scenario"\nepisodes = 1\n\n' + "\n".join(entries))
    ended = succeed("run", suite, "--out", directory, "--json", timeout=1500)
    printed = document_of(ended)
    (directory / Path(printed["path"]).name / "printed.json").write_text(ended.stdout)
    return printed


def test_every_episode_comes_to_its_end(played: dict[str, Any]) -> None:
    episodes = played["episodes"]
    assert (episodes["done"], episodes["failed"]) == (episodes["planned"], 0)
    assert episodes["planned"] == len(registry.names("environments")) - 1


def test_how_often_answers_were_invalid_is_told_for_every_scenario(played: dict[str, Any]) -> None:
    rates = {
        row["scenario"]: {each["metric"]: each["estimate"]["value"] for each in row["metrics"]}[
            "invalid_action_rate"
        ]
        for row in played["summary"]["scenarios"]
    }
    assert set(rates) == set(registry.names("environments")) - {"matrix"}
    assert all(rate is not None and 0 <= rate <= 1 for rate in rates.values()), rates
