"""Bargaining over issues: what each party reads, the protocol for two and for more, and the ways it ends."""

from __future__ import annotations

from typing import Any

import pytest

from interlab.environments import scenario
from interlab.errors import InvalidAnswerError, ParameterError
from interlab.queries import answer_type
from interlab.situations import Accept, Issue, Reject, WalkAway, answers_about
from interlab.testing import play
from tests.environments.puppets import stage

NAME = "bargaining"
WORK: dict[str, Any] = {
    "issues": [["salary", ["low", "high"]], ["days", ["2", "3", "4"]]],
    "tables": [[[0, 60], [0, 16, 40]], [[50, 0], [50, 40, 0]]],
    "weights": [[1, 1], [1, 0.5]],
    "reserves": [30, 35.5],
    "parties": ["staff", "firm"],
    "topic": "work",
    "stories": ["You like it here.", "You like her."],
}
LUNCH: dict[str, Any] = {
    "issues": [["lunch", ["soup", "salad", "stew"]]],
    "tables": [[[3, 2, 1]], [[1, 2, 3]], [[2, 3, 1]]],
    "weights": [[1], [1], [1]],
    "reserves": [1, 1, 1],
}
TYPES = answers_about(scenario(NAME).configure({"domain": WORK}).domain.issues)  # pyright: ignore
MEALS = answers_about(scenario(NAME).configure({"domain": LUNCH}).domain.issues)  # pyright: ignore

STAFF_RULES = """\
You are negotiating about work. You act as staff, and you negotiate with firm.
You like it here.
A deal settles every issue below with one of its values. The table shows how many points each value is worth\
 to you. A deal is worth the sum of the points of its values.
| issue | value | your points |
| --- | --- | --- |
| salary | low | 0 |
| salary | high | 60 |
| days | 2 | 0 |
| days | 3 | 16 |
| days | 4 | 40 |
If there is no deal, you receive 30 points. Only you know these figures. The other party also has private \
figures, which may differ from yours.
You take turns in the order staff and firm, with one turn each per round. On your turn, you may send a \
message to firm, and you either offer a deal, accept the offer on the table, reject it, or walk away. \
Walking away ends the negotiation for everyone without a deal. Once an offer is accepted, it is final.
The negotiation lasts at most 10 rounds. If no deal is reached by then, it ends without a deal.
Your goal is to earn as many points as possible."""


def offer(salary: str, days: str, message: str = "") -> Any:
    return TYPES.offer(offer={"salary": salary, "days": days}, message=message)


def meal(lunch: str) -> Any:
    return MEALS.offer(offer={"lunch": lunch})


ACCEPT = Accept()
REJECT = Reject()
LEAVE = WalkAway()


def at_work(changes: dict[str, Any] | None = None, **answers: Any) -> Any:
    return stage(NAME, changes={"domain": WORK, **(changes or {})}, **answers)


async def moves_of(table: Any) -> list[tuple[str, str | None]]:
    """Play on to the end; who did what."""
    made: list[tuple[str, str | None]] = []
    while not table.is_finished:
        made += [(move["by"], move["action"]) for move in (await table.step()).facts["moves"]]
    return made


def test_the_rules_as_a_party_reads_them() -> None:
    _, parties = at_work()
    assert parties["staff"].told == [STAFF_RULES]
    firm = parties["firm"].told[0]
    assert "| days | 3 | 20 |" in firm, "its own weight is in its points"
    assert "You like her." in firm
    assert "| days | 3 | 16 |" not in firm


def test_framing_stories_and_unit_are_parameters() -> None:
    changes = {
        "framing": "{role}, settle {topic} with {others}.",
        "stories": {"staff": "You are tired."},
        "unit": "euros",
    }
    _, parties = at_work(changes)
    lines = parties["staff"].told[0].splitlines()
    assert lines[:2] == ["staff, settle work with firm.", "You are tired."]
    assert lines[3] == "| issue | value | your euros |"
    assert "You like her." in parties["firm"].told[0]


async def test_what_parties_are_asked_and_told() -> None:
    table, parties = at_work(
        staff=[offer("high", "4", "I am good."), ACCEPT], firm=[offer("low", "3", "So are we.")]
    )
    assert await moves_of(table) == [("staff", "offer"), ("firm", "offer"), ("staff", "accept")]
    assert parties["staff"].asked == [
        "Round 1 of 10. No offer is on the table. It is your turn.",
        (
            "Round 2 of 10. On the table: the offer from firm (salary: low, days: 3), worth 16 points to "
            "you. Your last offer was (salary: high, days: 4), worth 100 points to you. It is your turn."
        ),
        "A deal has been reached. Write it down as you understand it, with the agreed value of every issue.",
    ]
    assert parties["firm"].asked[0] == (
        "Round 1 of 10. On the table: the offer from staff (salary: high, days: 4), worth 0 points to "
        "you. It is your turn."
    )
    assert parties["firm"].told[1:] == [
        'Message from staff: "I am good."',
        "staff offered a deal (salary: high, days: 4).",
        "staff accepted the offer from firm (salary: low, days: 3).",
    ]


