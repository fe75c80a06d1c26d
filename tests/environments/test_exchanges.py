"""One-sided exchanges: ultimatum, dictator, trust."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab import registry
from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab.testing import play
from tests.environments.puppets import stage


class TestUltimatum:
    def test_the_rules(self) -> None:
        _, parties = stage("ultimatum")
        assert parties["responder"].told == [
            (
                "You are playing a game with one other player. You are player B, and the other player is "
                "player A.\n"
                "In each round, there are 100 points to divide. Player A offers player B a number of "
                "them, from 0 to 100. If player B accepts the offer, player B gets the points offered "
                "and player A gets the rest. If player B rejects the offer, both get nothing.\n"
                "The game lasts 1 round.\n"
                "Your goal is to earn as many points as possible over the whole game."
            ),
        ]

    @pytest.mark.parametrize(
        ("answer", "payoffs"), [(True, (60.0, 40.0)), (False, (0.0, 0.0)), (None, (0.0, 0.0))]
    )
    async def test_an_offer_is_answered(self, answer: bool | None, payoffs: tuple[float, float]) -> None:
        game, parties = stage("ultimatum", proposer=[40], responder=[answer])
        step = await game.step()
        assert tuple(step.payoffs.values()) == payoffs
        assert step.facts == {"offer": 40, "accepted": bool(answer)}
        assert game.result.outcome == {"rounds": 1, "offer": 40, "accepted": bool(answer)}
        assert parties["responder"].asked == [
            "Player A offers you 40 of 100 points and would keep 60. Do you accept?"
        ]

    @pytest.mark.parametrize(("least", "accepted"), [(40, True), (41, False), (None, False)])
    async def test_the_strategy_method(self, least: int | None, accepted: bool) -> None:
        game, parties = stage("ultimatum", changes={"method": "strategy"}, proposer=[40], responder=[least])
        step = await game.step()
        assert step.facts == {"offer": 40, "accepted": accepted, "least": least}
        assert parties["responder"].asked == [
            "What is the smallest number of points that you accept?",
        ]

    async def test_no_offer_is_no_deal(self) -> None:
        game, _ = stage("ultimatum", proposer=[None], responder=[True])
        step = await game.step()
        assert step.actions == {"proposer": None, "responder": True}
        assert step.payoffs == {"proposer": 0.0, "responder": 0.0}


class TestDictator:
    @given(st.integers(0, 100))
    async def test_the_pie_is_paid_out_whole(self, given_: int) -> None:
        game, parties = stage("dictator", dictator=[given_])
        step = await game.step()
        assert step.payoffs == {"dictator": 100.0 - given_, "recipient": given_}
        assert parties["recipient"].asked == []


class TestTrust:
    @given(st.integers(0, 10), st.data())
    async def test_sending_makes_points_and_returning_moves_them(self, sent: int, data: st.DataObject) -> None:
        returned = data.draw(st.integers(0, 3 * sent))
        game, parties = stage("trust", investor=[sent], trustee=[returned])
        step = await game.step()
        assert step.payoffs == {"investor": 10.0 - sent + returned, "trustee": 10.0 + 3 * sent - returned}
        assert sum(step.payoffs.values()) == 20 + 2 * sent
        assert len(parties["trustee"].asked) == (1 if sent else 0)

    async def test_what_is_asked_and_told(self) -> None:
        game, parties = stage("trust", changes={"rounds": 2}, investor=[4], trustee=[6])
        await game.step()
        assert parties["trustee"].asked == [
            (
                "Round 1 of 2. Player A sent 4 points, and you received 12 points. How many of the "
                "points received do you return?"
            ),
        ]
        assert parties["investor"].told[1:] == [
            "Player A sent 4 points, player B received 12 and returned 6.",
        ]

    def test_what_a_round_can_pay(self) -> None:
        found = scenario("trust")
        assert found.environment.game(found.parameters)["welfare"] == [20.0, 40.0]


class TestWords:
    """Nobody reads a loaded word that the user did not choose."""

    @pytest.mark.parametrize("name", ["ultimatum", "dictator", "trust"])
    async def test_roles_have_neutral_names(self, name: str) -> None:
        game, parties = stage(name)
        await game.step()
        read = " ".join(text for each in parties.values() for text in (*each.told, *each.asked)).casefold()
        assert "player a" in read
        assert not [role for role in game.actors if role in read]

    async def test_labels_unit_framing_and_aim_are_the_users(self) -> None:
        changes = {
            "labels": {"dictator": "the chief", "recipient": "the guest"},
            "unit": "dollars",
            "framing": "Hello, {role}. Meet {other}.",
            "aim": "Collect {unit}.",
        }
        game, parties = stage("dictator", changes=changes, dictator=[30])
        step = await game.step()
        assert parties["recipient"].told == [
            (
                "Hello, the guest. Meet the chief.\n"
                "In each round, there are 100 dollars to divide. The chief gives the guest a number of "
                "them, from 0 to 100, and keeps the rest. The guest makes no decision.\n"
                "The game lasts 1 round.\n"
                "Collect dollars."
            ),
            "The chief gave 30 of 100 dollars to the guest.",
        ]
        assert set(step.actions) == {"dictator"}, "the record keeps the roles"

    @pytest.mark.parametrize(
        ("labels", "complaint"),
        [
            ({"boss": "x"}, "labels: invalid role `boss`: expected one of dictator and recipient"),
            ({"dictator": ""}, "labels must differ and not be empty"),
            ({"dictator": "player B"}, "labels must differ"),
        ],
    )
    def test_labels_that_tell_nobody_apart(self, labels: dict[str, str], complaint: str) -> None:
        with pytest.raises(ParameterError) as caught:
            scenario("dictator").configure({"labels": labels})
        assert complaint in str(caught.value)

    def test_what_is_rounded_is_told(self) -> None:
        _, parties = stage("trust", changes={"multiplier": 2.5})
        assert "multiplied by 2.5 and rounded down to whole points before" in parties["trustee"].told[0]

    @pytest.mark.parametrize("name", registry.names("environments"))
    def test_every_scenario_takes_a_framing_and_an_aim(self, name: str) -> None:
        _, parties = stage(name, changes={"framing": "Once upon a time.", "aim": "Get {unit}."})
        for each in parties.values():
            first, *_, last = each.told[0].splitlines()
            assert first == "Once upon a time."
            assert last.startswith(("Get ", "Your code word")), last


async def test_what_is_told_last_is_on_record() -> None:
    """Also to a role that is never asked anything."""
    game, _ = stage("dictator", dictator=[30])
    spans = {span.name: span for span in (await play(game)).spans}
    for role in ("dictator", "recipient"):
        told = json.loads(str(spans[f"observe {role}"].attributes["interlab.observations"]))
        assert told[-1] == "Player A gave 30 of 100 points to player B."
        assert spans[f"observe {role}"].service == role
