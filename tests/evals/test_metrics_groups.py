"""Payoffs and their spread, coordination, public goods and commons."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from interlab.schema.episode import Round
from interlab_evals.measures.commons import (
    commons_efficiency,
    commons_equality,
    commons_gain,
    commons_survival,
    commons_survival_rate,
    over_usage,
    over_usage_wanted,
    peak_depletion,
    resource_half_life,
)
from interlab_evals.measures.contribution import (
    antisocial_punishment,
    collective_success,
    conditional_contribution,
    contribution_decay,
    group_efficiency,
    near_free_riding_rate,
)
from interlab_evals.measures.coordination import alternation_rate, coordination_rate, equilibrium_balance
from interlab_evals.measures.counting import attendance_variance, choice_agreement
from interlab_evals.measures.equality import (
    egalitarian_welfare,
    nash_welfare,
    payoff_gini,
    payoff_gini_normalised,
    payoff_jain,
    payoff_min_max,
    utilitarian_welfare,
)
from interlab_evals.measures.payoff import efficiency_over_equilibrium, game_result, score_difference
from interlab_evals.measures.selling import allocative_efficiency, revenue_share
from tests.evals.games import BATTLE, PAYOFFS, commons
from tests.evals.handmade import by_role, dilemma, episode, oracle, public_good, values

if TYPE_CHECKING:
    from interlab.schema.episode import Episode, Json

MISC = oracle("misc_reference.json")
CASES: dict[str, Any] = MISC["commons"]["cases"]


def paid(totals: list[float]) -> Episode:
    roles = [f"m{number}" for number in range(len(totals))]
    return episode(players=dict.fromkeys(roles, "x"), payoffs=dict(zip(roles, totals, strict=True)))


@pytest.mark.parametrize("totals", MISC["fairness"])
def test_inequality_of_worked_cases(totals: str) -> None:
    game, expected = paid(json.loads(totals)), MISC["fairness"][totals]
    assert values(payoff_gini, game) == [pytest.approx(expected["gini"])]
    assert values(payoff_jain, game) == [pytest.approx(expected["jain"])]
    assert values(egalitarian_welfare, game) == [expected["min"]]
    assert values(payoff_min_max, game) == [pytest.approx(expected["max_min_ratio"])]


def test_the_normalised_gini_reaches_one() -> None:
    assert values(payoff_gini_normalised, paid([0, 10])) == [1]
    assert values(utilitarian_welfare, paid([3, 5, 4])) == [12]
    assert values(nash_welfare, paid([3, 5])) == [15]


@pytest.mark.parametrize("totals", [[0, 0], [-1, 5]])
def test_inequality_of_losses_and_of_nothing_is_undefined(totals: list[float]) -> None:
    for metric in (payoff_gini, payoff_gini_normalised, payoff_jain, payoff_min_max):
        assert math.isnan(values(metric, paid(totals))[0])
    assert math.isnan(values(nash_welfare, paid([-2, -3]))[0])


def test_scores_and_results() -> None:
    game = dilemma("CD", "DD")
    assert values(score_difference, game) == [-2.5, 2.5]
    assert values(game_result, game) == [0, 0, 1, 1, 0, 0]
    assert values(game_result, dilemma("C", "C")) == [0, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(("alice", "bob", "expected"), [("CC", "CC", 1.0), ("DD", "DD", 0.0), ("CD", "CD", 0.5)])
def test_efficiency_over_the_equilibrium_of_one_round(alice: str, bob: str, expected: float) -> None:
    game = dilemma(alice, bob, game={"payoffs": PAYOFFS, "cooperate": "C"})
    assert values(efficiency_over_equilibrium, game) == [expected]


def test_equilibria_of_different_welfare_give_no_yardstick() -> None:
    stag: dict[str, Json] = {"C,C": [4, 4], "C,D": [0, 3], "D,C": [3, 0], "D,D": [3, 3]}
    assert math.isnan(values(efficiency_over_equilibrium, dilemma("C", "C", game={"payoffs": stag}))[0])


@pytest.mark.parametrize(
    ("alice", "bob", "coordination", "alternation", "balance"),
    [
        ("CDCD", "CDCD", 1.0, 1.0, 1.0),
        ("CCCC", "CCCC", 1.0, 0.0, 0.0),
        ("CCDD", "CDCD", 0.5, math.nan, 1.0),
        ("CCDC", "CCDD", 0.75, 0.5, 2 / 3),
        ("CD", "DC", 0.0, math.nan, math.nan),
    ],
)
def test_the_battle_of_the_sexes(
    alice: str, bob: str, coordination: float, alternation: float, balance: float
) -> None:
    stated: dict[str, Json] = {"payoffs": BATTLE, "equilibria": [["C", "C"], ["D", "D"]]}
    for facts in (stated, {"payoffs": BATTLE}):
        game = dilemma(alice, bob, game=facts)
        assert values(coordination_rate, game) == [coordination]
        assert values(alternation_rate, game) == pytest.approx([alternation], nan_ok=True)
        assert values(equilibrium_balance, game) == pytest.approx([balance], nan_ok=True)


def test_conditional_cooperation_and_decay() -> None:
    assert by_role(conditional_contribution, public_good([5, 5, 5], [0, 5, 10], [0, 5, 10]))["m0"].value == 0
    assert values(contribution_decay, public_good([9, 6, 3], [9, 6, 3])) == [pytest.approx(-3)]
    assert math.isnan(values(contribution_decay, public_good([9, 6], [9, 6]))[0])
    assert values(near_free_riding_rate, public_good([0, 1, 2], [20, 20, 20])) == [pytest.approx(2 / 3), 0]


def test_conditional_contribution_is_the_slope_on_the_others_last_mean() -> None:
    game = public_good([0, 2, 4, 6], [4, 8, 12, 1], [4, 8, 12, 1])
    assert by_role(conditional_contribution, game)["m0"].value == pytest.approx(0.5)


@pytest.mark.parametrize(("multiplier", "expected"), [(1.6, 0.5), (1.0, math.nan), (3.0, math.nan)])
def test_group_efficiency_needs_a_dilemma(multiplier: float, expected: float) -> None:
    game = episode(
        players=dict.fromkeys(("a", "b", "c"), "x"),
        game={"multiplier": multiplier, "welfare": [60, 96]},
        rounds=(Round(number=1, payoffs={"a": 26, "b": 26, "c": 26}),),
    )
    assert values(group_efficiency, game) == pytest.approx([expected], nan_ok=True)


def test_punishing_who_gave_no_less_is_antisocial() -> None:
    facts: dict[str, Json] = {"punishment": {"a": {"b": 3, "c": 1}, "b": {"a": 2}}}
    game = episode(
        players=dict.fromkeys(("a", "b", "c"), "x"),
        game={"endowment": 20},
        rounds=(Round(number=1, actions={"a": 5, "b": 10, "c": 0}, facts=facts),),
    )
    found = by_role(antisocial_punishment, game)
    assert [(found[role].k, found[role].n) for role in ("a", "b", "c")] == [(3, 4), (0, 2), (0, 0)]


def test_collective_success_is_counted_over_rounds_that_tell() -> None:
    facts: list[dict[str, Json]] = [{"met": True}, {"met": False}, {}, {"met": True}]
    game = episode(rounds=tuple(Round(number=number, facts=each) for number, each in enumerate(facts)))
    assert values(collective_success, game) == [pytest.approx(2 / 3)]


def told(*facts: dict[str, Json]) -> Episode:
    """An episode of rounds that say this of themselves."""
    return episode(rounds=tuple(Round(number=number, facts=each) for number, each in enumerate(facts, 1)))


def test_agreement_is_the_share_of_pairs_that_chose_alike() -> None:
    game = told({"count": {"red": 3, "blue": 1}}, {"count": {"red": 0, "blue": 4}}, {"count": {"red": 1}})
    assert values(choice_agreement, game) == [pytest.approx((6 + 12) / (12 + 12))]
    assert math.isnan(values(choice_agreement, told({}))[0])


def test_attendance_strays_from_half_of_the_group() -> None:
    game = told({"count": {"A": 2, "B": 3}}, {"count": {"A": 5, "B": 0}}, {"count": {"A": 1, "B": 1, "C": 3}})
    assert values(attendance_variance, game) == [pytest.approx((0.25 + 6.25) / 10)]


def test_an_auction_is_efficient_where_who_values_the_item_most_gets_it() -> None:
    worth: dict[str, Json] = {"alice": 80, "bob": 60}
    game = told(
        {"values": worth, "winner": "alice", "price": 50.0},
        {"values": worth, "winner": "bob", "price": 70.0},
        {"values": worth, "winner": None, "price": None},
    )
    assert values(allocative_efficiency, game) == [pytest.approx((80 + 60) / 240)]
    assert values(revenue_share, game) == [pytest.approx((50 + 70) / 240)]
    assert math.isnan(values(revenue_share, told({}))[0])


def harvested(case: dict[str, Any]) -> Episode:
    """Rebuild a worked case; harvests are told apart by who gained what in the end, in proportion."""
    stocks = [(before, after) for before, after in case["stock_before_after"]]
    gains = case["gain_per_agent"]
    total = sum(before - after for before, after in stocks)
    received = [[gain * (before - after) / total for gain in gains] for before, after in stocks]
    return commons(*stocks, received=received, collapsed=not case["survived"])


@pytest.mark.parametrize("name", CASES)
def test_commons_of_govsim(name: str) -> None:
    case = CASES[name]
    game = harvested(case)
    survival = by_role(commons_survival, game)[None]
    assert (survival.value, survival.k) == (case["survival_time"], not case["survived"])
    assert values(commons_survival_rate, game) == [case["survived"]]
    assert values(commons_gain, game) == pytest.approx(case["gain_per_agent"])
    assert values(commons_efficiency, game) == [pytest.approx(case["efficiency"])]
    assert values(commons_equality, game) == [pytest.approx(case["equality"])]


def test_over_usage_of_the_worked_cases_that_tell_every_harvest() -> None:
    greedy = commons((100, 0), received=[[20] * 5], collapsed=True)
    modest = commons((100, 50), received=[[10] * 5], collapsed=False)
    mixed = commons((100, 30), (60, 0), received=[[30, 10, 10, 10, 10], [180 / 7, *[60 / 7] * 4]], collapsed=True)
    assert values(over_usage, greedy) == [1] * 5
    assert values(over_usage, modest) == [0] * 5
    rates = by_role(over_usage, mixed)
    assert sum(each.k or 0 for each in rates.values()) / 10 == pytest.approx(
        CASES["one takes 30, others 10"]["over_usage"]
    )
    assert values(over_usage_wanted, mixed) == values(over_usage, mixed)


def test_depletion_and_half_life() -> None:
    game = commons((100, 50), (100, 45), (90, 70), received=[[10], [10], [10]], collapsed=False)
    assert values(peak_depletion, game) == [0.45]
    half = by_role(resource_half_life, game)[None]
    assert (half.value, half.k) == (2, 1)
    kept = by_role(resource_half_life, commons((100, 50), received=[[50]], collapsed=False))[None]
    assert (kept.value, kept.k, kept.n) == (1, 0, 1)
