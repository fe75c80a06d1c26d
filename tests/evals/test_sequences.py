"""Confidence sequences: valid at every look."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlab.errors import ParameterError
from interlab_evals.statistics.sequences import confidence_sequence

figures = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(deadline=None, max_examples=40)
@given(figures)
def test_intervals_only_shrink_and_stay_in_range(values: list[float]) -> None:
    found = confidence_sequence(values)
    assert len(found) == len(values)
    assert (np.diff(found.low) >= 0).all()
    assert (np.diff(found.high) <= 0).all()
    assert ((found.low >= 0) & (found.low <= found.high) & (found.high <= 1)).all()


@settings(deadline=None, max_examples=40)
@given(figures)
def test_yes_and_no_exchanged_mirror_the_intervals(values: list[float]) -> None:
    found, mirrored = confidence_sequence(values), confidence_sequence([1 - value for value in values])
    assert found.low == pytest.approx(1 - mirrored.high, abs=2e-3)
    assert found.high == pytest.approx(1 - mirrored.low, abs=2e-3)


def test_a_look_knows_nothing_of_later_values() -> None:
    values = [1.0, 0.0, 1.0, 1.0, 0.5, 0.0]
    whole, part = confidence_sequence(values), confidence_sequence(values[:4])
    assert list(whole.low[:4]) == list(part.low)


def test_at_least_95_of_100_sequences_hold_the_mean_at_every_look() -> None:
    random = np.random.default_rng(11)
    missed = 0
    for _ in range(200):
        found = confidence_sequence((random.random(120) < 0.3).astype(float).tolist())
        missed += bool(((found.low > 0.3) | (found.high < 0.3)).any())
    assert missed <= 10


def test_after_many_values_the_interval_is_narrow() -> None:
    found = confidence_sequence([0.0, 1.0] * 500)
    assert found.high[-1] - found.low[-1] < 0.15
    assert found.low[-1] < 0.5 < found.high[-1]


def test_other_bounds_and_levels() -> None:
    ten, unit = confidence_sequence([2.0, 8.0] * 20, bounds=(0, 10)), confidence_sequence([0.2, 0.8] * 20)
    assert ten.low == pytest.approx(10 * unit.low)
    wide = confidence_sequence([0.2, 0.8] * 20, level=0.99)
    assert wide.high[-1] - wide.low[-1] > unit.high[-1] - unit.low[-1]
    assert len(confidence_sequence([])) == 0


@pytest.mark.parametrize("values", [[1.2], [-0.1], [float("nan")]])
def test_values_outside_of_the_bounds_are_refused(values: list[float]) -> None:
    with pytest.raises(ParameterError, match="between 0 and 1"):
        confidence_sequence(values)
