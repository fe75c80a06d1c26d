"""Round robins: nine standard errors, the social relations model, and rankings of winners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from interlab.errors import ParameterError
from interlab_evals.statistics import estimate
from interlab_evals.statistics.bradley_terry import bradley_terry
from interlab_evals.statistics.dyads import Dyads, error_at_large
from interlab_evals.statistics.social_relations import social_relations
from tests.evals.handmade import oracle
from tests.evals.tidy import always, league, reference_round_robin

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def dyads(frame: pd.DataFrame) -> Dyads:
    return Dyads.of(
        frame["value"].to_numpy(np.float64), np.ones(len(frame)), list(frame["player"]), list(frame["opponents"])
    )


def test_nine_standard_errors_of_the_reference() -> None:
    expected = oracle("stats_reference.json")["round_robin"]["se"]
    frame = reference_round_robin()
    rows = dyads(frame)
    found = {
        "iid": rows.error_by(np.arange(len(frame))),
        "episode": rows.error_by(frame["episode"].to_numpy(np.intp)),
        "pair": rows.error_by(rows.pairs),
        "focal": rows.error_by(rows.focal),
        "partner": rows.error_by(rows.partner),
        "two_way_cgm": rows.two_way_variance**0.5,
        "dyadic_robust": rows.dyadic_variance**0.5,
        "delete_one_model_jackknife": rows.jackknife_variance**0.5,
        "recommended_max_cgm_pair": error_at_large(rows).error,
        "statsmodels_cluster_episode": rows.error_by(frame["episode"].to_numpy(np.intp)),
        "statsmodels_cluster_focal": rows.error_by(rows.focal),
        "statsmodels_two_way": rows.two_way_variance**0.5,
    }
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cluster", "error", "groups"), [("episode", "episode", 40), ("player", "focal", 5), ("pair", "pair", 10)]
)
def test_clusters_are_named_by_columns(cluster: str, error: str, groups: int) -> None:
    reference = oracle("stats_reference.json")["round_robin"]
    found = estimate(reference_round_robin(), "m", kind="unbounded mean", clusters=[cluster]).only
    reach = reference["se"][error] * stdtrit(groups - 1, 0.975)
    assert found.value == pytest.approx(reference["mean"])
    assert (found.high - found.value, found.value - found.low) == pytest.approx((reach, reach))
    assert (found.n_clusters, found.n_episodes, found.method) == (groups, 40, "clustered t")


def test_models_at_large_have_the_recommended_error() -> None:
    reference = oracle("stats_reference.json")["round_robin"]
    found = estimate(reference_round_robin(), "m", kind="unbounded mean", estimand="population").only
    reach = reference["se"]["recommended_max_cgm_pair"] * stdtrit(4, 0.975)
    assert found.high - found.value == pytest.approx(reach)
    assert (found.n_clusters, found.n_episodes, found.method) == (5, 40, "two-way clustered t")


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.permutations("abcde"))
def test_errors_know_players_by_no_name(seed: int, names: list[str]) -> None:
    random = np.random.default_rng(seed)
    frame = league("abcde", lambda _one, _other, _index: (random.random(), random.random()), episodes=2)
    renamed = frame.replace(
        {"player": dict(zip("abcde", names, strict=True)), "opponents": dict(zip("abcde", names, strict=True))}
    )
    assert error_at_large(dyads(renamed)).error == pytest.approx(error_at_large(dyads(frame)).error)


def kenny() -> pd.DataFrame:
    matrix = oracle("misc_reference.json")["srm_kenny"]["matrix_rows_actor_cols_partner"]
    return league(
        "abcdef",
        lambda one, other, _: (
            matrix["abcdef".index(one)]["abcdef".index(other)],
            matrix["abcdef".index(other)]["abcdef".index(one)],
        ),
    )


def test_kennys_example() -> None:
    reference = oracle("misc_reference.json")["srm_kenny"]
    found = social_relations(kenny(), "m", kind="unbounded mean")
    assert found.players == tuple("abcdef")
    assert found.actor == pytest.approx(reference["our_actor"])
    assert found.actor.round(3) == pytest.approx(reference["published_actor_effects"])
    assert found.partner == pytest.approx(reference["our_partner"])
    assert (found.actor**2).sum() / 5 == pytest.approx(reference["published_variance_of_actor_effects"], abs=5e-4)
    assert found.actor_variance < reference["published_variance_of_actor_effects"]


def test_effects_and_mean_give_every_cell_back() -> None:
    found = social_relations(kenny(), "m", kind="unbounded mean")
    fitted = found.mean + found.actor[:, None] + found.partner[None, :] + found.relationship
    assert fitted[0, 1] == pytest.approx(4.0)
    assert np.nansum(found.relationship, axis=0) == pytest.approx(np.zeros(6))
    assert np.nansum(found.relationship, axis=1) == pytest.approx(np.zeros(6))
    assert found.actor.sum() == pytest.approx(0)


def drawn_league(random: np.random.Generator) -> pd.DataFrame:
    """A round robin of six with variances 1, 0.5 and 0.8 and covariances 0.4 and 0.3."""
    effects: Floats = random.multivariate_normal([0, 0], [[1, 0.4], [0.4, 0.5]], 6)

    def figure(one: str, other: str, _index: int) -> tuple[float, float]:
        i, j = "abcdef".index(one), "abcdef".index(other)
        left: Floats = random.multivariate_normal([0, 0], [[0.8, 0.3], [0.3, 0.8]])
        return float(effects[i, 0] + effects[j, 1] + left[0]), float(effects[j, 0] + effects[i, 1] + left[1])

    return league("abcdef", figure)


def test_variances_of_the_social_relations_model_are_unbiased() -> None:
    random = np.random.default_rng(7)
    fits = [social_relations(drawn_league(random), "m", kind="unbounded mean") for _ in range(60)]
    for name, truth in (
        ("actor_variance", 1),
        ("partner_variance", 0.5),
        ("relationship_variance", 0.8),
        ("generalised_reciprocity", 0.4),
        ("dyadic_reciprocity", 0.3),
    ):
        found = [float(getattr(each, name)) for each in fits]
        assert abs(float(np.mean(found)) - truth) < 3.5 * float(np.std(found)) / 60**0.5


def test_errors_of_effects_are_those_of_other_episodes() -> None:
    """Drawn again and again, effects scatter as one round robin's bootstrap says."""

    def drawn(random: np.random.Generator) -> pd.DataFrame:
        return league("abcde", lambda _a, _b, _i: (random.normal(), random.normal()), episodes=12).drop(
            columns="seed"
        )

    random = np.random.default_rng(3)
    fits = [social_relations(drawn(random), "m", kind="unbounded mean") for _ in range(30)]
    told = np.mean([each.actor_error for each in fits])
    assert told == pytest.approx(np.std([each.actor for each in fits]), rel=0.15)
    assert fits[0].basis.n_clusters == fits[0].basis.n_episodes == 120
    assert (fits[0].n_resamples, fits[0].notes) == (999, ())
    assert fits[0].variance_errors["actor_variance"] > 0


