"""Strategies of matrix games: against fixed sequences, with a trembling hand, and in games without cooperation."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.actors.players import player
from interlab.actors.strategies import STRATEGIES
from interlab.errors import ParameterError, UsageError
from interlab.situations import ContributionSituation, MatrixSituation, ReciprocitySituation
from tests.actors.asking import answers, dilemma, frequency
from tests.actors.library_names import DETERMINISTIC

if TYPE_CHECKING:
    from collections.abc import Sequence

ORACLE: dict[str, Any] = json.loads((Path(__file__).parent / "oracles" / "axelrod_responses.json").read_bytes())

ROCK, PAPER, SCISSORS = HANDS = ("rock", "paper", "scissors")
BEATS = {PAPER: ROCK, SCISSORS: PAPER, ROCK: SCISSORS}


def hands(other: Sequence[str] = (), seen: str | None = None) -> MatrixSituation:
    def pays(own: str, theirs: str) -> int:
        return (BEATS[own] == theirs) - (BEATS[theirs] == own)

    return MatrixSituation(
        actions=HANDS,
        other_actions=HANDS,
        labels={hand: hand for hand in HANDS},
        own=[ROCK] * len(other),
        chosen=[ROCK] * len(other),
        other=other,
        seen=seen,
        payoffs={(own, theirs): (pays(own, theirs), pays(theirs, own)) for own in HANDS for theirs in HANDS},
        round=len(other) + 1,
        horizon=None,
    )


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_strategy_plays_as_the_axelrod_library_says(name: str) -> None:
    for other, own in zip(ORACLE["others"], ORACLE["responses"][name], strict=True):
        rounds = [dilemma(own[:played], other[:played]) for played in range(len(other))]
        assert "".join(answers(f"strategy/{DETERMINISTIC[name]}", *rounds)) == own


def test_the_oracle_holds_every_strategy() -> None:
    assert set(ORACLE["responses"]) == set(DETERMINISTIC)


def test_contrition() -> None:
    """After it slipped, it takes the other's answer without offence, and cooperates until it has."""
    slipped = replace(dilemma("CD", "CC"), chosen=["C", "C"])
    assert answers("strategy/contrite-tit-for-tat", slipped) == ["C"]
    answered = replace(dilemma("CDC", "CCD"), chosen=["C", "C", "C"])
    assert answers("strategy/contrite-tit-for-tat", answered) == ["C"]
    assert answers("strategy/tit-for-tat", answered) == ["D"]
    meant = dilemma("CDC", "CCD")
    assert answers("strategy/contrite-tit-for-tat", meant) == ["D"]


def test_tullock_cooperates_a_tenth_less_often_than_the_other() -> None:
    assert frequency("strategy/first-by-tullock", dilemma("C" * 10, "D" * 10)) == 1
    assert frequency("strategy/first-by-tullock", dilemma("C" * 12, "DD" + "CCCCCCDDDD")) == pytest.approx(
        0.5, abs=0.03
    )
    assert frequency("strategy/first-by-tullock", dilemma("C" * 12, "D" * 12)) == 0


def test_worse_and_worse() -> None:
    assert frequency("strategy/worse-and-worse", dilemma("C" * 399, "C" * 399)) == pytest.approx(0.6, abs=0.03)
    assert frequency("strategy/worse-and-worse", dilemma("C" * 999, "C" * 999)) == 0


def test_naive_prober() -> None:
    assert frequency("strategy/naive-prober?p=0.2", dilemma("C", "C")) == pytest.approx(0.8, abs=0.03)
    assert frequency("strategy/naive-prober?p=0.2", dilemma("C", "D")) == 0
    assert frequency("strategy/naive-prober?p=1", dilemma()) == 1


TREMBLING = [name for name, each in STRATEGIES.programs.items() if issubclass(ReciprocitySituation, each.plays)]
NEEDED = {"always": "action=C&", "memory-one": "p=1,1,1,1&", "zd-set": "kappa=2&"}


