"""The price negotiation: what each party reads, who may know what, and the ways it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from interlab.actors.llm import LLMActor
from interlab.environments import scenario
from interlab.errors import InvalidAnswerError, ParameterError
from interlab.queries import answer_type
from interlab.situations import Accept, PriceMove, PriceOffer, PriceOpening, PriceSituation, WalkAway
from interlab.testing import ScriptedModel, play
from tests.environments.puppets import Puppet, stage

if TYPE_CHECKING:
    from interlab.schema.episode import Json

NAME = "price-negotiation"

BUYER_RULES = """\
You are the buyer in a negotiation over the price of a used car, a five-year-old estate car with 60,000 \
miles on it, in good condition and with one previous owner. The other party is the seller.
You want to buy it because you need a car for a new job. A similar car elsewhere would cost you 12000 \
dollars in total. If you pay more than that here, you are worse off than without a deal.
Your gain from a deal is 12000 dollars minus the price. Without a deal, your gain is 0. Only you know your \
figure; the seller also has a private figure.
Both of you know that prices between 5000 and 15000 dollars are plausible.
You take turns. On your turn, you may send a message, and you either offer a price, accept the other party's\
 last offer, or walk away. Walking away ends the negotiation without a deal. An accepted price is final.
The negotiation lasts at most 10 rounds, and each party has one turn per round. If no price is accepted by \
then, it ends without a deal.
Your goal is to make your gain as large as possible."""
SELLER_STORY = (
    "You want to sell it. A dealer would buy it from you at once for 8000 dollars. If you sell it here for less "
    "than that, you are worse off than without a deal."
)


def offer(price: float, message: str = "") -> PriceOffer:
    return PriceOffer(price=price, message=message)


ACCEPT = Accept()
LEAVE = WalkAway()


def test_the_rules_as_each_party_reads_them() -> None:
    _, parties = stage(NAME)
    assert parties["buyer"].told == [BUYER_RULES]
    assert SELLER_STORY in parties["seller"].told[0].splitlines()
    assert "12000" not in parties["seller"].told[0]
    assert "8000" not in parties["buyer"].told[0]


async def test_what_parties_are_asked_and_told() -> None:
    table, parties = stage(
        NAME, seller=[offer(14000, "It is a fine car."), ACCEPT], buyer=[offer(1234567.89, "So it is.")]
    )
    recording = await play_on(table)
    assert parties["seller"].asked == [
        "Round 1 of 10. No offer is on the table. It is your turn.",
        (
            "Round 2 of 10. On the table: the other party's offer of 1234567.89 dollars. Your last offer "
            "was 14000 dollars. It is your turn."
        ),
    ]
    assert parties["buyer"].asked == [
        "Round 1 of 10. On the table: the other party's offer of 14000 dollars. It is your turn.",
    ]
    assert parties["buyer"].told[1:] == [
        'Message from seller: "It is a fine car."',
        "The seller offered 14000 dollars.",
        "The seller accepted the price of 1234567.89 dollars.",
    ]
    assert parties["seller"].told[1:] == [
        'Message from buyer: "So it is."',
        "The buyer offered 1234567.89 dollars.",
    ]
    assert recording == [
        {"seller": {"action": "offer", "price": 14000.0}, "buyer": {"action": "offer", "price": 1234567.89}},
        {"seller": {"action": "accept", "price": 1234567.89}},
    ]


async def play_on(table: Any) -> list[dict[str, Json]]:
    actions: list[dict[str, Json]] = []
    while not table.is_finished:
        actions.append(dict((await table.step()).actions))
    return actions


async def test_only_an_offer_on_the_table_can_be_accepted() -> None:
    table, parties = stage(NAME, seller=[offer(9000)], buyer=[LEAVE])
    await table.step()
    assert parties["seller"].queries[0].expected_type is PriceOpening
    assert parties["buyer"].queries[0].expected_type is PriceMove
    assert "accept" not in str(answer_type(PriceOpening).schema.document["properties"])


async def test_a_deal_pays_what_it_is_worth_over_no_deal() -> None:
    table, _ = stage(NAME, seller=[offer(9500)], buyer=[ACCEPT])
    step = await table.step()
    assert step.payoffs == {"buyer": 2500, "seller": 1500}
    assert step.facts == {
        "offers": {"buyer": None, "seller": 9500},
        "moves": [
            {"by": "seller", "action": "offer", "outcome": [9500], "valid": True},
            {"by": "buyer", "action": "accept", "outcome": [9500], "valid": True},
        ],
    }
    result = table.result
    assert result.end_reason == "agreement"
    assert result.payoffs == step.payoffs
    assert result.outcome == {
        "agreement": True,
        "price": 9500,
        "accepted_by": "buyer",
        "walked_away": None,
        "rounds": 1,
    }


async def test_walking_away_ends_it_at_once_with_nothing() -> None:
    table, parties = stage(NAME, seller=[LEAVE])
    step = await table.step()
    assert step.actions == {"seller": {"action": "walk_away"}}
    assert parties["buyer"].told[1:] == [
        "The seller walked away. The negotiation ended without a deal.",
    ]
    assert parties["buyer"].asked == []
    assert (table.result.end_reason, table.result.payoffs) == ("walk_away", {"buyer": 0, "seller": 0})
    assert table.result.outcome["walked_away"] == "seller"


async def test_at_the_deadline_there_is_nothing() -> None:
    table, _ = stage(NAME, changes={"rounds": 2}, seller=[offer(9000)] * 2, buyer=[offer(8500)] * 2)
    assert len(await play_on(table)) == 2
    assert (table.result.end_reason, table.result.payoffs) == ("deadline", {"buyer": 0, "seller": 0})


async def test_who_makes_no_valid_move_passes() -> None:
    table, parties = stage(NAME, changes={"rounds": 2}, seller=[None, offer(9000)], buyer=[offer(8500), None])
    assert await play_on(table) == [
        {"seller": None, "buyer": {"action": "offer", "price": 8500}},
        {"seller": {"action": "offer", "price": 9000}, "buyer": None},
    ]
    for party in parties.values():
        assert "The seller made no valid move and loses this turn." in party.told
    standing = parties["seller"].queries[1].situation
    assert isinstance(standing, PriceSituation)
    assert standing.standing == 8500


async def test_a_pass_and_a_walk_away_are_moves_without_a_deal() -> None:
    table, _ = stage(NAME, seller=[None], buyer=[LEAVE])
    assert (await table.step()).facts["moves"] == [
        {"by": "seller", "action": None, "outcome": None, "valid": False},
        {"by": "buyer", "action": "walk_away", "outcome": None, "valid": True},
    ]


async def test_the_buyer_may_move_first() -> None:
    table, parties = stage(NAME, changes={"first": "buyer"}, buyer=[LEAVE])
    await table.step()
    assert parties["seller"].asked == []


async def test_a_message_reaches_only_the_other_party() -> None:
    found = scenario(NAME)
    assert found.environment.roles(found.parameters) == ("buyer", "seller")
    table, parties = stage(
        NAME, changes={"rounds": 1}, seller=[offer(9000, "psst")], buyer=[offer(8000.5, "hello")]
    )
    episode = (await play(table)).episode
    assert [(each.sender, each.receivers, each.text) for each in episode.rounds[0].messages] == [
        ("seller", ("buyer",), "psst"),
        ("buyer", ("seller",), "hello"),
    ]
    assert not any("psst" in text for text in parties["seller"].told)
    assert not any("hello" in text for text in parties["buyer"].told)
    assert episode.rounds[0].actions["seller"] == {"action": "offer", "price": 9000}, "the message is no action"


def test_the_facts_that_metrics_need() -> None:
    kind = scenario(NAME).environment
    assert kind.game(scenario(NAME).parameters) == {
        "kind": "negotiation",
        "reserves": {"buyer": 12000, "seller": 8000},
        "disagreement": {"buyer": 0, "seller": 0},
        "zopa": True,
        "best_joint_surplus": 4000,
        "horizon": 10,
    }
    none = kind.game(scenario(NAME).configure({"buyer_value": 7000}))
    assert (none["zopa"], none["best_joint_surplus"]) == (False, 0)


def test_schema_and_validation_of_a_move_agree() -> None:
    """Each move has its own fields; OpenAI's strict mode takes a union if the first fields tell it apart."""
    schema = answer_type(PriceMove).schema
    assert schema.strict
    document: Any = schema.document
    members: list[dict[str, Any]] = document["properties"]["answer"]["anyOf"]
    assert [list(each["properties"]) for each in members] == [
        ["action", "price", "message"], ["action", "message"], ["action", "message"]
    ]  # fmt: skip
    assert [each["properties"]["action"]["const"] for each in members] == ["offer", "accept", "walk_away"]
    assert all(each["required"] == list(each["properties"]) for each in members)
    assert "null" not in str(schema.document)


