"""Bradley-Terry strengths from wins and ties alone.

How much was won by does not count, nor does cooperation: a ranking of winners is not one of good players.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.basis import Basis
from interlab_evals.statistics.rows import EPISODE, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows

RESAMPLES: Final = 999
_STEPS: Final = 100
_LONGEST_STEP: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BradleyTerry:
    """Strengths of players; all NaN where they are undefined.

    Attributes:
        players: The strongest first, or by name where strengths are undefined.
        strength: Shape (players,): log strengths, 0 on average. A player beats one that is weaker by d with
            odds of e^d, ties aside.
        low: Shape (players,): lower ends, by a bootstrap over clusters of episodes.
        high: Shape (players,): upper ends.
        draws: Shape (resamples, players): the strengths in each resample that defined them.
        tie: Davidson's nu: two equal players tie with probability nu/(2 + nu); infinite if all tied.
        wins: Shape (players, players): games that the player of the row won from that of the column.
        ties: Shape (players, players): games that they tied.
        level: Nominal coverage, e.g. 0.95.
        n_resamples: Resamples that the interval rests on: those in which strengths were defined.
        n_dropped: Resamples that left strengths undefined.
        basis: The data behind it: episodes with a result, in clusters that are resampled; games without a result
            are the undefined ones.
        notes: Sentences for the reader.
    """

    players: tuple[str, ...]
    strength: Floats
    low: Floats
    high: Floats
    draws: NDArray[np.float64]
    tie: float
    wins: NDArray[np.float64]
    ties: NDArray[np.float64]
    level: float
    n_resamples: int
    n_dropped: int
    basis: Basis
    notes: tuple[str, ...] = ()


def bradley_terry(
    frame: pd.DataFrame,
    metric: str = "mean_payoff",
    *,
    tie_within: float = 0.0,
    prior_sd: float = math.inf,
    level: float = 0.95,
    seed: int = 0,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> BradleyTerry:
    """Estimate the strength of players from wins: in each episode, the player with more of a metric wins.

    P(i beats j) : P(j beats i) : P(tie) = s_i : s_j : nu sqrt(s_i s_j), by maximum likelihood. An episode of more
    than two players gives one game for each pair of them; a cluster stays whole in the bootstrap.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them; self-play is left out.
        metric: The metric that is compared within an episode; the player with more of it wins.
        tie_within: Differences up to this much are ties.
        prior_sd: Standard deviation of a normal prior of the log strengths; infinite for none. With a prior,
            strengths are finite even for a player that never lost.
        level: Nominal coverage of the bootstrap intervals, in (0, 1).
        seed: Seed of the bootstrap.
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Returns:
        The strengths. Without a prior they are undefined where some players never lost to the others nor tied with
        them, because no finite strength is large enough; ``notes`` says which.

    Raises:
        ParameterError: There is no episode between two players, or the prior is not above 0.

    Source:
        Bradley and Terry (1952); Davidson (1970) for ties; Ford (1957) for when strengths exist; Caron and
        Doucet (2012) for priors.
    """
    rows = rows_of(frame, metric, by=["player", "opponents"], kind=kind, bounds=bounds)
    return strengths_of(rows, tie_within=tie_within, prior_sd=prior_sd, level=level, seed=seed)


def strengths_of(rows: Rows, *, tie_within: float, prior_sd: float, level: float, seed: int) -> BradleyTerry:
    """Estimate strengths from the rows of one metric; see :func:`bradley_terry`."""
    if not prior_sd > 0:
        raise ParameterError(f"invalid prior_sd `{prior_sd:g}`: expected a number above 0")
    rows = rows.where(~rows.frame["self_play"].astype(bool))
    games, n_undefined = _games(rows, tie_within)
    if not len(games.one):
        raise ParameterError(f"no episode between two players has `{rows.metric}` for both: nothing to rank")
    wins, ties = games.counts()
    total, tied = wins.sum(axis=0), ties.sum(axis=0)
    names, precision = games.names, 1 / prior_sd**2
    strength, tie = np.full(len(names), math.nan), math.nan
    draws = np.empty((0, len(names)))
    notes = _undefined(names, total, tied)
    if precision or not notes:
        strength, tie = (each[0] for each in _fitted(total[None], tied[None], precision))
        draws = _draws(wins, ties, strength, precision, seed)
        notes = ()
        if len(draws) < RESAMPLES:
            dropped = f"{RESAMPLES - len(draws)} of {RESAMPLES}"
            notes = (f"{dropped} resamples left strengths undefined and were dropped.",)
    low = high = np.full(len(names), math.nan)
    if 2 * len(draws) >= RESAMPLES and len(wins) > 1:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    order = sorted(range(len(names)), key=lambda place: -float(strength[place]))
    grid = np.ix_(order, order)
    return BradleyTerry(
        players=tuple(names[place] for place in order),
        strength=strength[order],
        low=low[order],
        high=high[order],
        draws=draws[:, order],
        tie=float(tie),
        wins=total[grid],
        ties=tied[grid],
        level=level,
        n_resamples=len(draws),
        n_dropped=RESAMPLES - len(draws) if not math.isnan(tie) else 0,
        basis=Basis(
            method="none" if np.isnan(low).all() else "cluster bootstrap",
            n_episodes=games.n_episodes,
            n_clusters=len(wins),
            n_undefined=n_undefined,
            n_invalid=rows.n_invalid,
            seed=seed,
        ),
        notes=notes,
    )


class _Games(NamedTuple):
    """Games between two players.

    Attributes:
        names: The players, sorted.
        one: Shape (games,): number of one player.
        other: Shape (games,): number of the other.
        result: Shape (games,): 1 if the first won, 0 if the second, 1/2 for a tie.
        cluster: Shape (games,): number of the cluster.
        n_episodes: Number of episodes that the games are from.
    """

    names: list[str]
    one: NDArray[np.intp]
    other: NDArray[np.intp]
    result: NDArray[np.float64]
    cluster: NDArray[np.intp]
    n_episodes: int

    def counts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return wins and ties, each of shape (clusters, players, players)."""
        clusters = np.unique(self.cluster, return_inverse=True)[1]
        shape = (int(clusters.max()) + 1, len(self.names), len(self.names))
        wins, ties = np.zeros(shape), np.zeros(shape)
        np.add.at(wins, (clusters, self.one, self.other), self.result == 1)
        np.add.at(wins, (clusters, self.other, self.one), self.result == 0)
        np.add.at(ties, (clusters, self.one, self.other), self.result == 0.5)
        return wins, ties + ties.swapaxes(1, 2)


