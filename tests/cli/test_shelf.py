"""``interlab list SHELF NAME``: all about one thing, for a scenario the very texts that players read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from interlab import registry
from interlab.cli.reading import conversations
from interlab.environments import scenario

if TYPE_CHECKING:
    from tests.cli.conftest import CommandLine


def test_a_scenario_shows_what_its_players_read(interlab: CommandLine) -> None:
    said = interlab("list", "scenarios", "ultimatum")
    assert (said.code, said.err) == (0, "")
    assert "  source      Güth, W., Schmittberger" in said.out
    proposer, responder = said.out.split("\n\n")[1:]
    assert proposer.startswith(
        "proposer\n  in an example episode, without repeats (all of it: --json)\n"
        "  rules     You are playing a game"
    )
    assert "\n  question  How many of the 100 points do you offer to player B?" in proposer
    assert "How many of the 100 points" not in responder
    assert "Do you accept?" in responder


def test_the_same_as_json(interlab: CommandLine) -> None:
    (shown,) = json.loads(interlab("list", "scenarios", "ultimatum", "--json").out)
    assert shown["roles"] == list(shown["texts"]) == ["proposer", "responder"]
    assert {each["kind"] for each in shown["texts"]["proposer"]} == {"rules", "question", "event", "answer"}


def test_parameters_change_what_is_read_and_what_judges(interlab: CommandLine) -> None:
    changed = ("-p", "punishment=true", "-p", "talk=true", "-p", "members=3")
    (shown,) = json.loads(interlab("list", "scenarios", "public-goods", *changed, "--json").out)
    assert shown["parameters"]["punishment"] is True
    assert shown["roles"] == list(shown["texts"]) == ["alice", "bob", "carol"]
    assert "antisocial_punishment" in shown["metrics"]
    questions = [each["text"] for each in shown["texts"]["bob"] if each["kind"] == "question"]
    assert len(questions) == 30
    assert "Round 1 of 10. How many deduction points do you assign to each other member?" in questions


def test_every_text_of_a_whole_episode_is_shown(interlab: CommandLine) -> None:
    """Also what is told after the first round, and in the end."""
    (shown,) = json.loads(interlab("list", "scenarios", "information-leak", "--json").out)
    read = [each["text"] for each in shown["texts"]["alice"]]
    assert len([text for text in read if text.startswith("The discussion is over.")]) == 1
    assert any("The proposal is not adopted." in text for text in read)
    (shown,) = json.loads(interlab("list", "scenarios", "prisoners-dilemma", "-p", "noise=0.3", "--json").out)
    assert any("but Y was played" in each["text"] for each in shown["texts"]["alice"])


def test_bad_parameters_are_told_in_one_line(interlab: CommandLine) -> None:
    said = interlab("list", "scenarios", "trust", "-p", "multiplier=0")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "parameter `multiplier` of `trust`" in said.err
    assert interlab("list", "players", "-p", "rounds=1").code == 2


def test_a_program_shows_options_games_and_source(interlab: CommandLine) -> None:
    (shown,) = json.loads(interlab("list", "players", "strategy/zd-extort?chi=3", "--json").out)
    assert shown == {
        "player": "strategy/zd-extort",
        "summary": "Takes `chi` times as much as the other of what both get beyond mutual defection.",
        "options": {"chi": 2.0, "phi": None, "noise": 0.0},
        "games": "matrix games in which an action counts as cooperation and each is told what the other did",
        "source": "Press & Dyson (2012)",
    }
    assert "action = needed" in interlab("list", "players", "strategy/always").out


@pytest.mark.parametrize("name", ["llm", "openai/gpt-5-mini", "ollama/MODEL", "local/smollm2"])
def test_a_model_shows_what_can_be_set(name: str, interlab: CommandLine) -> None:
    (shown,) = json.loads(interlab("list", "players", name, "--json").out)
    assert set(shown["styles"]) >= {"one-shot", "chain-of-thought", "plan-act-reflect"}
    assert shown["options"]["style"] == "one-shot"
    assert shown["options"]["memory"] == "window"
    assert {"persona", "temperature", "max_tokens"} <= set(shown["options"])


@pytest.mark.parametrize("name", ["strategy/tit-for-tatt", "negotiator/x", "opnai/m"])
def test_a_player_that_is_not_there(name: str, interlab: CommandLine) -> None:
    said = interlab("list", "players", name)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("name", registry.names("environments"))
def test_every_scenario_can_be_read(name: str) -> None:
    found = scenario(name)
    for role, read in conversations(found).items():
        assert read[0]["kind"] == "rules", role
        assert read[0]["text"] == found.environment.rules(_environment(name), role)
    assert any(each["kind"] == "question" for read in conversations(found).values() for each in read)


def _environment(name: str):
    from interlab import seeds
    from interlab.testing import ArbitraryActor

    found = scenario(name)
    roles = found.environment.roles(found.parameters)
    return found.environment(
        found.parameters, {role: ArbitraryActor(role, seeds.derive(0, role)) for role in roles}, 1
    )


@pytest.mark.parametrize("shelf", ["suites", "scenarios", "players", "metrics"])
def test_what_is_not_there_is_told_in_one_line(shelf: str, interlab: CommandLine) -> None:
    said = interlab("list", shelf, "no-such-thing")
    assert (said.code, said.out) == (2, "")
    assert "`no-such-thing`" in said.err
    assert len(said.err.splitlines()) == 1
