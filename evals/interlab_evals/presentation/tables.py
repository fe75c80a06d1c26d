"""The types of a table: columns, rows, cells, notes, and a page of several tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ColumnKind = Literal["text", "count", "number", "probability", "estimate"]
"""The sort of value in a column.

``text``: a string, or a boolean that is shown as yes or no. ``count``: an integer. ``number``: a float.
``probability``: a p-value or a chance, a float in [0, 1]. ``estimate``: an :class:`Estimated`.
"""

Direction = Literal["higher", "lower", "neutral"]
"""The direction that is better."""

_ARROWS: Final[Mapping[Direction, str]] = {"higher": " ↑", "lower": " ↓", "neutral": ""}
_MARKS: Final = "abcdefghijklmnoprstuvwxyz"
"""Letters that have a superscript form, so without q."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        key: Name of the column in JSON and CSV, in snake case and unique in its table.
        label: Heading in words; by default the key with spaces instead of underscores.
        kind: The sort of value in its cells.
        unit: Unit of the values; ``1`` for a pure number.
        direction: The direction that is better; shown as an arrow.
        decimals: Decimals to show; ``None`` to choose them by the column's values.
    """

    key: str
    label: str = ""
    kind: ColumnKind = "text"
    unit: str = "1"
    direction: Direction = "neutral"
    decimals: int | None = None

    @property
    def heading(self) -> str:
        """The label with an arrow that points in the better direction."""
        return f"{self.label or self.key.replace('_', ' ')}{_ARROWS[self.direction]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """An estimate in a cell.

    The ends of the interval say which interval there is: both finite (two-sided), one of them NaN (a one-sided
    bound on the other side), both NaN (no interval).

    Attributes:
        value: The estimate; NaN where it is undefined.
        low: Lower end of the interval, or the lower bound; NaN without one.
        high: Upper end of the interval, or the upper bound; NaN without one.
        n: Number of independent observations that the interval rests on; ``None`` if unknown.
        identical: Whether all ``n`` observations were equal, so that their spread is unknown.
        remark: Reason for which there is no interval, in two or three words; shown in its place.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    n: int | None = None
    identical: bool = False
    remark: str = ""

    @property
    def is_undefined(self) -> bool:
        """True if the value is missing."""
        return math.isnan(self.value)


Cell = str | bool | int | float | Estimated | None
"""A value in a table. NaN is undefined (shown as a dash), ``None`` is missing (shown as a blank)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        cells: One value per column.
        group: Heading that this row shares with its neighbours, e.g. ``against itself``; empty for none.
    """

    cells: tuple[Cell, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that explains a table, or a part of it.

    Attributes:
        text: One or more sentences.
        columns: Keys of the columns that it explains; with ``rows`` the cells where they cross.
        rows: Places of the rows that it explains, from 0. Without columns and rows the note is about the whole
            table.
    """

    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()

    @property
    def is_tied(self) -> bool:
        """True if the note refers to a part of the table."""
        return bool(self.columns or self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table.

    Attributes:
        name: Short name for files and JSON, e.g. ``prisoners-dilemma``.
        title: Heading; empty for none.
        columns: The columns.
        rows: The rows; each has one cell per column.
        caption: One sentence on the contents; empty for none.
        notes: Sentences that explain the table or parts of it.
    """

    name: str
    title: str = ""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        """Check that rows and notes fit the columns.

        Raises:
            ValueError: A row is too long or too short, two columns have one key, or a note names an unknown part.
        """
        keys = [column.key for column in self.columns]
        if len(set(keys)) < len(keys):
            raise ValueError(f"invalid table `{self.name}`: two columns have the same key")
        if any(len(row.cells) != len(keys) for row in self.rows):
            raise ValueError(f"invalid table `{self.name}`: expected {len(keys)} cells in every row")
        for note in self.notes:
            if not {*note.columns} <= {*keys} or any(not 0 <= row < len(self.rows) for row in note.rows):
                raise ValueError(
                    f"invalid note `{note.text}`: it names a column or row that the table does not have"
                )

    def cells(self, key: str) -> tuple[Cell, ...]:
        """Return the cells of a column, from the first row to the last."""
        place = [column.key for column in self.columns].index(key)
        return tuple(row.cells[place] for row in self.rows)

    def marked_notes(self) -> Iterator[tuple[str, Note]]:
        """Yield each note with its mark: a letter, or an empty text for a note about the whole table."""
        number = 0
        for note in self.notes:
            mark = _mark(number) if note.is_tied else ""
            number += note.is_tied
            yield mark, note

    def marks(self) -> Marks:
        """Return the marks to show at headings, rows and cells."""
        marks = Marks()
        for mark, note in self.marked_notes():
            if note.columns and note.rows:
                for row in note.rows:
                    for key in note.columns:
                        marks.cells[row, key] = marks.cells.get((row, key), "") + mark
            for key in note.columns if not note.rows else ():
                marks.columns[key] = marks.columns.get(key, "") + mark
            for row in note.rows if not note.columns else ():
                marks.rows[row] = marks.rows.get(row, "") + mark
        return marks


@dataclass(frozen=True, slots=True)
class Marks:
    """Letters that lead from a part of a table to its notes.

    Attributes:
        columns: Key of a column -> the marks of its heading.
        rows: Place of a row -> the marks of its first cell.
        cells: Place of a row and key of a column -> the marks of the cell.
    """

    columns: dict[str, str] = field(default_factory=dict[str, str])
    rows: dict[int, str] = field(default_factory=dict[int, str])
    cells: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Tables, and the sentences that hold for all of them.

    Attributes:
        tables: The tables, in the order to be shown.
        title: Heading; empty for none.
        lines: Sentences to be shown after the tables, one line each where there is room.
    """

    tables: tuple[Table, ...] = ()
    title: str = ""
    lines: tuple[str, ...] = ()


def _mark(number: int) -> str:
    """Return a, b, ... z, aa, ab, ..."""
    rest, place = divmod(number, len(_MARKS))
    return (_mark(rest - 1) if rest else "") + _MARKS[place]
