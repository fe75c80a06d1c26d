"""Ranking players by wins or by a metric, with intervals of the ranks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.arms import without_self_play
from interlab_evals.statistics.bradley_terry import strengths_of
from interlab_evals.statistics.estimators import check_level, one_of
from interlab_evals.statistics.observations import estimate_observations
from interlab_evals.statistics.rankings import Ranking, Rankings, Standing
from interlab_evals.statistics.ranks import ranks_of
from interlab_evals.statistics.rows import Invalid, column, rows_of
from interlab_evals.statistics.strata import Stratum, strata
from interlab_evals.statistics.survival import Durations, pseudo_values
from interlab_evals.stimuli import warn_of_mixed_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows

RESAMPLES: Final = 1999
PRIOR_SD: Final = 3.0
"""Standard deviation of the prior of log strengths: odds of 20 to 1 are one standard deviation from even."""

_PAYOFF: Final = "payoff"
_DIFFERENT: Final = (
    "Players met different opponents, and values depend on them. `interlab compare` uses the opponents that both "
    "sides met."
)
_CERTAIN: Final = "Every cluster gave the same values, so more of them would not change the ranks."
_UNKNOWN: Final = "Ranks have no interval: that takes at least two seeds (or episodes) that differ in chance."


def rank(
    frame: pd.DataFrame,
    metric: str | None = None,
    *,
    by: str = "player",
    wins: bool = False,
    tie_within: float = 0.0,
    level: float = 0.95,
    invalid: Invalid = "keep",
    over_scenarios: bool = False,
    seed: int = 0,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> Rankings:
    """Rank players within each scenario, with an interval of each rank and the chance of being best.

    Without a metric, or with ``wins``, by Bradley-Terry strengths from wins and ties in each episode, with a
    normal prior of standard deviation 3 that keeps the strength of a player that never lost finite. Else by the
    values that :func:`interlab_evals.estimate` gives. Whole clusters of episodes are resampled. Rows of failed
    episodes and self-play are left out.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, or :func:`interlab_evals.episodes`, of which the
            payoff is taken.
        metric: The metric; by default the payoff of an episode, or ``mean_payoff`` in a frame of metrics. Less is
            better where the metric declares so.
        by: The column whose values are ranked; only ``player`` for wins.
        wins: Whether to rank by who has more of the metric in an episode, rather than by its values.
        tie_within: Differences up to this much are ties, in the metric's unit.
        level: Nominal coverage, in (0, 1).
        invalid: ``keep``: as played. ``drop-episodes``: without figures of a role whose first answer was invalid.
        over_scenarios: Whether to rank over all scenarios together rather than within each.
        seed: Seed of the resampling.
        kind: Instead of what the metric declares, which then need not be registered.
        bounds: Instead of the declared range.

    Returns:
        One ranking per scenario in which at least two players were measured.

    Raises:
        ParameterError: The frame lacks a column or the metric, the level is out of range, or there is nothing
            to rank.
        UnknownNameError: The metric is not registered, and no kind is given.

    Source:
        See :func:`interlab_evals.statistics.ranks.ranks_of` for ranks, :func:`interlab_evals.bradley_terry` for
        strengths.
    """
    check_level(level)
    one_of("invalid", invalid, Invalid)
    warn_of_mixed_rows(frame, [by])
    wins = wins or metric is None
    frame, metric, kind = with_payoff(frame, metric, kind)
    by = column(by)
    if wins and by != "player":
        raise ParameterError(f"invalid by `{by}`: expected `player`, as it is players that win")
    needed = [by, "player", "opponents"] if wins or by == "player" else [by]
    rows, dropped = rows_of(frame, metric, by=needed, kind=kind, bounds=bounds).judged_by(invalid)
    asked = _Asked(by, wins, tie_within, level, seed)
    found: list[Ranking] = []
    notes: list[str] = []
    for each in [Stratum("", rows)] if over_scenarios else strata(rows, by):
        made = _ranking(each, asked, dropped)
        if made is None:
            notes.append(f"{each.label or 'The run'} is left out: fewer than two {by}s have `{metric}` there.")
        else:
            found.append(made)
    if not found:
        raise ParameterError(f"nothing to rank: no scenario has `{metric}` of two different {by}s")
    return Rankings(by=by, rankings=tuple(found), notes=tuple(notes))


class _Asked(NamedTuple):
    """The options of every ranking."""

    by: str
    wins: bool
    tie_within: float
    level: float
    seed: int


def with_payoff(
    frame: pd.DataFrame, metric: str | None, kind: Kind | None
) -> tuple[pd.DataFrame, str, Kind | None]:
    """Return the frame with the payoffs as values where it is one of episodes, and the metric with its kind."""
    if metric in (None, _PAYOFF) and "value" not in frame.columns and _PAYOFF in frame.columns:
        return frame.assign(metric=_PAYOFF, value=frame[_PAYOFF]), _PAYOFF, kind or "unbounded mean"
    return frame, metric or "mean_payoff", kind


def _ranking(stratum: Stratum, asked: _Asked, dropped: tuple[str, ...]) -> Ranking | None:
    rows, apart = without_self_play(stratum.rows)
    if asked.wins and rows.frame["self_play"].all():
        return None
    rows = rows.where(rows.frame["value"].notna() & rows.frame[asked.by].notna())
    labels = [str(each) for each in rows.frame[asked.by].unique()]
    if len(labels) < 2:
        return None
    made = _by_wins(rows, asked) if asked.wins else _by_values(rows, labels, asked)
    notes = (*made.notes, *apart, *dropped)
    if asked.by == "player" and not _is_balanced(rows):
        notes = (*notes, _DIFFERENT)
    return Ranking(
        scenario=stratum.label,
        metric=rows.metric,
        wins=asked.wins,
        kind=rows.kind,
        unit=rows.unit,
        direction=rows.direction,
        level=asked.level,
        n_clusters=made.n_clusters,
        seed=asked.seed,
        standings=tuple(sorted(made.standings, key=lambda each: (each.rank, each.label))),
        notes=notes,
    )


class _Made(NamedTuple):
    """The standings of a scenario, with what they rest on."""

    standings: list[Standing]
    n_clusters: int
    notes: tuple[str, ...]


def _by_wins(rows: Rows, asked: _Asked) -> _Made:
    if rows.direction == "lower":
        rows = replace(rows, frame=rows.frame.assign(value=-rows.frame["value"]))
    fitted = strengths_of(
        rows,
        tie_within=asked.tie_within,
        prior_sd=PRIOR_SD,
        level=asked.level,
        seed=asked.seed,
    )
    clusters = fitted.basis.n_clusters
    ranks = ranks_of(fitted.strength, fitted.draws, clusters, asked.level)
    standings: list[Standing] = []
    for place, label in enumerate(fitted.players):
        won, lost = int(fitted.wins[place].sum()), int(fitted.wins[:, place].sum())
        tied = int(fitted.ties[place].sum())
        standings.append(
            Standing(
                label=label,
                rank=float(ranks.rank[place]),
                rank_low=float(ranks.low[place]),
                rank_high=float(ranks.high[place]),
                best=float(ranks.best[place]),
                value=float(fitted.strength[place]),
                low=float(fitted.low[place]),
                high=float(fitted.high[place]),
                n_episodes=won + tied + lost,
                n_clusters=clusters,
                won=won,
                tied=tied,
                lost=lost,
            )
        )
    return _Made(standings, clusters, (*_spread(fitted.draws, clusters), *fitted.notes))


def _by_values(rows: Rows, labels: Sequence[str], asked: _Asked) -> _Made:
    codes = rows.codes(rows.independent_by())
    k, n = _sums(rows, labels, codes, asked.by)
    values = k.sum(axis=0) / n.sum(axis=0)
    draws = _draws(k, n, asked.seed)
    sign = -1.0 if rows.direction == "lower" else 1.0
    ranks = ranks_of(sign * values, sign * draws, len(k), asked.level)
    standings: list[Standing] = []
    for place, label in enumerate(labels):
        own = rows.where(rows.frame[asked.by].astype("string") == label)
        found = estimate_observations(own.observations(), level=asked.level, seed=asked.seed)
        standings.append(
            Standing(
                label=label,
                rank=float(ranks.rank[place]),
                rank_low=float(ranks.low[place]),
                rank_high=float(ranks.high[place]),
                best=float(ranks.best[place]),
                value=found.value,
                low=found.low,
                high=found.high,
                n_episodes=found.n_episodes,
                n_clusters=found.n_clusters,
            )
        )
    return _Made(standings, len(k), _spread(draws, len(k)))


def _sums(rows: Rows, labels: Sequence[str], codes: NDArray[np.intp], by: str) -> tuple[Floats, Floats]:
    """Return k and n summed by cluster and label, each of shape (clusters, labels).

    For times, k is a pseudo-value of the restricted mean up to the longest time that all labels know.
    """
    number = {label: place for place, label in enumerate(labels)}
    own = rows.frame[by].astype("string").map(number).to_numpy(np.intp)
    k, n = rows.k, rows.n
    if rows.kind == "time-to-event":
        waits = Durations(rows.value, rows.k > 0, codes)
        horizon = min(waits.where(own == place).horizon for place in number.values())
        k, n = np.empty(len(rows)), np.ones(len(rows))
        for place in number.values():
            k[own == place] = pseudo_values(waits.where(own == place), horizon)
    shape = (int(codes.max()) + 1, len(labels))
    sums = [np.zeros(shape), np.zeros(shape)]
    for total, each in zip(sums, (k, n), strict=True):
        np.add.at(total, (codes, own), each)
    return sums[0], sums[1]


def _draws(k: Floats, n: Floats, seed: int) -> NDArray[np.float64]:
    """Return the labels' values in resamples of whole clusters, without those that left a label empty."""
    clusters = len(k)
    random = np.random.default_rng(seed)
    weights = random.multinomial(clusters, np.full(clusters, 1 / clusters), RESAMPLES).astype(np.float64)
    totals = weights @ n
    return (weights @ k)[(totals > 0).all(axis=1)] / totals[(totals > 0).all(axis=1)]


def _spread(draws: NDArray[np.float64], clusters: int) -> tuple[str, ...]:
    if clusters < 2:
        return (_UNKNOWN,)
    return (_CERTAIN,) if len(draws) and np.ptp(draws, axis=0).max() < 1e-9 else ()


def _is_balanced(rows: Rows) -> bool:
    """Return whether any two players met the same others, each other aside."""
    met = rows.frame.groupby(rows.frame["player"].astype("string"))["opponents"].unique()
    others = {
        str(player): {name for each in found for name in str(each).split(", ")} for player, found in met.items()
    }
    everybody = {*others}.union(*others.values())
    return all(found | {player} == everybody for player, found in others.items())
