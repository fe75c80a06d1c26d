"""Cooperation, mutual cooperation and memory-one, against hand-counted games and Axelrod's matches."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from interlab_evals.measures.cooperation import cooperation_rate, mutual_cooperation
from interlab_evals.measures.strategy import memory_one
from tests.evals.handmade import by_role, dilemma, episode, oracle

if TYPE_CHECKING:
    from collections.abc import Callable

STRATEGIES: dict[str, Callable[[str, str], str]] = {
    "Cooperator": lambda own, other: "C",
    "Defector": lambda own, other: "D",
    "TitForTat": lambda own, other: other[-1:] or "C",
    "TitFor2Tats": lambda own, other: "D" if other[-2:] == "DD" else "C",
    "Grudger": lambda own, other: "D" if "D" in other else "C",
    "WinStayLoseShift": lambda own, other: "C" if own[-1:] == other[-1:] else "D",
    "Alternator": lambda own, other: "D" if own[-1:] == "C" else "C",
    "Appeaser": lambda own, other: {"": "C", "C": own[-1:], "D": "C" if own[-1:] == "D" else "D"}[other[-1:]],
}
"""The oracle holds digests of the actions; these make the actions again, and the digests hold them to it."""

MATCHES: list[dict[str, Any]] = oracle("axelrod_deterministic_200.json")["matches"]


def played(match: dict[str, Any]) -> tuple[str, str]:
    first, second = STRATEGIES[match["player"]], STRATEGIES[match["opponent"]]
    alice = bob = ""
    for _ in range(200):
        alice, bob = alice + first(alice, bob), bob + second(bob, alice)
    digests = [hashlib.sha256(actions.encode()).hexdigest() for actions in (alice, bob)]
    assert digests == match["actions_sha256"]
    return alice, bob


@pytest.mark.parametrize("match", MATCHES, ids=lambda match: f"{match['player']}-{match['opponent']}")
def test_axelrods_matches(match: dict[str, Any]) -> None:
    game = dilemma(*played(match))
    counts = by_role(cooperation_rate, game)
    assert [counts["alice"].k, counts["bob"].k] == match["cooperation_counts"]
    mutual = by_role(mutual_cooperation, game)[None]
    assert (mutual.k, mutual.n) == (match["joint_states"]["CC"], 200)
    found = {(each.role, each.metric): [each.k, each.n] for each in memory_one.measure(game)}
    for role, expected in zip(("alice", "bob"), match["memory_one_counts"], strict=True):
        for state, count in expected.items():
            assert found[role, f"memory_one.{state.lower()}"] == count


@pytest.mark.parametrize(
    ("alice", "bob", "expected"),
    [
        ("CCDC", "CDDC", [(3, 4), (2, 4)]),
        ("C-D-", "CCCC", [(1, 2), (4, 4)]),
        ("--", "DD", [(0, 0), (0, 2)]),
    ],
)
def test_cooperation_is_counted_over_the_moves_a_role_made(
    alice: str, bob: str, expected: list[tuple[int, int]]
) -> None:
    found = by_role(cooperation_rate, dilemma(alice, bob))
    assert [(found[role].k, found[role].n) for role in ("alice", "bob")] == expected


def test_mutual_cooperation_is_counted_over_rounds_in_which_all_moved() -> None:
    found = by_role(mutual_cooperation, dilemma("CCD-C", "CDDCC"))[None]
    assert (found.k, found.n, found.value) == (2, 4, 0.5)


def test_memory_one_writes_the_state_as_own_then_other() -> None:
    found = {(each.role, each.metric): each for each in memory_one.measure(dilemma("CDD", "DCD"))}
    assert (found["alice", "memory_one.cd"].k, found["alice", "memory_one.cd"].n) == (0, 1)
    assert (found["alice", "memory_one.dc"].k, found["alice", "memory_one.dc"].n) == (0, 1)
    assert (found["bob", "memory_one.dc"].k, found["bob", "memory_one.dc"].n) == (1, 1)
    assert (found["bob", "memory_one.cd"].k, found["bob", "memory_one.cd"].n) == (0, 1)


def test_a_void_round_breaks_the_chain_of_memory() -> None:
    found = {(each.role, each.metric): each.n for each in memory_one.measure(dilemma("C-C", "CCC"))}
    assert found == {
        ("alice", "memory_one.cc"): 0,
        ("alice", "memory_one.cd"): 0,
        ("alice", "memory_one.dc"): 0,
        ("alice", "memory_one.dd"): 0,
        ("bob", "memory_one.cc"): 1,
        ("bob", "memory_one.cd"): 0,
        ("bob", "memory_one.dc"): 0,
        ("bob", "memory_one.dd"): 0,
    }


def test_memory_one_is_about_dyads() -> None:
    trio = episode(players={"a": "x", "b": "x", "c": "x"}, game={"cooperate": "C"})
    assert {each.n for each in memory_one.measure(trio)} == {0}
    assert len(memory_one.measure(trio)) == 12


@pytest.mark.parametrize("metric", [cooperation_rate, mutual_cooperation, memory_one], ids=lambda each: each.name)
@pytest.mark.parametrize("game", [{}, {"cooperate": None}], ids=["unsaid", "null"])
def test_without_a_cooperative_action_everything_is_undefined(metric: Any, game: dict[str, Any]) -> None:
    assert {each.n for each in metric.measure(dilemma("CC", "CD", game=game))} == {0}
