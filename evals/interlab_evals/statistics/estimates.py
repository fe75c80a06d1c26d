"""Estimates: a value, its interval, and everything that both rest on."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import orjson

from interlab_evals.presentation.numbers import percentage
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Column, Estimated, Note, Page, Row, Table
from interlab_evals.presentation.wording import listed, with_seeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from interlab_evals.measures.declaration import Direction, Kind
    from interlab_evals.statistics.intervals import Method

Estimand = Literal["fixed", "population"]
"""The quantity that an estimate is about.

``fixed``: other episodes between these players. ``population``: play with players that were not met here.
"""

_ABOUT: Final[Mapping[Estimand, str]] = {"fixed": "these players", "population": "the population of players"}


_CERTAIN: Final[Mapping[Method, str]] = {"by symmetry": "by symmetry", "one play": "identical"}
"""Methods of values that cannot be otherwise -> the words in place of an interval."""


def about(estimand: Estimand) -> str:
    """Return the estimand in words."""
    return _ABOUT[estimand]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its interval, and what it rests on.

    Attributes:
        value: The pooled ratio, the mean, or the restricted mean time; NaN where nothing is defined.
        low: Lower end of the interval; NaN where there is none.
        high: Upper end of the interval; NaN where there is none.
        level: Nominal coverage, e.g. 0.95.
        method: How the interval was made.
        n_episodes: Episodes looked at.
        n_clusters: Clusters with a defined figure: what the interval rests on.
        n_undefined: Figures that were undefined.
        n_invalid: Moves whose first answer was invalid; ``None`` where the source does not tell.
        k: The pooled numerator; for a mean the sum of the values, for a time the events that came.
        n: The pooled denominator; for a mean or a time the number of values.
        estimand: What the interval is about.
        seed: Of the resampling; ``None`` where nothing was drawn.
        family: What the interval is corrected for; estimates are not.
        notes: What a reader has to know besides, in sentences.
    """

    value: float
    low: float
    high: float
    level: float
    method: Method
    n_episodes: int
    n_clusters: int
    n_undefined: int
    n_invalid: int | None = None
    k: float
    n: float
    estimand: Estimand = "fixed"
    seed: int | None = None
    family: str = "none"
    notes: tuple[str, ...] = ()

    @property
    def cell(self) -> Estimated:
        """The estimate as a cell of a table."""
        is_known = not math.isnan(self.value)
        remark = _CERTAIN.get(self.method, "")
        return Estimated(
            value=self.value,
            low=self.low,
            high=self.high,
            n=self.n_clusters,
            identical=is_known
            and not remark
            and self.n_clusters > 1
            and math.isnan(self.low)
            and math.isnan(self.high),
            remark=remark,
        )


class Cell(NamedTuple):
    """The estimate of one group of rows.

    Attributes:
        group: The columns that rows were grouped by -> their values here.
        self_play: Whether this is about episodes in which every seat had the same player; they stand apart, as
            a player against itself is not a draw from its games against others.
        estimate: The value and its interval.
    """

    group: Mapping[str, str]
    self_play: bool
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates(Presented):
    """The estimates of one metric, group by group.

    Attributes:
        metric: Its name.
        kind: What sort of quantity it is; it picked the estimator.
        unit: What it is counted in.
        direction: Which way is better.
        by: The columns that rows were grouped by.
        cells: One per group, in the order of first appearance, self-play last.
    """

    metric: str
    kind: Kind
    unit: str
    direction: Direction
    by: tuple[str, ...]
    cells: tuple[Cell, ...]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def only(self) -> Estimate:
        """The estimate, where there is one group.

        Raises:
            ValueError: There are several, or none.
        """
        (cell,) = self.cells
        return cell.estimate

    def frame(self) -> pd.DataFrame:
        """Give one row per group: the columns grouped by, ``self_play``, and the attributes of the estimate."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    **cell.group,
                    "self_play": cell.self_play,
                    **asdict(cell.estimate),
                    "notes": " ".join(cell.estimate.notes),
                }
                for cell in self.cells
            ]
        )

    def document(self) -> dict[str, Any]:
        """Give the same as plain values that JSON can hold; what is undefined is ``None``."""
        return orjson.loads(
            orjson.dumps(
                {
                    "metric": self.metric,
                    "kind": self.kind,
                    "unit": self.unit,
                    "direction": self.direction,
                    "by": self.by,
                    "cells": [cell._asdict() for cell in self.cells],
                }
            )
        )

    def page(self) -> Page:
        """Return one table with a row per group."""
        n = Column(key="n", kind="count")
        value = Column(
            key=self.metric,
            label=self.metric.replace("_", " "),
            kind="estimate",
            unit=self.unit,
            direction=self.direction,
        )
        rows = [
            Row((*cell.group.values(), cell.estimate.n_episodes, cell.estimate.cell), _group(cell))
            for cell in self
        ]
        table = Table(
            name=self.metric,
            columns=(*(Column(key=each) for each in self.by), n, value),
            rows=tuple(rows),
            notes=tuple(_notes([cell.estimate for cell in self], self.metric)),
        )
        return Page(tables=(table,), lines=tuple(_lines([cell.estimate for cell in self])))


def notes_by_row(texts: Iterable[Iterable[str]], columns: tuple[str, ...] = ()) -> Iterator[Note]:
    """Yield each distinct sentence once, tied to the rows that it is about; to none in particular if to all.

    Args:
        texts: The sentences of each row.
        columns: Keys of the columns that the sentences explain.
    """
    rows: dict[str, list[int]] = {}
    count = 0
    for place, sentences in enumerate(texts):
        count += 1
        for each in dict.fromkeys(sentences):
            rows.setdefault(each, []).append(place)
    for text, places in rows.items():
        yield Note(text, columns, () if len(places) == count else tuple(places))


def _group(cell: Cell) -> str:
    return "against itself" if cell.self_play else ""


def _notes(found: list[Estimate], metric: str) -> Iterator[Note]:
    yield from notes_by_row((each.notes for each in found), (metric,))


def _lines(found: list[Estimate]) -> Iterator[str]:
    if not found:
        yield "Nothing was measured."
        return
    methods = listed(each.method for each in found) + with_seeds(each.seed for each in found)
    yield (
        f"{percentage(found[0].level)} intervals about {listed(about(each.estimand) for each in found)}, not "
        f"corrected for their number: {methods}."
    )
    yield (
        f"Clusters {listed(str(each.n_clusters) for each in found)}; "
        f"undefined {sum(each.n_undefined for each in found)}; "
        f"invalid moves {_sum(each.n_invalid for each in found)}."
    )


def _sum(counts: Iterable[int | None]) -> str:
    known = [each for each in counts if each is not None]
    return str(sum(known)) if known else "not recorded"
