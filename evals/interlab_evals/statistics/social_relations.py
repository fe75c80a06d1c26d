"""The social relations model: the parts of actors, partners and pairs in a round robin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.basis import Basis
from interlab_evals.statistics.cross_play import CrossPlay
from interlab_evals.statistics.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows

FEWEST_PLAYERS: Final = 4
RESAMPLES: Final = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialRelations:
    """A round robin in its parts.

    Attributes:
        players: Names, in the order of the arrays.
        mean: The mean of all cells.
        actor: Shape (players,): difference of a player's values from the mean, over all that it meets.
        actor_error: Shape (players,): standard errors over other episodes of these players, by a cluster
            bootstrap; NaN where most resamples leave a cell empty.
        partner: Shape (players,): difference of others' values from the mean when they meet it.
        partner_error: Shape (players,): likewise.
        relationship: Shape (players, players): rest of each cell, actors down; NaN on the diagonal.
        actor_variance: Variance of actor effects among players at large; may come out below 0.
        partner_variance: Variance of partner effects.
        relationship_variance: Variance of relationship effects, including the error of a cell's mean.
        error_variance: Mean squared error of a cell's mean, from repeated episodes; NaN without repeats.
        generalised_reciprocity: Covariance of a player's actor and partner effect.
        dyadic_reciprocity: Covariance of a pair's two relationship effects.
        variance_errors: Name of a variance or covariance -> its standard error over other players, by leaving out
            one player at a time; NaN for fewer than five players.
        n_resamples: Resamples that errors of effects rest on: those that left no cell empty.
        basis: The data behind it; clusters are those of episodes that were resampled.
        notes: Sentences for the reader.
    """

    players: tuple[str, ...]
    mean: float
    actor: Floats
    actor_error: Floats
    partner: Floats
    partner_error: Floats
    relationship: NDArray[np.float64]
    actor_variance: float
    partner_variance: float
    relationship_variance: float
    error_variance: float
    generalised_reciprocity: float
    dyadic_reciprocity: float
    variance_errors: Mapping[str, float]
    n_resamples: int
    basis: Basis
    notes: tuple[str, ...] = ()


def social_relations(
    frame: pd.DataFrame,
    metric: str,
    *,
    seed: int = 0,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> SocialRelations:
    """Fit the social relations model to a round robin.

    A cell is the pooled value of one player against another; self-play is left out. With n players,
    a_i = (n-1)^2/(n(n-2)) M_i. + (n-1)/(n(n-2)) M_.i - (n-1)/(n-2) M_.. and b_i likewise with rows and columns
    exchanged; variances are freed of what relationship effects put into the effects of n players.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them: one per player and episode of two seats.
        metric: The metric.
        seed: Seed of the bootstrap.
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Raises:
        ParameterError: There are fewer than four players, or a pair never met.

    Source:
        Warner, Kenny and Stoto (1979); Kenny (1994); Kenny and La Voie (1984).
    """
    return relations_of(rows_of(frame, metric, by=["player", "opponents"], kind=kind, bounds=bounds), seed)


def relations_of(rows: Rows, seed: int) -> SocialRelations:
    """Fit the social relations model to the rows of one metric; see :func:`social_relations`."""
    rows = rows.where(~rows.frame["self_play"].astype(bool))
    defined = rows.where(rows.frame["value"].notna() & (rows.frame["n"] > 0))
    table = defined.frame
    players = tuple(sorted({str(each) for name in ("player", "opponents") for each in table[name].unique()}))
    if len(players) < FEWEST_PLAYERS:
        raise ParameterError(
            f"{len(players)} players: the social relations model takes a round robin of at least {FEWEST_PLAYERS}"
        )
    cells = CrossPlay.of(defined, players)
    matrix = cells.matrix()
    for i, one in enumerate(players):
        for j, other in enumerate(players):
            if i != j and math.isnan(matrix[i, j]):
                raise ParameterError(
                    f"`{one}` has no figure against `{other}`: the model takes a full round robin"
                )
    repeats = table.groupby(["player", "opponents"])["value"]
    parts = _Parts.of(matrix)
    actor_error, partner_error, kept = _bootstrap(cells, seed)
    dropped = f"{RESAMPLES - kept} of {RESAMPLES} resamples left a cell empty and were dropped."
    return SocialRelations(
        players=players,
        mean=parts.mean,
        actor=parts.actor,
        actor_error=actor_error,
        partner=parts.partner,
        partner_error=partner_error,
        relationship=parts.relationship,
        error_variance=float((repeats.var() / repeats.size()).mean()),
        **parts.variances,
        variance_errors=_jackknife(matrix),
        n_resamples=kept,
        basis=Basis(
            method="cluster bootstrap (effects), jackknife over players (variances)",
            n_episodes=defined.n_episodes,
            n_clusters=cells.n_clusters,
            n_undefined=len(rows) - len(defined),
            n_invalid=rows.n_invalid,
            seed=seed,
        ),
        notes=() if kept == RESAMPLES else (dropped,),
    )


def _bootstrap(cells: CrossPlay, seed: int) -> tuple[Floats, Floats, int]:
    """Standard errors of actor and partner effects over resampled clusters; NaN where half leave a cell empty."""
    random, count = np.random.default_rng(seed), cells.n_clusters
    size = math.isqrt(cells.k.shape[1])
    drawn: list[Floats] = []
    for weights in random.multinomial(count, np.full(count, 1 / count), RESAMPLES):
        matrix = cells.matrix(weights.astype(np.float64))
        if np.isnan(matrix).sum() == size:
            parts = _Parts.of(matrix)
            drawn.append(np.concatenate([parts.actor, parts.partner]))
    if 2 * len(drawn) < RESAMPLES:
        return np.full(size, math.nan), np.full(size, math.nan), len(drawn)
    errors = np.std(drawn, axis=0, ddof=1)
    return errors[:size], errors[size:], len(drawn)


def _jackknife(matrix: NDArray[np.float64]) -> dict[str, float]:
    """Standard errors of variances, by leaving out one player at a time: sqrt((n-1)/n sum (V_-i - mean)^2)."""
    size = len(matrix)
    if size <= FEWEST_PLAYERS:
        return dict.fromkeys(_Parts.of(matrix).variances, math.nan)
    left_out = [_Parts.of(np.delete(np.delete(matrix, each, 0), each, 1)).variances for each in range(size)]
    return {name: math.sqrt((size - 1) * float(np.var([each[name] for each in left_out]))) for name in left_out[0]}


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a matrix of cells."""

    mean: float
    actor: Floats
    partner: Floats
    relationship: NDArray[np.float64]
    variances: dict[str, float]

    @classmethod
    def of(cls, x: NDArray[np.float64]) -> _Parts:
        n = len(x)
        rows, columns, mean = np.nanmean(x, axis=1), np.nanmean(x, axis=0), float(np.nanmean(x))
        own, other, all_ = (n - 1) ** 2 / (n * (n - 2)), (n - 1) / (n * (n - 2)), (n - 1) / (n - 2)
        actor = own * rows + other * columns - all_ * mean
        partner = own * columns + other * rows - all_ * mean
        left = x - actor[:, None] - partner[None, :] - mean
        upper: Any = np.triu_indices(n, 1)
        sums, differences = left[upper] + left.T[upper], left[upper] - left.T[upper]
        between = float((sums**2).sum()) / 2 / (n * (n - 3) / 2)
        within = float((differences**2).sum()) / 2 / ((n - 1) * (n - 2) / 2)
        relationship, reciprocity = (between + within) / 2, (between - within) / 2
        share, cross = (n - 1) / (n * (n - 2)), 1 / (n * (n - 2))
        bias = relationship * share + reciprocity * cross
        shared = float((actor * partner).sum()) / (n - 1) - reciprocity * share - relationship * cross
        variances = {
            "actor_variance": float((actor**2).sum()) / (n - 1) - bias,
            "partner_variance": float((partner**2).sum()) / (n - 1) - bias,
            "relationship_variance": relationship,
            "generalised_reciprocity": shared,
            "dyadic_reciprocity": reciprocity,
        }
        return cls(mean, actor, partner, left, variances)
