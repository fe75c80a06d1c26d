"""Comparing arms: what is paired, differences, tests, families, and equivalence."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from scipy.special import stdtr, stdtrit
from scipy.stats import binomtest, fisher_exact, ttest_ind, ttest_rel

from interlab.errors import ParameterError
from interlab_evals.statistics.comparison import compare
from interlab_evals.statistics.effects import cliffs_delta, cohens_d, hedges_g
from interlab_evals.statistics.multiplicity import benjamini_hochberg, holm
from interlab_evals.statistics.proportions import wilson
from tests.evals.handmade import oracle
from tests.evals.tidy import always, arms, league, pairs, tidy

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
    assert found.p == pytest.approx(ttest_ind(first, second, equal_var=False).pvalue)
    # What a test without any distribution says of the same eight clusters an arm.
    assert found.p == pytest.approx(reference["exact_permutation_p"], abs=0.01)
    assert found.hedges_g == pytest.approx(reference["hedges_g"])
    assert found.cliffs_delta == pytest.approx(reference["cliffs_delta"]) == reference["delta_from_U"]
    assert cohens_d(first, second) == pytest.approx(reference["cohen_d"])
    assert hedges_g(first, second) / cohens_d(first, second) == pytest.approx(reference["J_exact"])
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high))
    assert (found.difference / (found.high - found.difference)) * stdtrit(
        _welch_freedom(first, second), 0.975
    ) == (pytest.approx(reference["welch_t"]))
    assert (found.design, found.method) == ("independent", "Welch t")


def _welch_error(first: np.ndarray, second: np.ndarray) -> float:  # type: ignore[type-arg]
    return math.sqrt(sum(each.var(ddof=1) / len(each) for each in (first, second)))


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
    assert found.p == pytest.approx(ttest_rel(reference["a"], reference["b"]).pvalue)
    assert (found.design, found.n_pairs, found.paired_on) == ("paired", 8, ("scenario", "seed"))
    assert found.method == "paired t"


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


def test_paired_yes_and_no_count_the_pairs_that_differ() -> None:
    first, second = [1] * 12 + [0] * 8, [1] * 4 + [0] * 8 + [1] * 1 + [0] * 7
    found = contrast(pairs(first, second), "rate")
    # Bonett and Price (2012): one pair more of each kind, (8 + 1) / 22 and (1 + 1) / 22.
    p, q = 9 / 22, 2 / 22
    reach = stdtrit(19, 0.975) * math.sqrt((p + q - (p - q) ** 2) / 22)
    assert (found.low, found.high) == pytest.approx((p - q - reach, p - q + reach))
    assert found.difference == pytest.approx(0.35)
    assert found.p == pytest.approx(2 * stdtr(19, -(p - q) / (reach / stdtrit(19, 0.975))))
    assert found.p == pytest.approx(binomtest(8, 9).pvalue, abs=0.02)
    assert found.odds_ratio is not None
    assert (found.method, found.odds_ratio.value) == ("Bonett-Price", 8)


def test_independent_rates_have_agresti_and_caffos_interval_and_an_odds_ratio() -> None:
    found = contrast(arms([1] * 56 + [0] * 14, [1] * 48 + [0] * 32), "rate")
    p, q = 57 / 72, 49 / 82
    reach = stdtrit(69, 0.975) * math.sqrt(p * (1 - p) / 72 + q * (1 - q) / 82)
    assert (found.low, found.high) == pytest.approx((p - q - reach, p - q + reach))
    # Newcombe (1998), Statistics in Medicine 17:873, table II, example (a): method 10.
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=0.01)
    assert found.odds_ratio is not None
    assert found.odds_ratio.value == pytest.approx(56 * 32 / (14 * 48))
    assert found.p == pytest.approx(fisher_exact(np.array([[56, 14], [48, 32]])).pvalue, abs=0.01)
    assert found.method == "Agresti-Caffo"


def test_a_contrast_of_rates_is_documented_and_framed() -> None:
    found = compare(arms([1, 1, 0, 1], [0, 0, 1, 0]), "m", by="arm", kind="rate", bounds=UNIT)
    (document,) = found.document()["contrasts"]
    assert document["odds_ratio"]["value"] == pytest.approx(9)
    assert found.frame()["odds_ratio"].tolist() == pytest.approx([9])


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
    assert apart.method == "Welch t"


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
    first, second = 0.5 + random.normal(0, 0.1, 40), 0.51 + random.normal(0, 0.1, 40)
    for margin, equivalent in ((0.1, True), (0.02, False), (0.005, False)):
        found = contrast(arms(first, second), margin=margin)
        judged = found.equivalence
        assert judged is not None
        error, freedom = _welch_error(first, second), _welch_freedom(first, second)
        sides = [stdtr(freedom, (sign * found.difference - margin) / error) for sign in (1, -1)]
        assert judged.p == judged.p_adjusted == pytest.approx(max(sides), rel=1e-6)
        assert judged.equivalent is equivalent is (judged.p <= 0.05)
        assert equivalent == (-margin < judged.low and judged.high < margin)


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 1), min_size=6, max_size=20), st.sampled_from([0.1, 0.3, 0.6]), st.booleans())
def test_the_verdict_on_equivalence_and_its_p_agree(values: list[int], margin: float, is_rate: bool) -> None:
    kind: Kind = "rate" if is_rate else "bounded mean"
    judged = contrast(arms(values, [0] * 8), kind, margin=margin).equivalence
    assert judged is not None
    assert 0 < judged.p < 1
    assert judged.equivalent == (judged.p <= 0.05)
    assert abs(judged.p - 0.05) < 1e-6 or judged.equivalent == (-margin < judged.low and judged.high < margin)


def test_equivalences_are_corrected_for_their_number() -> None:
    random = np.random.default_rng(2)
    frame = pd.concat([arms(random.random(30), random.random(30), metric=name) for name in "mkl"])
    found = compare(frame, ["m", "k", "l"], by="arm", kind="bounded mean", bounds=UNIT, margin=0.2)
    judged = [each.equivalence for each in found if each.equivalence is not None]
    assert [each.p_adjusted for each in judged] == pytest.approx(holm([each.p for each in judged]))
    assert [each.equivalent for each in judged] == [each.p_adjusted <= 0.05 for each in judged]


def test_a_metric_with_one_arm_is_left_out_and_told() -> None:
    frame = pd.concat([arms([1, 2, 3], [2, 3, 5]), arms([1, 2, 3], [], metric="k")])
    found = compare(frame, ["k", "m"], by="arm", kind="unbounded mean")
    assert [each.metric for each in found] == ["m"]
    assert found.family == "1 contrast of m by arm"
    assert found.notes == ("`k` is left out, there is nothing to compare by `arm`: it has only `a`.",)
    with pytest.raises(ParameterError, match="nothing to compare by `arm`; of `k`: it has only `a`"):
        compare(frame, "k", by="arm", kind="unbounded mean")


def waits(times: dict[str, list[float]], *censored: float, **columns: object) -> pd.DataFrame:
    rows = [
        {"arm": arm, "value": float(time), "k": float(time not in censored), "n": 1.0} | {"seed": place}
        for arm, each in times.items()
        for place, time in enumerate(each)
    ]
    return tidy(*rows, **columns)


def test_times_until_an_event_are_compared_by_restricted_means() -> None:
    found = contrast(
        waits({"a": [6, 7, 10, 15, 19, 25], "b": [5, 6, 6, 9, 12, 14]}, 15, 25, 9), "time-to-event", paired_on=[]
    )
    assert found.method == "difference of restricted means"
    assert found.low < 0 < found.difference < found.high
    assert 0.05 < found.p < 0.5
    assert found.a.value > found.b.value
    # The event came to all of b that waited longest: only a's curve ends.
    assert found.notes[0] == "Means are restricted to 25, which both arms reach."


def test_an_arm_whose_event_always_comes_does_not_end_the_comparison() -> None:
    """Who defects at once is compared with who defects later, not with who defects at once."""
    found = contrast(waits({"a": [1, 4, 2, 9, 3, 2], "b": [1] * 6}), "time-to-event", paired_on=[])
    assert (found.a.value, found.b.value, found.difference) == pytest.approx((3.5, 1, 2.5))
    assert found.notes[0] == "Means are restricted to 9, which both arms reach."
    assert found.low < 2.5 < found.high
    censored = contrast(
        waits({"a": [1, 4, 2, 9, 3, 2], "b": [5, 7, 7, 5, 3, 7]}, 7), "time-to-event", paired_on=[]
    )
    assert censored.notes[0] == "Means are restricted to 7, which both arms reach."
    assert (censored.a.value, censored.b.value) == pytest.approx((19 / 6, 34 / 6))


def test_without_censoring_times_are_compared_as_means_are() -> None:
    first, second = [3.0, 5, 2, 8, 7, 4, 6, 9], [2.0, 5, 1, 6, 7, 2, 5, 8]
    times = contrast(waits({"a": first, "b": second}, scenario="s"), "time-to-event")
    means = contrast(pairs(first, second))
    assert times.difference == pytest.approx(means.difference)
    assert (times.p, times.method) == (pytest.approx(means.p), means.method)
    assert (times.design, times.n_pairs, times.n_clusters) == ("paired", 8, 8)


def test_times_in_the_same_episodes_are_not_independent() -> None:
    """Arms that vary together differ by less than they seem to, arms that vary against each other by more."""
    random = np.random.default_rng(1)
    rejected = {"alike": 0, "against": 0}
    for _ in range(20):
        share = random.random(20)
        for name, other in (
            ("alike", np.where(random.random(20) < 0.5, share, random.random(20))),
            ("against", 1 - share),
        ):
            both = [np.minimum(np.ceil(np.log(1 - each) / np.log(0.8)), 10) for each in (share, other)]
            frame = waits({"a": both[0].tolist(), "b": both[1].tolist()}, 10)
            frame["episode"] = frame["seed"].map("e{}".format)
            found = contrast(frame, "time-to-event", paired_on=["episode"] if name == "alike" else [])
            rejected[name] += found.p < 0.05
            assert found.n_clusters == 20
    assert max(rejected.values()) <= 3


def test_an_arm_that_never_saw_the_event_has_an_error_all_the_same() -> None:
    found = contrast(waits({"a": [10] * 12, "b": [10, 2, 10, 5, 10, 7, 10, 4, 3, 10, 10, 6]}, 10), "time-to-event")
    assert (found.a.value, found.a.n_clusters) == (10, 12)
    # Wilson: none of twelve may still be a quarter of all, each of whom loses up to ten rounds.
    assert found.low < found.difference - (1 - wilson(1.0, 12)[0]) * 10 + 0.1


def test_pairs_asked_for_and_not_found_are_told() -> None:
    frame = waits({"a": [3, 4, 5, 6], "b": [4, 4, 6, 7]}, scenario="s").assign(seed=range(8))
    for kind in ("time-to-event", "unbounded mean"):
        found = contrast(frame, kind, paired_on=["seed"])
        assert found.design == "independent"
        assert "Not paired on seed: fewer than half of an arm have a partner." in found.notes


def test_what_would_be_without_invalid_answers_stands_beside() -> None:
    first, second = [1, 1, 0, 1, 1, 0, 1, 1], [0, 0, 1, 0, 0, 1, 1, 0]
    frame = arms(first, second).assign(role="x", k=np.nan, n=np.nan)
    invalid = frame.assign(metric="invalid_action_rate", k=[0.0] * 6 + [2, 0] + [0] * 8, n=5.0)
    both = pd.concat([frame, invalid])
    kept = compare(both, "m", by="arm", kind="bounded mean", bounds=UNIT).only
    dropped = compare(both, "m", by="arm", kind="bounded mean", bounds=UNIT, invalid="drop-episodes").only
    look = kept.without_invalid
    assert look is not None
    assert (kept.a.value, dropped.a.value, look.n_dropped) == (6 / 8, 5 / 7, 1)
    assert (look.difference, look.low, look.high, look.p) == (
        *(dropped.difference, dropped.low, dropped.high),
        dropped.p,
    )
    assert dropped.without_invalid is None
    assert any(note.startswith("1 figures of episodes with an invalid") for note in dropped.notes)
    with pytest.raises(ParameterError, match="measure `invalid_action_rate`, too"):
        compare(frame, "m", by="arm", kind="bounded mean", bounds=UNIT, invalid="drop-episodes")


def test_what_cannot_be_compared_is_refused() -> None:
    frame = arms([1, 2], [3, 4])
    with pytest.raises(ParameterError, match="of `m`: it has only `a`"):
        contrast(frame[frame["arm"] == "a"])
    with pytest.raises(ParameterError, match="no row has the arm `x`"):
        contrast(frame, a="x")
    with pytest.raises(ParameterError, match="compared with itself"):
        contrast(frame, a="a", b="a")
    with pytest.raises(ParameterError, match="`margin` is 0"):
        contrast(frame, margin=0.0)
    with pytest.raises(ParameterError, match=r"choose one above 0\.5"):
        contrast(frame, margin=0.1, level=0.5)
    with pytest.raises(ParameterError, match="`correction` is `bonf`; it is one of `holm`, `bh`, `none`"):
        contrast(frame, correction="bonf")
    with pytest.raises(ParameterError, match="no column `seeds`"):
        contrast(frame, paired_on=["seeds"])


def test_a_comparison_is_drawn_framed_and_documented() -> None:
    found = compare(arms([1, 2, 3, 7], [2, 3, 4, 8]), "m", by="arm", kind="unbounded mean", margin=3.0)
    console = Console(width=80)
    with console.capture() as captured:
        console.print(found)
    text = " ".join(captured.get().split())
    assert "-1.00" in text
    assert "corrected: Holm" in text
    assert "these players" in text
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
    assert one.p == pytest.approx(other.p, nan_ok=True)
    assert one.cliffs_delta == pytest.approx(-other.cliffs_delta)
    assert -1 <= one.cliffs_delta <= 1


@settings(deadline=None, max_examples=15)
@given(some, st.randoms(use_true_random=False))
def test_pairs_are_found_in_any_order(figures: list[float], random: object) -> None:
    frame = pairs(figures, [1 - figure / 2 for figure in figures])
    order = list(range(len(frame)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found, moved = contrast(frame), compare(frame.iloc[order], "m", "a", "b", by="arm", kind="unbounded mean").only
    assert (found.difference, found.p, found.n_pairs) == pytest.approx(
        (moved.difference, moved.p, moved.n_pairs), nan_ok=True
    )
    assert found.method == "identical" or 0 < found.p <= 1


@given(some, some)
def test_cliffs_delta_counts_pairs(first: list[float], second: list[float]) -> None:
    above = sum(x > y for x in first for y in second) - sum(x < y for x in first for y in second)
    assert cliffs_delta(np.array(first), np.array(second)) == pytest.approx(above / len(first) / len(second))


def scenario_rows(scenario: str, shift: float, n: int = 8) -> pd.DataFrame:
    """Figures of two players against three opponents in one scenario; the first has `shift` more."""
    random = np.random.default_rng(len(scenario))
    rows = [
        {"player": player, "opponents": opponent, "seed": seed, "value": float(value + (player == "a") * shift)}
        for seed in range(n)
        for opponent in ("x", "y", "z")
        for value in [random.normal()]
        for player in ("a", "b")
    ]
    frame = pd.DataFrame(rows).assign(run="r", metric="m", scenario=scenario, parameters="{}")
    return frame.assign(episode=[f"{scenario}-{place}" for place in range(len(frame))])


def test_contrasts_are_within_scenarios_unless_asked_otherwise() -> None:
    frame = pd.concat([scenario_rows("chicken", 1.0), scenario_rows("stag-hunt", -2.0, n=24)], ignore_index=True)
    within = compare(frame, "m", by="player", kind="unbounded mean")
    assert [(each.scenario, round(each.difference, 9)) for each in within] == [
        ("chicken", 1.0),
        ("stag-hunt", -2.0),
    ]
    assert [table.title for table in within.page().tables] == ["chicken: m by player", "stag-hunt: m by player"]
    over = compare(frame, "m", by="player", kind="unbounded mean", over_scenarios=True).only
    assert (over.scenario, over.difference) == ("", pytest.approx(0.25 * 1.0 + 0.75 * -2.0))
    assert "weighted by their figures: chicken 25%, stag-hunt 75%." in " ".join(over.notes)


def test_parameters_are_strata_unless_they_are_compared() -> None:
    quiet, talking = (
        scenario_rows("chicken", 1.0).assign(
            condition=f"c{talk}",
            parameters=json.dumps({"rounds": 3, "talk": talk}),
            lineup="a, x",
            episode=lambda each, t=talk: each["episode"] + str(t),
        )
        for talk in (False, True)
    )
    frame = pd.concat([quiet, talking], ignore_index=True)
    by_player = compare(frame, "m", by="player", kind="unbounded mean")
    assert [each.scenario for each in by_player] == ["chicken talk=false", "chicken talk=true"]
    assert compare(frame, "m", by="parameters.talk", kind="unbounded mean").only.scenario == "chicken"


def test_players_that_met_no_common_opponent_are_compared_only_by_name() -> None:
    frame = scenario_rows("chicken", 1.0)
    strangers = scenario_rows("chicken", 0.0).assign(opponents="w", player=lambda each: each["player"] + "2")
    together = pd.concat([frame, strangers.assign(episode=strangers["episode"] + "w")], ignore_index=True)
    found = compare(together, "m", by="player", kind="unbounded mean")
    assert [(each.a.label, each.b.label) for each in found] == [("a", "b"), ("a2", "b2")]
    assert "no common opponent" in found.notes[0]
    assert compare(together, "m", "a", "a2", by="player", kind="unbounded mean").only.design == "independent"


def test_a_contrast_of_players_names_the_opponents_that_it_keeps() -> None:
    frame = scenario_rows("chicken", 1.0)
    only_a = (frame["opponents"] == "z") & (frame["player"] == "b")
    found = compare(frame[~only_a], "m", by="player", kind="unbounded mean").only
    assert "Kept are the opponents that both met: x, y." in found.notes
    whole = compare(frame, "m", by="player", kind="unbounded mean").only
    assert not any(note.startswith("Kept are") for note in whole.notes)


def test_a_population_of_opponents_is_sampled_by_the_opponents() -> None:
    frame = scenario_rows("chicken", 1.0)
    found = compare(frame, "m", by="player", kind="unbounded mean", estimand="population").only
    assert (found.estimand, found.n_clusters) == ("population", 3)
    with pytest.raises(ParameterError, match="expected `by` player or model"):
        compare(frame, "m", by="scenario", kind="unbounded mean", estimand="population")
    with pytest.raises(ParameterError, match="nothing to compare"):
        compare(frame[frame["opponents"] != "z"], "m", by="player", kind="unbounded mean", estimand="population")
