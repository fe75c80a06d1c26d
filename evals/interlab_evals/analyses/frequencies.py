"""Strategy frequency estimation (SFEM): which strategies a population plays, and how faithfully.

A subject is a model in a condition, not one game: with a single sequence the likelihood is linear in the shares,
so that all mass goes to one best-fitting strategy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from interlab.errors import ParameterError
from interlab_evals.analyses.automata import candidates
from interlab_evals.analyses.mixture import Agreements, maximise, posteriors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab_evals.analyses.automata import Automaton, CandidateSet, Floats, Integers

_COLUMNS: Final = ("subject", "game", "round", "own", "other")
_STARTS: Final = 50
_RESTARTS: Final = 1
"""Random starts of each bootstrap sample, beside the estimate itself."""
_CELLS: Final = 200_000
"""Number of posteriors in a batch of bootstrap samples: as many as fit into the processor's cache."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StrategyFrequencies:
    """Result of strategy frequency estimation.

    Attributes:
        strategies: The candidates, on whose choice everything depends.
        shares: Strategy -> share of subjects, adding up to 1. Strategies that the data cannot tell apart share
            their group's share equally: see ``groups``.
        standard_errors: Strategy -> standard error of its share, by bootstrap of subjects; NaN without.
        tremble: Probability of not doing what the strategy prescribes, 1 - β, at most 1/2.
        tremble_error: Its standard error; NaN without bootstrap.
        gamma: The same as noise: β = 1 / (1 + exp(-1/γ)).
        log_likelihood: At the maximum.
        aic: 2 p - 2 log L with p parameters: one per distinguishable strategy less one, and the tremble.
        bic: p ln(subjects) - 2 log L.
        icl: The BIC plus twice the entropy of the posteriors: a fit that cannot place its subjects pays for it.
        posterior: Subject (index) by strategy: the probability that it plays it.
        groups: Sets of strategies that the data cannot tell apart, by name: they prescribe the same in every round
            that was played, or agree with every subject's choices equally often.
        n_subjects: Subjects.
        n_choices: Choices.
        bootstrap: Bootstrap samples behind the standard errors.
        seed: Of starts and samples.
        notes: What a reader has to know before believing it.
    """

    strategies: tuple[str, ...]
    shares: pd.Series[float]
    standard_errors: pd.Series[float]
    tremble: float
    tremble_error: float
    gamma: float
    log_likelihood: float
    aic: float
    bic: float
    icl: float
    posterior: pd.DataFrame
    groups: tuple[tuple[str, ...], ...]
    n_subjects: int
    n_choices: int
    bootstrap: int
    seed: int
    notes: tuple[str, ...]


def sfem(
    choices: pd.DataFrame,
    strategies: CandidateSet | Sequence[str | Automaton] = "DF2011",
    *,
    bootstrap: int = 0,
    seed: int = 0,
) -> StrategyFrequencies:
    """Estimate how often each strategy is played in a population, by maximum likelihood.

    L = prod_i sum_k φ_k β^m_ik (1-β)^(n_i-m_ik), with m_ik the choices of subject i that equal what strategy k
    prescribes given the real history. A strategy that throws a coin is not bent by β.

    Args:
        choices: One row per choice: ``subject``, ``game`` (unique within a subject), ``round`` (sorts a game's
            rows), ``own`` and ``other`` (``C`` or ``D``); see :func:`choices_of`.
        strategies: ``DF2011`` (ALLD, ALLC, GRIM, TFT, WSLS, T2), ``extended`` (those, DTFT, TF2T, 2TFT and RAND),
            or a list of names and automata.
        bootstrap: Samples of subjects for standard errors; 0 for none.
        seed: Of random starts and samples.

    Raises:
        ParameterError: A column is missing, a choice is neither ``C`` nor ``D``, or there is no choice.
        UnknownNameError: No strategy has this name.

    Source:
        Dal Bó & Fréchette (2011), American Economic Review 101:411.
    """
    automata = candidates(strategies)
    names = tuple(each.name for each in automata)
    data, subjects, prescribed = _count(choices, automata)
    groups = _groups(names, data.columns())
    kept = [names.index(group[0]) for group in groups]
    distinct = Agreements(data.agree[:, kept], data.differ[:, kept], data.chance[:, kept])
    random = np.random.default_rng(seed)
    everybody = np.ones((_STARTS, len(subjects)))
    starts = random.dirichlet(np.ones(len(kept)), _STARTS)
    found = maximise(distinct, starts, random.uniform(0.55, 0.99, _STARTS), everybody)
    shares, beta = found.shares[found.best], float(found.beta[found.best])
    errors, tremble_error = _errors(distinct, shares, beta, bootstrap, random)
    sizes = np.array([len(group) for group in groups])
    spread = [next(place for place, group in enumerate(groups) if name in group) for name in names]
    posterior = posteriors(distinct, shares, beta)
    likelihood, parameters = float(found.log_likelihood[found.best]), len(groups)
    bic = parameters * math.log(len(subjects)) - 2 * likelihood
    entropy = -float(np.sum(posterior * np.log(np.clip(posterior, 1e-300, None))))
    tied = tuple(group for group in groups if len(group) > 1)
    return StrategyFrequencies(
        strategies=names,
        shares=pd.Series((shares / sizes)[spread], index=names, name="share"),
        standard_errors=pd.Series((errors / sizes)[spread], index=names, name="standard_error"),
        tremble=1 - beta,
        tremble_error=tremble_error,
        gamma=1 / math.log(beta / (1 - beta)) if beta > 0.5 else math.inf,
        log_likelihood=likelihood,
        aic=2 * parameters - 2 * likelihood,
        bic=bic,
        icl=bic + 2 * entropy,
        posterior=pd.DataFrame((posterior / sizes)[:, spread], index=subjects, columns=pd.Index(names)),
        groups=tied,
        n_subjects=len(subjects),
        n_choices=len(choices),
        bootstrap=bootstrap,
        seed=seed,
        notes=tuple(_notes(names, tied, dict(zip(names, prescribed, strict=True)), len(subjects))),
    )