def _games(rows: Rows, tie_within: float) -> tuple[_Games, int]:
    """List the games of all pairs of different players in an episode; count those without a result."""
    seats = rows.frame[["player", "value"]].assign(
        episode=rows.codes(EPISODE), cluster=rows.codes(rows.independent_by()), seat=np.arange(len(rows))
    )
    pairs = seats.merge(seats, on="episode", suffixes=("", "_other"))
    pairs = pairs[(pairs["seat"] < pairs["seat_other"]) & (pairs["player"] != pairs["player_other"])]
    difference = pairs["value"] - pairs["value_other"]
    known = difference.notna()
    pairs, margin = pairs[known], difference[known].to_numpy(np.float64)
    result = np.where(np.abs(margin) <= tie_within, 0.5, (margin > 0).astype(np.float64))
    names = sorted({str(each) for column in ("player", "player_other") for each in pairs[column].unique()})
    number = {name: place for place, name in enumerate(names)}
    one, other = (pairs[column].map(number).to_numpy().astype(np.intp) for column in ("player", "player_other"))
    cluster = pairs["cluster"].to_numpy(np.intp)
    found = _Games(names, one, other, result, cluster, pairs["episode"].nunique())
    return found, int((~known).sum())


def _undefined(names: Sequence[str], wins: NDArray[np.float64], ties: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a sentence on why no finite strengths are most likely; none where they are."""
    if not wins.any():
        return ("Strengths are undefined: every episode was a tie.",)
    groups = _groups(wins, ties)
    if not groups.max():
        return ()
    beaten = wins + ties
    for group in range(int(groups.max()) + 1):
        inside = groups == group
        lost, won = beaten[np.ix_(~inside, inside)].sum(), beaten[np.ix_(inside, ~inside)].sum()
        who = ", ".join(f"`{name}`" for name, chosen in zip(names, inside, strict=True) if chosen)
        if lost == 0 and won > 0:
            return (f"Strengths are undefined: {who} never lost to the others and never tied with them.",)
    return ("Strengths are undefined: some players never met, not even by way of others.",)


def _groups(wins: NDArray[np.float64], ties: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number the groups within which everybody beat or tied everybody, directly or by way of others."""
    from scipy.sparse.csgraph import connected_components

    found: Any = connected_components(wins + ties > 0, directed=True, connection="strong")
    return found[1]


def _fitted(
    wins: NDArray[np.float64], ties: NDArray[np.float64], precision: float, start: Floats | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maximise many likelihoods at once by Newton's method; each is concave in log strengths and log nu.

    Args:
        wins: Shape (fits, players, players).
        ties: Shape (fits, players, players), symmetric.
        precision: 1 / variance of the prior of log strengths; 0 for none.
        start: Shape (players,): log strengths to begin with.

    Returns:
        Log strengths, shape (fits, players), 0 on average, and nu, shape (fits,).
    """
    fits, players, _ = wins.shape
    games = wins + wins.swapaxes(1, 2) + ties
    any_tied: NDArray[np.bool_] = ties.sum(axis=(1, 2)) > 0
    any_won: NDArray[np.bool_] = wins.sum(axis=(1, 2)) > 0
    free = np.logical_and(any_tied, any_won)  # else the most likely nu is 0 or infinite
    theta = np.zeros((fits, players)) if start is None else np.tile(start, (fits, 1))
    theta[~any_won] = 0
    log_nu = np.where(any_won, np.where(any_tied, 0.0, -np.inf), np.inf)
    scored = wins.sum(axis=2) + ties.sum(axis=2) / 2
    fixed = precision * np.eye(players) if precision else np.full((players, players), 1 / players)
    for _ in range(_STEPS):
        beats, tie = _chances(theta, np.where(any_won, log_nu, 0.0))
        share = beats + tie / 2
        slope = np.zeros((fits, players + 1))
        slope[:, :-1] = scored - (games * share).sum(axis=2) - precision * theta
        slope[:, -1] = np.where(free, (ties - games * tie).sum(axis=(1, 2)) / 2, 0.0)
        curve = np.zeros((fits, players + 1, players + 1))
        curve[:, :-1, :-1] = games * (tie / 4 - share * share.swapaxes(1, 2)) + fixed
        own = (games * (beats + tie / 4 - share**2)).sum(axis=2)
        curve[:, :-1, :-1] += own[:, :, None] * np.eye(players)
        cross = np.where(free[:, None], (games * tie * (0.5 - share)).sum(axis=2), 0.0)
        curve[:, :-1, -1] = curve[:, -1, :-1] = cross
        curve[:, -1, -1] = np.where(free, (games * tie * (1 - tie)).sum(axis=(1, 2)) / 2, 1.0)
        step = np.linalg.solve(curve, slope[:, :, None])[:, :, 0].astype(np.float64)
        step[~any_won] = 0
        step /= np.maximum(np.abs(step).max(axis=1, keepdims=True) / _LONGEST_STEP, 1.0)
        theta += step[:, :-1]
        log_nu += step[:, -1]
        if np.abs(step).max() < 1e-9:
            break
    return theta - theta.mean(axis=1, keepdims=True), np.exp(log_nu)


def _chances(theta: NDArray[np.float64], log_nu: NDArray[np.float64]) -> tuple[Any, Any]:
    """Return the chances that the player of a row beats that of a column, and that they tie."""
    own, other = theta[:, :, None], theta[:, None, :]
    even = log_nu[:, None, None] + (own + other) / 2
    total = np.logaddexp(np.logaddexp(own, other), even)
    return np.exp(own - total), np.exp(even - total)


def _draws(
    wins: NDArray[np.float64], ties: NDArray[np.float64], start: Floats, precision: float, seed: int
) -> NDArray[np.float64]:
    """Fit strengths in resamples of clusters, leaving out those that do not define them; shape (kept, players)."""
    random, clusters = np.random.default_rng(seed), len(wins)
    weights = random.multinomial(clusters, np.full(clusters, 1 / clusters), RESAMPLES).astype(np.float64)
    won, tied = (np.tensordot(weights, each, axes=1) for each in (wins, ties))
    if not precision:
        pairs = zip(won, tied, strict=True)
        kept = [bool(one.any()) and not _groups(one, other).max() for one, other in pairs]
        won, tied = won[kept], tied[kept]
    if not len(won):
        return np.empty((0, len(start)))
    return _fitted(won, tied, precision, start)[0]
