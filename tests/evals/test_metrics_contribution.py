"""Contribution and free riding."""

from __future__ import annotations

import math

import pytest

from interlab_evals.measures.contribution import contribution_rate, free_riding_rate
from tests.evals.handmade import by_role, dilemma, public_good, values


@pytest.mark.parametrize(
    ("gifts", "contribution", "free_riding"),
    [
        ([20, 20], 1.0, 0.0),
        ([0, 0], 0.0, 1.0),
        ([0, 10, 20, 2], 0.4, 0.25),
        ([None, 5], 0.25, 0.0),
        ([None], math.nan, math.nan),
    ],
)
def test_shares_are_over_the_contributions_made(
    gifts: list[float | None], contribution: float, free_riding: float
) -> None:
    game = public_good(gifts, gifts)
    assert values(contribution_rate, game) == pytest.approx([contribution] * 2, nan_ok=True)
    assert values(free_riding_rate, game) == pytest.approx([free_riding] * 2, nan_ok=True)


def test_counts_are_kept() -> None:
    found = by_role(contribution_rate, public_good([5, 10], [0, 20]))
    assert [(each.k, each.n) for each in found.values()] == [(0.75, 2), (1.0, 2)]


def test_without_an_endowment_everything_is_undefined() -> None:
    for game in (public_good([0, 0], [0, 0], endowment=0), dilemma("C", "D")):
        assert all(math.isnan(value) for value in values(contribution_rate, game) + values(free_riding_rate, game))
