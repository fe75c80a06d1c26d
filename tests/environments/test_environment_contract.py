"""Every scenario on the shelf, in its variants, keeps the contract of an environment."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import pytest

from interlab import registry
from interlab.environments import Result, Step, scenario
from interlab.environments.division import Dictator
from interlab.environments.matrix.game import MatrixGame
from interlab.environments.price import PriceNegotiation
from interlab.environments.public_goods import PublicGoods, PublicGoodsParameters
from interlab.testing import ArbitraryActor, EnvironmentContract, play

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.environments import Environment, Scenario
    from interlab.schema.episode import Episode, Json

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
    "information leak with code words that are drawn": ("information-leak", {}, {}),
    "information leak": (
        "information-leak",
        {"code_words": dict(WORDS)},
        WORDS,
    ),
    "auction": ("auction", {}, {}),
    "auction of items of great value": ("auction", {"lowest_value": 1_000_003, "highest_value": 9_999_999}, {}),
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


CONSERVING = [
    *("matching-pennies", "ultimatum", "dictator", "trust", "public-goods", "commons-fishery", "auction"),
    *("collective-action", "minority-game", "reality-show", "price-negotiation", "bargaining", "deliberation"),
    "information-leak",
]
"""A scenario of every kind: the rules of each conserve something."""


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

    def secrets_in(self, episode: Episode) -> Mapping[str, Sequence[str]]:
        """With what is drawn by the seed: code words, and values at an auction where they are told from others."""
        found = {role: [secret] for role, secret in self._secrets.items()}
        drawn = [episode.outcome.get("secrets")]
        if "lowest_value" in self._changes:
            drawn += [each.facts["values"] for each in episode.rounds]
        for each in drawn:
            for role, secret in each.items() if isinstance(each, dict) else ():
                found.setdefault(role, []).append(str(secret))
        return found


def test_no_scenario_is_left_out() -> None:
    assert {name for name, _, _ in VARIANTS.values()} == set(registry.names("environments"))


def broken(name: str, kind: type[Environment[Any]], **changes: Json) -> EnvironmentContract:
    """The contract of a scenario that is played by another class."""

    class Contract(EnvironmentContract):
        __test__ = False

        def scenario(self) -> Scenario:
            return replace(scenario(name), environment=kind)

        def changes(self) -> Mapping[str, Json]:
            return changes

    return Contract()


class TestAContractThatIsBroken:
    """The contract notices what it is there for."""

    def test_a_leak_in_the_rules(self) -> None:
        class Telling(PriceNegotiation):
            def rules(self, role: str) -> str:
                return "".join(super(Telling, self).rules(other) for other in (role, "buyer"))

        class Contract(EnvironmentContract):
            def scenario(self) -> Scenario:
                return replace(scenario("price-negotiation"), environment=Telling)

            def changes(self) -> Mapping[str, Json]:
                return {"buyer_value": 12345.67, "seller_cost": 7654.32}

            def secrets(self) -> Mapping[str, str]:
                return SECRETS

        with pytest.raises(AssertionError, match="seller could read what only buyer may know"):
            Contract().test_private_information_stays_private()

    def test_a_leak_in_the_last_event(self) -> None:
        class Telling(PriceNegotiation):
            async def step(self) -> Step:
                step = await super().step()
                if self.is_finished:
                    self.tell(("seller",), self.rules("buyer"))
                return step

        with pytest.raises(AssertionError, match="seller could read what only buyer may know"):
            broken("price-negotiation", Telling).test_private_information_stays_private()

    def test_a_leak_to_a_role_that_is_never_asked(self) -> None:
        class Telling(Dictator):
            async def step(self) -> Step:
                self.tell(("recipient",), self.rules("dictator"))
                return await super().step()

        with pytest.raises(AssertionError, match="recipient could read what only dictator may know"):
            broken("dictator", Telling).test_private_information_stays_private()

    async def test_an_episode_without_end(self) -> None:
        class Endless(PublicGoods):
            @property
            def is_finished(self) -> bool:
                return False

        parameters = PublicGoodsParameters()
        actors: dict[str, Any] = {role: ArbitraryActor(role, 1) for role in Endless.roles(parameters)}
        with pytest.raises(AssertionError, match="no end after 20 rounds"):
            await play(Endless(parameters, actors, 1), most_rounds=20)

    def test_more_rounds_than_there_can_be(self) -> None:
        class Longer(MatrixGame):
            @property
            def is_finished(self) -> bool:
                return self.rounds_played >= 25

        with pytest.raises(AssertionError, match="25 rounds were played, where there are at most 10"):
            broken("matching-pennies", Longer).test_an_episode_ends_and_pays()

    def test_an_episode_that_pays_what_no_round_paid(self) -> None:
        class Generous(MatrixGame):
            @property
            def result(self) -> Result:
                result = super().result
                return replace(result, payoffs={role: paid + 100 for role, paid in result.payoffs.items()})

        with pytest.raises(AssertionError, match=re.escape("the rounds paid alice")):
            broken("matching-pennies", Generous).test_an_episode_ends_and_pays()

    @pytest.mark.parametrize("name", CONSERVING)
    def test_what_the_rules_conserve_is_not(self, name: str) -> None:
        kind = scenario(name).environment
        paid: dict[int, float] = {}

        class Generous(kind):  # pyright: ignore[reportUntypedBaseClass]
            async def step(self) -> Step:
                step = await super().step()
                if not step.payoffs and not self.is_finished:
                    return step
                paid[id(self)] = paid.get(id(self), 0) + 100
                return replace(step, payoffs={role: step.payoffs.get(role, 0) + 100 for role in self.actors})

            @property
            def result(self) -> Result:
                result = super().result
                extra = paid.get(id(self), 0)
                return replace(result, payoffs={role: each + extra for role, each in result.payoffs.items()})

        with pytest.raises(AssertionError, match="on the record, and the rules say"):
            broken(name, Generous).test_an_episode_ends_and_pays()

    def test_a_shallow_copy(self) -> None:
        class Shallow(PublicGoods):
            def copy(self) -> Self:
                return self

        with pytest.raises(AssertionError, match=re.escape("moved the original on")):
            broken("public-goods", Shallow).test_a_copy_plays_on_alike_and_independently()
