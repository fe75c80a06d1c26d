"""The public-goods game: what members read, what the project pays, and what a forfeit counts as."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.environments import scenario
from interlab.errors import InvalidAnswerError, ParameterError
from interlab.queries import answer_type
from interlab.situations import ContributionSituation, punishment_of
from tests.environments.puppets import stage

NAME = "public-goods"
SMALL = {"members": 3, "multiplier": 1.5, "endowment": 10, "rounds": 2}

RULES = """\
You are alice, one of the 3 members of a group: alice, bob, carol.
In each round, every member receives 10 points, decides how many of them to contribute to a common project, \
and keeps the rest. All members decide at the same time.
The contributions of all members are added up, multiplied by 1.5, and divided equally among all members, \
regardless of how much each contributed. A contribution of 1 point therefore pays 0.5 points to every \
member.
The game lasts 2 rounds.
Your goal is to earn as many points as possible over the whole game."""


def test_the_rules_as_a_member_reads_them() -> None:
    _, members = stage(NAME, changes=SMALL)
    assert members["alice"].told == [RULES]
    assert members["carol"].told == [RULES.replace("You are alice", "You are carol")]
    _, members = stage(NAME, changes=SMALL | {"horizon_known": False})
    assert "You will not be told how many rounds there are." in members["alice"].told[0].splitlines()


async def test_what_a_round_asks_pays_and_tells() -> None:
    game, members = stage(NAME, changes=SMALL, alice=[10], bob=[4], carol=[0])
    step = await game.step()
    assert step.actions == {"alice": 10, "bob": 4, "carol": 0}
    assert step.payoffs == {"alice": 7, "bob": 13, "carol": 17}
    assert step.facts == {"pot": 14}
    assert members["bob"].asked == ["Round 1 of 2. How many of your 10 points do you contribute?"]
    assert members["bob"].told[1:] == [
        (
            "Round 1: the contributions were alice 10, bob 4, carol 0. You kept 6 points and received 7 "
            "points from the project."
        ),
    ]


async def test_who_forfeits_contributes_nothing_and_is_on_record_as_that() -> None:
    game, members = stage(NAME, changes=SMALL, alice=[10, 10], bob=[None, 5], carol=[5, 0])
    step = await game.step()
    assert step.actions == {"alice": 10, "bob": None, "carol": 5}
    assert step.payoffs == {"alice": 7.5, "bob": 17.5, "carol": 12.5}
    await game.step()
    situation = members["bob"].queries[1].situation
    assert isinstance(situation, ContributionSituation)
    assert (situation.own[0], situation.others[0], situation.round) == (0, 7.5, 2)
    assert game.is_finished
    assert game.result.payoffs == {"alice": 15, "bob": 30, "carol": 30}


async def test_a_contribution_is_a_whole_number_within_the_endowment() -> None:
    game, members = stage(NAME, changes=SMALL)
    await game.step()
    wanted = answer_type(members["alice"].queries[0].expected_type)
    assert wanted.parse('{"answer": 10}').value == 10
    for text in ('{"answer": 11}', '{"answer": -1}', '{"answer": 2.5}', '{"answer": true}'):
        with pytest.raises(InvalidAnswerError):
            wanted.parse(text)


def test_the_facts_that_metrics_need() -> None:
    found = scenario(NAME)
    assert found.environment.game(found.parameters) == {
        "kind": "public-goods",
        "endowment": 20,
        "multiplier": 1.6,
        "players": 4,
        "welfare": [80, 128],
        "horizon": 10,
        "horizon_known": True,
    }


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"members": 1}, "parameter `members` of `public-goods`: Input should be greater than or equal to 2"),
        ({"members": 11}, "parameter `members` of `public-goods`: Input should be less than or equal to 10"),
        ({"multiplier": 0}, "parameter `multiplier` of `public-goods`: Input should be greater than 0"),
        ({"multiplier": float("nan")}, "parameter `multiplier` of `public-goods`"),
        ({"endowment": 0}, "parameter `endowment` of `public-goods`: Input should be greater"),
        ({"framing": "{other}"}, "only `{role}`, `{members}`, `{names}` can be filled in"),
    ],
)
def test_bad_parameters_are_told_in_one_line(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        scenario(NAME).configure(changes)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.lists(st.integers(0, 10), min_size=3, max_size=3),
    st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=3, max_size=3),
)
async def test_points_are_made_by_the_project_and_lost_by_punishment_only(
    given_: list[int], punished: list[list[int]]
) -> None:
    roles = ("alice", "bob", "carol")
    answers: dict[str, Any] = {}
    for role, contribution, points in zip(roles, given_, punished, strict=True):
        others = tuple(other for other in roles if other != role)
        answers[role] = [contribution, punishment_of(others, 4)(*points)]
    changes = SMALL | {"punishment": True, "punishment_most": 4, "punishment_cost": 1, "punishment_impact": 3}
    game, _ = stage(NAME, changes=changes, **answers)
    step = await game.step()
    spent = sum(map(sum, punished))
    assert sum(step.payoffs.values()) == pytest.approx(30 + 0.5 * sum(given_) - (1 + 3) * spent)
    bounds: Any = scenario(NAME).environment.game(game.parameters)["welfare"]
    least, most = bounds
    assert least <= sum(step.payoffs.values()) <= most + 1e-9


async def test_what_punishment_asks_and_tells() -> None:
    points = punishment_of(("bob", "carol"), 10)(0, 2)
    game, members = stage(NAME, changes=SMALL | {"punishment": True}, alice=[10, points], bob=[4], carol=[0])
    step = await game.step()
    assert (
        members["alice"].asked[1] == "Round 1 of 2. How many deduction points do you assign to each other member?"
    )
    assert members["carol"].told[-1] == (
        "You assigned 0 deduction points and received 2. You earned 11 points in this round."
    )
    assert step.facts["punishment"] == {"alice": {"carol": 2}, "bob": {}, "carol": {}}