def _count(choices: pd.DataFrame, automata: Sequence[Automaton]) -> tuple[Agreements, pd.Index[str], list[bytes]]:
    """Count agreements by subject, and give for each strategy what it prescribed, as bytes to compare."""
    missing = [name for name in _COLUMNS if name not in choices]
    if missing:
        raise ParameterError(f"the choices have no column `{missing[0]}`; they need {', '.join(_COLUMNS)}")
    if choices.empty:
        raise ParameterError("there is no choice to estimate from")
    if not choices[["own", "other"]].isin(["C", "D"]).all(axis=None):
        raise ParameterError("`own` and `other` must be `C` or `D` in every row")
    ordered = choices.sort_values(["subject", "game", "round"], kind="stable")
    game = ordered.groupby(["subject", "game"], sort=False).ngroup().to_numpy()
    place = ordered.groupby(["subject", "game"], sort=False).cumcount().to_numpy()
    subject_codes, subjects = pd.factorize(ordered["subject"])
    own, other = ((ordered[name] == "D").to_numpy(dtype=np.int64) for name in ("own", "other"))
    joint: Integers = np.zeros((game.max() + 1, place.max() + 1), dtype=np.int64)
    joint[game, place] = 2 * own + other
    cells: list[Floats] = []
    columns: list[bytes] = []
    for automaton in automata:
        prescribed = automaton.prescriptions(joint)[game, place]
        cooperation = np.where(own == 0, prescribed, 1 - prescribed)
        pure = (prescribed == 0) | (prescribed == 1)
        per_choice = (pure & (cooperation == 1), pure & (cooperation == 0), np.log(np.where(pure, 1, cooperation)))
        sums = [np.bincount(subject_codes, each, len(subjects)) for each in per_choice]
        cells.append(np.array(sums, dtype=np.float64))
        columns.append(prescribed.tobytes())
    agree, differ, chance = np.stack(cells, axis=2)
    return Agreements(agree, differ, chance), pd.Index([str(each) for each in subjects], name="subject"), columns


def _groups(names: Sequence[str], columns: Sequence[bytes]) -> list[tuple[str, ...]]:
    """Put together the strategies that have the same likelihood whatever the shares and the tremble."""
    found: dict[bytes, list[str]] = {}
    for name, column in zip(names, columns, strict=True):
        found.setdefault(column, []).append(name)
    return [tuple(group) for group in found.values()]


def _errors(
    data: Agreements, shares: Floats, beta: float, samples: int, random: np.random.Generator
) -> tuple[Floats, float]:
    """Standard errors of shares and tremble over bootstrap samples of subjects."""
    if samples < 2:
        return np.full(len(shares), math.nan), math.nan
    size, starts = len(data.agree), 1 + _RESTARTS
    drawn = random.multinomial(size, np.full(size, 1 / size), samples).astype(np.float64)
    found: list[Floats] = []
    batch = max(1, _CELLS // (size * len(shares) * starts))
    for some in np.split(drawn, range(batch, samples, batch)):
        near = np.broadcast_to(0.95 * shares + 0.05 / len(shares), (len(some), 1, len(shares)))
        anywhere = random.dirichlet(np.ones(len(shares)), (len(some), _RESTARTS))
        fits = maximise(
            data,
            np.concatenate([near, anywhere], axis=1).reshape(-1, len(shares)),
            np.full(len(some) * starts, min(beta, 0.99)),
            np.repeat(some, starts, axis=0),
            tolerance=1e-6,
        )
        best = fits.log_likelihood.reshape(len(some), starts).argmax(axis=1) + np.arange(len(some)) * starts
        both: Floats = np.concatenate([fits.shares, fits.beta[:, None]], axis=1)
        found.append(both[best])
    spread: Floats = np.concatenate(found).std(axis=0, ddof=1)
    return spread[:-1], float(spread[-1])


def _notes(
    names: Sequence[str], tied: Sequence[tuple[str, ...]], prescribed: Mapping[str, bytes], n_subjects: int
) -> list[str]:
    notes = [f"Candidates: {', '.join(names)}; another set gives other shares."]
    if n_subjects == 1:
        notes.append("With one subject all mass goes to the one strategy that fits it best: no population.")
    for group in tied:
        same = len({prescribed[name] for name in group}) == 1
        why = "prescribe the same in every round that was played" if same else "fit every subject equally well"
        notes.append(f"{', '.join(group)} {why}: their split is arbitrary.")
    return notes