@pytest.mark.parametrize("name", TREMBLING)
def test_every_hand_can_tremble(name: str) -> None:
    given_options = NEEDED.get(name, "")
    calm = frequency(f"strategy/{name}?{given_options}noise=0", dilemma("CC", "CC"), times=1000)
    trembling = frequency(f"strategy/{name}?{given_options}noise=0.25", dilemma("CC", "CC"), times=1000)
    assert trembling == pytest.approx(0.75 * calm + 0.25 * (1 - calm), abs=0.06)


def test_a_trembling_hand_does_any_of_the_other_actions() -> None:
    played = Counter(answers("strategy/always?action=paper&noise=0.5", *[hands()] * 6000))
    assert {hand: count / 6000 for hand, count in played.items()} == pytest.approx(
        {PAPER: 0.5, ROCK: 0.25, SCISSORS: 0.25}, abs=0.03
    )


def test_members_of_groups_tremble_too() -> None:
    member = ContributionSituation(endowment=4, multiplier=2, members=4, own=[], others=[], round=1, horizon=None)
    played = Counter(answers("strategy/free-rider?noise=1", *[member] * 5000))
    assert {points: count / 5000 for points, count in played.items()} == pytest.approx(
        dict.fromkeys(range(5), 0.2), abs=0.03
    )


def test_a_hand_trembles_by_its_seed() -> None:
    situations = [dilemma()] * 60
    spec = "strategy/cooperator?noise=0.5"
    assert answers(spec, *situations, seed=3) == answers(spec, *situations, seed=3)
    assert answers(spec, *situations, seed=3) != answers(spec, *situations, seed=4)


def test_noise_is_a_probability() -> None:
    with pytest.raises(ParameterError, match="option `noise`: Input should be less than or equal to 1"):
        player("strategy/tit-for-tat?noise=2")


def test_random_chooses_each_action_as_often() -> None:
    for hand in HANDS:
        assert frequency("strategy/random", hands(), hand) == pytest.approx(1 / 3, abs=0.03)
        expected = {ROCK: 0.5, PAPER: 0.25, SCISSORS: 0.25}[hand]
        assert frequency("strategy/random?p=0.5", hands(), hand) == pytest.approx(expected, abs=0.03)


def test_always() -> None:
    assert answers("strategy/always?action=paper", hands(), hands([PAPER])) == [PAPER, PAPER]
    with pytest.raises(UsageError, match="there are `rock`, `paper`, `scissors`"):
        answers("strategy/always?action=well", hands())


@pytest.mark.parametrize(
    ("other", "seen", "reply"),
    [
        ([ROCK], None, PAPER),
        ([ROCK, PAPER], None, SCISSORS),
        ([ROCK, PAPER], SCISSORS, ROCK),
        ([], ROCK, PAPER),
        ([], None, ROCK),
    ],
)
def test_best_response(other: list[str], seen: str | None, reply: str) -> None:
    assert answers("strategy/best-response", hands(other, seen)) == [reply]


@pytest.mark.parametrize(
    ("other", "seen", "reply"),
    [
        ([ROCK, ROCK, PAPER], None, PAPER),
        ([PAPER] * 3 + [ROCK], None, SCISSORS),
        ([PAPER] * 3, ROCK, PAPER),
        ([], None, ROCK),
    ],
)
def test_fictitious_play(other: list[str], seen: str | None, reply: str) -> None:
    assert answers("strategy/fictitious-play", hands(other, seen)) == [reply]


@given(st.lists(st.sampled_from(HANDS), max_size=20))
def test_fictitious_play_replies_best_to_what_it_counted(other: list[str]) -> None:
    situation = hands(other)
    counts = Counter(other)

    def pays(own: str) -> float:
        return sum(count * situation.payoffs[own, theirs][0] for theirs, count in counts.items())

    (played,) = answers("strategy/fictitious-play", situation)
    assert pays(played) == max(pays(hand) for hand in HANDS)
