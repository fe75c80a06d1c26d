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

SECRETS = {"buyer": "12345.67", "seller": "7654.32"}
VARIANTS: dict[str, tuple[str, Mapping[str, Json], Mapping[str, str]]] = {
    "dilemma": ("prisoners-dilemma", {}, {}),
    "dilemma with talk": ("prisoners-dilemma", {"talk": True}, {}),
    "dilemma with continuation": ("prisoners-dilemma", {"continuation": 0.8, "rounds": 50}, {}),
    "dilemma with labels": ("prisoners-dilemma", {"labels": {"C": "blue", "D": "green"}, "talk": True}, {}),
    "dilemma without an end in sight": ("prisoners-dilemma", {"horizon_known": False}, {}),
    "dilemma of one round": ("prisoners-dilemma", {"rounds": 1}, {}),
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
    **{
        f"public goods of {members}": ("public-goods", {"members": members, "multiplier": 1.5}, {})
        for members in range(2, 7)
    },
    "public goods without an end in sight": ("public-goods", {"horizon_known": False}, {}),
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
