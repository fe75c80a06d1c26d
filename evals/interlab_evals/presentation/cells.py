"""Cells as text: what every renderer shows, before it escapes and arranges it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from interlab.escaping import for_line
from interlab_evals.presentation import numbers
from interlab_evals.presentation.tables import Estimated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interlab_evals.presentation.tables import Cell, Column, Table

visible: Final = for_line
"""Replace control characters by visible ones, so that data cannot move the cursor or hide text."""


class CellText(NamedTuple):
    """The text of a cell.

    Attributes:
        value: The value.
        interval: The interval, or a remark in its place; empty for none.
        mark: Letters that lead to notes; empty for none.
    """

    value: str
    interval: str = ""
    mark: str = ""

    @property
    def line(self) -> str:
        """The value and the interval on one line."""
        return f"{self.value} {self.interval}".rstrip()


class TableText(NamedTuple):
    """The text of a table.

    Attributes:
        headings: One per column, with its mark.
        rows: One list of cells per row, with the marks of rows at their first cells.
        notes: Each note with its mark, an empty one if it is about the whole table.
    """

    headings: list[CellText]
    rows: list[list[CellText]]
    notes: list[tuple[str, str]]


def table_text(table: Table) -> TableText:
    """Return the text of all headings, cells and notes of a table."""
    marks = table.marks()
    columns = [_column_text(column, table.cells(column.key)) for column in table.columns]
    rows: list[list[CellText]] = []
    for place, cells in enumerate(zip(*columns, strict=True)):
        first, *others = (
            text._replace(mark=marks.cells.get((place, column.key), ""))
            for text, column in zip(cells, table.columns, strict=True)
        )
        rows.append([first._replace(mark=marks.rows.get(place, "") + first.mark), *others])
    headings = [
        CellText(visible(column.heading), mark=marks.columns.get(column.key, "")) for column in table.columns
    ]
    return TableText(headings, rows, [(mark, visible(note.text)) for mark, note in table.marked_notes()])


def _column_text(column: Column, cells: Iterable[Cell]) -> list[CellText]:
    cells = list(cells)
    places = column.decimals
    if places is None:
        places = numbers.decimals(_number(each) for each in cells)
    return [_text(column, each, places) for each in cells]


def _number(cell: Cell) -> float:
    match cell:
        case Estimated():
            return cell.value
        case bool() | str() | None:
            return math.nan
        case _:
            return cell


def _text(column: Column, cell: Cell, places: int) -> CellText:
    match cell:
        case None:
            return CellText("")
        case bool():
            return CellText("yes" if cell else "no")
        case str():
            return CellText(visible(cell))
        case Estimated():
            return CellText(numbers.number(cell.value, places), _interval(cell, places))
        case int():
            return CellText(f"{cell:,}")
        case float() if column.kind == "probability":
            return CellText(numbers.probability(cell))
        case float():
            return CellText(numbers.number(cell, places))


def _interval(cell: Estimated, places: int) -> str:
    if cell.is_undefined:
        return ""
    if cell.remark:
        return f"({cell.remark})"
    interval = numbers.interval(cell.low, cell.high, places)
    return f"(all {cell.n})" if cell.identical and cell.n else interval
