"""Sealed-bid auctions: who wins, what it pays, who learns what, and what bidders bid."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab.queries import answer_type
from interlab.situations import AuctionSituation, Query
from interlab.testing import play
from tests.environments.puppets import stage

NAME = "auction"
SECOND = {"format": "second-price"}


def bids(*amounts: float | None) -> dict[str, Any]:
    return {role: [amount] for role, amount in zip(("alice", "bob", "carol"), amounts, strict=True)}


@pytest.mark.parametrize(
    ("changes", "made", "winner", "price"),
    [
        ({}, (10, 30, 20), "bob", 30),
        (SECOND, (10, 30, 20), "bob", 20),
        (SECOND, (None, 30, None), "bob", 0),
        ({}, (None, 30, None), "bob", 30),
        ({}, (0, None, None), "alice", 0),
        ({}, (None, None, None), None, None),
    ],
)
async def test_who_bids_most_wins_and_pays_by_the_format(
    changes: dict[str, Any], made: tuple[float | None, ...], winner: str | None, price: float | None
) -> None:
    table, _ = stage(NAME, changes=changes, **bids(*made))
    step = await table.step()
    assert (step.facts["winner"], step.facts["price"]) == (winner, price)
    assert list(step.actions.values()) == list(made)
    values: Any = step.facts["values"]
    wanted = {role: values[role] - price if role == winner and price is not None else 0 for role in values}
    assert step.payoffs == wanted


async def test_a_tie_is_broken_by_lot() -> None:
    winners: set[Any] = set()
    for seed in range(20):
        table, _ = stage(NAME, seed, **bids(50, 50, 10))
        winners.add((await table.step()).facts["winner"])
    assert winners == {"alice", "bob"}


async def test_bidders_are_told_their_own_value_and_the_price() -> None:
    table, parties = stage(NAME, 3, {"rounds": 2}, **bids(1, 2, 3.5))
    step = await table.step()
    values: Any = step.facts["values"]
    assert len(set(values.values())) == 3
    for role, party in parties.items():
        assert party.asked == [f"Round 1 of 2. Your value is {values[role]} points. How much do you bid?"]
        assert party.told[1:] == ["Round 1 of 2. carol won and paid 3.5 points."]


async def test_bids_are_revealed_if_so_wished_and_a_round_without_bids_is_told() -> None:
    table, parties = stage(NAME, 3, {"revealed": "bids"}, alice=[1], bob=[2], carol=[None])
    await table.step()
    await table.step()
    assert parties["alice"].told[1:] == [
        "Round 1 of 10. bob won and paid 2 points. The bids were alice 1, bob 2 and carol no valid bid.",
        "Round 2 of 10. No one made a valid bid.",
    ]


async def test_values_do_not_depend_on_what_is_bid() -> None:
    drawn: list[Any] = []
    for made in (bids(50, 50, 50), bids(1, None, 3)):
        table, _ = stage(NAME, 5, {"rounds": 4}, **made)
        drawn.append([each.facts["values"] for each in (await play(table)).episode.rounds])
    assert drawn[0] == drawn[1]
    assert len({str(values) for values in drawn[0]}) == 4


def test_the_rules_and_the_facts_that_metrics_need() -> None:
    _, parties = stage(NAME, changes={**SECOND, "highest_value": 60, "item": "a painting"})
    rules = parties["alice"].told[0]
    assert "In each round, a painting is sold." in rules
    assert "a whole number of points from 0 to 60" in rules
    assert "pays the second-highest bid" in rules
    assert scenario(NAME).environment.game(scenario(NAME).parameters) == {
        "kind": "auction",
        "format": "first-price",
        "players": 3,
        "value_range": [0, 100],
        "horizon": 10,
        "horizon_known": True,
    }


def test_a_bid_lies_between_nothing_and_the_highest_value() -> None:
    table, parties = stage(NAME, changes={"highest_value": 60, "rounds": 1}, **bids(0, 60, 1))
    asyncio.run(table.step())
    wanted = answer_type(parties["alice"].queries[0].expected_type)
    assert wanted.parse('{"answer": 59.5}').value == 59.5
    for text in ('{"answer": 60.5}', '{"answer": -1}'):
        with pytest.raises(ValueError, match="should be"):
            wanted.parse(text)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format": "dutch"}, "parameter `format` of `auction`"),
        ({"lowest_value": 9, "highest_value": 9}, "lowest_value must lie below highest_value"),
        ({"members": 1}, "parameter `members` of `auction`"),
    ],
)
def test_bad_parameters_are_told(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        scenario(NAME).configure(changes)


class TestBidders:
    def bid(self, name: str, value: int, bidders: int = 4, lowest: int = 0, seed: int = 1) -> float:
        seen = AuctionSituation(
            format="first-price",
            value=value,
            lowest=lowest,
            highest=100,
            bidders=bidders,
            prices=(),
            round=1,
            horizon=None,
        )
        actor = player(f"strategy/{name}").create_actor("alice", seed, InvalidPolicy())
        return asyncio.run(actor.query(Query(prompt="?", expected_type=float, situation=seen)))

    @given(st.integers(0, 100), st.integers(2, 10))
    def test_the_truthful_bid_their_value(self, value: int, bidders: int) -> None:
        assert self.bid("truthful-bidder", value, bidders) == value

    def test_shading_is_a_table(self) -> None:
        assert [self.bid("shading-bidder", 60, bidders) for bidders in (2, 3, 4, 6)] == [30, 40, 45, 50]
        assert self.bid("shading-bidder", 60, 2, lowest=20) == 40

    def test_random_bids_are_no_more_than_the_value(self) -> None:
        made = {self.bid("random-bidder", 50, seed=seed) for seed in range(30)}
        assert len(made) > 20
        assert 0 <= min(made) <= max(made) <= 50


@pytest.mark.parametrize(("auction_format", "bidder"), [("first-price", "shading"), ("second-price", "truthful")])
def test_no_other_share_of_the_value_pays_more_in_equilibrium(auction_format: str, bidder: str) -> None:
    """Against two others in equilibrium, over many rounds: the law that the two strategies are shipped for."""
    profits: dict[float, float] = {}
    equilibrium = 2 / 3 if bidder == "shading" else 1.0
    for share in (equilibrium - 0.3, equilibrium, equilibrium + 0.3):
        table, _ = stage(NAME, 11, {"format": auction_format, "rounds": 400})
        others = {
            role: player(f"strategy/{bidder}-bidder").create_actor(role, 1, InvalidPolicy())
            for role in ("bob", "carol")
        }
        table.actors.update(others)
        asyncio.run(_bid_a_share(table, share))
        profits[share] = table.result.payoffs["alice"]
    assert max(profits, key=lambda share: profits[share]) == equilibrium


async def _bid_a_share(table: Any, share: float) -> None:
    alice = table.actors["alice"]
    while not table.is_finished:
        alice.answers.append(min(100.0, round(share * table.situation_of("alice").value, 2)))
        await table.step()
