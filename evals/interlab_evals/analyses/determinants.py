"""Zero-determinant strategies in a sample: what each player's pooled memory-one strategy comes near to."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from interlab_evals.measures.determinant import ZeroDeterminantFit, zero_determinant_fits
from interlab_evals.measures.strategy import responses
from interlab_evals.measures.tables import Dilemma, PayoffTable
from interlab_evals.records import is_failed, read
from interlab_evals.statistics.estimators import check_level
from interlab_evals.statistics.resampling import RESAMPLES

if TYPE_CHECKING:
    from interlab_evals.records import Source
    from interlab_evals.statistics.clustering import Floats

NEAR: Final = 0.05
"""The squared error up to which a fit has a slope worth naming: .11 in each of the four probabilities."""

_GATED: Final = {"chi": "sse", "general_chi": "general_sse", "kappa": "general_sse"}
"""Columns that are meaningful only for a squared error near 0."""


class _Who(NamedTuple):
    """Columns of a pool of moves: those of a player in one game."""

    player: str
    scenario: str
    payoffs: Dilemma


def zero_determinant(source: Source, *, near: float = NEAR, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """Fit zero-determinant strategies to each player's memory-one strategy, pooled over its episodes.

    The fits are those of :func:`interlab_evals.zero_determinant_fit`, to the pooled k_s/n_s of `memory_one`. chi
    and kappa are ratios and have no mean over episodes; here they are estimated once, and are NaN unless the
    squared error of their fit is at most ``near``: far from the zero-determinant strategies a slope means nothing.

    Args:
        source: A run, its directory, a file or directory of spans, or a record. Failed episodes and games other
            than symmetric dilemmas of two actions are left out.
        near: The greatest squared error with which chi and kappa are told.
        level: Nominal coverage of the intervals.
        seed: Of the bootstrap.

    Returns:
        One row per player, scenario and payoffs: ``player``, ``scenario``, ``payoffs`` (R, S, T, P); ``p_cc`` to
        ``p_dd`` and ``n_cc`` to ``n_dd`` (moves after each state); ``chi``, ``sse``, ``general_chi``, ``kappa``
        and ``general_sse``, each with ``..._low`` and ``..._high``, the percentiles of 1,999 bootstrap samples of
        seeds (what shares a seed is one cluster); ``n_episodes`` and ``n_clusters``. No interval with fewer than
        two seeds, or where more than one sample in a hundred leaves the figure undefined, as rare states do.

    Source:
        Press & Dyson (2012); Knight, Harper, Glynatsi & Gillard (2024), PLoS ONE.
    """
    check_level(level)
    pooled: dict[_Who, dict[int, Floats]] = defaultdict(dict)
    played: dict[_Who, set[tuple[str, str]]] = defaultdict(set)
    for episode in read(source).episodes:
        table = None if is_failed(episode) else PayoffTable.of(episode.game)
        dilemma = table.dilemma(episode.game.get("cooperate")) if table else None
        if dilemma is None:
            continue
        for role, after in responses(episode).items():
            who = _Who(episode.seat(role).player, episode.scenario, dilemma)
            counts = np.array([[each.k, each.n] for each in after.values()], dtype=np.float64)
            pooled[who][episode.seed] = pooled[who].get(episode.seed, np.zeros((4, 2))) + counts
            played[who].add((episode.run, episode.id))
    rows = [
        _row(who, np.array([*seeds.values()]), near, level, seed) | {"n_episodes": len(played[who])}
        for who, seeds in pooled.items()
    ]
    return pd.DataFrame(rows)


def _row(who: _Who, clusters: Floats, near: float, level: float, seed: int) -> dict[str, object]:
    """Fit one player's counts, shape (clusters, states, 2)."""
    k, n = clusters.sum(axis=0).T
    whole = _fits(clusters.sum(axis=0)[None], who.payoffs)
    random = np.random.default_rng(seed)
    size = len(clusters)
    drawn = random.multinomial(size, np.full(size, 1 / size), RESAMPLES if size > 1 else 0).astype(np.float64)
    samples = _fits(np.einsum("bc,csk->bsk", drawn, clusters), who.payoffs)
    states = ("cc", "cd", "dc", "dd")
    row: dict[str, object] = {"player": who.player, "scenario": who.scenario, "payoffs": tuple(who.payoffs)}
    row |= {f"p_{state}": of / out if out else math.nan for state, of, out in zip(states, k, n, strict=True)}
    row |= {f"n_{state}": int(out) for state, out in zip(states, n, strict=True)}
    found = dict(zip(ZeroDeterminantFit._fields, whole[0].tolist(), strict=True))
    for place, name in enumerate(ZeroDeterminantFit._fields):
        told = name not in _GATED or found[_GATED[name]] <= near
        ends = _percentiles(samples[:, place], level) if told else (math.nan, math.nan)
        row |= {name: found[name] if told else math.nan, f"{name}_low": ends[0], f"{name}_high": ends[1]}
    return row | {"n_clusters": size}


def _fits(counts: Floats, payoffs: Dilemma) -> Floats:
    k, n = counts[..., 0], counts[..., 1]
    return zero_determinant_fits(np.divide(k, n, out=np.full_like(k, math.nan), where=n > 0), payoffs)


def _percentiles(values: Floats, level: float) -> tuple[float, float]:
    defined = values[np.isfinite(values)]
    if not len(values) or len(defined) < 0.99 * len(values):
        return math.nan, math.nan
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
