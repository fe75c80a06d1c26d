"""Tables as CSV with all digits, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Final

from interlab.escaping import for_csv
from interlab_evals.presentation.tables import Estimated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from interlab_evals.presentation.tables import Cell, Column, Table

_ENDS: Final = ("low", "high", "n")


def table_csv(table: Table) -> str:
    """Write a table as CSV (RFC 4180).

    An estimate takes four columns: ``KEY``, ``KEY_low``, ``KEY_high``, ``KEY_n``. What is undefined or missing
    is an empty field. A text that a spreadsheet would compute begins with an apostrophe.
    """
    with_group = any(row.group for row in table.rows)
    header = [*(["group"] if with_group else []), *(name for column in table.columns for name in _names(column))]
    rows = (
        [
            *([row.group] if with_group else []),
            *(
                field
                for column, cell in zip(table.columns, row.cells, strict=True)
                for field in _fields(column, cell)
            ),
        ]
        for row in table.rows
    )
    return rows_csv(header, rows)


def table_frame(table: Table) -> pd.DataFrame:
    """Return a table as a frame, with the columns that its CSV has and all digits."""
    import pandas as pd

    with_group = any(row.group for row in table.rows)
    names = [*(["group"] if with_group else []), *(name for column in table.columns for name in _names(column))]
    rows = [
        [
            *([row.group] if with_group else []),
            *(
                field
                for column, cell in zip(table.columns, row.cells, strict=True)
                for field in _fields(column, cell)
            ),
        ]
        for row in table.rows
    ]
    return pd.DataFrame(rows, columns=names).convert_dtypes()


def rows_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows of plain values as CSV (RFC 4180), safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_field(each) for each in header])
    writer.writerows([_field(each) for each in row] for row in rows)
    return out.getvalue()


def _names(column: Column) -> list[str]:
    if column.kind != "estimate":
        return [column.key]
    return [column.key, *(f"{column.key}_{end}" for end in _ENDS)]


def _fields(column: Column, cell: Cell) -> list[Cell]:
    if column.kind != "estimate":
        return [cell]
    if isinstance(cell, Estimated):
        return [cell.value, cell.low, cell.high, cell.n]
    return [cell, None, None, None]


def _field(cell: Cell) -> str:
    match cell:
        case None | Estimated():
            return ""
        case str():
            return for_csv(cell)
        case float():
            return "" if math.isnan(cell) else repr(cell)
        case _:
            return str(cell)
