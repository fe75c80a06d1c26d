"""A contrast has one method: its interval and its p are two readings of it, whatever the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from interlab_evals.statistics.comparison import compare
from tests.evals.tidy import arms, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.contrasts import Contrast
    from interlab_evals.statistics.families import Comparison

UNIT = (0.0, 1.0)
Design = Literal["paired", "independent"]


values = st.lists(st.floats(0, 1).map(lambda each: round(each, 2)), min_size=2, max_size=12)
votes = st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=12)
constant = st.tuples(st.sampled_from([0.0, 0.3, 1.0]), st.integers(2, 12)).map(lambda each: [each[0]] * each[1])
MEANS: Final[tuple[Kind, ...]] = ("bounded mean", "unbounded mean", "ratio", "share")
DESIGNS: Final[tuple[Design, ...]] = ("paired", "independent")
designs = pytest.mark.parametrize("design", DESIGNS)


def compared(first: Sequence[float], second: Sequence[float], kind: Kind, design: Design) -> Comparison:
    frame = (pairs if design == "paired" else arms)(first, second)
    bounds = None if kind in ("unbounded mean", "time-to-event") else UNIT
    if kind == "time-to-event":
        frame = frame.assign(k=1.0, n=1.0)
    return compare(frame, "m", by="arm", kind=kind, bounds=bounds)


def contrast(first: Sequence[float], second: Sequence[float], kind: Kind, design: Design) -> Contrast:
    return compared(first, second, kind, design).only


def drawn(found: Comparison) -> str:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(found)
    return " ".join(captured.get().split())


def agree(found: Contrast) -> bool:
    """Whether the interval excludes 0 exactly where p is below 1 - level, ties of rounding aside."""
    if abs(found.p - (1 - found.level)) < 1e-6:
        return True
    return (found.p < 1 - found.level) == (found.low > 0 or found.high < 0)


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(values, votes, constant),
    st.one_of(values, votes, constant),
    st.sampled_from(MEANS),
    st.sampled_from(DESIGNS),
)
def test_interval_and_test_of_means_never_contradict(
    first: list[float], second: list[float], kind: Kind, design: Design
) -> None:
    assert agree(contrast(first, second, kind, design))


@settings(deadline=None, max_examples=40)
@given(votes, votes, st.sampled_from(DESIGNS))
def test_interval_and_test_of_rates_never_contradict(
    first: list[float], second: list[float], design: Design
) -> None:
    found = contrast(first, second, "rate", design)
    assert agree(found)
    assert -1 <= found.low <= found.difference <= found.high <= 1


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(1, 9).map(float), min_size=2, max_size=9),
    st.lists(st.integers(1, 9).map(float), min_size=2, max_size=9),
    st.sampled_from(DESIGNS),
)
def test_interval_and_test_of_times_never_contradict(
    first: list[float], second: list[float], design: Design
) -> None:
    assert agree(contrast(first, second, "time-to-event", design))


@designs
@pytest.mark.parametrize("n", [6, 10])
def test_an_arm_at_a_bound_is_compared_with_one_that_varies(n: int, design: Design) -> None:
    """All 1.0 against 20 moves a cluster at .8: what is plain to see is seen by the interval, too."""
    random = np.random.default_rng(n)
    for _ in range(20):
        found = contrast([1.0] * n, (random.binomial(20, 0.8, n) / 20).tolist(), "bounded mean", design)
        assert found.p < 0.05
        assert 0 < found.low < found.difference < found.high


@designs
def test_a_constant_of_an_unbounded_metric_has_an_interval(design: Design) -> None:
    other = np.random.default_rng(1).normal(1.8, 0.2, 10)
    found = contrast([2.0] * 10, other.tolist(), "unbounded mean", design)
    error = other.std(ddof=1) / math.sqrt(10)
    assert (found.high - found.low) / error == pytest.approx(2 * 2.262, abs=0.001)
    assert agree(found)


def test_yes_and_no_in_six_pairs_without_a_difference_covers_it() -> None:
    random = np.random.default_rng(2)
    found = [contrast(_votes(random, 6), _votes(random, 6), "rate", "paired") for _ in range(40)]
    assert sum(each.low <= 0 <= each.high for each in found) >= 39
    assert all(map(agree, found))


def _votes(random: np.random.Generator, n: int) -> list[float]:
    return [float(each) for each in random.integers(0, 2, n)]


@designs
@pytest.mark.parametrize(("kind", "value"), [("rate", 1.0), ("bounded mean", 0.4), ("unbounded mean", 3.0)])
def test_arms_that_are_identical_are_shown_as_such(kind: Kind, value: float, design: Design) -> None:
    family = compared([value] * 20, [value] * 20, kind, design)
    found = family.only
    assert (found.difference, found.p, found.hedges_g != found.hedges_g) == (0, 1, True)
    unit = "seeds" if design == "paired" else "clusters"
    # 1 - .05^(1/20): a share of clusters that twenty would miss with probability .05.
    assert f"Identical in all 20 {unit}: with 95% confidence at most 14% of {unit} differ." in drawn(family)
    if kind != "rate":
        assert found.method == "identical"
        assert "0.00 (all 20)" in drawn(family)
    if kind == "bounded mean":
        assert (found.low, found.high) == pytest.approx((-0.139, 0.139), abs=0.001)


@designs
def test_a_difference_that_is_always_the_same_is_bounded_by_the_range(design: Design) -> None:
    found = contrast([0.9] * 20, [0.2] * 20, "bounded mean", design)
    assert (found.method, found.difference) == ("identical", pytest.approx(0.7))
    assert 0 < found.low < 0.7 <= found.high <= 1
    assert found.p < 0.001
    assert agree(found)


@designs
@pytest.mark.parametrize("kind", ["bounded mean", "unbounded mean"])
def test_effects_that_divide_by_rounding_noise_are_undefined(kind: Kind, design: Design) -> None:
    """A sum of tenths is not the same to the last bit in any order: that is no spread."""
    noise = [0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 0.3, 0.3]
    family = compared(noise, [each - 0.2 for each in noise], kind, design)
    found = family.only
    assert math.isnan(found.hedges_g)
    assert found.method == "identical"
    assert "e+" not in drawn(family)
    assert "–" in drawn(family)
