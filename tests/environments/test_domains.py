"""Domains of negotiation: built in, from a file, drawn at random; and what is wrong with some."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlab.environments import scenario
from interlab.environments.domains import domain, names
from interlab.errors import ParameterError
from interlab.situations import Domain

ORACLES = Path(__file__).parents[1] / "evals/oracles"
FIELDS = ("issues", "tables", "weights", "reserves")
SMALL: dict[str, Any] = {
    "issues": [["salary", ["low", "high"]], ["days", ["2", "3", "4"]]],
    "tables": [[[0, 1], [0, 0.4, 1]], [[1, 0], [1, 0.8, 0]]],
    "weights": [[0.7, 0.3], [0.6, 0.4]],
    "reserves": [0.3, 0.35],
}


@pytest.mark.parametrize("number", range(3))
def test_negmas_agrees_on_what_every_outcome_is_worth(number: int) -> None:
    one = json.loads((ORACLES / "negotiation_scenarios.json").read_text())["scenarios"][number]
    found = Domain.model_validate({field: one[field] for field in FIELDS})
    np.testing.assert_allclose(found.utilities, one["utilities"], atol=1e-12)
    for index, outcome in enumerate(one["outcomes"]):
        for party, preferences in enumerate(found.preferences):
            assert preferences.deal(index) == tuple(outcome)
            assert preferences.worth(tuple(outcome)) == pytest.approx(one["utilities"][index][party], abs=1e-12)


@pytest.mark.parametrize("name", names())
def test_a_built_in_domain_is_worth_negotiating(name: str) -> None:
    found = domain(name)
    assert found.parties
    utilities, reserves = found.utilities, np.asarray(found.reserves)
    acceptable = utilities[(utilities >= reserves).all(axis=1)]
    assert 2 <= len(acceptable) < len(utilities)
    assert not (acceptable.max(axis=0) == acceptable[acceptable.sum(axis=1).argmax()]).all(), (
        "nothing to argue about"
    )
    assert found.best_joint_surplus == (acceptable - reserves).sum(axis=1).max() > 0


def test_without_a_deal_that_all_can_accept_there_is_no_surplus() -> None:
    found = Domain.model_validate(SMALL | {"reserves": [0.9, 0.9]})
    assert found.best_joint_surplus == 0
    game = scenario("bargaining").environment.game(scenario("bargaining").configure({"domain": found}))
    assert (game["zopa"], game["best_joint_surplus"]) == (False, 0)


def test_a_file_becomes_part_of_the_parameters(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(SMALL | {"parties": ["staff", "firm"], "topic": "work"}))
    parameters = scenario("bargaining").configure({"domain": str(path)})
    path.unlink()
    assert scenario("bargaining").environment.roles(parameters) == ("staff", "firm")
    written = parameters.model_dump(mode="json")
    assert written["domain"]["tables"] == SMALL["tables"]
    assert scenario("bargaining").configure(written) == parameters


def wrong(**changes: Any) -> Any:
    return SMALL | changes


options = st.fixed_dictionaries(
    {
        "sizes": st.sampled_from(["2", "5", "4x3", "2x2x2x2", "6x5x4"]),
        "parties": st.integers(2, 5),
        "opposition": st.floats(0, 1),
        "reserve": st.floats(0, 1),
        "seed": st.integers(0, 10**6),
    }
)


def drawn(**given: Any) -> Domain:
    return domain("random?" + "&".join(f"{name}={value}" for name, value in given.items()))


@given(options)
def test_a_random_domain_is_what_was_asked_for(asked: dict[str, Any]) -> None:
    found = drawn(**asked)
    assert [len(issue.values) for issue in found.issues] == [int(size) for size in asked["sizes"].split("x")]
    assert len(found.reserves) == asked["parties"]
    utilities = found.utilities
    assert (utilities.max(axis=0) == 100).all()
    assert (utilities.min(axis=0) == 0).all()
    assert (utilities == np.round(utilities)).all()
    assert drawn(**asked) == found, "the same spec is the same domain"


@given(options)
def test_some_deal_is_no_worse_than_none_for_anybody(asked: dict[str, Any]) -> None:
    found = drawn(**asked)
    assert (found.utilities >= np.asarray(found.reserves)).all(axis=1).any()


@given(st.integers(0, 10**6), st.integers(2, 4))
def test_without_opposition_all_want_the_same(seed: int, parties: int) -> None:
    utilities = drawn(sizes="5x4x3", parties=parties, opposition=0, seed=seed).utilities
    assert (utilities == utilities[:, :1]).all()


@given(st.integers(0, 10**6))
def test_two_parties_that_are_fully_opposed_share_a_fixed_sum(seed: int) -> None:
    utilities = drawn(sizes="5x4x3", opposition=1, seed=seed).utilities
    np.testing.assert_allclose(utilities.sum(axis=1), 100, atol=3, err_msg="but for rounding of each issue")


@pytest.mark.parametrize("parties", [2, 4])
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**4))
def test_more_opposition_is_less_in_common(parties: int, first: int) -> None:
    """On average over domains; with the same seed the tastes differ only in how they are mixed."""
    common: list[float] = []
    for opposition in (0, 0.25, 0.5, 0.75, 1):
        like = {"sizes": "6x6", "parties": parties, "opposition": opposition}
        common.append(fmean(agreement(drawn(**like, seed=first + number)) for number in range(20)))
    assert common[0] == pytest.approx(1)
    assert common[0] > common[2] > common[4]
    assert all(more >= less - 0.15 for more, less in pairwise(common))


def agreement(found: Domain) -> float:
    """Mean correlation of two parties' utilities over all deals."""
    return fmean(float(np.corrcoef(a, b)[0, 1]) for a, b in combinations(found.utilities.T, 2))


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        ("job-offers", "no domain is called `job-offers`; did you mean `job-offer`?"),
        ("random?size=3", "`random`: option `size`: Extra inputs are not permitted"),
        ("random?sizes=1x3", "`random`: option `sizes`: String should match"),
        ("random?opposition=2", "`random`: option `opposition`: Input should be less than or equal to 1"),
        ("random?seed=1&seed=2", "write options as `random?name=value&name=value`, each name once"),
        ("random?seed", "write options as `random?name=value&name=value`, each name once"),
        ("nowhere.json", "cannot read `nowhere.json`: No such file or directory"),
        (wrong(isues=[]), "isues: Extra inputs are not permitted"),
        (wrong(issues=[]), "issues: there is nothing to settle"),
        (wrong(issues=[["salary", ["low", "low"]]]), "issues: `salary` needs values that differ"),
        (wrong(issues=[["a", ["x"]], ["a", ["y"]]]), "issues: give each a name of its own"),
        (wrong(issues=[[str(n), list("abcdefgh")] for n in range(7)]), "2097152 deals are possible"),
        (wrong(reserves=[1]), "a negotiation has at least two parties"),
        (wrong(reserves=[1, 2, 3]), "tables: 2 parties, where reserves has 3"),
        (wrong(weights=[[1, 1], [1]]), "weights of party 2: 1 for 2 issues"),
        (wrong(tables=[[[0, 1], [0, 1]], [[1, 0], [1, 0.8, 0]]]), "table of party 1: 2 numbers for the 3"),
        (wrong(tables=[[[0, 1]], [[1, 0], [1, 0.8, 0]]]), "table of party 1: 1 rows for 2 issues"),
        (wrong(reserves=[float("nan"), 1]), "reserves.0: Input should be a finite number"),
        (wrong(parties=["a", "a"]), "parties: give each a name of its own"),
        (wrong(parties=["a b", "c"]), "parties: give each a name of its own"),
        (wrong(stories=["psst"]), "stories: 1 parties, where reserves has 2"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(choice: Any, complaint: str, tmp_path: Path) -> None:
    choices = [choice]
    if isinstance(choice, dict):
        path = tmp_path / "domain.json"
        path.write_text(json.dumps(choice))
        choices.append(str(path))
    for each in choices:
        with pytest.raises(ParameterError) as caught:
            scenario("bargaining").configure({"domain": each})
        message = str(caught.value)
        assert "parameter `domain` of `bargaining`" in message
        assert complaint in message
        assert "\n" not in message


def test_a_file_that_is_no_json_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "domain.json"
    path.write_text("{")
    with pytest.raises(ParameterError, match="`: Invalid JSON"):
        scenario("bargaining").configure({"domain": str(path)})
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ParameterError, match="it is not UTF-8 text"):
        scenario("bargaining").configure({"domain": str(path)})


def test_one_of_several_in_a_file() -> None:
    """As the reference numbers of NegMAS have them."""
    path = ORACLES / "negotiation_scenarios.json"
    written = scenario("bargaining").configure({"domain": f"{path}#job_2x3"}).model_dump(mode="json")["domain"]
    first = json.loads(path.read_text())["scenarios"][0]
    assert {field: written[field] for field in FIELDS} == {field: first[field] for field in FIELDS}


@pytest.mark.parametrize("name", ["", "#job"])
def test_which_of_several_has_to_be_said(name: str) -> None:
    with pytest.raises(
        ParameterError, match=r"write `.*negotiation_scenarios.json#NAME` for one of its scenarios; "
    ):
        scenario("bargaining").configure({"domain": f"{ORACLES / 'negotiation_scenarios.json'}{name}"})