async def test_a_deal_pays_what_it_is_worth_and_is_written_down_by_each() -> None:
    table, _ = at_work(
        staff=[offer("high", "3"), {"salary": "high", "days": "3"}], firm=[ACCEPT, {"salary": "high", "days": "4"}]
    )
    step = await table.step()
    assert step.actions == {
        "staff": {"action": "offer", "offer": {"salary": "high", "days": "3"}},
        "firm": {"action": "accept", "offer": {"salary": "high", "days": "3"}},
    }
    assert step.facts == {
        "moves": [
            {"by": "staff", "action": "offer", "outcome": ["high", "3"], "valid": True},
            {"by": "firm", "action": "accept", "outcome": ["high", "3"], "valid": True},
        ]
    }
    assert step.payoffs == {"staff": 76, "firm": 20}
    assert table.result.end_reason == "agreement"
    assert table.result.payoffs == step.payoffs
    assert table.result.outcome == {
        "agreement": True,
        "deal": ["high", "3"],
        "deals": {"staff": ["high", "3"], "firm": ["high", "4"]},
        "accepted_by": "firm",
        "walked_away": None,
        "rounds": 1,
    }


async def test_who_writes_down_nothing_has_recorded_no_deal() -> None:
    table, _ = at_work(staff=[offer("high", "3")], firm=[ACCEPT])
    await table.step()
    assert table.result.outcome["deals"] == {"staff": None, "firm": None}
    table, parties = at_work({"records": False}, staff=[offer("high", "3")], firm=[ACCEPT])
    await table.step()
    assert "deals" not in table.result.outcome
    assert len(parties["staff"].asked) == 1


async def test_only_an_offer_of_another_that_stands_can_be_accepted() -> None:
    table, parties = at_work(
        {"rounds": 3}, staff=[offer("high", "4"), None, offer("low", "2")], firm=[None, REJECT]
    )
    assert await moves_of(table) == [
        ("staff", "offer"), ("firm", None), ("staff", None), ("firm", "reject"), ("staff", "offer"), ("firm", None)
    ]  # fmt: skip
    assert [query.expected_type for query in parties["staff"].queries] == [TYPES.opening] * 3
    assert [query.expected_type for query in parties["firm"].queries] == [TYPES.move] * 3
    assert parties["staff"].asked[1:] == [
        (
            "Round 2 of 3. Your own offer (salary: high, days: 4) is on the table. Not everyone has "
            "accepted it. It is your turn."
        ),
        (
            "Round 3 of 3. No offer is on the table. Your last offer was (salary: high, days: 4), worth "
            "100 points to you. It is your turn."
        ),
    ]
    assert "firm made no valid move and loses this turn." in parties["staff"].told
    assert "firm rejected the offer from staff." in parties["staff"].told
    assert "accept" not in str(answer_type(TYPES.opening).schema.document["properties"])


async def test_walking_away_ends_it_at_once_and_pays_what_no_deal_is_worth() -> None:
    table, parties = at_work(staff=[LEAVE])
    step = await table.step()
    assert step.payoffs == {"staff": 30, "firm": 35.5}
    assert parties["firm"].asked == []
    assert parties["firm"].told[1:] == [
        "staff walked away. The negotiation ended without a deal.",
    ]
    assert (table.result.end_reason, table.result.outcome["walked_away"]) == ("walk_away", "staff")


async def test_so_does_the_deadline() -> None:
    table, _ = at_work({"rounds": 2}, staff=[offer("high", "4")] * 2, firm=[offer("low", "2")] * 2)
    assert len(await moves_of(table)) == 4
    assert (table.result.end_reason, table.result.payoffs) == ("deadline", {"staff": 30, "firm": 35.5})
    assert table.result.outcome["deal"] is None


async def test_another_party_may_move_first() -> None:
    table, parties = at_work({"first": "firm"}, firm=[LEAVE])
    await table.step()
    assert parties["staff"].asked == []
    assert "in the order firm and staff" in parties["firm"].told[0]


