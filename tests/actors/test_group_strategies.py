"""What the strategies of group games and one-sided exchanges do, played out in the games they are for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from interlab import registry
from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab.testing import play


async def rounds(name: str, players: list[str], changes: dict[str, Any] | None = None, seed: int = 1) -> list[Any]:
    """What everybody did, round by round, in seat order."""
    found = scenario(name)
    members = {"members": len(players)} if "members" in type(found.parameters).model_fields else {}
    parameters = found.configure(members | (changes or {}))
    roles = found.environment.roles(parameters)
    actors = {
        role: player(spec).create_actor(role, seed + seat, InvalidPolicy())
        for seat, (role, spec) in enumerate(zip(roles, players, strict=True))
    }
    episode = (await play(found.environment(parameters, actors, seed))).episode
    return [tuple(each.actions.get(role) for role in roles) for each in episode.rounds]


GROUPS: dict[str, tuple[str, list[str], dict[str, Any], list[tuple[Any, ...]]]] = {
    "conditional cooperation decays against a free rider": (
        "public-goods",
        ["strategy/conditional-cooperator", "strategy/free-rider", "strategy/conditional-cooperator"],
        {"rounds": 3, "multiplier": 1.5},
        [(20, 0, 20), (10, 0, 10), (5, 0, 5)],
    ),
    "the hump": (
        "public-goods",
        ["strategy/hump-shaped", "strategy/full-contributor"],
        {"rounds": 2, "multiplier": 1.5},
        [(10, 20), (0, 20)],
    ),
    "sustainable harvests last": (
        "commons-fishery",
        ["strategy/sustainable-harvester"] * 5,
        {"rounds": 3},
        [(10,) * 5] * 3,
    ),
    "greed ends in a month": ("commons-fishery", ["strategy/greedy-harvester"] * 5, {}, [(20,) * 5]),
    "reciprocity follows the greedy": (
        "commons-fishery",
        ["strategy/reciprocal-harvester", "strategy/fixed-harvester?amount=30"],
        {"rounds": 2},
        [(25, 30), (30, 30)],
    ),
    "volunteers and bystanders": (
        "collective-action",
        ["strategy/volunteer", "strategy/bystander", "strategy/volunteer?p=0"],
        {"rounds": 1, "threshold": 2},
        [("C", "D", "D")],
    ),
    "what has been salient stays so": (
        "reality-show",
        ["strategy/salient-option", "strategy/salient-option"],
        {"rounds": 2, "topics": [["?", ["b", "a"]]]},
        [("a", "a")] * 2,
    ),
    "a fair division": ("ultimatum", ["strategy/fair-divider", "strategy/fair-divider"], {}, [(50, True)]),
    "the equilibrium": ("ultimatum", ["strategy/rational-divider", "strategy/rational-divider"], {}, [(1, True)]),
    "fairness refuses the equilibrium": (
        "ultimatum",
        ["strategy/rational-divider", "strategy/inequity-averse"],
        {},
        [(1, False)],
    ),
    "the averse offer half": ("dictator", ["strategy/inequity-averse", "strategy/trusting"], {}, [(50, None)]),
    "the less averse keep all": (
        "dictator",
        ["strategy/inequity-averse?beta=0.3", "strategy/trusting"],
        {},
        [(0, None)],
    ),
    "the averse return what makes both equally rich": (
        "trust",
        ["strategy/trusting", "strategy/inequity-averse"],
        {"trustee_endowment": 4},
        [(10, 17)],
    ),
    "who gives a fixed share": (
        "public-goods",
        ["strategy/fixed-contributor?share=0.25", "strategy/fixed-contributor"],
        {"rounds": 2, "multiplier": 1.5},
        [(5, 10), (5, 10)],
    ),
    "trust that pays goes on": (
        "trust",
        ["strategy/trusting", "strategy/inequity-averse"],
        {"rounds": 2},
        [(10, 20), (10, 20)],
    ),
    "trust that is betrayed is halved": (
        "trust",
        ["strategy/trusting", "strategy/rational-divider"],
        {"rounds": 2},
        [(10, 0), (5, 0)],
    ),
}


@pytest.mark.parametrize("case", GROUPS)
async def test_what_they_do(case: str) -> None:
    name, players, changes, expected = GROUPS[case]
    assert await rounds(name, players, changes) == expected


async def test_the_least_that_the_averse_accept() -> None:
    """Fehr & Schmidt: a share s is refused below alpha / (1 + 2 alpha)."""
    acted = await rounds(
        "ultimatum", ["strategy/random-divider", "strategy/inequity-averse?alpha=0.5"], {"rounds": 200}
    )
    assert {offer >= 25 for offer, accepted in acted if accepted} == {True}
    assert {offer < 25 for offer, accepted in acted if not accepted} == {True}


async def test_free_riders_are_punished_in_proportion() -> None:
    found = scenario("public-goods")
    parameters = found.configure({"members": 2, "punishment": True, "rounds": 1, "multiplier": 1.5})
    actors = {
        "alice": player("strategy/altruistic-punisher?strength=0.25").create_actor("alice", 1, InvalidPolicy()),
        "bob": player("strategy/free-rider").create_actor("bob", 2, InvalidPolicy()),
    }
    (round_,) = (await play(found.environment(parameters, actors, 1))).episode.rounds
    assert round_.facts == {"pot": 20, "punishment": {"alice": {"bob": 5}, "bob": {}}}
    assert round_.payoffs == {"alice": 0 + 15 - 5, "bob": 20 + 15 - 15}


async def test_minority_seekers_avoid_the_crowd() -> None:
    players = ["strategy/minority-seeker", "strategy/bystander", "strategy/bystander"]
    acted = await rounds("minority-game", players, {"rounds": 5})
    assert [choices[0] for choices in acted[1:]] == ["A"] * 4


async def test_a_hand_may_tremble() -> None:
    steady = await rounds("commons-fishery", ["strategy/sustainable-harvester"] * 2, {"collapse_below": 0})
    shaken = await rounds(
        "commons-fishery", ["strategy/sustainable-harvester?noise=0.5"] * 2, {"collapse_below": 0}
    )
    assert steady != shaken


async def test_announcements_are_kept() -> None:
    found = scenario("collective-action")
    parameters = found.configure({"talk": True, "rounds": 2, "labels": {"C": "pay", "D": "wait"}})
    actors = {
        role: player("strategy/volunteer").create_actor(role, 1, InvalidPolicy())
        for role in found.environment.roles(parameters)
    }
    episode = (await play(found.environment(parameters, actors, 1))).episode
    said = [(each.text, each.announced_action) for each in episode.rounds[0].messages]
    assert said == [("I will choose pay.", "C")] * 5
    assert set(episode.rounds[0].actions.values()) == {"C"}


def test_options_are_checked() -> None:
    with pytest.raises(ParameterError, match="option `share`"):
        player("strategy/fair-divider?share=1.5")


def test_who_is_averse_to_being_ahead_burns_no_points() -> None:
    with pytest.raises(ParameterError, match="option `beta`: Input should be less than 1"):
        player("strategy/inequity-averse?beta=1")


async def test_a_random_contributor_gives_any_amount() -> None:
    acted = await rounds(
        "public-goods",
        ["strategy/random-contributor", "strategy/free-rider"],
        {"rounds": 400, "endowment": 3, "multiplier": 1.5},
    )
    counts = Counter(given for given, _ in acted)
    assert set(counts) == {0, 1, 2, 3}
    assert min(counts.values()) > 60


@pytest.mark.parametrize("name", registry.names("environments"))
async def test_random_plays_everything_and_says_nothing_of_it(name: str) -> None:
    found = scenario(name)
    talks = "talk" in type(found.parameters).model_fields
    parameters = found.configure({"talk": 1} if talks else {})
    roles = found.environment.roles(parameters)
    actors = {
        role: player("strategy/random").create_actor(role, seat, InvalidPolicy())
        for seat, role in enumerate(roles)
    }
    episode = (await play(found.environment(parameters, actors, 1))).episode
    assert all(turn.valid for turn in episode.all_turns)
    if "actions" not in episode.game:
        assert not [each for played in episode.rounds for each in played.messages]
