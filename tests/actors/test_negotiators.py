"""Negotiators: what they want, over a price and over several issues, and what follows from it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.actors.base import InvalidPolicy
from interlab.actors.negotiators import time_dependent, tit_for_tat
from interlab.actors.players import player
from interlab.environments.domains import domain
from interlab.situations import (
    Accept,
    BargainingSituation,
    DealMove,
    DealOffer,
    Issue,
    Offer,
    Preferences,
    PriceMove,
    PriceOpening,
    PriceSituation,
    Query,
    answers_about,
)

Side = Literal["buyer", "seller"]


def situation(
    side: Side = "buyer",
    *,
    standing: float | None = None,
    round_: int = 1,
    rounds: int = 10,
    reservation: float | None = None,
) -> PriceSituation:
    return PriceSituation(
        side=side,
        reservation=reservation if reservation is not None else {"buyer": 12_000, "seller": 8_000}[side],
        lowest=5_000,
        highest=15_000,
        named=() if standing is None else (standing,),
        round=round_,
        rounds=rounds,
    )


def wanted(each: PriceSituation, exponent: float) -> float:
    """The wanted utility as NegMAS has it, steps counted from 0: r + (1 - t^e)(M - r), with r = 0."""
    step = each.round - 1
    time = (step + 1) / (each.rounds + 1)
    best = max(0.0, each.utility(each.lowest if each.side == "buyer" else each.highest))
    return (1 - time**exponent) * best


def ask(spec: str, each: PriceSituation) -> Any:
    actor = player(spec).create_actor(each.side, 1, InvalidPolicy())
    kind = PriceOpening if each.standing is None else PriceMove
    return asyncio.run(actor.query(Query(prompt="?", expected_type=kind, situation=each)))


@pytest.mark.parametrize(
    ("spec", "exponent"),
    [
        ("negotiator/boulware", 4.0),
        ("negotiator/linear", 1.0),
        ("negotiator/conceder", 0.25),
        ("negotiator/boulware?e=10", 10.0),
        ("negotiator/conceder?e=0.5", 0.5),
    ],
)
@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_offers_follow_the_formula(spec: str, exponent: float, side: Side) -> None:
    for round_ in range(1, 11):
        each = situation(side, round_=round_)
        move = ask(spec, each)
        assert move.action == "offer"
        assert move.price == pytest.approx(each.price(wanted(each, exponent)), abs=0.01)
        assert move.message.startswith("I offer ")


def test_offers_of_a_linear_buyer_as_a_table() -> None:
    offers = [ask("negotiator/linear", situation(rounds=6, round_=number)).price for number in range(1, 7)]
    assert offers == [6000, 7000, 8000, 9000, 10000, 11000]


situations = st.builds(
    situation,
    st.sampled_from(["buyer", "seller"]),
    rounds=st.just(20),
    round_=st.integers(1, 20),
    reservation=st.floats(0, 20_000, allow_nan=False),
)
exponents = st.floats(0.05, 20)


@given(st.sampled_from(["buyer", "seller"]), exponents, st.integers(1, 40), st.floats(0, 20_000))
def test_demands_fall_and_stop_short_of_no_deal(
    side: Side, exponent: float, rounds: int, reservation: float
) -> None:
    demands = [
        time_dependent(situation(side, round_=number, rounds=rounds, reservation=reservation), exponent).offer
        for number in range(1, rounds + 1)
    ]
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(demands))
    assert min(demands) >= 0, "less than no deal is worth"


@given(situations, exponents)
def test_a_price_is_worth_what_is_wanted_and_less_than_a_cent_more(each: PriceSituation, exponent: float) -> None:
    demand = time_dependent(each, exponent)
    price = each.price_worth(demand.offer)
    assert demand.offer == demand.accept == pytest.approx(wanted(each, exponent))
    assert price == round(price, 2)
    assert -1e-6 <= each.utility(price) - demand.offer < 0.01 + 1e-6


@given(situations, st.sampled_from([4.0, 1.0, 0.25]), st.floats(0, 20_000))
def test_an_offer_is_accepted_exactly_if_it_is_worth_what_is_wanted(
    each: PriceSituation, exponent: float, standing: float
) -> None:
    offered = situation(
        each.side, standing=standing, round_=each.round, rounds=each.rounds, reservation=each.reservation
    )
    name = {4.0: "boulware", 1.0: "linear", 0.25: "conceder"}[exponent]
    accepts = ask(f"negotiator/{name}", offered).action == "accept"
    margin = offered.utility(standing) - wanted(offered, exponent)
    assert accepts == (margin >= 0) or abs(margin) < 1e-6


def test_acceptance_says_so() -> None:
    move = ask("negotiator/linear", situation(standing=5000.5))
    assert move == Accept(message="I accept 5000.5.")


def test_late_is_tougher_than_early() -> None:
    prices = [
        ask(f"negotiator/{name}", situation(round_=5)).price or 0.0 for name in ("boulware", "linear", "conceder")
    ]
    assert prices == sorted(prices)
    assert len(set(prices)) == 3


class TestTitForTat:
    def wants(self, *named: float) -> float | None:
        """What a buyer with the best price 5000 and the reservation price 12000 offers after these prices."""
        return ask("negotiator/tit-for-tat", replace(situation(), named=named)).price

    def test_it_opens_with_its_best_price_and_waits_for_a_concession(self) -> None:
        assert self.wants() == 5000
        assert self.wants(15_000) == 5000
        assert self.wants(15_000, 15_000) == 5000

    def test_it_concedes_in_proportion_and_goes_back(self) -> None:
        assert self.wants(15_000, 14_000) == 5700, "a tenth of the distance to 5000, a tenth of the gain of 7000"
        assert self.wants(15_000, 14_500, 14_000) == 5700, "the same in two steps"
        assert self.wants(15_000, 14_000, 15_000) == 5000
        assert self.wants(15_000, 14_000, 16_000) == 5000, "never more than everything"

    @given(st.lists(st.floats(5_000, 20_000), max_size=8))
    def test_demands_stay_between_no_deal_and_the_best(self, named: list[float]) -> None:
        each = replace(situation(), named=tuple(named))
        assert 0 <= tit_for_tat(each, Random(1)).offer <= each.best


class TestOverIssues:
    DOMAIN = domain("random?sizes=5x4x3&seed=3&reserve=0.6")

    def seen(self, *offers: tuple[str, tuple[str, ...]], round_: int = 1) -> BargainingSituation:
        made = [Offer(by, deal) for by, deal in offers]
        return BargainingSituation(
            role="alice",
            others=("bob",),
            preferences=self.DOMAIN.preferences[0],
            offers=made,
            standing=made[-1] if made else None,
            round=round_,
            rounds=10,
        )

    def answer(self, name: str, seen: BargainingSituation, seed: int = 1) -> DealMove:
        types = answers_about(self.DOMAIN.issues)
        kind: Any = types.opening if seen.offered is None else types.move
        actor = player(f"negotiator/{name}").create_actor("alice", seed, InvalidPolicy())
        return asyncio.run(actor.query(Query(prompt="?", expected_type=kind, situation=seen)))

    def worth(self, move: DealMove) -> float:
        assert isinstance(move, DealOffer)
        return self.DOMAIN.preferences[0].worth(tuple(move.offer.values()))

    @given(st.integers(1, 10), st.sampled_from([("boulware", 4.0), ("linear", 1.0), ("conceder", 0.25)]))
    def test_the_cheapest_deal_that_is_worth_what_is_wanted_is_offered(
        self, round_: int, tactic: tuple[str, float]
    ) -> None:
        name, exponent = tactic
        seen = self.seen(round_=round_)
        target = time_dependent(seen, exponent).offer
        assert target == seen.no_deal + (1 - (round_ / 11) ** exponent) * (100 - seen.no_deal)
        utilities = self.DOMAIN.preferences[0].utilities
        assert self.worth(self.answer(name, seen)) == min(utilities[utilities >= target - 1e-4])

    def test_whoever_does_not_give_way_accepts_nothing_but_its_best_deal(self) -> None:
        best = self.answer("hardliner", self.seen())
        assert self.worth(best) == 100
        assert isinstance(best, DealOffer)
        other = self.DOMAIN.preferences[0].deal(0)
        assert self.answer("hardliner", self.seen(("bob", other))).action == "offer"
        assert self.answer("hardliner", self.seen(("bob", tuple(best.offer.values())))).action == "accept"

    def test_who_is_agreeable_accepts_exactly_what_is_no_worse_than_no_deal(self) -> None:
        preferences = self.DOMAIN.preferences[0]
        for index, utility in enumerate(preferences.utilities):
            accepted = self.answer("agreeable", self.seen(("bob", preferences.deal(index)))).action == "accept"
            assert accepted == (utility >= preferences.reserve)
        assert self.worth(self.answer("agreeable", self.seen())) == 100

    def test_random_offers_are_no_worse_than_no_deal_and_differ(self) -> None:
        offers = [self.answer("random", self.seen(), seed) for seed in range(30)]
        worth = {self.worth(each) for each in offers}
        assert min(worth) >= self.DOMAIN.reserves[0]
        assert len(worth) > 5

    def test_random_offers_are_drawn_from_deals_of_the_same_worth_too(self) -> None:
        """Of deals that are worth the same, none comes first."""
        issues = (Issue("day", ("mon", "tue", "wed")), Issue("hour", ("9", "10")))
        preferences = Preferences.of(issues, ((1.0, 1.0, 1.0), (2.0, 2.0)), 0.0)
        seen = replace(self.seen(), preferences=preferences)
        answers = [
            asyncio.run(
                player("negotiator/random")
                .create_actor("alice", seed, InvalidPolicy())
                .query(Query(prompt="?", expected_type=answers_about(issues).opening, situation=seen))
            )
            for seed in range(60)
        ]
        assert len({tuple(each.offer.values()) for each in answers}) == 6

    def test_tit_for_tat_answers_a_concession_with_one(self) -> None:
        preferences = self.DOMAIN.preferences[0]
        ranked = [preferences.deal(int(index)) for index in preferences.utilities.argsort()]
        stubborn = self.seen(("bob", ranked[0]), ("alice", ranked[-1]), ("bob", ranked[0]))
        yielding = self.seen(("bob", ranked[0]), ("alice", ranked[-1]), ("bob", ranked[20]))
        assert self.worth(self.answer("tit-for-tat", stubborn)) == 100
        kept = (100 - preferences.worth(ranked[20])) / (100 - preferences.worth(ranked[0]))
        target = preferences.reserve + kept * (100 - preferences.reserve)
        assert target - 1e-4 <= self.worth(self.answer("tit-for-tat", yielding)) < 100
