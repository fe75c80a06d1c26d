"""Estimates and their intervals, against SciPy and statsmodels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, permutation_test

from interlab.errors import ParameterError
from interlab.schema.episode import Measurement
from interlab_evals.statistics import Sample, estimate, estimate_sample, standard_error, wilson
from interlab_evals.statistics.proportions import clopper_pearson, effective_wilson
from tests.evals.handmade import oracle

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Kind

UNIT = (0.0, 1.0)
ON_MEAN = "Wilson on the mean"
TENFOLD = tuple(10 * end for end in wilson(0.5, 2))
levels = st.floats(0.5, 0.999)
counts = st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def means(*clusters: list[float]) -> Sample:
    """A sample of plain values, listed by cluster."""
    return Sample.of(
        (Measurement(metric="m", value=value), number)
        for number, values in enumerate(clusters)
        for value in values
    )


def ratios(*pairs: tuple[float, float]) -> Sample:
    """A sample of counts (k, n), one cluster each."""
    return Sample.of(
        (Measurement(metric="m", value=k / n if n else math.nan, k=k, n=n), number)
        for number, (k, n) in enumerate(pairs)
    )


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_is_scipys(level: float) -> None:
    for k, n in [(0, 1), (0, 10), (3, 10), (10, 10), (199, 200)]:
        interval = binomtest(k, n).proportion_ci(level, method="wilson")
        assert wilson(k / n, n, level) == pytest.approx((interval.low, interval.high))


def test_a_rate_has_the_wilson_interval_of_the_reference() -> None:
    for row in oracle("stats_reference.json")["rate_ci_95"]:
        k, n = row["k"], row["n"]
        found = estimate_sample(ratios(*[(1, 1)] * k, *[(0, 1)] * (n - k)), "rate", bounds=UNIT)
        assert (found.low, found.high) == pytest.approx(tuple(row["wilson"]))
        assert (found.k, found.n, found.n_clusters, found.method) == (k, n, n, "Wilson")


@settings(deadline=None)
@given(counts, levels)
def test_wilson_contains_the_proportion_and_stays_in_range(count: tuple[int, int], level: float) -> None:
    k, n = count
    assume(n)
    low, high = wilson(k / n, n, level)
    assert 0 <= low <= k / n <= high <= 1
    assert low < high


def test_two_rows_of_an_episode_are_one_observation_of_a_rate() -> None:
    found = estimate_sample(means([1, 1], [0, 0], [1, 0], [1, 1]), "rate", bounds=UNIT)
    assert (found.value, found.n, found.n_clusters) == (0.625, 8, 4)
    assert (found.low, found.high) == wilson(0.625, 4)


def test_unequal_clusters_of_a_rate_count_as_so_many_equal_ones() -> None:
    found = estimate_sample(means([1] * 30, [0], [1], [1], [0]), "rate", bounds=UNIT)
    assert (found.low, found.high) == wilson(32 / 34, 34**2 / (30**2 + 4))  # Kish: 1.28 clusters, not 5
    equal = estimate_sample(means([1, 1], [0, 0], [1, 1]), "rate", bounds=UNIT)
    assert (equal.low, equal.high) == wilson(2 / 3, 3)


def test_the_exact_interval_of_the_reference() -> None:
    for row in oracle("stats_reference.json")["rate_ci_95"]:
        assert clopper_pearson(row["k"], row["n"]) == pytest.approx(tuple(row["clopper_pearson"]), abs=1e-12)


def test_an_exact_interval_is_given_on_request() -> None:
    found = estimate_sample(ratios(*[(1, 1)] * 9, (0, 1)), "rate", bounds=UNIT, method="exact")
    assert (found.method, found.low, found.high) == ("Clopper-Pearson", *clopper_pearson(9, 10))
    with pytest.raises(ParameterError, match="an exact interval is for a rate"):
        estimate_sample(means([0.5], [0.6]), "bounded mean", bounds=UNIT, method="exact")


def test_near_a_bound_the_error_tells_how_many_observations_there_are() -> None:
    values = [1, 1, 1, 1, 1, 1, 0.8, 0.9, 0.2, 1]
    near = estimate_sample(means(*[[value] for value in values]), "bounded mean", bounds=UNIT)
    assert near.method == "Wilson, effective n"
    far = estimate_sample(means(*[[0.4 + value / 5] for value in values]), "bounded mean", bounds=UNIT)
    assert far.method == "clustered t"
    assert (near.low, near.high) == effective_wilson(near.value, standard_error(means(*[[v] for v in values])), 10)


def test_an_effective_interval_of_yes_and_no_is_close_to_wilsons() -> None:
    error = standard_error(means(*[[1.0]] * 45, *[[0.0]] * 5))
    assert effective_wilson(0.9, error, 50) == pytest.approx(wilson(0.9, 50), abs=0.01)


def test_a_bootstrap_is_seeded_and_blind_to_order() -> None:
    values = [[float(value)] for value in (1, 4, 2, 8, 5, 7, 1, 0, 3, 12)]
    first, again, other = (
        estimate_sample(means(*each), "unbounded mean", method="bca", seed=seed)
        for each, seed in ((values, 1), (values[::-1], 1), (values, 2))
    )
    assert first == again
    assert (first.method, first.seed) == ("cluster bootstrap (BCa)", 1)
    assert (first.low, first.high) != (other.low, other.high)
    assert first.low < first.value < first.high


def test_a_share_in_the_middle_is_bootstrapped() -> None:
    sample = ratios(*[(3 + number % 5, 10) for number in range(30)])
    found = estimate_sample(sample, "share", bounds=UNIT, seed=3)
    assert (found.method, found.seed) == ("cluster bootstrap (BCa)", 3)
    assert found.high - found.low == pytest.approx(2 * 1.96 * standard_error(sample), rel=0.15)


def test_few_clusters_are_told_and_the_wild_bootstrap_is_offered() -> None:
    few = means([0.4, 0.6], [0.5, 0.5], [0.7], [0.3], [0.45], [0.55], [0.52])
    by_t = estimate_sample(few, "bounded mean", bounds=UNIT)
    assert any("7 clusters only" in note and "`wild`" in note for note in by_t.notes)
    wild = estimate_sample(few, "bounded mean", bounds=UNIT, method="wild")
    assert wild.method == "wild cluster bootstrap"
    assert wild.low < wild.value < wild.high
    assert estimate_sample(means([0.4], [0.5], [0.7]), "bounded mean", bounds=UNIT, method="wild").method == "none"


def test_the_wild_interval_holds_what_flipping_signs_does_not_reject() -> None:
    values = np.array([0.1, 0.5, 0.3, 0.9, 0.4, 0.8, 0.35, 0.62])
    wild = estimate_sample(means(*[[value] for value in values.tolist()]), "unbounded mean", method="wild")
    for mean, held in (
        (wild.low + 1e-6, True),
        (wild.low - 1e-6, False),
        (wild.high - 1e-6, True),
        (wild.high + 1e-6, False),
    ):
        found: Any = permutation_test((values - mean,), np.mean, permutation_type="samples", n_resamples=10_000)
        assert (found.pvalue > 0.05) == held


def test_a_ratio_pools_its_counts() -> None:
    sample = ratios((1, 10), (9, 10), (3, 20), (0, 0))
    found = estimate_sample(sample, "ratio")
    residuals = [1 - 3.25, 9 - 3.25, 3 - 6.5]
    assert (found.value, found.k, found.n) == (13 / 40, 13, 40)
    assert (found.n_clusters, found.n_episodes, found.n_undefined) == (3, 4, 1)
    assert standard_error(sample) == pytest.approx(math.sqrt(3 / 2 * sum(r**2 for r in residuals)) / 40)
    assert found.method == "clustered ratio"


NO_INTERVAL = ("none", math.nan, math.nan)
INFINITE = (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("sample", "kind", "bounds", "expected"),
    [
        pytest.param(means([2.0]), "unbounded mean", INFINITE, NO_INTERVAL, id="one episode"),
        pytest.param(means([0.5]), "bounded mean", UNIT, NO_INTERVAL, id="one bounded episode"),
        pytest.param(means(), "rate", UNIT, NO_INTERVAL, id="nothing"),
        pytest.param(means([3], [3]), "unbounded mean", INFINITE, NO_INTERVAL, id="never varied"),
        pytest.param(means([1], [1]), "bounded mean", UNIT, (ON_MEAN, *wilson(1, 2)), id="all at the edge"),
        pytest.param(
            means([0.9], [1]),
            "bounded mean",
            UNIT,
            ("Wilson, effective n", *effective_wilson(0.95, 0.05, 2)),
            id="near it",
        ),
        pytest.param(ratios((1, 2), (3, 6)), "ratio", UNIT, (ON_MEAN, *wilson(0.5, 2)), id="equal ratios"),
        pytest.param(means([5], [5]), "bounded mean", (0, 10), (ON_MEAN, *TENFOLD), id="another range"),
    ],
)
def test_where_t_has_no_ground_to_stand_on(
    sample: Sample, kind: Kind, bounds: tuple[float, float], expected: tuple[str, float, float]
) -> None:
    found = estimate_sample(sample, kind, bounds=bounds)
    assert found.method == expected[0]
    assert (found.low, found.high) == pytest.approx(expected[1:], nan_ok=True)


def test_an_interval_ends_where_the_range_does() -> None:
    found = estimate_sample(means([0.0], [10.0]), "unbounded mean", bounds=(0.0, math.inf))
    assert found.low == 0.0
    assert math.isfinite(found.high)


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=3), min_size=2, max_size=8), levels)
def test_bounded_intervals_surround_the_value_within_the_range(clusters: list[list[float]], level: float) -> None:
    found = estimate_sample(means(*clusters), "bounded mean", bounds=UNIT, level=level)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


@settings(deadline=None)
@given(st.lists(counts, max_size=8), st.randoms())
def test_the_order_of_episodes_does_not_matter(pairs: list[tuple[int, int]], random: Any) -> None:
    shuffled = random.sample(pairs, len(pairs))
    before, after = (estimate_sample(ratios(*each), "ratio", bounds=UNIT) for each in (pairs, shuffled))
    assert repr(before) == repr(after)


@settings(deadline=None)
@given(st.lists(counts, max_size=8))
def test_undefined_figures_are_counted_and_change_nothing(pairs: list[tuple[int, int]]) -> None:
    defined = [pair for pair in pairs if pair[1]]
    found, clean = (estimate_sample(ratios(*each), "ratio", bounds=UNIT) for each in (pairs, defined))
    assert (found.n_undefined, found.n_episodes) == (len(pairs) - len(defined), len(pairs))
    assert repr((found.value, found.low, found.high)) == repr((clean.value, clean.low, clean.high))


def test_what_cannot_be_estimated_is_refused() -> None:
    with pytest.raises(ParameterError, match="time-to-event"):
        estimate_sample(means([1]), "time-to-event")
    with pytest.raises(ParameterError, match=r"`level` is 95"):
        estimate_sample(means([1]), "rate", level=95)


def test_an_empty_frame_has_no_estimate() -> None:
    rows = pd.DataFrame(columns=["run", "episode", "value", "k", "n"])
    assert len(estimate(rows, "anything", kind="rate")) == 0
