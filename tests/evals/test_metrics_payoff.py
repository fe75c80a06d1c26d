"""Mean payoff and payoff efficiency."""

from __future__ import annotations

import math

import pytest

from interlab_evals.measures.payoff import mean_payoff, payoff_efficiency
from tests.evals.handmade import by_role, dilemma, episode, negotiation, oracle


@pytest.mark.parametrize(
    ("alice", "bob", "expected"),
    [
        ("CCD", "CDD", [(4, 3), (9, 3)]),
        ("C-C", "CCC", [(6, 2), (6, 2)]),
    ],
)
def test_payoff_is_per_round_that_paid(alice: str, bob: str, expected: list[tuple[int, int]]) -> None:
    found = by_role(mean_payoff, dilemma(alice, bob))
    assert [(found[role].k, found[role].n) for role in ("alice", "bob")] == expected


def test_a_game_that_pays_at_its_end_counts_as_one_round() -> None:
    found = by_role(mean_payoff, negotiation([12, 8]))
    assert [(found[role].k, found[role].n) for role in ("buyer", "seller")] == [(12, 1), (8, 1)]


def test_rounds_that_were_all_void_are_undefined_and_not_worth_nothing() -> None:
    game = dilemma("--", "CC")
    assert game.payoffs == {"alice": 0, "bob": 0}
    assert all(math.isnan(each.value) for each in mean_payoff.measure(game))
    assert all(math.isnan(each.value) for each in payoff_efficiency.measure(game))


@pytest.mark.parametrize(
    ("alice", "bob", "expected"), [("C", "C", 1.0), ("D", "D", 0.0), ("C", "D", 0.75), ("CD", "CD", 0.5)]
)
def test_efficiency_places_welfare_between_worst_and_best(alice: str, bob: str, expected: float) -> None:
    assert by_role(payoff_efficiency, dilemma(alice, bob))[None].value == expected


@pytest.mark.parametrize("welfare", [None, [4.0, 4.0], "unknown"])
def test_efficiency_needs_a_range_of_welfare(welfare: object) -> None:
    found = by_role(payoff_efficiency, dilemma("C", "C", game={"welfare": welfare}))[None]
    assert (found.n, math.isnan(found.value)) == (0, True)


def test_payoffs_of_axelrods_matches() -> None:
    match = oracle("axelrod_deterministic_200.json")["matches"][1]
    assert (match["player"], match["opponent"]) == ("Cooperator", "Defector")
    found = by_role(mean_payoff, dilemma("C" * 200, "D" * 200))
    assert [found["alice"].k, found["bob"].k] == match["scores"]
    assert [found["alice"].value, found["bob"].value] == match["mean_score_per_turn"]


def test_nobody_was_paid() -> None:
    assert all(math.isnan(each.value) for each in mean_payoff.measure(episode()))
