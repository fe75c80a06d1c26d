"""The frontier and the solutions of a domain, against NegMAS and against brute force."""

from __future__ import annotations

import math
import time
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlab.errors import ParameterError
from interlab_evals import Domain, solutions
from interlab_evals.bargaining.frontier import pareto_frontier
from interlab_evals.bargaining.solutions import CONCEPTS
from interlab_evals.measures.bargaining import (
    advantage,
    advantage_gap,
    dominance,
    exploited,
    gain_gini,
    gain_jain,
    ir_violation,
    ir_violation_per_episode,
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
from tests.evals.games import JOB, issues
from tests.evals.handmade import negotiation, oracle, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import Episode, Json
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


def sphere(outcomes: int, parties: int) -> np.ndarray:  # type: ignore[type-arg]
    points = np.random.default_rng(1).random((outcomes, parties))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("parties", [3, 4, 6])
@pytest.mark.parametrize("steps", [1, 3, 40])
def test_the_frontier_of_many_points_is_that_of_all_pairs(parties: int, steps: int) -> None:
    points = np.random.default_rng(steps).integers(0, steps + 1, (1500, parties)).astype(np.float64)
    points[:700] = np.round(steps * sphere(700, parties))
    no_worse = (points[:, None] >= points[None]).all(axis=2)
    undominated = ~(no_worse & ~no_worse.T).any(axis=0)
    found = points[pareto_frontier(points)]
    assert {*map(tuple, found.tolist())} == {*map(tuple, points[undominated].tolist())}
    assert len(found) == len(np.unique(points[undominated], axis=0))
    ranks = [tuple(point) for point in found.tolist()]
    assert ranks == sorted(ranks, reverse=True), "best for the first party first"


@pytest.mark.parametrize("parties", [3, 4, 5])
def test_the_frontier_is_found_in_time_though_all_points_are_on_it(parties: int) -> None:
    points = sphere(30_000, parties)
    before = time.process_time()
    assert len(pareto_frontier(points)) == 30_000
    assert time.process_time() - before < 5  # comparing all pairs takes a minute


def test_rounding_makes_no_deal_a_loss_and_no_zone_empty() -> None:
    worths = [[1.0, 0.0]] * 3
    domain: Any = {
        "issues": [["a", "b"]] * 3,
        "tables": [worths, [[0.0, 1.0]] * 3],
        "weights": [[0.7, 0.1, 0.1], [0.3, 0.3, 0.4]],
        "reserves": [0.9, 0.0],
    }
    assert 0.7 + 0.1 + 0.1 < 0.9
    solved = solutions(domain)
    assert solved.has_zone
    assert solved.rational_fraction == 0
    assert [solved.utilities[place].tolist() for place in solved.points["nash"]] == [[pytest.approx(0.9), 0]]
    game = issues([], ["a", "a", "a"], domain=domain)
    for metric in (ir_violation, ir_violation_per_episode, exploited):
        assert values(metric, game) == [0, 0]
    assert values(nash_product, game) == [0]
    assert values(ir_violation, issues([], ["a", "a", "b"], domain=domain)) == [1, 0]


def test_prices_that_differ_by_rounding_are_no_violation() -> None:
    assert values(ir_violation, negotiation([0.1 + 0.2, 1.0], reserves=[0.30000000000000004, 1.0])) == [0, 0]
    assert values(ir_violation, negotiation([0.3, 1.0], reserves=[0.1 + 0.2, 1.0])) == [0, 0]
    assert values(ir_violation, negotiation([0.299, 1.0], reserves=[0.3, 1.0])) == [1, 0]


def test_a_violation_per_episode_is_none_without_a_deal() -> None:
    bad, none = negotiation([-1.0, 3.0]), negotiation(None)
    assert values(ir_violation_per_episode, bad) == [1, 0]
    assert values(ir_violation_per_episode, none) == [0, 0]
    assert all(math.isnan(each) for each in values(ir_violation, none))
    untold = negotiation(None, outcome={})
    assert all(math.isnan(each) for each in values(ir_violation_per_episode, untold))


@given(st.integers(2, 6), st.integers(-9, 9), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_solution_points_do_not_depend_on_the_unit(parties: int, power: int, seed: int) -> None:
    utilities = np.random.default_rng(seed).random((200, parties))
    scale = 10.0**power
    plain = solutions(Domain.of_utilities(utilities, [0.1] * parties))
    scaled = solutions(Domain.of_utilities(scale * utilities, [0.1 * scale] * parties))
    for concept in CONCEPTS:
        assert plain.points[concept].tolist() == scaled.points[concept].tolist()
    assert len(plain.points["nash"]) <= 1


def test_nashs_point_does_not_depend_on_a_partys_unit() -> None:
    utilities = np.random.default_rng(4).random((500, 6)) * 0.005
    units = 10.0 ** np.arange(-6, 6, 2)
    found = [solutions(Domain.of_utilities(each, [0.0] * 6)) for each in (utilities, utilities * units)]
    assert len(found[0].points["nash"]) == 1
    for concept in ("pareto", "nash", "ks"):
        assert found[0].points[concept].tolist() == found[1].points[concept].tolist()


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


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"weights": [[1.0], [1.0]]}, "shapes disagree"),
    ({"reserves": [0.0]}, "shapes disagree"),
    ({"tables": [[[1.0], [1.0]], [[1.0], [1.0]]]}, "shapes disagree"),
    ({"issues": [], "tables": [[], []], "weights": [[], []]}, "`issues`"),
    ({"issues": [[], []]}, "`issues.0`"),
    ({"tables": [[["a", "b", "c"]] * 2] * 2}, "`tables.0.0.0`: Input should be a valid number"),
    ({"tables": [[[math.nan] * 3] * 2] * 2}, "`tables.0.0.0`: Input should be a finite number"),
    ({"reserves": [0.0, math.inf]}, "`reserves.1`: Input should be a finite number"),
    ({"reserves": []}, "`reserves`"),
]
"""What is wrong with a domain, and what is said of it."""


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_a_domain_that_does_not_fit_together_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        solutions({**JOB, **change})


@pytest.mark.parametrize("utilities", [[], [[]], [1.0, 2.0], [[1.0, math.nan]], [[1.0]]])
def test_utilities_that_are_none_are_refused(utilities: Any) -> None:
    with pytest.raises(ParameterError, match=r"shape|finite"):
        Domain.of_utilities(utilities, [0.0, 0.0])


def test_a_domain_that_lacks_something_says_what() -> None:
    with pytest.raises(ParameterError, match="no `tables`"):
        solutions({key: value for key, value in JOB.items() if key != "tables"})
