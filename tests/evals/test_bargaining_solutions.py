"""The frontier and the solutions of a domain, against NegMAS and against brute force."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from games import JOB, issues
from handmade import oracle, values
from hypothesis import given, settings
from hypothesis import strategies as st

from interlab.errors import ParameterError
from interlab_evals import Domain, solutions
from interlab_evals.bargaining.frontier import pareto_frontier
from interlab_evals.measures.bargaining import (
    advantage,
    advantage_gap,
    dominance,
    exploited,
    gain_gini,
    gain_jain,
    joint_utility,
    nash_product,
    surplus_efficiency,
    utility_gap,
    win_rate,
)
from interlab_evals.measures.optimality import (
    kalai_optimality,
    ks_optimality,
    max_welfare_optimality,
    nash_distance,
    nash_optimality,
    nash_optimality_of_result,
    negmas_fairness,
    pareto_distance,
    pareto_dominated,
    pareto_optimality,
    pareto_optimality_of_result,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.tracing.episodes import Episode, Json
    from interlab_evals.bargaining.solutions import Concept

SCENARIOS: list[dict[str, Any]] = oracle("negotiation_scenarios.json")["scenarios"]
NEGMAS: dict[str, Concept] = {
    "nash": "nash",
    "kalai": "kalai",
    "ks": "ks_negmas",
    "modified_kalai": "modified_kalai",
    "modified_ks": "modified_ks",
    "max_welfare": "max_welfare",
}
"""What NegMAS calls a concept, and what we call it."""
PARETO: tuple[str, Concept] = ("pareto", "pareto")

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each["name"])


def stated(scenario: dict[str, Any]) -> dict[str, Any]:
    """A scenario of the oracle as a game states its domain."""
    return {
        "issues": [values_ for _, values_ in scenario["issues"]],
        "tables": scenario["tables"],
        "weights": scenario["weights"],
        "reserves": scenario["reserves"],
    }


def vectors(points: Any) -> list[tuple[float, ...]]:
    return sorted(tuple(round(each, 9) for each in point) for point in np.asarray(points).tolist())


@every_scenario
def test_outcomes_and_utilities_are_negmas_ones(scenario: dict[str, Any]) -> None:
    domain = Domain.of(stated(scenario))
    assert [list(domain.outcome(index)) for index in range(domain.size)] == scenario["outcomes"]
    assert domain.utilities.tolist() == scenario["utilities"]
    assert [list(domain.utility(each) or ()) for each in scenario["outcomes"]] == scenario["utilities"]


@every_scenario
def test_points_are_negmas_ones(scenario: dict[str, Any]) -> None:
    solved = solutions(stated(scenario))
    assert vectors(solved.at("pareto")) == vectors(scenario["pareto_rational"]["utils"])
    for theirs, ours in NEGMAS.items():
        assert vectors(solved.at(ours)) == vectors(scenario[theirs]["utils"])
    assert solved.opposition == pytest.approx(scenario["opposition"])
    assert solved.rational_fraction == pytest.approx(scenario["rational_fraction"])
    assert np.column_stack([solved.worst, solved.best]).tolist() == scenario["utility_ranges"]


@every_scenario
def test_distances_and_optimalities_are_negmas_ones(scenario: dict[str, Any]) -> None:
    solved = solutions(stated(scenario))
    for outcome in scenario["outcome_metrics"]:
        utilities = outcome["utils"]
        for theirs, ours in (*NEGMAS.items(), PARETO):
            expected = outcome["optimality"][f"{theirs}_optimality"]
            found = solved.optimality(ours, utilities, normalise=False)
            assert found == pytest.approx(math.nan if expected is None else expected, nan_ok=True)
            if theirs != "max_welfare":
                distance = solved.distance(ours, utilities, normalise=False)
                assert distance == pytest.approx(outcome["distances"][f"{theirs}_dist"])


def played(scenario: dict[str, Any], deal: Sequence[Any] | None) -> Episode:
    return issues([], deal, domain=stated(scenario))


@every_scenario
def test_session_metrics_are_negmas_ones(scenario: dict[str, Any]) -> None:
    cases = [(each["outcome"], each) for each in scenario["outcome_metrics"]]
    for deal, expected in [*cases, (None, scenario["no_agreement"])]:
        game = played(scenario, deal)
        session, parties = expected["session"], expected["negotiators"]
        assert values(joint_utility, game) == [pytest.approx(session["utility_sum"])]
        assert values(utility_gap, game) == [pytest.approx(session["utility_gap"])]
        assert values(advantage_gap, game) == [pytest.approx(session["advantage_gap"])]
        assert values(surplus_efficiency, game) == [pytest.approx(session["surplus_efficiency"])]
        assert values(advantage, game) == pytest.approx([each["advantage"] for each in parties])
        assert values(dominance, game) == [each["dominance"] for each in parties]
        if deal is not None:
            assert values(exploited, game) == [each["exploited"] for each in parties]


def test_normalised_optimality_does_not_depend_on_a_partys_scale() -> None:
    tables: Any = JOB["tables"]
    reserves: Any = JOB["reserves"]
    scaled: dict[str, Json] = {
        **JOB,
        "tables": [tables[0], [[100 * value for value in table] for table in tables[1]]],
        "reserves": [reserves[0], 100 * reserves[1]],
    }
    for deal in product(["low", "mid", "high"], [2, 3, 4]):
        plain, grown = issues([], list(deal)), issues([], list(deal), domain=scaled)
        for metric in (pareto_optimality, nash_optimality, ks_optimality, pareto_distance, nash_distance):
            assert values(metric, grown) == pytest.approx(values(metric, plain))


def test_the_nash_deal_is_the_best_there_is() -> None:
    best, poor, none = issues([], ["mid", 3]), issues([], ["low", 4]), issues([], None)
    for metric in (pareto_optimality, nash_optimality, kalai_optimality, max_welfare_optimality, negmas_fairness):
        assert values(metric, best) == [pytest.approx(1)]
        assert values(metric, poor)[0] < 1
        assert math.isnan(values(metric, none)[0])
    assert values(pareto_dominated, best) == [0]
    assert values(pareto_dominated, poor) == [1]
    assert math.isnan(values(pareto_dominated, none)[0])
    assert 0 < values(nash_optimality_of_result, none)[0] < 1
    assert 0 < values(pareto_optimality_of_result, none)[0] < 1


def test_gains_are_shared_and_won() -> None:
    game = issues([], ["mid", 3])
    assert values(nash_product, game) == [pytest.approx(0.17 * 0.39)]
    assert values(gain_gini, game) == [pytest.approx(0.22 / (2 * 0.56))]
    assert values(gain_jain, game) == [pytest.approx(0.56**2 / (2 * (0.17**2 + 0.39**2)))]
    assert values(win_rate, game) == [0, 1]
    assert all(math.isnan(each) for each in values(win_rate, issues([], None)))
    assert math.isnan(values(nash_product, issues([], ["low", 2]))[0])


@pytest.mark.parametrize("parties", [1, 2, 3, 4, 5])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_frontier_is_what_nothing_dominates(parties: int, data: st.DataObject) -> None:
    grid = st.lists(st.integers(0, 4), min_size=parties, max_size=parties)
    points = np.array(data.draw(st.lists(grid, min_size=1, max_size=40)), dtype=np.float64)
    found = pareto_frontier(points)
    listed = [tuple(point) for point in points.tolist()]
    undominated = {
        point
        for point in listed
        if not any(other != point and all(a >= b for a, b in zip(other, point, strict=True)) for other in listed)
    }
    assert {listed[index] for index in found} == undominated
    assert len(found) == len(undominated)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30), st.integers(0, 5))
def test_every_solution_lies_on_the_rational_frontier(points: list[tuple[int, int]], reserve: int) -> None:
    solved = solutions(Domain.of_utilities(points, [reserve, reserve]))
    frontier = set(solved.points["pareto"].tolist())
    assert solved.has_zone == any(min(point) >= reserve for point in points)
    for concept in ("nash", "kalai", "ks", "ks_negmas", "max_welfare"):
        chosen = set(solved.points[concept].tolist())
        assert chosen <= frontier
        assert bool(chosen) == bool(frontier)
        assert solved.is_dominated([-1, -1])


def test_without_a_zone_there_is_nothing_to_be_near_to() -> None:
    solved = solutions(Domain.of_utilities([[1, 0], [0, 1]], [2, 2]))
    assert solved.opposition == math.inf
    assert math.isnan(solved.best_joint_surplus)
    assert math.isnan(solved.optimality("nash", [1, 0]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [[1.0], [1.0]]}, "shapes disagree"),
        ({"reserves": [0.0]}, "shapes disagree"),
        ({"tables": [[[1.0], [1.0]], [[1.0], [1.0]]]}, "shapes disagree"),
    ],
)
def test_a_domain_that_does_not_fit_together_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        solutions({**JOB, **change})


def test_a_domain_that_lacks_something_says_what() -> None:
    with pytest.raises(ParameterError, match="no `tables`"):
        solutions({key: value for key, value in JOB.items() if key != "tables"})
