"""Two arms of a comparison, brought together: paired where pairs exist, else independent."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from interlab_evals.statistics.clustering import Sample, covariance, standard_error
from interlab_evals.statistics.rows import EPISODE, column, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from interlab_evals.statistics.clustering import Codes
    from interlab_evals.statistics.rows import Rows

Design = Literal["paired", "independent"]

PAIRED_ON: Final = ("scenario", "parameters", "seed", "lineup", "player", "partner", "seat")
"""What two rows have to share to be a pair, unless they are compared by it."""

_PARAMETERS: Final = "parameters"

_VARIES_WITH: Final[Mapping[str, frozenset[str]]] = {
    "player": frozenset({"player", "lineup"}),
    "model": frozenset({"player", "lineup"}),
    "opponents": frozenset({"opponents", "lineup"}),
    "role": frozenset({"role", "lineup"}),
    "scenario": frozenset({"scenario", "parameters"}),
    "parameters": frozenset({"parameters"}),
    "condition": frozenset({"parameters", "player", "opponents", "lineup"}),
    "lineup": frozenset({"player", "opponents", "lineup"}),
}
"""What differs along with a column compared by, and so cannot be shared."""

_OF_SEATS: Final = frozenset({"parameters", "lineup", "player", "opponents", "role", "model"})
"""Columns that tell apart rows which met the same chance moves."""

_ENOUGH: Final = 0.5
"""Part of the smaller arm that has to be in pairs for them to speak for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Two samples and how they belong together.

    Attributes:
        first: The clusters of the first arm.
        second: Those of the second; the same, in the same order, if ``shared`` is all of both.
        shared: The clusters that hold both arms, as places in ``first`` and in ``second``.
        design: Whether rows were matched.
        paired_on: The columns that matched; empty for independent arms.
        n_pairs: Pairs of rows.
        n_left_out: Rows of each arm, with a defined figure, that are in no pair and so left out.
        single: Whether every cluster is one row of each arm that it holds.
    """

    first: Sample
    second: Sample
    shared: tuple[Codes, Codes]
    design: Design
    paired_on: tuple[str, ...] = ()
    n_pairs: int = 0
    n_left_out: tuple[int, int] = (0, 0)
    single: bool = True

    @property
    def n_clusters(self) -> int:
        """How many clusters inform the difference."""
        return self.first.n_clusters + self.second.n_clusters - len(self.shared[0])

    @property
    def difference(self) -> float:
        """The first arm's pooled value less the second's."""
        return self.first.value - self.second.value

    @property
    def covariance(self) -> float:
        """How far the two values vary together, through the clusters that hold both."""
        if not len(self.shared[0]):
            return 0.0
        scores = [
            (each.k - each.value * each.n)[places] / each.total_n
            for each, places in zip((self.first, self.second), self.shared, strict=True)
        ]
        count = len(self.shared[0])
        if self.design == "paired":
            return covariance(self.first, self.second)
        return float((scores[0] * scores[1]).sum()) * (count / (count - 1) if count > 1 else 1.0)

    @property
    def error(self) -> float:
        """The standard error of the difference: Var A + Var B - 2 Cov(A, B); NaN without one."""
        own = [standard_error(each) for each in (self.first, self.second)]
        variance = own[0] ** 2 + own[1] ** 2 - 2 * self.covariance
        largest = max(own[0], own[1]) ** 2
        return math.nan if math.isnan(variance) else math.sqrt(variance) if variance > 1e-12 * largest else 0.0

    @property
    def freedom(self) -> float:
        """Degrees of freedom of that error: G-1 for pairs, Welch's for independent arms."""
        sizes = [each.n_clusters for each in (self.first, self.second)]
        if len(self.shared[0]):
            return min(sizes) - 1.0
        variances = [standard_error(each) ** 2 for each in (self.first, self.second)]
        parts = [variance**2 / (size - 1) for variance, size in zip(variances, sizes, strict=True) if size > 1]
        return sum(variances) ** 2 / sum(parts) if len(parts) == 2 and sum(parts) > 0 else min(sizes) - 1.0


def arms_of(
    first: Rows, second: Rows, by: str, paired_on: Sequence[str] | None, clusters: Sequence[str] | None
) -> Arms:
    """Bring two arms together.

    Rows are paired that share everything they are paired on (several such rows of an arm are pooled); pairs
    that met the same chance moves are one cluster. Failing that, the episodes that hold both arms are pairs.
    Where pairs hold less than half of the smaller arm, the arms are taken as independent.

    Args:
        first: The rows of one arm.
        second: Those of the other.
        by: The column that tells the arms apart.
        paired_on: The columns that a pair shares; by default all of :data:`PAIRED_ON` that do not vary with
            ``by``; empty for independent arms.
        clusters: The columns that tell independent units apart; by default, of pairs, what they share of
            scenario and seed, else the episode.
    """
    frames = [each.frame[each.frame["value"].notna() & (each.frame["n"] > 0)] for each in (first, second)]
    independent = _independent(frames[0], frames[1], clusters or EPISODE)
    if paired_on is not None and not paired_on:
        return independent
    for columns in _ways(frames[0], by, paired_on):
        pairs = _matched(frames[0], frames[1], columns)
        rows = [int(pairs[f"rows_{arm}"].sum()) for arm in "ab"]
        smaller = 0 if len(frames[0]) <= len(frames[1]) else 1
        if len(pairs) > 1 and rows[smaller] >= _ENOUGH * len(frames[smaller]):
            left_out = [len(frame) - used for frame, used in zip(frames, rows, strict=True)]
            return _paired(pairs, columns, clusters, left_out)
    return independent


