"""Strategy frequency estimation, against Dal Bó and Fréchette's table and against populations made to order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from interlab.errors import ParameterError, UnknownNameError
from interlab_evals import AUTOMATA, Automaton, choices_of, sfem
from tests.evals.handmade import dilemma, oracle
from tests.evals.stored import store

if TYPE_CHECKING:
    from pathlib import Path

TREATMENTS = ("D5R32", "D5R40", "D5R48")


def published(treatment: str) -> dict[str, Any]:
    """The estimates for a treatment; data (c) American Economic Association, CC BY 4.0."""
    found = oracle("sfem_dalbo_frechette_2011.json")["treatments"]
    return next(each for each in found if each["treatment"] == treatment)


def human_choices(treatment: str) -> pd.DataFrame:
    data = oracle("dalbo_frechette_2011_choices.json")["data"][treatment]
    rows = [
        (subject, game, number, own, other)
        for subject, games in data.items()
        for game, sequences in games.items()
        for number, (own, other) in enumerate(zip(*sequences, strict=True))
    ]
    return pd.DataFrame(rows, columns=["subject", "game", "round", "own", "other"])


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_shares_are_the_published_ones(treatment: str) -> None:
    expected = published(treatment)
    found = sfem(human_choices(treatment))
    assert found.shares.round(2).to_dict() == expected["published_shares_2dp"]
    assert found.shares.to_dict() == pytest.approx(expected["shares"], abs=1e-5)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-5)
    assert found.tremble == pytest.approx(expected["tremble"], abs=1e-5)
    assert found.gamma == pytest.approx(expected["gamma"], abs=1e-5)
    assert (found.n_subjects, found.n_choices) == (expected["n_subjects"], expected["n_choices"])
    assert found.aic == pytest.approx(12 - 2 * found.log_likelihood)
    assert found.icl >= found.bic
    assert found.groups == ()


def test_the_posterior_places_subjects_and_averages_to_the_shares() -> None:
    found = sfem(human_choices("D5R48"))
    assert found.posterior.shape == (46, 6)
    assert found.posterior.sum(axis=1).to_numpy() == pytest.approx(np.ones(46))
    assert found.posterior.mean().to_dict() == pytest.approx(found.shares.to_dict(), abs=1e-4)


def test_the_seed_and_the_order_of_rows_do_not_matter_to_the_estimate() -> None:
    choices = human_choices("D5R40")
    first, second = sfem(choices, seed=1), sfem(choices.sample(frac=1, random_state=2), seed=3)
    assert first.shares.to_dict() == pytest.approx(second.shares.to_dict(), abs=1e-4)
    assert first.log_likelihood == pytest.approx(second.log_likelihood, abs=1e-6)


def test_standard_errors_come_from_subjects_and_from_the_seed() -> None:
    choices = human_choices("D5R32")
    first, again = (sfem(choices, bootstrap=60, seed=5) for _ in range(2))
    assert first.standard_errors.equals(again.standard_errors)
    binomial = math.sqrt(0.92 * 0.08 / 44)
    assert binomial / 2 < first.standard_errors["ALLD"] < 2 * binomial
    assert 0 < first.tremble_error < 0.05
    assert math.isnan(sfem(choices).standard_errors["ALLD"])


def play(first: Automaton, second: Automaton, rounds: int, random: np.random.Generator, noise: float) -> list[str]:
    """Let two automata play with trembling hands; their actions as two strings."""
    states, played = [0, 0], ["", ""]
    for _ in range(rounds):
        moves: list[int] = []
        for automaton, state in zip((first, second), states, strict=True):
            cooperates = random.random() < automaton.cooperates[state]
            moves.append(int(cooperates == (random.random() < noise)))
        for seat, automaton in enumerate((first, second)):
            states[seat] = automaton.moves[states[seat]][2 * moves[seat] + moves[1 - seat]]
            played[seat] += "CD"[moves[seat]]
    return played


def population(shares: dict[str, int], *, noise: float = 0.05, games: int = 8, rounds: int = 12) -> pd.DataFrame:
    """Subjects that play known strategies against random ones."""
    random = np.random.default_rng(0)
    rows: list[tuple[str, int, int, str, str]] = []
    for name, count in shares.items():
        for number in range(count):
            for game in range(games):
                opponent = list(AUTOMATA.values())[int(random.integers(len(AUTOMATA)))]
                own, other = play(AUTOMATA[name], opponent, rounds, random, noise)
                rows.extend((f"{name}{number}", game, t, own[t], other[t]) for t in range(rounds))
    return pd.DataFrame(rows, columns=["subject", "game", "round", "own", "other"])


def test_a_population_made_to_order_is_found_again() -> None:
    shares = {"ALLD": 6, "TFT": 8, "WSLS": 4, "2TFT": 4, "TF2T": 4, "DTFT": 3, "T2": 3, "RAND": 4, "GRIM": 4}
    found = sfem(population(shares), "extended")
    total = sum(shares.values())
    for name, share in found.shares.items():
        assert share == pytest.approx(shares.get(str(name), 0) / total, abs=0.06)
    assert found.tremble == pytest.approx(0.05, abs=0.01)


def test_strategies_that_the_data_cannot_separate_are_told() -> None:
    rows = [(f"s{number}", 0, t, "C", "C") for number in range(3) for t in range(5)]
    found = sfem(pd.DataFrame(rows, columns=["subject", "game", "round", "own", "other"]))
    assert found.groups == (("ALLC", "GRIM", "TFT", "WSLS", "T2"),)
    assert found.shares["ALLC"] == pytest.approx(0.2)
    assert found.shares.sum() == pytest.approx(1)
    assert any("their split is arbitrary" in note for note in found.notes)


def test_strategies_that_fit_every_subject_equally_well_are_told() -> None:
    """Tit for tat and win-stay lose-shift prescribe differently here, and each is right three times of five."""
    own, other = "CCDDC", "CCDDC"
    rows = [
        (f"s{subject}", 0, number, *moves)
        for subject in range(4)
        for number, moves in enumerate(zip(own, other, strict=True))
    ]
    frame = pd.DataFrame(rows, columns=["subject", "game", "round", "own", "other"])
    found = [sfem(frame, ["TFT", "WSLS"], seed=seed) for seed in range(3)]
    assert found[0].groups == (("TFT", "WSLS"),)
    assert "TFT, WSLS fit every subject equally well: their split is arbitrary." in found[0].notes
    assert all(each.shares.tolist() == [0.5, 0.5] for each in found)


def test_one_subject_is_no_population() -> None:
    found = sfem(population({"TFT": 1}))
    assert any("no population" in note for note in found.notes)


def test_an_automaton_of_ones_own_is_a_candidate() -> None:
    contrary = Automaton("contrary", (0, 1), ((0, 1, 0, 1), (0, 1, 0, 1)))
    found = sfem(population({"ALLD": 4}), ["ALLD", "TFT", contrary])
    assert found.strategies == ("ALLD", "TFT", "contrary")
    assert found.shares["ALLD"] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("strategies", "error", "message"),
    [
        ("DF2012", UnknownNameError, "did you mean `DF2011`"),
        (["TFTT"], UnknownNameError, "did you mean `TFT`"),
        (["TFT", "TFT"], ParameterError, "each once"),
        ([], ParameterError, "at least one"),
    ],
)
def test_unknown_candidates_are_refused(strategies: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sfem(population({"TFT": 1}), strategies)


def test_choices_that_are_none_are_refused() -> None:
    choices = population({"TFT": 1})
    with pytest.raises(ParameterError, match="no column `game`"):
        sfem(choices.drop(columns="game"))
    with pytest.raises(ParameterError, match="must be `C` or `D`"):
        sfem(choices.assign(own="X"))
    with pytest.raises(ParameterError, match="no choice"):
        sfem(choices.head(0))


def test_choices_are_read_from_a_run(tmp_path: Path) -> None:
    games = [
        dilemma("CC-D", "CDDD", index=0),
        dilemma("DD", "DC", index=1),
        dilemma("CC", "CC", index=2, error="gone"),
    ]
    found = choices_of(store(tmp_path, *games))
    alice = found[found["subject"] == "strategy/a in condition"]
    assert alice["own"].str.cat() == "CCDDD"
    assert alice["other"].str.cat() == "CDDDC"
    assert alice["round"].tolist() == [1, 2, 3, 1, 2]
    assert found["game"].nunique() == 4
    assert sfem(found).n_subjects == 2
