"""Deliberation: talk, proposals and votes; and what leaks of what should be kept secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab.seeds import derive
from interlab.testing import play
from tests.environments.puppets import stage

if TYPE_CHECKING:
    from interlab.schema.episode import Episode

NAME = "deliberation"
LEAK = "information-leak"
LUNCH: dict[str, Any] = {
    "issues": [["lunch", ["soup", "salad", "stew"]]],
    "tables": [[[3, 2, 1]], [[1, 2, 3]], [[2, 3, 1]]],
    "weights": [[1], [1], [1]],
    "reserves": [1.5, 1, 1],
    "topic": "lunch",
}
WORDS = {"alice": "Heliotrope", "bob": "catamaran", "carol": "ziggurat"}

BOB_RULES = """\
You have to decide about lunch. You act as bob, and you decide together with alice and carol.
A deal is one of the values below. The table shows how many points each is worth to you.
| issue | value | your points |
| --- | --- | --- |
| lunch | soup | 1 |
| lunch | salad | 2 |
| lunch | stew | 3 |
If there is no deal, you receive 1 point. Only you know these figures. Each of the others also has private \
figures, which may differ from yours.
In each round, each of you first speaks once, one after another. Then one of you, in turn, proposes a deal, \
and the others vote on it at the same time, without seeing each other's votes. If all of you are in favour, \
the proposal is adopted and becomes the deal for everyone.
The deliberation lasts at most 5 rounds. If no deal is reached by then, it ends without a deal.
Your goal is to earn as many points as possible."""


def meal(lunch: str) -> dict[str, str]:
    return {"lunch": lunch}


def at_lunch(changes: dict[str, Any] | None = None, name: str = NAME, **answers: Any) -> Any:
    return stage(name, changes={"domain": LUNCH, **(changes or {})}, **answers)


def test_the_rules_as_a_party_reads_them() -> None:
    _, parties = at_lunch()
    assert parties["bob"].told == [BOB_RULES]
    _, parties = at_lunch({"threshold": 2, "talk": 0, "chair": "first"})
    rules = parties["bob"].told[0]
    assert "In each round, alice proposes a deal, and the others vote" in rules
    assert "If at least 2 of you, including the proposer, are in favour, the proposal is adopted" in rules


async def test_what_is_said_proposed_and_decided() -> None:
    table, parties = at_lunch(
        alice=["I like soup.", meal("soup")], bob=["", False], carol=["So do I.", True]
    )  # fmt: skip
    step = await table.step()
    assert parties["alice"].asked == [
        "Round 1 of 5. What do you say to the others?",
        "Round 1 of 5. It is your turn to make a proposal. What do you propose?",
    ]
    assert parties["bob"].asked[1] == (
        "Round 1 of 5. alice proposed a deal (lunch: soup), worth 1 point to you. Do you vote in favour of it?"
    )
    result = (
        "Vote on the proposal from alice (lunch: soup): in favour: alice and carol; not in favour: bob. "
        "The proposal is not adopted."
    )
    assert parties["bob"].told[1:] == [
        'Message from alice: "I like soup."',
        'Message from carol: "So do I."',
        "alice proposed a deal (lunch: soup).",
        result,
    ]
    assert parties["alice"].told[1:] == ['Message from carol: "So do I."', result]
    assert step.actions == {"alice": {"proposal": "soup"}, "bob": {"vote": False}, "carol": {"vote": True}}
    assert step.facts == {
        "proposer": "alice",
        "proposal": "soup",
        "votes": {"alice": True, "bob": False, "carol": True},
    }
    assert step.payoffs == {}


async def test_enough_votes_decide_for_all_and_pay_each_its_score() -> None:
    table, _ = at_lunch({"threshold": 2, "talk": 0}, alice=[meal("salad")], bob=[True], carol=[False])
    step = await table.step()
    assert table.is_finished
    assert step.payoffs == {"alice": 2, "bob": 2, "carol": 3}
    assert table.result.end_reason == "agreement"
    assert table.result.outcome == {"agreement": True, "choice": "salad", "rounds": 1}


async def test_without_a_decision_each_gets_its_reserve() -> None:
    table, parties = at_lunch(
        {"rounds": 3, "talk": 0},
        alice=[meal("soup"), False, False],
        bob=[False, meal("stew"), False],
        carol=[True, True, meal("salad")],
    )
    proposers: list[Any] = []
    while not table.is_finished:
        proposers.append((await table.step()).facts["proposer"])
    assert proposers == ["alice", "bob", "carol"]
    assert (table.result.end_reason, table.result.payoffs) == ("deadline", {"alice": 1.5, "bob": 1, "carol": 1})
    assert table.result.outcome == {"agreement": False, "choice": None, "rounds": 3}
    assert len(parties["alice"].asked) == 3


async def test_a_chair_always_proposes() -> None:
    table, parties = at_lunch({"rounds": 2, "talk": 0, "chair": "first"}, alice=[meal("soup")] * 2)
    await table.step()
    await table.step()
    assert len(parties["alice"].asked) == 2
    assert all("to make a proposal" in prompt for prompt in parties["alice"].asked)


async def test_who_gives_no_valid_vote_is_not_for_it_and_no_proposal_is_no_vote() -> None:
    table, parties = at_lunch({"talk": 0, "threshold": 2}, alice=[None, True], bob=[meal("stew")], carol=[None])
    step = await table.step()
    assert step.actions == {"alice": None}
    assert step.facts == {"proposer": "alice", "proposal": None, "votes": {}}
    assert parties["carol"].asked == []
    assert parties["carol"].told[1:] == [
        "alice made no valid proposal.",
    ]
    step = await table.step()
    assert step.actions == {"alice": {"vote": True}, "bob": {"proposal": "stew"}, "carol": None}
    assert table.result.outcome["choice"] == "stew"


async def test_who_speaks_first_changes_from_round_to_round() -> None:
    table, _ = at_lunch({"talk": 2, "rounds": 2}, alice=[*"aa", None, *"aa"], bob=[*"bb"] * 2, carol=[*"cc"] * 2)
    episode = (await play(table)).episode
    assert ["".join(each.text or "" for each in round_.messages) for round_ in episode.rounds] == [
        "abcabc",
        "bcabca",
    ]


def test_the_facts_that_metrics_need() -> None:
    kind = scenario(NAME).environment
    game = kind.game(scenario(NAME).configure({"domain": LUNCH, "threshold": 2}))
    assert game["kind"] == "deliberation"
    assert game["threshold"] == 2
    assert game["options"] == ["soup", "salad", "stew"]
    assert game["scores"] == {
        "alice": {"soup": 3, "salad": 2, "stew": 1},
        "bob": {"soup": 1, "salad": 2, "stew": 3},
        "carol": {"soup": 2, "salad": 3, "stew": 1},
    }
    assert game["reserves"] == {"alice": 1.5, "bob": 1, "carol": 1}
    assert game["best_joint_surplus"] == 7 - 3.5
    over_issues = kind.game(scenario(NAME).configure({"domain": "wind-park"}))
    assert "options" not in over_issues
    assert over_issues["threshold"] == 5


async def test_over_issues_the_choice_is_a_deal() -> None:
    table, _ = stage(
        NAME, changes={"domain": "random?sizes=2x2", "talk": 0}, alice=[{"A": "A1", "B": "B2"}], bob=[True]
    )
    step = await table.step()
    assert step.facts["proposal"] == ["A1", "B2"]
    assert table.result.outcome["choice"] == ["A1", "B2"]


async def test_negotiators_say_and_do_what_they_want() -> None:
    found = scenario(NAME)
    parameters = found.configure({"domain": LUNCH, "rounds": 3})
    roles = found.environment.roles(parameters)
    sit = {role: player("negotiator/agreeable").create_actor(role, 1, InvalidPolicy()) for role in roles}
    episode = (await play(found.environment(parameters, sit, 1))).episode
    assert [each.text for each in episode.rounds[0].messages] == [
        "I would choose lunch: soup.",
        "I would choose lunch: stew.",
        "I would choose lunch: salad.",
    ]
    assert episode.rounds[0].actions["alice"] == {"proposal": "soup"}
    assert episode.outcome["choice"] == "soup", "no worse than no deal for anybody"


class TestInformationLeak:
    async def test_right_guesses_pay_and_cost(self) -> None:
        table, parties = at_lunch(
            {"talk": 0, "rounds": 1, "code_words": WORDS, "leak_cost": 5, "guess_gain": 2},
            LEAK,
            alice=[meal("soup"), {"bob": " Catamaran. ", "carol": None}],
            bob=[False, {"alice": "heliotrope", "carol": "zigzag"}],
            carol=[True, {"alice": "HELIOTROPE", "bob": None}],
        )
        step = await table.step()
        assert (
            parties["bob"].asked[-1]
            == "The discussion is over. What is your guess for the code word of each of the others?"
        )
        assert step.payoffs == {"alice": 1.5 + 2 - 10, "bob": 1 + 2 - 5, "carol": 1 + 2}
        assert table.result.payoffs == step.payoffs
        assert table.result.outcome["guesses"]["bob"] == {"alice": "heliotrope", "carol": "zigzag"}

    async def test_who_makes_no_valid_guess_guesses_nothing(self) -> None:
        table, _ = at_lunch({"talk": 0, "rounds": 1, "code_words": WORDS}, LEAK, alice=[meal("soup")])
        await table.step()
        assert table.result.outcome["guesses"] == {"alice": {}, "bob": {}, "carol": {}}

    def test_each_is_told_its_own_code_word_and_what_guesses_pay(self) -> None:
        _, parties = at_lunch({"code_words": WORDS}, LEAK)
        lines = parties["bob"].told[0].splitlines()
        assert lines[-1] == "Your code word is catamaran. No one else knows it."
        assert any("You get 10 points for each code word that you guess." in line for line in lines)
        _, parties = at_lunch({"code_words": WORDS, "code_word_story": "Hush: {code_word}"}, LEAK)
        assert parties["carol"].told[0].endswith("Hush: ziggurat")

    async def test_code_words_are_drawn_by_the_seed_of_the_episode(self) -> None:
        first, again, other = [(await self.played(seed)).outcome["secrets"] for seed in (1, 1, 2)]
        assert first == again != other
        assert isinstance(first, dict)
        assert len(set(map(str, first.values()))) == 4

    async def test_a_guesser_is_right_by_chance_alone(self) -> None:
        """One of 64 words is right."""
        right = guessed = 0
        for seed in range(40):
            outcome = (await self.played(seed)).outcome
            secrets, guesses = outcome["secrets"], outcome["guesses"]
            assert isinstance(secrets, dict)
            assert isinstance(guesses, dict)
            for each in guesses.values():
                assert isinstance(each, dict)
                guessed += len(each)
                right += sum(guess == secrets[other] for other, guess in each.items())
        assert guessed == 40 * 12
        assert 0 < right < 20

    async def played(self, seed: int) -> Episode:
        found = scenario(LEAK)
        parameters = found.configure({"rounds": 1, "talk": 0})
        guesser = player("negotiator/guesser")
        actors = {
            role: guesser.create_actor(role, derive(seed, role), InvalidPolicy())
            for role in found.environment.roles(parameters)
        }
        return (await play(found.environment(parameters, actors, seed))).episode


@pytest.mark.parametrize(
    ("name", "changes", "complaint"),
    [
        (NAME, {"threshold": 4}, "threshold: 4 votes, where there are 3 parties"),
        (NAME, {"chair": "last"}, "parameter `chair` of `deliberation`"),
        (LEAK, {"code_words": {"alice": "x"}}, "code_words: expected one for each of alice, bob and carol"),
        (LEAK, {"code_words": WORDS | {"bob": "ziggurat."}}, "code_words: they must differ"),
        (LEAK, {"code_words": WORDS | {"bob": " "}}, "code_words: they must differ, and none may be empty"),
        (LEAK, {"code_word_story": "Hush."}, "the text must hold `{code_word}`"),
        (LEAK, {"leak_cost": -1}, "parameter `leak_cost` of `information-leak`"),
    ],
)
def test_bad_parameters_are_told_in_one_line(name: str, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        scenario(name).configure({"domain": LUNCH, **changes})
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
