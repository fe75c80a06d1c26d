"""Two arms of a comparison, brought together: paired where pairs exist, else independent."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from interlab_evals.statistics.clustering import Sample, covariance, standard_error
from interlab_evals.statistics.rows import EPISODE, column, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab_evals.statistics.clustering import Codes, Floats
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The rows of two arms, and which of their clusters are the same.

    Attributes:
        frames: The defined rows of each arm; of matched arms those in a pair.
        codes: The cluster of each row, numbered for both arms together.
        design: Whether rows were matched.
        paired_on: The columns that matched; empty for independent arms.
        n_pairs: Pairs of rows.
        n_left_out: Rows of each arm, with a defined figure, that are in no pair and so left out.
        notes: Why rows were not matched as asked.
    """

    frames: tuple[pd.DataFrame, pd.DataFrame]
    codes: tuple[Codes, Codes]
    design: Design
    paired_on: tuple[str, ...] = ()
    n_pairs: int = 0
    n_left_out: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()

    @property
    def single(self) -> bool:
        """Whether every cluster is one row of each arm that it holds."""
        return all(len(np.unique(each)) == len(each) for each in self.codes)

    def arms(self, k: tuple[Floats, Floats], n: tuple[Floats, Floats]) -> Arms:
        """Sum counts, given row by row, by cluster."""
        there = [np.unique(each, return_inverse=True) for each in self.codes]
        samples = [
            Sample.summed(own, weight, places.astype(np.intp))
            for own, weight, (_, places) in zip(k, n, there, strict=True)
        ]
        _, first, second = np.intersect1d(there[0][0], there[1][0], return_indices=True)
        return Arms(
            first=samples[0],
            second=samples[1],
            shared=(first, second),
            design=self.design,
            paired_on=self.paired_on,
            n_pairs=self.n_pairs,
            n_left_out=self.n_left_out,
            single=self.single,
        )


def arms_of(match: Match) -> Arms:
    """Sum the counts of two arms by cluster."""
    counts = [(each["k"].to_numpy(np.float64), each["n"].to_numpy(np.float64)) for each in match.frames]
    return match.arms(*zip(*counts, strict=True))


def matched(
    first: Rows, second: Rows, by: str, paired_on: Sequence[str] | None, clusters: Sequence[str] | None
) -> Match:
    """Bring two arms together.

    Rows are paired that share everything they are paired on; pairs that met the same chance moves are one
    cluster. Failing that, the episodes that hold both arms are pairs. Where pairs hold less than half of the
    smaller arm, the arms are taken as independent.

    Args:
        first: The rows of one arm.
        second: Those of the other.
        by: The column that tells the arms apart.
        paired_on: The columns that a pair shares; by default all of :data:`PAIRED_ON` that do not vary with
            ``by``; empty for independent arms.
        clusters: The columns that tell independent units apart; by default, of pairs, what they share of
            scenario and seed, else the episode.
    """
    frames = tuple(each.frame[each.frame["value"].notna() & (each.frame["n"] > 0)] for each in (first, second))
    smaller = 0 if len(frames[0]) <= len(frames[1]) else 1
    for columns in _ways(frames[0], by, paired_on):
        pairs = _numbered(frames, columns)
        common = np.intersect1d(*pairs)
        used = [np.isin(each, common) for each in pairs]
        if len(common) > 1 and used[smaller].sum() >= _ENOUGH * len(frames[smaller]):
            kept = frames[0][used[0]], frames[1][used[1]]
            chance = [
                each for each in columns if (each not in _OF_SEATS if clusters is None else each in clusters)
            ]
            return Match(
                frames=kept,
                codes=_numbered(kept, chance or columns),
                design="paired",
                paired_on=tuple(columns),
                n_pairs=len(common),
                n_left_out=(int((~used[0]).sum()), int((~used[1]).sum())),
            )
    note = f"Not paired on {', '.join(paired_on)}: fewer than half of an arm have a partner." if paired_on else ""
    return Match(
        frames=(frames[0], frames[1]),
        codes=_numbered(frames, clusters or EPISODE),
        design="independent",
        notes=(note,) if note else (),
    )


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
    keys = [pd.MultiIndex.from_frame(each.frame[game]) for each in (first, second)]
    common = keys[0].unique().intersection(keys[1].unique())
    if not len(common):
        return None
    return first.where(keys[0].isin(common)), second.where(keys[1].isin(common))


def _without(rows: Rows, parameter: str) -> Rows:
    stated = rows.frame[_PARAMETERS].astype(str)
    others = {
        each: json.dumps({key: value for key, value in json.loads(each).items() if key != parameter})
        for each in stated.unique()
    }
    return replace(rows, frame=rows.frame.assign(**{_PARAMETERS: stated.map(others)}))


def _ways(frame: pd.DataFrame, by: str, paired_on: Sequence[str] | None) -> list[list[str]]:
    """List the sets of columns that pairs may share, the best first."""
    if paired_on is not None and not paired_on:
        return []
    if paired_on is not None:
        asked = [column(each) for each in paired_on]
        require(frame, asked)
        return [asked]
    varying = _VARIES_WITH.get(by, frozenset({by}))
    usual = [name for each in PAIRED_ON if (name := column(each)) in frame.columns and name not in varying]
    return [usual, list(EPISODE)] if "seed" in usual else [list(EPISODE)]


def _numbered(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> tuple[Codes, Codes]:
    """Number the rows of two arms by what stands in these columns, the same in both."""
    for frame in frames:
        require(frame, columns)
    keys = pd.concat([frame[list(columns)].astype("string").fillna("") for frame in frames], ignore_index=True)
    codes = keys.groupby(list(columns), sort=False).ngroup().to_numpy().astype(np.intp)
    return codes[: len(frames[0])], codes[len(frames[0]) :]
