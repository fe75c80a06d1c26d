"""``interlab list SHELF NAME``: all about one thing, for a scenario the very texts that players read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from interlab import registry
from interlab.cli.reading import texts
from interlab.environments import scenario

if TYPE_CHECKING:
    from conftest import CommandLine


def test_a_scenario_shows_what_its_players_read(interlab: CommandLine) -> None:
    said = interlab("list", "scenarios", "ultimatum")
    assert (said.code, said.err) == (0, "")
    assert "  source      Güth, W., Schmittberger" in said.out
    proposer, responder = said.out.split("\n\n")[1:]
    assert proposer.startswith(
        "proposer\n  reads, in a round played at random\n  rules     You take part in a game"
    )
    assert "\n  question  How many of the 100 points do you offer player B?" in proposer
    assert "How many of the 100 points" not in responder
    assert "Do you accept?" in responder


def test_the_same_as_json(interlab: CommandLine) -> None:
    (shown,) = json.loads(interlab("list", "scenarios", "ultimatum", "--json").out)
    assert shown["roles"] == list(shown["texts"]) == ["proposer", "responder"]
    assert {each["kind"] for each in shown["texts"]["proposer"]} == {"rules", "question", "event"}


@pytest.mark.parametrize("name", registry.names("environments"))
def test_every_scenario_can_be_read(name: str) -> None:
    found = scenario(name)
    for role, read in texts(found).items():
        assert read[0]["kind"] == "rules", role
        assert read[0]["text"] == found.environment.rules(_environment(name), role)
    assert any(each["kind"] == "question" for read in texts(found).values() for each in read)


def _environment(name: str):
    from interlab import seeds
    from interlab.testing import ArbitraryActor

    found = scenario(name)
    roles = found.environment.roles(found.parameters)
    return found.environment(
        found.parameters, {role: ArbitraryActor(role, seeds.derive(0, role)) for role in roles}, 0
    )


@pytest.mark.parametrize("shelf", ["suites", "scenarios", "players", "metrics"])
def test_what_is_not_there_is_told_in_one_line(shelf: str, interlab: CommandLine) -> None:
    said = interlab("list", shelf, "no-such-thing")
    assert (said.code, said.out) == (2, "")
    assert "`no-such-thing`" in said.err
    assert len(said.err.splitlines()) == 1
