"""Who beats whom: strengths from wins and ties alone.

How much was won by does not count, nor does cooperation: a ranking of winners is not one of good players.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.basis import Basis
from interlab_evals.statistics.rows import EPISODE, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Codes, Floats
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
        tie: Davidson's nu: how readily two equals tie (they do so with probability nu/(2 + nu)).
        wins: Shape (players, players): episodes that the player of the row won from that of the column.
        ties: Shape (players, players): episodes that they tied.
        level: Nominal coverage, e.g. 0.95.
        n_resamples: Resamples that the interval rests on: those in which strengths were defined.
        n_dropped: Resamples that left strengths undefined.
        basis: What it rests on: episodes with a result, in clusters that are resampled; those without are the
            undefined ones.
        notes: What a reader has to know besides, in sentences.
    """

    players: tuple[str, ...]
    strength: Floats
    low: Floats
    high: Floats
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
    level: float = 0.95,
    seed: int = 0,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> BradleyTerry:
    """Rank players by who had more of a metric in the episodes that they played against each other.

    P(i beats j) : P(j beats i) : P(tie) = s_i : s_j : nu sqrt(s_i s_j), by maximum likelihood.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them; episodes of two seats count, self-play not.
        metric: What is compared within an episode.
        tie_within: Differences up to this much are ties.
        level: Nominal coverage of the bootstrap intervals, in (0, 1).
        seed: Of the bootstrap.
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Returns:
        The strengths. They are undefined, and ``notes`` says whose fault it is, where some players never lost to
        the others nor tied with them: then no finite strength is large enough.

    Raises:
        ParameterError: There is no episode between two players.

    Source:
        Bradley and Terry (1952); Davidson (1970) for ties; Ford (1957) for when strengths exist.
    """
    rows = rows_of(frame, metric, by=["player", "opponents"], kind=kind, bounds=bounds)
    rows = rows.where(~rows.frame["self_play"].astype(bool))
    games, n_undefined = _games(rows, tie_within)
    if not games:
        raise ParameterError(f"no episode between two players has `{metric}` for both: there is nothing to rank")
    names = sorted({each for game in games for each in game[:2]})
    results = np.array([(names.index(one), names.index(other), each) for one, other, each, _ in games])
    codes = np.array([cluster for *_, cluster in games], dtype=np.intp)
    wins, ties = _counts(results, len(names))
    groups = _groups(wins, ties)
    nothing = np.full(len(names), math.nan)
    strength, tie, low, high, kept = nothing, math.nan, nothing, nothing, 0
    notes: tuple[str, ...] = ()
    if not wins.any():
        notes = ("Strengths are undefined: every episode was a tie.",)
    elif groups.max() == 0:
        strength, tie = _fitted(wins, ties)
        low, high, kept = _bootstrap(results, codes, strength, level, seed)
        if kept < RESAMPLES:
            notes = (f"{RESAMPLES - kept} of {RESAMPLES} resamples left strengths undefined and were dropped.",)
    else:
        notes = (_blame(names, groups, wins, ties),)
    order = sorted(range(len(names)), key=lambda place: -float(strength[place]))
    grid = np.ix_(order, order)
    return BradleyTerry(
        players=tuple(names[place] for place in order),
        strength=strength[order],
        low=low[order],
        high=high[order],
        tie=tie,
        wins=wins[grid],
        ties=ties[grid],
        level=level,
        n_resamples=kept,
        n_dropped=RESAMPLES - kept if math.isfinite(tie) else 0,
        basis=Basis(
            method="none" if np.isnan(low).all() else "cluster bootstrap",
            n_episodes=len(games),
            n_clusters=len(np.unique(codes)),
            n_undefined=n_undefined,
            n_invalid=rows.n_invalid,
            seed=seed,
        ),
        notes=notes,
    )


def _games(rows: Rows, tie_within: float) -> tuple[list[tuple[str, str, float, int]], int]:
    """List (one player, the other, 1 if the first won, 0 if the second, 1/2 for a tie, cluster) by episode."""
    games: list[tuple[str, str, float, int]] = []
    undefined = 0
    table = rows.frame.assign(cluster=rows.codes(rows.independent_by())).sort_values([*EPISODE, "player"])
    for _, episode in table.groupby(list(EPISODE), sort=True):
        if len(episode) != 2:
            continue
        one, other = (str(each) for each in episode["player"])
        difference = float(episode["value"].iloc[0] - episode["value"].iloc[1])
        if math.isnan(difference):
            undefined += 1
            continue
        result = 0.5 if abs(difference) <= tie_within else float(difference > 0)
        games.append((one, other, result, int(episode["cluster"].iloc[0])))
    return games, undefined


