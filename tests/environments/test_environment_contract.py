"""Every scenario on the shelf, in its variants, keeps the contract of an environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from interlab import registry
from interlab.environments import scenario
from interlab.testing import ArbitraryActor, EnvironmentContract, play

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.environments import Environment, Scenario
    from interlab.tracing.episodes import Json

PRIVATE: Json = {
    "issues": [["delivery", ["today", "tomorrow"]], ["colour", ["red", "green", "blue"]]],
    "tables": [[[0, 12.345], [0, 20, 40]], [[76.543, 0], [3, 2, 1]]],
    "weights": [[1, 1], [1, 1]],
    "reserves": [10, 2],
}
WORDS = {"alice": "heliotrope", "bob": "catamaran", "carol": "ziggurat", "dave": "umbrella"}
SECRETS = {"buyer": "12345.67", "seller": "7654.32"}
VARIANTS: dict[str, tuple[str, Mapping[str, Json], Mapping[str, str]]] = {
    "dilemma": ("prisoners-dilemma", {}, {}),
    "dilemma with talk": ("prisoners-dilemma", {"talk": True}, {}),
    "dilemma with continuation": ("prisoners-dilemma", {"continuation": 0.8, "rounds": 50}, {}),
    "dilemma with labels": ("prisoners-dilemma", {"labels": {"C": "blue", "D": "green"}, "talk": True}, {}),
    "dilemma without an end in sight": ("prisoners-dilemma", {"horizon_known": False}, {}),
    "dilemma of one round": ("prisoners-dilemma", {"rounds": 1}, {}),
    "dilemma in turns, with talk": ("prisoners-dilemma", {"order": "sequential", "talk": True}, {}),
    "dilemma with noise": ("prisoners-dilemma", {"noise": 0.3}, {}),
    "dilemma seen wrong": ("prisoners-dilemma", {"misperception": 0.3, "noise": 0.1, "order": "sequential"}, {}),
    "stag hunt": ("stag-hunt", {"history": "own", "noise": 0.2}, {}),
    "chicken in the dark": ("chicken", {"history": "none", "talk": True}, {}),
    "battle of the sexes": ("battle-of-the-sexes", {"talk": True}, {}),
    "pennies": ("matching-pennies", {"order": "sequential"}, {}),
    "coordination": ("coordination", {"continuation": 0.7, "noise": 0.1}, {}),
    "deadlock": ("deadlock", {}, {}),
    "harmony": ("harmony", {}, {}),
    "rock, paper, scissors": ("rock-paper-scissors", {"noise": 0.5, "talk": True}, {}),
    "any matrix": ("matrix", {}, {}),
    "any matrix of two by three": (
        "matrix",
        {
            "actions": ["up", "down"],
            "other_actions": ["left", "middle", "right"],
            "payoffs": [[[1, 0], [1, 2], [0, 1]], [[0, 3], [0, 1], [2, 0]]],
            "noise": 0.2,
            "talk": True,
        },
        {},
    ),
    "negotiation": ("price-negotiation", {"buyer_value": 12345.67, "seller_cost": 7654.32}, SECRETS),
    "negotiation, buyer first": (
        "price-negotiation",
        {"buyer_value": 12345.67, "seller_cost": 7654.32, "first": "buyer", "rounds": 3},
        SECRETS,
    ),
    "negotiation without a zone of agreement": (
        "price-negotiation",
        {"buyer_value": 7654.32, "seller_cost": 12345.67},
        {"buyer": "7654.32", "seller": "12345.67"},
    ),
    "bargaining": ("bargaining", {}, {}),
    "bargaining, employer first, nothing written down": (
        "bargaining",
        {"first": "employer", "records": False, "rounds": 3},
        {},
    ),
    "bargaining of five": ("bargaining", {"domain": "wind-park", "rounds": 4}, {}),
    "bargaining over a random domain with private figures": (
        "bargaining",
        {"domain": PRIVATE},
        {"alice": "12.345", "bob": "76.543"},
    ),
    "deliberation": ("deliberation", {}, {}),
    "deliberation over issues by majority": ("deliberation", {"domain": "wind-park", "threshold": 3}, {}),
    "deliberation without talk, chaired": ("deliberation", {"talk": 0, "chair": "first", "rounds": 2}, {}),
    "deliberation with private scores": (
        "deliberation",
        {"domain": PRIVATE, "threshold": 1},
        {"alice": "12.345", "bob": "76.543"},
    ),
    "information leak": (
        "information-leak",
        {"code_words": dict(WORDS)},
        WORDS,
    ),
    "auction": ("auction", {}, {}),
    "auction at the second price with talk": (
        "auction",
        {"format": "second-price", "talk": True, "revealed": "bids", "members": 2},
        {},
    ),
    **{
        f"public goods of {members}": ("public-goods", {"members": members, "multiplier": 1.5}, {})
        for members in range(2, 7)
    },
    "public goods without an end in sight": ("public-goods", {"horizon_known": False}, {}),
    "public goods with talk": ("public-goods", {"talk": True}, {}),
    "public goods with punishment": ("public-goods", {"punishment": True, "members": 3}, {}),
    "fishery": ("commons-fishery", {}, {}),
    "fishery with a town hall": ("commons-fishery", {"talk": True, "members": 3}, {}),
    "pasture, shared in proportion": ("commons-pasture", {"rationing": "proportional", "growth": 1.5}, {}),
    "pollution that is not seen": ("commons-pollution", {"others_seen": False, "collapse_below": 0}, {}),
    "collective action": ("collective-action", {}, {}),
    "collective action with talk": ("collective-action", {"talk": True, "labels": {"C": "pay", "D": "wait"}}, {}),
    "minority game": ("minority-game", {"members": 3}, {}),
    "minority game with talk": ("minority-game", {"talk": True}, {}),
    "show": ("reality-show", {}, {}),
    "show with talk, in order": ("reality-show", {"talk": True, "shuffled": False}, {}),
    "ultimatum": ("ultimatum", {}, {}),
    "ultimatum, strategy method": ("ultimatum", {"method": "strategy", "rounds": 3}, {}),
    "dictator": ("dictator", {"rounds": 2, "horizon_known": False}, {}),
    "trust": ("trust", {"rounds": 5}, {}),
}


class TestShelf(EnvironmentContract):
    @pytest.fixture(autouse=True, params=list(VARIANTS))
    def variant(self, request: pytest.FixtureRequest) -> None:
        self._name, self._changes, self._secrets = VARIANTS[request.param]

    def scenario(self) -> Scenario:
        return scenario(self._name)

    def changes(self) -> Mapping[str, Json]:
        return self._changes

    def secrets(self) -> Mapping[str, str]:
        return self._secrets


def test_no_scenario_is_left_out() -> None:
    assert {name for name, _, _ in VARIANTS.values()} == set(registry.names("environments"))


class TestAContractThatIsBroken:
    """The contract notices what it is there for."""

    def environment(self, name: str = "public-goods") -> Environment[Any]:
        found = scenario(name)
        roles = found.environment.roles(found.parameters)
        return found.environment(found.parameters, {role: ArbitraryActor(role, 1) for role in roles}, 1)

    def test_a_leak(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kind = scenario("price-negotiation").environment
        told = kind.rules

        def rules(self: Environment[Any], role: str) -> str:
            return told(self, role) + "".join(told(self, other) for other in self.actors if other != role)

        monkeypatch.setattr(kind, "rules", rules)
        contract = Leaking()
        with pytest.raises(AssertionError, match="seller could read what only buyer may know"):
            contract.test_private_information_stays_private()

    async def test_an_episode_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        environment = self.environment()
        monkeypatch.setattr(type(environment), "is_finished", False)
        with pytest.raises(AssertionError, match="no end after 20 rounds"):
            await play(environment, most_rounds=20)

    def test_a_shallow_copy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def copy(self: Environment[Any]) -> Environment[Any]:
            return self

        monkeypatch.setattr(scenario("public-goods").environment, "copy", copy)
        with pytest.raises(AssertionError, match=re.escape("moved the original on")):
            Shallow().test_a_copy_plays_on_alike_and_independently()


class Leaking(EnvironmentContract):
    __test__ = False

    def scenario(self) -> Scenario:
        return scenario("price-negotiation")

    def changes(self) -> Mapping[str, Json]:
        return {"buyer_value": 12345.67, "seller_cost": 7654.32}

    def secrets(self) -> Mapping[str, str]:
        return SECRETS


class Shallow(EnvironmentContract):
    __test__ = False

    def scenario(self) -> Scenario:
        return scenario("public-goods")
