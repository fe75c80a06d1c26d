"""Comparing arms: what is paired, differences, tests, families, and equivalence."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from handmade import oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from scipy.special import stdtrit
from scipy.stats import binomtest, fisher_exact, ttest_ind
from tidy import always, arms, league, pairs, tidy

from interlab.errors import ParameterError
from interlab_evals.statistics.clustering import Sample
from interlab_evals.statistics.comparison import compare
from interlab_evals.statistics.effects import cliffs_delta, cohens_d, hedges_g
from interlab_evals.statistics.multiplicity import benjamini_hochberg, holm
from interlab_evals.statistics.permutation import label_p

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.contrasts import Contrast

UNIT = (0.0, 1.0)
some = st.lists(st.floats(0, 1), min_size=2, max_size=9)


def contrast(frame: pd.DataFrame, kind: Kind = "unbounded mean", **options: object) -> Contrast:
    bounds = UNIT if kind in ("rate", "bounded mean", "ratio") else None
    return compare(frame, "m", by="arm", kind=kind, bounds=bounds, **options).only  # type: ignore[arg-type]


def test_two_independent_arms_of_the_reference() -> None:
    reference = oracle("stats_reference.json")["two_sample"]
    first, second = (np.array(reference[name]) for name in ("g1", "g2"))
    found = contrast(arms(first, second))
    welch = ttest_ind(first, second, equal_var=False).confidence_interval()
    assert found.p == pytest.approx(reference["exact_permutation_p"])
    assert found.hedges_g == pytest.approx(reference["hedges_g"])
    assert found.cliffs_delta == pytest.approx(reference["cliffs_delta"]) == reference["delta_from_U"]
    assert cohens_d(first, second) == pytest.approx(reference["cohen_d"])
    assert hedges_g(first, second) / cohens_d(first, second) == pytest.approx(reference["J_exact"])
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high))
    assert (found.difference / (found.high - found.difference)) * stdtrit(
        _welch_freedom(first, second), 0.975
    ) == (pytest.approx(reference["welch_t"]))
    assert (found.design, found.test, found.method) == ("independent", "exact permutation of labels", "Welch t")


def _welch_freedom(first: np.ndarray, second: np.ndarray) -> float:  # type: ignore[type-arg]
    parts = [each.var(ddof=1) / len(each) for each in (first, second)]
    return sum(parts) ** 2 / sum(
        part**2 / (len(each) - 1) for part, each in zip(parts, (first, second), strict=True)
    )


def test_pairs_of_the_reference() -> None:
    reference = oracle("stats_reference.json")["paired"]
    found = contrast(pairs(reference["a"], reference["b"]))
    assert found.difference == reference["mean_diff"]
    assert (found.high - found.difference) / stdtrit(7, 0.975) == pytest.approx(reference["se"])
    assert found.p == reference["exact_signflip_p"]
    assert (found.design, found.n_pairs, found.paired_on) == ("paired", 8, ("scenario", "seed"))
    assert (found.test, found.method, found.seed) == ("exact exchange within clusters", "paired t", None)


def test_a_family_of_the_reference() -> None:
    reference = oracle("stats_reference.json")["multiplicity"]
    assert holm(reference["p"]) == pytest.approx(reference["holm"])
    assert benjamini_hochberg(reference["p"]) == pytest.approx(reference["fdr_bh"])


def test_what_was_not_tested_is_not_in_the_family() -> None:
    assert holm([0.01, math.nan, 0.04]) == pytest.approx([0.02, math.nan, 0.04], nan_ok=True)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_corrected_p_values_are_probabilities_no_smaller_than_before(p: list[float]) -> None:
    strict, mild = holm(p), benjamini_hochberg(p)
    for adjusted in (strict, mild):
        assert all(before <= after + 1e-12 and after <= 1 for before, after in zip(p, adjusted, strict=True))
    assert all(more >= less - 1e-12 for more, less in zip(strict, mild, strict=True))


def test_all_pairs_of_several_values_are_one_family() -> None:
    rows = [
        {"arm": arm, "value": float(value)} for arm in "abc" for value in (ord(arm), ord(arm) + 1, ord(arm) + 3)
    ]
    found = compare(tidy(*rows), "m", by="arm", kind="unbounded mean")
    assert [(each.a.label, each.b.label) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [each.p_adjusted for each in found] == pytest.approx(holm([each.p for each in found]))
    assert (found.correction, found.family) == ("Holm", "3 contrasts of m by arm")
    explored = compare(tidy(*rows), "m", "b", by="arm", kind="unbounded mean", correction="bh")
    assert [(each.a.label, each.b.label) for each in explored] == [("b", "a"), ("b", "c")]
    assert explored.correction == "Benjamini-Hochberg"


def test_several_metrics_are_one_family() -> None:
    frame = pd.concat([arms([1, 2, 3], [2, 3, 5]), arms([1, 2, 3], [9, 8, 7], metric="k")])
    found = compare(frame, ["m", "k"], by="arm", kind="unbounded mean")
    assert [each.p_adjusted for each in found] == holm([each.p for each in found])
    assert found.family == "2 contrasts of m, k by arm"


def test_paired_yes_and_no_are_judged_by_mcnemar() -> None:
    first, second = [1] * 12 + [0] * 8, [1] * 4 + [0] * 8 + [1] * 1 + [0] * 7
    found = contrast(pairs(first, second), "rate")
    assert (found.test, found.p) == ("McNemar, exact", pytest.approx(binomtest(8, 9).pvalue))
    assert found.odds_ratio is not None
    assert found.odds_ratio.value == 8
    assert found.method == "MOVER"
    assert found.low < 0.35 < found.high
    assert found.difference == pytest.approx(0.35)


def test_independent_rates_have_newcombes_interval_and_an_odds_ratio() -> None:
    found = contrast(arms([1] * 56 + [0] * 14, [1] * 48 + [0] * 32), "rate")
    # Newcombe (1998), Statistics in Medicine 17:873, table II, example (a), method 10.
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.odds_ratio is not None
    assert found.odds_ratio.value == pytest.approx(56 * 32 / (14 * 48))
    assert found.p == pytest.approx(fisher_exact(np.array([[56, 14], [48, 32]])).pvalue, abs=0.01)
    assert (found.test, found.seed) == ("permutation of labels", 0)


def test_rows_without_a_partner_are_left_out_and_counted() -> None:
    frame = pd.concat([pairs([1, 2, 3, 4], [2, 2, 4, 3]), pairs([9.0], []).assign(seed=99, episode="alone")])
    found = contrast(frame)
    assert (found.n_pairs, found.a.n_left_out, found.b.n_left_out) == (4, 1, 0)
    assert found.a.value == 2.5
    assert any("1 and 0 figures have no partner" in note for note in found.notes)


def test_arms_with_few_pairs_are_independent() -> None:
    frame = arms(range(8), range(2, 10)).assign(scenario="s", seed=[*range(8), *range(6, 14)])
    assert contrast(frame).design == "independent"
    assert contrast(frame, paired_on=["scenario"]).design == "independent"


def test_pairs_may_be_asked_not_to_be_made() -> None:
    found = contrast(pairs([1, 2, 3, 4], [2, 2, 4, 3]), paired_on=[])
    assert (found.design, found.n_pairs) == ("independent", 0)


def test_players_are_paired_where_they_met_the_same_partner_in_the_same_seat() -> None:
    strength = {"a": 0.8, "b": 0.5, "c": 0.3}
    frame = league(
        "abc", lambda one, other, index: (strength[one] + index / 50, strength[other] - index / 90), episodes=9
    )
    found = compare(frame, "m", "b", "c", by="player", kind="bounded mean", bounds=UNIT).only
    # b sits in the second seat against a, as c does; their own game has no partner in common.
    assert (found.n_pairs, found.n_clusters, found.paired_on) == (
        9,
        9,
        ("scenario", "parameters", "seed", "opponents", "role"),
    )
    assert found.difference == pytest.approx(0.2)


def test_two_players_who_only_met_each_other_are_paired_by_episode() -> None:
    frame = league("ab", lambda _a, _b, index: (0.5 + index / 40, 0.4 + index % 3 / 20), episodes=8)
    found = compare(frame, "m", by="player", kind="bounded mean", bounds=UNIT).only
    assert (found.design, found.paired_on, found.n_pairs) == ("paired", ("run", "episode"), 8)


def test_clusters_that_hold_both_arms_are_not_independent() -> None:
    frame = league("ab", lambda _a, _b, index: (0.5 + index / 4, 0.4 + (index + index % 2 / 9) / 4), episodes=8)
    apart = compare(frame, "m", by="player", kind="unbounded mean", paired_on=[]).only
    paired = compare(frame, "m", by="player", kind="unbounded mean").only
    assert paired.difference == apart.difference
    assert apart.high - apart.low < 0.2  # what varies, varies for both
    assert apart.test == "permutation of labels"


def test_only_games_that_both_played_are_compared() -> None:
    one = league("ab", always(1, 2), episodes=3)
    two = league("cd", always(100, 200), episodes=3).assign(scenario="t")
    found = compare(pd.concat([one, two]), "m", by="player", kind="unbounded mean")
    assert {(each.a.label, each.b.label) for each in found} == {("a", "b"), ("c", "d")}
    with pytest.raises(ParameterError, match="no two of its values share a scenario"):
        compare(pd.concat([one, two]), "m", "a", "c", by="player", kind="unbounded mean")


def test_self_play_is_left_out_and_told() -> None:
    frame = league("ab", lambda _a, _b, index: (index, 2), episodes=4)
    alone = frame.head(3).assign(player="a", opponents="a", lineup="a, a", value=99.0, episode=["x", "y", "z"])
    found = compare(pd.concat([frame, alone]), "m", by="player", kind="unbounded mean").only
    assert found.a.value == 1.5
    assert "3 figures of self-play left out." in found.notes


def test_an_equivalent_difference_lies_within_the_margin() -> None:
    random = np.random.default_rng(1)
    frame = arms(0.5 + random.normal(0, 0.1, 40), 0.51 + random.normal(0, 0.1, 40))
    wide, narrow = (contrast(frame, margin=margin).equivalence for margin in (0.1, 0.02))
    assert wide is not None
    assert narrow is not None
    assert wide.equivalent
    assert wide.p < 0.05
    assert not narrow.equivalent
    assert narrow.p > 0.05
    assert (wide.low, wide.high) == (narrow.low, narrow.high)


def test_times_until_an_event_are_compared_by_the_log_rank_test() -> None:
    times = {"a": [6, 7, 10, 15, 19, 25], "b": [5, 6, 6, 9, 12, 14]}
    rows = [
        {"arm": arm, "value": float(time), "k": float(time not in (15, 25, 9)), "n": 1.0}
        for arm, each in times.items()
        for time in each
    ]
    found = compare(tidy(*rows), "m", by="arm", kind="time-to-event").only
    assert (found.test, found.method) == ("log-rank", "difference of restricted means")
    assert found.low < found.difference < found.high
    assert found.a.value > found.b.value
    assert found.notes == ("Means are restricted to 14, which both arms reach.",)
    doubled = pd.concat([tidy(*rows), tidy(*rows)])
    again = compare(doubled, "m", by="arm", kind="time-to-event").only
    assert again.test == "permutation of labels"
    assert again.difference == pytest.approx(found.difference)
    assert again.high - again.low == pytest.approx(found.high - found.low, rel=0.3)


def test_what_cannot_be_compared_is_refused() -> None:
    frame = arms([1, 2], [3, 4])
    with pytest.raises(ParameterError, match="there is only `a`"):
        contrast(frame[frame["arm"] == "a"])
    with pytest.raises(ParameterError, match="no row has the arm `x`"):
        contrast(frame, a="x")
    with pytest.raises(ParameterError, match="compared with itself"):
        contrast(frame, a="a", b="a")
    with pytest.raises(ParameterError, match="`margin` is 0"):
        contrast(frame, margin=0.0)
    with pytest.raises(ParameterError, match="no column `seeds`"):
        contrast(frame, paired_on=["seeds"])


def test_a_comparison_is_drawn_framed_and_documented() -> None:
    found = compare(arms([1, 2, 3, 7], [2, 3, 4, 8]), "m", by="arm", kind="unbounded mean", margin=3.0)
    console = Console(width=80)
    with console.capture() as captured:
        console.print(found)
    text = captured.get()
    assert "-1.00" in text
    assert "corrected: Holm" in text
    assert "these models" in text
    assert "equivalent within 3" in text
    row = found.frame().iloc[0]
    assert (row["a"], row["b"], row["difference"], row["family"]) == ("a", "b", -1, "1 contrast of m by arm")
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert document["contrasts"][0]["equivalence"]["margin"] == 3.0


@settings(deadline=None, max_examples=15)
@given(some, some)
def test_arms_exchanged_change_the_sign_and_nothing_else(first: list[float], second: list[float]) -> None:
    one, other = contrast(arms(first, second)), contrast(arms(second, first))
    assert one.difference == pytest.approx(-other.difference)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), nan_ok=True)
    assert one.p == pytest.approx(other.p)
    assert one.cliffs_delta == pytest.approx(-other.cliffs_delta)
    assert -1 <= one.cliffs_delta <= 1


@settings(deadline=None, max_examples=15)
@given(some, st.randoms(use_true_random=False))
def test_pairs_are_found_in_any_order(figures: list[float], random: object) -> None:
    frame = pairs(figures, [1 - figure / 2 for figure in figures])
    order = list(range(len(frame)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found, moved = contrast(frame), compare(frame.iloc[order], "m", "a", "b", by="arm", kind="unbounded mean").only
    assert (found.difference, found.p, found.n_pairs) == pytest.approx((moved.difference, moved.p, moved.n_pairs))
    assert 0 < found.p <= 1


@given(some, some)
def test_cliffs_delta_counts_pairs(first: list[float], second: list[float]) -> None:
    above = sum(x > y for x in first for y in second) - sum(x < y for x in first for y in second)
    assert cliffs_delta(np.array(first), np.array(second)) == pytest.approx(above / len(first) / len(second))


def test_many_clusters_are_permuted_by_a_seed() -> None:
    random = np.random.default_rng(3)
    samples = [Sample(random.random(30) + shift, np.ones(30), 30, 0) for shift in (0.0, 0.1)]
    assert label_p(*samples, seed=1) == label_p(*samples, seed=1)
    assert label_p(*samples, seed=1) == pytest.approx(ttest_ind(samples[0].k, samples[1].k).pvalue, abs=0.02)