def _counts(results: NDArray[np.float64], players: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    wins, ties = np.zeros((players, players)), np.zeros((players, players))
    one, other = results[:, 0].astype(int), results[:, 1].astype(int)
    first, tied = results[:, 2] == 1, results[:, 2] == 0.5
    last = ~first & ~tied
    np.add.at(wins, (one[first], other[first]), 1)
    np.add.at(wins, (other[last], one[last]), 1)
    np.add.at(ties, (one[tied], other[tied]), 1)
    return wins, ties + ties.T


def _groups(wins: NDArray[np.float64], ties: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number the groups within which everybody beat or tied everybody, directly or by way of others."""
    from scipy.sparse.csgraph import connected_components

    found: Any = connected_components(wins + ties > 0, directed=True, connection="strong")
    return found[1]


def _blame(
    names: Sequence[str], groups: NDArray[np.intp], wins: NDArray[np.float64], ties: NDArray[np.float64]
) -> str:
    beaten = wins + ties
    for group in range(int(groups.max()) + 1):
        inside = groups == group
        lost, won = beaten[np.ix_(~inside, inside)].sum(), beaten[np.ix_(inside, ~inside)].sum()
        who = ", ".join(f"`{name}`" for name, chosen in zip(names, inside, strict=True) if chosen)
        if lost == 0 and won > 0:
            return f"Strengths are undefined: {who} never lost to the others and never tied with them."
    return "Strengths are undefined: some players never met, not even by way of others."


def _fitted(
    wins: NDArray[np.float64], ties: NDArray[np.float64], start: Floats | None = None
) -> tuple[Floats, float]:
    """Maximise the likelihood by Newton's method; it is concave in the log strengths and the log of nu."""
    players = len(wins)
    upper = np.triu_indices(players, 1)
    outcomes = np.column_stack([wins[upper], wins.T[upper], ties[upper]])
    any_tied = bool(outcomes[:, 2].sum())
    pairs = np.arange(len(outcomes))
    features = np.zeros((len(outcomes), 3, players + 1))
    for place, seat in enumerate(upper):
        features[pairs, place, seat] = 1.0
        features[pairs, 2, seat] = 0.5
    features[:, 2, -1] = 1.0
    games = outcomes.sum(axis=1)
    theta: Floats = np.append(np.zeros(players) if start is None else start, 0.0)
    for _ in range(_STEPS):
        logs: Floats = features @ theta
        if not any_tied:
            logs[:, 2] = -np.inf
        share: Floats = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        slope: Floats = np.einsum("po,pof->f", outcomes - games[:, None] * share, features)
        mean: Floats = np.einsum("po,pof->pf", share, features)
        curve: Floats = np.einsum("p,po,pof,pog->fg", games, share, features, features) - np.einsum(
            "p,pf,pg->fg", games, mean, mean
        )
        step = np.linalg.lstsq(curve, slope, rcond=1e-10)[0]
        theta += np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < 1e-9:
            break
    return theta[:-1] - theta[:-1].mean(), math.exp(theta[-1]) if any_tied else 0.0


def _bootstrap(
    results: NDArray[np.float64], codes: Codes, fitted: Floats, level: float, seed: int
) -> tuple[Floats, Floats, int]:
    """Percentile intervals over resampled clusters; NaN where half of the resamples leave strengths undefined."""
    random, players = np.random.default_rng(seed), len(fitted)
    drawn: list[Floats] = []
    members: list[Codes] = [(codes == each).nonzero()[0] for each in np.unique(codes)]
    for _ in range(RESAMPLES):
        again: list[int] = random.integers(0, len(members), len(members)).tolist()
        chosen = np.concatenate([members[each] for each in again])
        wins, ties = _counts(results[chosen], players)
        if wins.any() and _groups(wins, ties).max() == 0:
            drawn.append(_fitted(wins, ties, fitted)[0])
    if 2 * len(drawn) < RESAMPLES:
        return np.full(players, math.nan), np.full(players, math.nan), len(drawn)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high, len(drawn)
