"""Kinds of figures, as frozen values: the numbers, their axes, a caption and notes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Width = Literal["column", "page"]
"""Width of a figure in a paper: one column, or the whole page."""

Cell = str | float | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Label and limits of one axis."""

    label: str
    low: float | None = None
    """Lower limit; ``None`` leaves it to the data."""
    high: float | None = None
    integer: bool = False
    """True if only whole numbers make sense, as for rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Base of all kinds."""

    name: str
    """Name of its files and its label, such as ``cooperation-by-round``."""
    caption: str
    """Caption in plain text. Titles stand here and never in the picture."""
    notes: tuple[str, ...] = ()
    width: Width = "column"

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield the numbers behind the picture, one mapping from column to value per row."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers behind the picture, one row per mark."""
        return pd.DataFrame(list(self.rows()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Observed values of one group."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution(Figure):
    """Values of several groups: median, quartiles, 5th and 95th percentile, and each value where they are few."""

    axis: Axis
    groups: tuple[Group, ...]

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield a row per value: ``group``, ``value``."""
        for group in self.groups:
            for value in group.values:
                yield {"group": group.label, "value": value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A value at one place of the horizontal axis, with its interval."""

    x: float
    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    """Number of observations behind the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a figure of trajectories."""

    label: str
    points: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectories(Figure):
    """Lines over rounds (or any other ordered quantity), with bands."""

    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    marks: tuple[tuple[float, str], ...] = ()
    """Vertical lines: place and label."""

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield a row per point: ``curve``, ``x``, ``value``, ``low``, ``high``, ``n``."""
        for curve in self.curves:
            for point in curve.points:
                yield {
                    "curve": curve.label,
                    "x": point.x,
                    "value": point.value,
                    "low": point.low,
                    "high": point.high,
                    "n": point.n,
                }


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """One cell of a matrix, as numbers and as the text that a table would show."""

    value: float
    text: str
    detail: str = ""
    """Second line of the cell: its interval."""
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Figure):
    """A value for each pair of row and column, such as a player against an opponent."""

    row_axis: str
    column_axis: str
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]
    value_axis: Axis
    mark_diagonal: bool = True
    """True if cells of a label with itself get a frame, as self-play does."""

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield a row per cell: ``row``, ``column``, ``value``, ``text``, ``detail``, ``n``."""
        for row in self.row_labels:
            for column in self.column_labels:
                if found := self.cells.get((row, column)):
                    yield {
                        "row": row,
                        "column": column,
                        "value": found.value,
                        "text": found.text,
                        "detail": found.detail,
                        "n": found.n,
                    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points of one group in a plane."""

    label: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    counts: tuple[int, ...] = ()
    """Number of observations at each point; all 1 if empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane(Figure):
    """Points in a plane with a frontier, marked points and reference lines: a bargaining problem and its deals."""

    x: Axis
    y: Axis
    groups: tuple[Points, ...]
    background: Points | None = None
    """All possible outcomes, drawn small and grey."""
    frontier: tuple[tuple[float, float], ...] = ()
    marks: tuple[tuple[float, float, str], ...] = ()
    """Solution points: x, y, label."""
    vertical: float | None = None
    """Place of a vertical reference line, such as a reservation value."""
    horizontal: float | None = None

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield a row per point: ``series`` (group, frontier or mark), ``x``, ``y``, ``count``."""
        for group in (*self.groups, *([self.background] if self.background else [])):
            counts: Sequence[int] = group.counts or (1,) * len(group.xs)
            for x, y, count in zip(group.xs, group.ys, counts, strict=True):
                yield {"series": group.label, "x": x, "y": y, "count": count}
        for x, y in self.frontier:
            yield {"series": "frontier", "x": x, "y": y, "count": None}
        for x, y, label in self.marks:
            yield {"series": label, "x": x, "y": y, "count": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalCurve:
    """A step function with its band: the share still without the event at each time."""

    label: str
    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    censored: tuple[float, ...] = ()
    """Times at which observations end without the event."""
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival(Figure):
    """Survival curves (Kaplan-Meier) of several groups."""

    x: Axis
    y: Axis
    curves: tuple[SurvivalCurve, ...]

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield a row per step: ``curve``, ``time``, ``survival``, ``low``, ``high``."""
        for curve in self.curves:
            for place, (time, value) in enumerate(zip(curve.times, curve.survival, strict=True)):
                yield {
                    "curve": curve.label,
                    "time": time,
                    "survival": value,
                    "low": curve.low[place] if curve.low else None,
                    "high": curve.high[place] if curve.high else None,
                }


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One difference with its interval."""

    label: str
    value: float
    low: float = math.nan
    high: float = math.nan
    text: str = ""
    """Text at the right margin: the difference and its p value, as the table shows them."""
    filled: bool = True
    """Filled for a confirmatory contrast, hollow for an exploratory one."""
    section: str = ""
    """Heading that the row stands under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestPlot(Figure):
    """Differences with their intervals, one below the other."""

    axis: Axis
    entries: tuple[ForestRow, ...]
    reference: float = 0.0

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield a row per difference, with its interval and the text at its margin."""
        for entry in self.entries:
            yield {
                "section": entry.section,
                "label": entry.label,
                "value": entry.value,
                "low": entry.low,
                "high": entry.high,
                "confirmatory": entry.filled,
                "text": entry.text,
            }


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkEdge:
    """A directed edge with its weight."""

    source: str
    target: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Figure):
    """Nodes on a circle and weighted arrows between them: the number of messages from role to role."""

    nodes: tuple[str, ...]
    edges: tuple[NetworkEdge, ...]
    weight_label: str = "messages"

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        """Yield a row per edge: ``source``, ``target``, ``weight``."""
        for edge in self.edges:
            yield {"source": edge.source, "target": edge.target, "weight": edge.weight}
