"""Games of counted choices: the step-level public good, the minority game, the show."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab.seeds import derive
from interlab.testing import play
from tests.environments.puppets import stage

FIVE = ("alice", "bob", "carol", "dave", "erin")


class TestCollectiveAction:
    def test_the_rules(self) -> None:
        _, members = stage("collective-action")
        assert members["alice"].told == [
            (
                "You are alice, one of the 5 members of a group: alice, bob, carol, dave, erin.\n"
                "In each round, every member has 5 points and chooses between X and Y. All members "
                "choose at the same time. Choosing X costs 5 points. Choosing Y costs nothing.\n"
                "If at least 3 of the 5 members choose X, every member gets another 10 points, "
                "regardless of their own choice. Otherwise, no one gets anything more, and the costs are "
                "not refunded.\n"
                "The game lasts 10 rounds.\n"
                "Your goal is to earn as many points as possible over the whole game."
            ),
        ]

    @pytest.mark.parametrize(
        ("payers", "met", "pays", "keeps"), [(2, False, 0.0, 5.0), (3, True, 10.0, 15.0), (5, True, 10.0, None)]
    )
    async def test_the_threshold(self, payers: int, met: bool, pays: float, keeps: float | None) -> None:
        choices: dict[str, Any] = {role: ["X" if seat < payers else "Y"] for seat, role in enumerate(FIVE)}
        game, members = stage("collective-action", **choices)
        step = await game.step()
        assert step.facts == {"count": {"C": payers, "D": 5 - payers}, "met": met}
        assert step.payoffs["alice"] == pays
        if keeps is not None:
            assert step.payoffs["erin"] == keeps
        assert members["alice"].told[-1] == (
            f"Round 1: you chose X. Choices in this round: X {payers}, Y {5 - payers}. You got {pays:g} points."
        )

    async def test_who_forfeits_keeps_its_endowment(self) -> None:
        game, _ = stage("collective-action", alice=[None])
        step = await game.step()
        assert step.actions["alice"] is None
        assert step.payoffs["alice"] == 5.0

    def test_what_a_round_can_pay(self) -> None:
        """Least: two pay in vain. Most: exactly enough pay."""
        found = scenario("collective-action")
        assert found.environment.game(found.parameters)["welfare"] == [15.0, 60.0]


class TestMinorityGame:
    async def test_the_smaller_side_wins(self) -> None:
        game, _ = stage("minority-game", alice=["A"], bob=["A"], carol=["B"], dave=["B"], erin=["B"])
        step = await game.step()
        assert step.facts == {"count": {"A": 2, "B": 3}, "winners": ["alice", "bob"]}
        assert step.payoffs == {"alice": 1.0, "bob": 1.0, "carol": 0.0, "dave": 0.0, "erin": 0.0}

    async def test_nobody_wins_a_tie(self) -> None:
        game, _ = stage("minority-game", alice=["A"], bob=["A"], carol=["B"], dave=["B"])
        assert (await game.step()).facts["winners"] == []


class TestRealityShow:
    async def test_answering_alike_pays(self) -> None:
        topics = [["Heads or tails?", ["heads", "tails"]]]
        game, members = stage(
            "reality-show",
            changes={"members": 3, "rounds": 2, "topics": topics},
            alice=["heads", "tails"],
            bob=["heads", "tails"],
            carol=["tails", "tails"],
        )
        assert (await game.step()).payoffs == {"alice": 1.0, "bob": 1.0, "carol": 0.0}
        assert (await game.step()).payoffs == dict.fromkeys(("alice", "bob", "carol"), 7.0)
        assert members["alice"].asked[0].startswith("Round 1 of 2. Heads or tails? Choose one: ")

    async def test_the_order_of_answers_helps_nobody(self) -> None:
        async def orders(seed: int, *, shuffled: bool, role: str = "alice") -> list[Any]:
            game, members = stage("reality-show", seed=seed, changes={"shuffled": shuffled})
            for _ in range(game.parameters.rounds):
                await game.step()
            for query in members[role].queries:
                assert query.prompt.endswith(f"Choose one: {', '.join(get_args(query.expected_type))}.")
            return [get_args(query.expected_type) for query in members[role].queries]

        assert await orders(1, shuffled=True) != await orders(1, shuffled=True, role="bob")
        assert await orders(1, shuffled=True) == await orders(1, shuffled=True)
        assert await orders(1, shuffled=True) != await orders(2, shuffled=True)
        topics = [options for _, options in scenario("reality-show").parameters.model_dump()["topics"]]
        assert await orders(1, shuffled=False) == topics

    async def test_only_what_is_salient_to_all_helps(self) -> None:
        """To name what is listed first is no way to agree."""

        async def paid(spec: str) -> float:
            total = 0.0
            for seed in range(10):
                found = scenario("reality-show")
                roles = found.environment.roles(found.parameters)
                actors = {
                    role: player(spec).create_actor(role, derive(seed, role), InvalidPolicy()) for role in roles
                }
                episode = (await play(found.environment(found.parameters, actors, seed))).episode
                total += sum(episode.payoffs.values())
            return total

        assert await paid("strategy/first-option") < 0.6 * await paid("strategy/salient-option")


@pytest.mark.parametrize(
    ("name", "changes", "complaint"),
    [
        ("collective-action", {"threshold": 6}, "threshold must not be above the number of members (5)"),
        ("collective-action", {"labels": {"E": "x"}}, "labels name no option: E"),
        ("collective-action", {"labels": {"C": "x", "D": "x"}}, "labels must differ and not be empty"),
        ("minority-game", {"members": 4}, "members must be odd"),
        ("reality-show", {"topics": []}, "parameter `topics` of `reality-show`"),
        ("reality-show", {"topics": [["?", ["a", "a"]]]}, "the answers to `?` must differ"),
    ],
)
def test_bad_parameters_are_told_in_one_line(name: str, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        scenario(name).configure(changes)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