def test_single_episodes_leave_effects_without_an_error() -> None:
    found = social_relations(kenny().drop(columns="seed"), "m", kind="unbounded mean")
    assert np.isnan(found.actor_error).all()
    assert found.notes == ("999 of 999 resamples left a cell empty and were dropped.",)


def test_the_jackknife_leaves_out_a_player_at_a_time() -> None:
    whole = kenny()
    found = social_relations(whole, "m", kind="unbounded mean")
    left_out = [
        social_relations(
            whole[(whole["player"] != each) & (whole["opponents"] != each)], "m", kind="unbounded mean"
        ).partner_variance
        for each in "abcdef"
    ]
    assert found.variance_errors["partner_variance"] == pytest.approx((5 * np.var(left_out)) ** 0.5)


def test_the_social_relations_model_takes_a_full_round_robin() -> None:
    with pytest.raises(ParameterError, match="at least 4"):
        social_relations(league("abc", always(0, 1)), "m", kind="unbounded mean")
    frame = league("abcd", always(0, 1))
    with pytest.raises(ParameterError, match="`a` has no figure against `b`"):
        social_relations(frame[frame["episode"] != "a-b.0"], "m", kind="unbounded mean")


def test_strengths_of_two_are_the_log_odds_of_winning() -> None:
    frame = league("ab", lambda _a, _b, index: (1, 0) if index % 4 else (0, 1), episodes=40)
    found = bradley_terry(frame, "m", kind="unbounded mean")
    assert found.players == ("a", "b")
    assert found.strength[0] - found.strength[1] == pytest.approx(np.log(3), abs=1e-4)
    assert (found.tie, found.basis.n_episodes, found.basis.n_clusters, found.notes) == (0, 40, 40, ())
    assert found.low[0] < found.strength[0] < found.high[0]


def test_davidsons_tie_parameter_makes_the_expected_ties_those_that_were() -> None:
    results = [(1, 0), (1, 0), (0, 1), (0, 0), (1, 0), (0, 0), (0, 1), (1, 0)]
    found = bradley_terry(
        league("abc", lambda _a, _b, index: results[index], episodes=8), "m", kind="unbounded mean"
    )
    strength = dict(zip(found.players, np.exp(found.strength), strict=True))
    expected = 0.0
    for one, other in ("ab", "ac", "bc"):
        even = found.tie * (strength[one] * strength[other]) ** 0.5
        expected += 8 * even / (strength[one] + strength[other] + even)
    assert expected == pytest.approx(found.ties.sum() / 2, abs=1e-3)
    assert found.wins.sum() + found.ties.sum() / 2 == found.basis.n_episodes == 24


def test_who_always_wins_has_no_strength() -> None:
    found = bradley_terry(league("abc", always(1, 0), episodes=3), "m", kind="unbounded mean")
    assert np.isnan(found.strength).all()
    assert found.notes == ("Strengths are undefined: `a` never lost to the others and never tied with them.",)


def test_players_that_never_met_cannot_be_ranked() -> None:
    frame = league("abcd", lambda _a, _b, index: (index % 2, 1 - index % 2), episodes=4)
    apart = frame[frame["episode"].str.startswith(("a-b", "c-d"))]
    assert "never met" in bradley_terry(apart, "m", kind="unbounded mean").notes[0]


def test_close_results_may_count_as_ties() -> None:
    frame = league("ab", lambda _a, _b, index: (0.5 + index % 3 / 10, 0.6), episodes=9)
    assert bradley_terry(frame, "m", kind="unbounded mean").ties.sum() == 6
    all_tied = bradley_terry(frame, "m", kind="unbounded mean", tie_within=0.1 + 1e-9)
    assert all_tied.ties.sum() == 18
    assert all_tied.notes == ("Strengths are undefined: every episode was a tie.",)
