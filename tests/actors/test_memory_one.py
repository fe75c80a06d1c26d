"""Memory-one and zero-determinant strategies: their vectors, and the lines they hold payoffs to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.actors.players import player
from interlab.actors.strategies.zero_determinant import vector
from interlab.errors import ParameterError, UsageError
from tests.actors.asking import answers, dilemma, frequency
from tests.actors.library_names import MEMORY_ONE

ORACLE: dict[str, Any] = json.loads((Path(__file__).parent / "oracles" / "zero_determinant.json").read_bytes())
ROWS: dict[str, dict[str, Any]] = ORACLE["rows"]
STATES = [("C", "C"), ("C", "D"), ("D", "C"), ("D", "D")]
PAYOFFS = np.array([[3, 3], [0, 5], [5, 0], [1, 1]])
"""Of CC, CD, DC, DD to the player and to the other."""

# What the names stand for, as slope, baseline and scale of the line.
LINES = {
    "ZDExtort2": (1 / 2, 1, None),
    "ZDExtort2v2": (1 / 2, 1, 1 / 8),
    "ZDExtort3": (1 / 3, 1, None),
    "ZDExtort4": (1 / 4, 1, 4 / 17),
    "ZDGTFT2": (1 / 2, 3, 1 / 4),
    "ZDGen2": (1 / 2, 3, 1 / 8),
    "ZDSet2": (0, 2, 1 / 4),
    "ZDMischief": (0, 1, 0.1),
}


@pytest.mark.parametrize("name", LINES)
def test_vectors_equal_those_of_the_axelrod_library(name: str) -> None:
    slope, kappa, phi = LINES[name]
    assert vector(dilemma(), slope, kappa, phi) == pytest.approx(ROWS[name]["p"], abs=1e-12)
    assert kappa == pytest.approx(ROWS[name]["kappa"])
    if slope:
        assert 1 / slope == pytest.approx(ROWS[name]["chi"])


@pytest.mark.parametrize("name", [*MEMORY_ONE.keys() & ROWS.keys()])
def test_players_cooperate_as_often_as_their_vectors_say(name: str) -> None:
    played = [frequency(f"strategy/{MEMORY_ONE[name]}", dilemma(own, other)) for own, other in STATES]
    assert played == pytest.approx(ROWS[name]["p"], abs=0.03)
    assert frequency(f"strategy/{MEMORY_ONE[name]}", dilemma()) == 1


def test_a_vector_of_ones_own() -> None:
    spec = "strategy/memory-one?p=0.9,0.1,0.8,0&first=0.25"
    played = [frequency(spec, dilemma(own, other)) for own, other in STATES]
    assert played == pytest.approx([0.9, 0.1, 0.8, 0], abs=0.03)
    assert frequency(spec, dilemma()) == pytest.approx(0.25, abs=0.03)
    assert player(spec).spec == spec


@pytest.mark.parametrize(("p", "first"), [("1,0,0,1", "C"), ("0,1,1,0", "D")])
def test_the_first_action_is_cooperation_unless_told(p: str, first: str) -> None:
    assert answers(f"strategy/memory-one?p={p}&first={int(first == 'C')}", dilemma()) == [first]


probabilities = st.floats(0.05, 0.95)
vectors = st.tuples(probabilities, probabilities, probabilities, probabilities)


@given(vectors, st.sampled_from(list(LINES)))
def test_whatever_the_other_plays_payoffs_lie_on_the_line(
    other: tuple[float, float, float, float], name: str
) -> None:
    """Press & Dyson (2012): s (own - kappa) = other - kappa in the long run."""
    slope, kappa, phi = LINES[name]
    own, others = long_run(vector(dilemma(), slope, kappa, phi), other)
    assert slope * (own - kappa) == pytest.approx(others - kappa, abs=1e-9)


@given(vectors, st.floats(1, 20), st.booleans())
def test_lines_of_any_slope_are_held(other: tuple[float, float, float, float], chi: float, generous: bool) -> None:
    kappa = 3 if generous else 1
    own, others = long_run(vector(dilemma(), 1 / chi, kappa), other)
    assert own - kappa == pytest.approx(chi * (others - kappa), abs=1e-6 * chi)


def long_run(
    own: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float]:
    """Mean payoffs of two memory-one strategies in the stationary state of their Markov chain."""
    p = np.array(own)
    q = np.array(other)[[0, 2, 1, 3]]  # the other sees CD as DC
    moves = np.column_stack([p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)])
    system = np.vstack([moves.T - np.eye(4), np.ones(4)])
    stationary = np.linalg.lstsq(system, np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
    mine, others = stationary @ PAYOFFS
    return float(mine), float(others)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (
            "zd-extort?chi=2&phi=0.3",
            "`phi=0.3` is too great: at these payoffs, slope and kappa it is at most 0.222222",
        ),
        ("zd-set?kappa=4", "no zero-determinant strategy has slope 0 and kappa 4 at these payoffs"),
        ("zd-set?kappa=0.5", "no zero-determinant strategy has slope 0 and kappa 0.5 at these payoffs"),
    ],
)
def test_lines_that_cannot_be_held(spec: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        answers(f"strategy/{spec}", dilemma())


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("zd-extort?chi=0.5", "option `chi`: Input should be greater than or equal to 1"),
        ("zd-extort?phi=1/0", "option `phi`: write a number or a fraction, such as 1/9"),
        ("zd-set", "`strategy/zd-set` needs the option `kappa`: Sets the other's mean payoff to `kappa`"),
        (
            "memory-one?p=1,0,1",
            "option `p`: write four probabilities with commas between",
        ),
        ("memory-one?p=1,0,1,2", "option `p`: Input should be less than or equal to 1"),
    ],
)
def test_bad_options_are_told_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        player(f"strategy/{spec}")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
