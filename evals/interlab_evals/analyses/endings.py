"""Ends of episodes as competing risks: cumulative incidence by reason."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from interlab.errors import ParameterError
from interlab_evals.frames import episodes
from interlab_evals.statistics.estimators import check_level
from interlab_evals.statistics.proportions import wilson
from interlab_evals.statistics.rows import EPISODE, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from interlab_evals.records import Source
    from interlab_evals.statistics.clustering import Codes, Floats

CENSORING: Final = ("completed", "deadline", "budget")
"""Reasons by which an episode was merely over: what would have ended it is not known."""


class _Endings(NamedTuple):
    """Times and causes of some episodes; ``cause`` is a place in ``reasons``, or -1 where it is not known."""

    times: Floats
    causes: Codes
    clusters: Codes
    reasons: Sequence[str]


def cumulative_incidence(
    source: Source | pd.DataFrame,
    *,
    by: Sequence[str] = (),
    censoring: Sequence[str] = CENSORING,
    clusters: Sequence[str] = EPISODE,
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate what part of episodes has ended for each reason by each round: Aalen and Johansen's estimator.

    A party that walked away will not agree later. `rounds_to_agreement` takes it as censored, as though it still
    might, and so tells how soon parties would agree if none could leave; this tells how many did agree by when.
    I_k(t) = sum_{t_j <= t} S(t_j-) d_kj / n_j with n_j episodes under way before round t_j, of which d_kj end in
    it for reason k, and S the share not ended for any. The reasons' incidences and S add up to 1.

    Args:
        source: A run, its directory, a file or directory of spans, a record, or rows as
            :func:`interlab_evals.episodes` gives them. Failed episodes are left out.
        by: Columns whose values are told apart, e.g. ``("scenario", "lineup")``.
        censoring: The reasons of ending that tell nothing about what would have come.
        clusters: The columns that tell independent units apart.
        level: Nominal coverage of the intervals, each for its time alone.

    Returns:
        One row per group, reason and round in which an episode of the group ended: the columns ``by``,
        ``reason``, ``round``, ``incidence``, ``low``, ``high`` (Wilson's interval with the effective number of
        episodes that the delete-one-cluster jackknife gives; with the number of clusters where it shows no
        spread), ``events``, ``at_risk``, ``n_episodes``.

    Raises:
        ParameterError: A column is missing, no episode has ended, or the level is none.

    Source:
        Aalen & Johansen (1978), as ``CumIncidenceRight`` of statsmodels has it.
    """
    check_level(level)
    frame = source if isinstance(source, pd.DataFrame) else episodes(source)
    require(frame, [*EPISODE, *by, *clusters, "end_reason", "rounds", "status"])
    ended = frame[(frame["status"] == "completed") & (frame["rounds"] > 0)].drop_duplicates([*EPISODE, *by])
    if ended.empty:
        raise ParameterError("no episode has been played to its end: there is no incidence of anything")
    reasons = [str(each) for each in ended["end_reason"].unique() if each not in censoring]
    rows: list[dict[str, object]] = []
    for _, group in ended.groupby(list(by), sort=False) if by else [((), ended)]:
        named: dict[str, object] = {name: group[name].iloc[0] for name in by}
        codes = group.groupby(list(clusters), sort=False, dropna=False).ngroup().to_numpy().astype(np.intp)
        places = pd.Index(reasons).get_indexer(pd.Index(group["end_reason"].astype(str))).astype(np.intp)
        given = _Endings(group["rounds"].to_numpy(np.float64), places, codes, reasons)
        rows.extend(named | each for each in _incidences(given, level))
    columns = [*by, "reason", "round", "incidence", "low", "high", "events", "at_risk", "n_episodes"]
    return pd.DataFrame(rows, columns=columns)


def _incidences(given: _Endings, level: float) -> Iterator[dict[str, object]]:
    times = np.unique(given.times[given.causes >= 0])
    under_way = given.times[:, None] >= times
    ends = (given.times[:, None] == times) & (given.causes == np.arange(len(given.reasons))[:, None])[:, :, None]
    count = int(given.clusters.max()) + 1
    kept = np.ones((count + 1, len(given.times)))
    kept[1:] = given.clusters != np.arange(count)[:, None]
    found = _aalen_johansen(kept, under_way, ends)
    whole, left_out = found[:, 0], found[:, 1:]
    spread = ((left_out - left_out.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) * (count - 1) / count
    for cause, reason in enumerate(given.reasons):
        for place, time in enumerate(times):
            share = min(1.0, float(whole[cause, place]))
            variance = float(spread[cause, place])
            effective = min(len(given.times), share * (1 - share) / variance) if variance > 0 else count
            low, high = wilson(share, effective, level) if count > 1 and effective > 0 else (math.nan, math.nan)
            yield {
                "reason": reason,
                "round": int(time),
                "incidence": share,
                "low": low,
                "high": high,
                "events": int(ends[cause, :, place].sum()),
                "at_risk": int(under_way[:, place].sum()),
                "n_episodes": len(given.times),
            }


def _aalen_johansen(weights: Floats, under_way: NDArray[np.bool_], ends: NDArray[np.bool_]) -> Floats:
    """Estimate the incidences under several weightings of the episodes at once.

    Args:
        weights: Shape (weightings, episodes).
        under_way: Shape (episodes, times): whether an episode had not ended before.
        ends: Shape (causes, episodes, times): whether it ended then, by cause.

    Returns:
        Shape (causes, weightings, times).
    """
    at_risk = weights @ under_way
    hazards = np.divide(weights @ ends, at_risk, out=np.zeros((len(ends), *at_risk.shape)), where=at_risk > 0)
    lasting = np.asarray(np.cumprod(1 - hazards.sum(axis=0), axis=1), dtype=np.float64)
    before = np.concatenate([np.ones((len(weights), 1)), lasting[:, :-1]], axis=1)
    return np.cumsum(before * hazards, axis=2)