def without_self_play(rows: Rows) -> tuple[Rows, tuple[str, ...]]:
    """Leave self-play out, unless there is nothing else; say how many figures that were."""
    self_play = rows.frame["self_play"].astype(bool)
    if self_play.all() or not self_play.any():
        return rows, ()
    return rows.where(~self_play), (f"{int(self_play.sum())} figures of self-play left out.",)


def comparable(first: Rows, second: Rows, by: str) -> tuple[Rows, Rows] | None:
    """Keep the rows of games that both arms have, unless games are what is compared; ``None`` without any.

    Where a single parameter is compared by, ``parameters`` of what is given back are the others.
    """
    game = ["scenario", _PARAMETERS]
    column_of, _, entry = by.partition(".")
    whole = column_of in (*game, "condition") and not entry
    if whole or not {*game} <= {*first.frame.columns}:
        return first, second
    if column_of == _PARAMETERS:
        first, second = (_without(each, entry) for each in (first, second))
    keys = [list(each.frame[game].itertuples(index=False, name=None)) for each in (first, second)]
    common = set(keys[0]) & set(keys[1])
    if not common:
        return None
    chosen = [[key in common for key in each] for each in keys]
    return first.where(chosen[0]), second.where(chosen[1])


def _without(rows: Rows, parameter: str) -> Rows:
    stated = rows.frame[_PARAMETERS].astype(str)
    others = {
        each: json.dumps({key: value for key, value in json.loads(each).items() if key != parameter})
        for each in stated.unique()
    }
    return replace(rows, frame=rows.frame.assign(**{_PARAMETERS: stated.map(others)}))


def _ways(frame: pd.DataFrame, by: str, paired_on: Sequence[str] | None) -> list[list[str]]:
    """List the sets of columns that pairs may share, the best first."""
    if paired_on is not None:
        asked = [column(each) for each in paired_on]
        require(frame, asked)
        return [asked]
    varying = _VARIES_WITH.get(by, frozenset({by}))
    usual = [name for each in PAIRED_ON if (name := column(each)) in frame.columns and name not in varying]
    return [usual, list(EPISODE)] if "seed" in usual else [list(EPISODE)]


def _matched(first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    keyed = [
        each.assign(**{name: each[name].astype("string").fillna("") for name in columns})
        for each in (first, second)
    ]
    pooled = [
        each.groupby(list(columns), sort=False).agg(k=("k", "sum"), n=("n", "sum"), rows=("k", "size"))
        for each in keyed
    ]
    return pooled[0].add_suffix("_a").join(pooled[1].add_suffix("_b"), how="inner").reset_index()


def _paired(
    pairs: pd.DataFrame, columns: Sequence[str], clusters: Sequence[str] | None, left_out: Sequence[int]
) -> Arms:
    chance = [each for each in columns if (each not in _OF_SEATS if clusters is None else each in clusters)]
    codes = pairs.groupby(chance or list(columns), sort=False).ngroup().to_numpy().astype(np.intp)
    samples = [
        Sample.summed(pairs[f"k_{arm}"].to_numpy(np.float64), pairs[f"n_{arm}"].to_numpy(np.float64), codes)
        for arm in "ab"
    ]
    places = np.arange(samples[0].n_clusters)
    rows = pairs[["rows_a", "rows_b"]].to_numpy()
    return Arms(
        first=samples[0],
        second=samples[1],
        shared=(places, places),
        design="paired",
        paired_on=tuple(columns),
        n_pairs=len(pairs),
        n_left_out=(left_out[0], left_out[1]),
        single=len(places) == len(pairs) and bool((rows == 1).all()),
    )


def _independent(first: pd.DataFrame, second: pd.DataFrame, clusters: Sequence[str]) -> Arms:
    sums = [
        each.groupby(list(clusters), dropna=False, sort=False).agg(
            k=("k", "sum"), n=("n", "sum"), rows=("k", "size")
        )
        for each in (first, second)
    ]
    samples = [
        Sample(each["k"].to_numpy(np.float64), each["n"].to_numpy(np.float64), len(each), 0) for each in sums
    ]
    common = sums[0].index.intersection(sums[1].index)
    return Arms(
        first=samples[0],
        second=samples[1],
        shared=(sums[0].index.get_indexer(common), sums[1].index.get_indexer(common)),
        design="independent",
        single=all(bool((each["rows"] == 1).all()) for each in sums),
    )
