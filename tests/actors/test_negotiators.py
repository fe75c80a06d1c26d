"""Time-dependent negotiators: the wanted utility falls from the best price to the reservation price."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.actors.base import InvalidPolicy
from interlab.actors.negotiators import time_dependent
from interlab.actors.players import player
from interlab.situations import OpeningMove, PriceMove, PriceSituation, Query

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
        standing=standing,
        round=round_,
        rounds=rounds,
    )


def wanted(each: PriceSituation, exponent: float) -> float:
    """The wanted utility as NegMAS has it, steps counted from 0: r + (1 - t^e)(M - r), with r = 0."""
    step = each.round - 1
    time = (step + 1) / (each.rounds + 1)
    best = max(0.0, each.utility(each.lowest if each.side == "buyer" else each.highest))
    return (1 - time**exponent) * best


def ask(spec: str, each: PriceSituation) -> PriceMove | OpeningMove:
    actor = player(spec).sit(each.side, 1, InvalidPolicy())
    kind = OpeningMove if each.standing is None else PriceMove
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
def test_concessions_are_monotone_and_stop_short_of_the_reservation_price(
    side: Side, exponent: float, rounds: int, reservation: float
) -> None:
    each = [
        situation(side, round_=number, rounds=rounds, reservation=reservation) for number in range(1, rounds + 1)
    ]
    utilities = [one.utility(time_dependent(one, exponent) or 0.0) for one in each]
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(utilities))
    assert min(utilities) >= -1e-6, "an offer worse than no deal"


@given(situations, exponents)
def test_an_offer_is_worth_what_is_wanted_and_less_than_a_cent_more(each: PriceSituation, exponent: float) -> None:
    price = time_dependent(each, exponent)
    assert price is not None
    assert price == round(price, 2)
    assert -1e-6 <= each.utility(price) - wanted(each, exponent) < 0.01 + 1e-6


@given(situations, exponents, st.floats(0, 20_000))
def test_an_offer_is_accepted_exactly_if_it_is_worth_what_is_wanted(
    each: PriceSituation, exponent: float, standing: float
) -> None:
    offered = situation(
        each.side, standing=standing, round_=each.round, rounds=each.rounds, reservation=each.reservation
    )
    accepts = time_dependent(offered, exponent) is None
    margin = offered.utility(standing) - wanted(offered, exponent)
    assert accepts == (margin >= 0) or abs(margin) < 1e-6


def test_acceptance_says_so() -> None:
    move = ask("negotiator/linear", situation(standing=5000.5))
    assert move == PriceMove(action="accept", message="I accept 5000.5.")


def test_late_is_tougher_than_early() -> None:
    prices = [
        ask(f"negotiator/{name}", situation(round_=5)).price or 0.0 for name in ("boulware", "linear", "conceder")
    ]
    assert prices == sorted(prices)
    assert len(set(prices)) == 3