@pytest.mark.parametrize(
    "text",
    ['{"action": "offer", "price": null, "message": ""}', '{"action": "offer", "price": -1, "message": ""}'],
)
def test_an_offer_names_a_price(text: str) -> None:
    with pytest.raises(ValueError, match="price"):
        answer_type(PriceMove).parse(text)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rounds": "many"}, "parameter `rounds` of `price-negotiation`: Input should be a valid integer"),
        (
            {"buyer_value": float("inf")},
            "parameter `buyer_value` of `price-negotiation`: Input should be a finite",
        ),
        ({"seller_cost": -1}, "parameter `seller_cost` of `price-negotiation`: Input should be greater"),
        ({"lowest_price": 2, "highest_price": 1}, "lowest_price must lie below highest_price"),
        ({"first": "broker"}, "parameter `first` of `price-negotiation`: Input should be 'buyer' or 'seller'"),
        ({"buyer_story": "Buy it."}, "parameter `buyer_story` of `price-negotiation`: the text must hold"),
        ({"buyer_value": 4999}, "buyer_value must lie between lowest_price and highest_price (5000 and 15000)"),
        ({"seller_cost": 15001}, "seller_cost must lie between lowest_price and highest_price (5000 and 15000)"),
        ({"seller_story": "{price}"}, "only `{reservation}`, `{currency}` can be filled in"),
        ({"price": 1}, "`price-negotiation` has no parameter `price`"),
    ],
)
def test_bad_parameters_are_told_in_one_line(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        scenario(NAME).configure(changes)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_acceptance_at_another_price_is_invalid() -> None:
    """An answer that says "accept" and names a price has not decided."""
    answers = answer_type(PriceMove)
    assert answers.parse('{"action": "accept", "price": null}').value == ACCEPT
    with pytest.raises(InvalidAnswerError, match="`price` does not go with the action `accept`: leave it out"):
        answers.parse('{"action": "accept", "price": 6000}')


async def test_who_accepts_at_another_price_is_asked_again() -> None:
    said = iter(['{"action": "accept", "price": 6000}', '{"action": "offer", "price": 6000}'])
    model = ScriptedModel(lambda _: next(said))
    parameters = scenario(NAME).configure({"rounds": 1})
    actors = {
        "buyer": LLMActor("buyer", "scripted/scripted", model),
        "seller": Puppet("seller", [PriceOffer(price=14_000)]),
    }
    episode = (await play(scenario(NAME).environment(parameters, actors, 1))).episode
    assert episode.outcome["agreement"] is False
    (turn,) = (turn for turn in episode.all_turns if turn.role == "buyer")
    assert (turn.valid, turn.attempts, turn.handling) == (False, 2, "retried")
