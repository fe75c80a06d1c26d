"""What an estimate says: a value, its interval, and everything that both rest on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from rich.console import RenderableType

    from interlab_evals.measures.declaration import Direction, Kind
    from interlab_evals.statistics.intervals import Method

Estimand = Literal["these models", "models at large"]
"""What an estimate is about: other episodes between these players, or play with players not met here."""


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
    estimand: Estimand = "these models"
    seed: int | None = None
    family: str = "none"
    notes: tuple[str, ...] = ()


class Cell(NamedTuple):
    """The estimate of one group of rows.

    Attributes:
        group: The columns that rows were grouped by -> their values here.
        self_play: Whether this is about episodes in which every seat had the same player; they stand apart, as
            a player against itself is no draw from its games against others.
        estimate: The value and its interval.
    """

    group: Mapping[str, str]
    self_play: bool
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """The estimates of one metric.

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

    def __rich__(self) -> RenderableType:
        """Draw a table, one row per group."""
        from interlab_evals.statistics.drawing import estimates_table

        return estimates_table(self)
