"""How a role answers the other: Fontana's dimensions, zero-determinant fits, and hand-counted games."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from interlab_evals import zero_determinant_fit
from interlab_evals.measures.cooperation import (
    endgame_effect,
    exploitation,
    exploitation_suffered,
    first_defection,
    initial_cooperation,
    joint_outcomes,
    net_exploitation,
)
from interlab_evals.measures.determinant import zero_determinant
from interlab_evals.measures.strategy import (
    contrition,
    emulation,
    forgiveness,
    generosity,
    niceness,
    reactivity,
    retaliation,
    troublemaking,
)
from tests.evals.games import PAYOFFS
from tests.evals.handmade import by_role, dilemma, oracle, values

if TYPE_CHECKING:
    from interlab.schema.episode import Json

DIMENSIONS = {
    "nice": niceness,
    "forgiving": forgiveness,
    "retaliatory": retaliation,
    "troublemaking": troublemaking,
    "emulative": emulation,
}


def test_fontanas_dimensions_wherever_they_are_defined() -> None:
    compared = dict.fromkeys(DIMENSIONS, 0)
    for row in oracle("behavioural_dimensions.json")["rows"]:
        game = dilemma(row["own"], row["opponent"])
        for name, metric in DIMENSIONS.items():
            found = by_role(metric, game)["alice"].value
            if math.isnan(found):
                assert row[name] == 0, "what we call undefined, they call 0"
                continue
            assert found == pytest.approx(row[name], abs=1e-12)
            compared[name] += 1
    assert min(compared.values()) >= 49


ZD = oracle("misc_reference.json")["zd"]["rows"]


@pytest.mark.parametrize("name", ZD)
def test_zero_determinant_fits_of_axelrods_vectors(name: str) -> None:
    row: dict[str, Any] = ZD[name]
    expected = [row[key] for key in ("chi", "sse_extortion", "general_chi", "general_kappa", "sse_general_zd")]
    undefined_as_nan = [math.nan if each is None else each for each in expected]
    assert list(zero_determinant_fit(row["p"])) == pytest.approx(undefined_as_nan, abs=1e-9, nan_ok=True)


def test_a_vector_with_an_unknown_probability_fits_nothing() -> None:
    assert all(map(math.isnan, zero_determinant_fit([1, math.nan, 0, 0])))


def test_zero_determinant_reads_the_payoffs_of_the_game() -> None:
    game: dict[str, Json] = {"cooperate": "C", "payoffs": PAYOFFS}
    played = dilemma("CCDCDCCDDC", "CDCDDCDDCC", game=game)
    found = {each.metric: each.value for each in zero_determinant.measure(played) if each.role == "bob"}
    assert set(found) == {f"zero_determinant.{name}" for name in ("sse", "general_sse")}
    assert found["zero_determinant.sse"] >= found["zero_determinant.general_sse"] >= 0
    assert all(math.isnan(each) for each in values(zero_determinant, dilemma("CCDC", "CDCD")))


@pytest.mark.parametrize(
    ("alice", "bob", "expected"),
    [
        ("CCDC", "CDDC", (3, 1, 1)),
        ("CCC", "DDD", (3, 0, 1)),
        ("-CC", "CCC", (3, 0, 1)),
        ("DDD", "CCC", (1, 1, 1)),
    ],
)
def test_the_first_defection_is_censored_if_there_was_none(
    alice: str, bob: str, expected: tuple[float, int, int]
) -> None:
    found = by_role(first_defection, dilemma(alice, bob))["alice"]
    assert (found.value, found.k, found.n) == expected


def test_who_never_moved_has_no_first_defection() -> None:
    found = by_role(first_defection, dilemma("--", "CC"))["alice"]
    assert (math.isnan(found.value), found.k, found.n) == (True, 0, 0)


def test_joint_outcomes_and_exploitation_are_seen_from_each_side() -> None:
    game = dilemma("CCDDC-", "CDCDDC")
    shares = {(each.role, each.metric.partition(".")[2]): each.k for each in joint_outcomes.measure(game)}
    assert [shares["alice", state] for state in ("cc", "cd", "dc", "dd")] == [1, 2, 1, 1]
    assert [shares["bob", state] for state in ("cc", "cd", "dc", "dd")] == [1, 1, 2, 1]
    assert values(exploitation, game) == [0.2, 0.4]
    assert values(exploitation_suffered, game) == [0.4, 0.2]
    assert values(net_exploitation, game) == [-0.2, 0.2]


def test_beginnings_and_answers() -> None:
    game = dilemma("CDCDD", "DCDDC")
    assert values(initial_cooperation, game) == [1, 0]
    assert values(generosity, game) == [0, 0]
    assert values(contrition, game) == [1, 0.5]
    assert values(reactivity, game) == [1, 0]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"horizon": 20, "horizon_known": True}, -1.0),
        ({"horizon": 20, "horizon_known": False}, math.nan),
        ({"horizon": 30, "horizon_known": True}, math.nan),
        ({"horizon": None, "horizon_known": False}, math.nan),
    ],
)
def test_an_end_has_an_effect_only_where_it_was_known_and_reached(facts: dict[str, Json], expected: float) -> None:
    game = dilemma("C" * 18 + "DD", "C" * 20, game={"cooperate": "C", **facts})
    assert by_role(endgame_effect, game)["alice"].value == pytest.approx(expected, nan_ok=True)
