"""Agreement, individual rationality and surplus, against NegMAS where it has the number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from interlab_evals.measures.bargaining import ir_violation, surplus_efficiency, surplus_share
from interlab_evals.measures.endings import agreement_rate
from tests.evals.handmade import by_role, episode, negotiation, oracle, values

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize(
    ("deal", "agreement", "violations", "shares", "efficiency"),
    [
        ([10, 10], 1, [0, 0], [0.5, 0.5], 1.0),
        ([0, 20], 1, [0, 0], [0.0, 1.0], 1.0),
        ([-5, 25], 1, [1, 0], [-0.25, 1.25], 1.0),
        ([4, 4], 1, [0, 0], [0.5, 0.5], 0.4),
        ([-4, -6], 1, [1, 1], [math.nan, math.nan], -0.5),
        (None, 0, [math.nan, math.nan], [math.nan, math.nan], 0.0),
    ],
)
def test_a_deal_and_what_it_is_worth(
    deal: list[float] | None,
    agreement: float,
    violations: list[float],
    shares: list[float],
    efficiency: float,
) -> None:
    game = negotiation(deal)
    assert values(agreement_rate, game) == [agreement]
    assert values(ir_violation, game) == pytest.approx(violations, nan_ok=True)
    assert values(surplus_share, game) == pytest.approx(shares, nan_ok=True)
    assert values(surplus_efficiency, game) == pytest.approx([efficiency])


@pytest.mark.parametrize("best", [None, 0.0])
def test_without_a_zone_of_agreement_there_is_no_efficiency(best: float | None) -> None:
    assert math.isnan(by_role(surplus_efficiency, negotiation(None, best=best))[None].value)


def test_what_no_negotiation_was_is_undefined() -> None:
    for metric in (agreement_rate, ir_violation, surplus_share, surplus_efficiency):
        assert all(math.isnan(value) for value in values(metric, episode(payoffs={"alice": 1, "bob": 2})))


def best_joint_surplus(scenario: dict[str, Any]) -> float:
    gains = [
        [u - r for u, r in zip(utilities, scenario["reserved_values"], strict=True)]
        for utilities in scenario["utilities"]
    ]
    return max((sum(each) for each in gains if min(each) >= 0), default=0.0)


def test_negmas_agrees_on_every_outcome_of_its_scenarios() -> None:
    compared = 0
    for scenario in oracle("negotiation_scenarios.json")["scenarios"]:
        best = best_joint_surplus(scenario)
        for outcome in scenario["outcome_metrics"]:
            game = negotiation(outcome["utils"], reserves=scenario["reserved_values"], best=best)
            parties, session = outcome["negotiators"], outcome["session"]
            assert values(surplus_share, game) == or_nan(party["surplus_share"] for party in parties)
            assert values(ir_violation, game) == [1 - party["rationality"] for party in parties]
            assert values(surplus_efficiency, game) == or_nan([session["surplus_efficiency"]])
            compared += 1
    assert compared >= 30


def or_nan(numbers: Iterable[float | None]) -> Any:
    known = [math.nan if number is None else number for number in numbers]
    return pytest.approx(known, nan_ok=True)