class TestThreeParties:
    async def test_an_offer_is_the_deal_once_all_others_have_accepted_it(self) -> None:
        table, parties = stage(
            NAME, changes={"domain": LUNCH}, alice=[meal("soup"), ACCEPT], bob=[meal("salad")], carol=[ACCEPT]
        )
        assert await moves_of(table) == [
            ("alice", "offer"), ("bob", "offer"), ("carol", "accept"), ("alice", "accept")
        ]  # fmt: skip
        assert "Accepted so far by carol." in parties["alice"].asked[1]
        assert table.result.outcome["deal"] == ["salad"]
        assert table.result.payoffs == {"alice": 2, "bob": 2, "carol": 3}
        assert "Once all other parties have accepted it, it is final" in parties["alice"].told[0]

    async def test_another_offer_undoes_acceptances(self) -> None:
        table, parties = stage(
            NAME,
            changes={"domain": LUNCH, "rounds": 2},
            alice=[meal("soup"), ACCEPT],
            bob=[ACCEPT, ACCEPT],
            carol=[meal("salad")],
        )
        made = await moves_of(table)
        assert made[:3] == [("alice", "offer"), ("bob", "accept"), ("carol", "offer")]
        assert table.result.outcome["deal"] == ["salad"]
        assert "Accepted so far by alice." in parties["bob"].asked[1]

    async def test_so_does_a_rejection(self) -> None:
        table, parties = stage(
            NAME, changes={"domain": LUNCH, "rounds": 2}, alice=[meal("soup")], bob=[ACCEPT, None], carol=[REJECT]
        )
        await moves_of(table)
        assert table.result.end_reason == "deadline"
        assert parties["alice"].asked[1].startswith("Round 2 of 2. No offer is on the table.")

    async def test_a_message_reaches_all_others(self) -> None:
        hello = WalkAway(message="psst")
        table, parties = stage(NAME, changes={"domain": LUNCH}, alice=[hello])
        episode = (await play(table)).episode
        assert [(each.sender, each.receivers) for each in episode.rounds[0].messages] == [
            ("alice", ("bob", "carol"))
        ]
        assert not any("psst" in text for text in parties["alice"].told)


def test_the_facts_that_metrics_need() -> None:
    kind = scenario(NAME).environment
    game = kind.game(scenario(NAME).configure({"domain": WORK}))
    assert game == {
        "kind": "negotiation",
        "parties": ["staff", "firm"],
        "reserves": {"staff": 30, "firm": 35.5},
        "disagreement": {"staff": 30, "firm": 35.5},
        "zopa": True,
        "best_joint_surplus": 40 + 50 - 30 - 35.5,
        "domain": {
            "issue_names": ["salary", "days"],
            "issues": [["low", "high"], ["2", "3", "4"]],
            "tables": WORK["tables"],
            "weights": WORK["weights"],
            "reserves": WORK["reserves"],
        },
        "horizon": 10,
        "horizon_known": True,
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"message": "", "action": "offer", "offer": null}', "`answer.offer.offer`: Field required"),
        ('{"message": "", "action": "offer", "offer": {"salary": "low"}}', "offer.days`: Field required"),
        (
            '{"message": "", "action": "offer", "offer": {"salary": "some", "days": "2"}}',
            "should be 'low' or 'high'",
        ),
        ('{"message": "", "action": "accept", "offer": null}', "the expected tags: 'offer', 'walk_away'"),
    ],
)
def test_an_answer_that_is_no_move_is_told_why(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        answer_type(TYPES.opening).parse(text)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"first": "alice"}, "first: invalid role `alice`: expected one of staff and firm"),
        ({"stories": {"alice": "Hi."}}, "stories: invalid role `alice`: expected one of staff and firm"),
        ({"framing": "{name}"}, "only `{role}`, `{others}`, `{topic}` can be filled in"),
        ({"rounds": 0}, "parameter `rounds` of `bargaining`: Input should be greater"),
    ],
)
def test_bad_parameters_are_told_in_one_line(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        scenario(NAME).configure({"domain": WORK, **changes})
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("action", ["accept", "reject"])
def test_an_answer_to_an_offer_names_no_other_deal(action: str) -> None:
    issues = (Issue("salary", ("low", "high")), Issue("days", ("2", "3", "4")))
    answers = answer_type(answers_about(issues).move)
    assert answers.parse(f'{{"action": "{action}", "offer": null}}').value.action == action
    with pytest.raises(InvalidAnswerError, match=f"`offer` does not go with the action `{action}`"):
        answers.parse(f'{{"action": "{action}", "offer": {{"salary": "high", "days": "3"}}}}')
