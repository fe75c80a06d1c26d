"""Times until an event, against SciPy and hand calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from interlab_evals.statistics.clustering import standard_error
from interlab_evals.statistics.estimators import estimate_durations
from interlab_evals.statistics.survival import Durations, kaplan_meier, pseudo_values, waiting_sample

waits = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=20)


def durations(*rows: tuple[float, bool], clusters: list[int] | None = None) -> Durations:
    times, observed = (
        np.array([row[0] for row in rows], dtype=float),
        np.array([row[1] for row in rows], dtype=bool),
    )
    return Durations(times, observed, np.arange(len(rows)) if clusters is None else np.array(clusters))


@settings(deadline=None)
@given(waits)
def test_the_curve_is_scipys(rows: list[tuple[int, bool]]) -> None:
    given_ = durations(*rows)
    curve = kaplan_meier(given_)
    censored = CensoredData(given_.times[given_.observed], right=given_.times[~given_.observed])
    reference = ecdf(censored).sf
    assert curve.survival == pytest.approx(reference.evaluate(curve.times))


def restricted_mean(given_: Durations, horizon: float) -> tuple[float, float]:
    sample = waiting_sample(given_, horizon)
    return sample.value, standard_error(sample)


def test_a_restricted_mean_by_hand() -> None:
    # S is 1 until 2, 3/4 until 5, 3/8 until 10: 2 + 3 * 3/4 + 5 * 3/8; Greenwood's variance, times G/(G-1).
    mean, error = restricted_mean(durations((2, True), (3, False), (5, True), (10, False)), 10)
    assert mean == pytest.approx(2 + 2.25 + 1.875)
    assert error == pytest.approx(math.sqrt(4 / 3 * (4.125**2 / (4 * 3) + 1.875**2 / (2 * 1))))


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), min_size=2, max_size=20))
def test_without_censoring_it_is_the_mean_and_its_error(times: list[int]) -> None:
    given_ = durations(*((time, True) for time in times))
    mean, error = restricted_mean(given_, given_.horizon)
    assert mean == pytest.approx(np.mean(times))
    assert error == pytest.approx(np.std(times, ddof=1) / math.sqrt(len(times)), abs=1e-9)


@settings(deadline=None)
@given(waits, st.integers(1, 12))
def test_pseudo_values_move_the_mean_as_leaving_rows_out_does(rows: list[tuple[int, bool]], horizon: int) -> None:
    """A row counted once more, a little: the derivative of the restricted mean with respect to its weight."""
    given_, often = durations(*rows), 2000
    for place, value in enumerate(pseudo_values(given_, horizon)):
        more = durations(*rows * often, rows[place])
        moved = kaplan_meier(more).restricted_mean(horizon) - kaplan_meier(given_).restricted_mean(horizon)
        assert moved * (len(rows) * often) == pytest.approx(
            value - kaplan_meier(given_).restricted_mean(horizon), abs=0.1
        )


def test_clusters_widen_the_error() -> None:
    rows = [(2.0, True), (5.0, True), (9.0, False), (7.0, True), (3.0, True), (10.0, False)]
    alone = restricted_mean(durations(*rows), 10)
    doubled = restricted_mean(durations(*rows, *rows, clusters=[*range(6), *range(6)]), 10)
    independent = restricted_mean(durations(*rows, *rows), 10)
    assert doubled == pytest.approx(alone)
    assert doubled[1] > 1.2 * independent[1]


def test_events_that_all_come_at_the_first_time_have_no_interval() -> None:
    """The longest time observed is the least possible one: nothing is known of how far it might be."""
    at_once = np.ones(5)
    found = estimate_durations(at_once, at_once, np.arange(5), bounds=(1.0, math.inf))
    assert (found.value, found.method) == (1.0, "none")
