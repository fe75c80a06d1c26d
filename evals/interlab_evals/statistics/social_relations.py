"""The social relations model: what in a round robin is due to who acts, to whom it meets, and to the pair."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.intervals import Bounds

FEWEST_PLAYERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialRelations:
    """A round robin taken apart.

    Attributes:
        players: In the order of the arrays.
        mean: The mean of all cells.
        actor: Shape (players,): how much more a player shows than the mean, whomever it meets.
        partner: Shape (players,): how much more others show when they meet it.
        relationship: Shape (players, players): what is left of each cell, actor down; NaN on the diagonal.
        actor_variance: Variance of actor effects among players at large; may come out below 0.
        partner_variance: Variance of partner effects.
        relationship_variance: Variance of relationship effects, including the error of a cell's mean.
        error_variance: Mean squared error of a cell's mean, from repeated episodes; NaN without repeats.
        generalised_reciprocity: Covariance of a player's actor and partner effect.
        dyadic_reciprocity: Covariance of a pair's two relationship effects.
        n_episodes: Episodes that the cells rest on.
    """

    players: tuple[str, ...]
    mean: float
    actor: Floats
    partner: Floats
    relationship: NDArray[np.float64]
    actor_variance: float
    partner_variance: float
    relationship_variance: float
    error_variance: float
    generalised_reciprocity: float
    dyadic_reciprocity: float
    n_episodes: int


def social_relations(
    frame: pd.DataFrame, metric: str, *, kind: Kind | None = None, bounds: Bounds | None = None
) -> SocialRelations:
    """Fit the social relations model to a round robin.

    A cell is the pooled value of one player against another; self-play is left out. With n players,
    a_i = (n-1)^2/(n(n-2)) M_i. + (n-1)/(n(n-2)) M_.i - (n-1)/(n-2) M_.. and b_i likewise with rows and columns
    exchanged; variances are freed of what relationship effects put into the effects of n players.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them: one per player and episode of two seats.
        metric: The metric.
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Raises:
        ParameterError: There are fewer than four players, or a pair never met.

    Source:
        Warner, Kenny and Stoto (1979); Kenny (1994); Kenny and La Voie (1984).
    """
    rows = rows_of(frame, metric, by=["player", "opponents"], kind=kind, bounds=bounds)
    table = rows.frame[~rows.frame["self_play"].astype(bool) & rows.frame["value"].notna()]
    cells = table.groupby(["player", "opponents"]).agg(
        k=("k", "sum"), n=("n", "sum"), variance=("value", "var"), size=("value", "size")
    )
    players = tuple(sorted({str(each) for name in ("player", "opponents") for each in table[name].unique()}))
    if len(players) < FEWEST_PLAYERS:
        raise ParameterError(
            f"{len(players)} players: the social relations model takes a round robin of at least {FEWEST_PLAYERS}"
        )
    matrix = np.full((len(players), len(players)), math.nan)
    for (one, other), k, n in cells[["k", "n"]].itertuples(name=None):
        matrix[players.index(one), players.index(other)] = k / n if n else math.nan
    for i, one in enumerate(players):
        for j, other in enumerate(players):
            if i != j and math.isnan(matrix[i, j]):
                raise ParameterError(
                    f"`{one}` has no figure against `{other}`: the model takes a full round robin"
                )
    error = (cells["variance"] / cells["size"]).mean()
    return _fitted(players, matrix, float(error), len(table[["run", "episode"]].drop_duplicates()))


def _fitted(players: tuple[str, ...], x: NDArray[np.float64], error: float, n_episodes: int) -> SocialRelations:
    n = len(players)
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
    return SocialRelations(
        players=players,
        mean=mean,
        actor=actor,
        partner=partner,
        relationship=left,
        actor_variance=float((actor**2).sum()) / (n - 1) - bias,
        partner_variance=float((partner**2).sum()) / (n - 1) - bias,
        relationship_variance=relationship,
        error_variance=error,
        generalised_reciprocity=float((actor * partner).sum()) / (n - 1)
        - reciprocity * share
        - relationship * cross,
        dyadic_reciprocity=reciprocity,
        n_episodes=n_episodes,
    )
