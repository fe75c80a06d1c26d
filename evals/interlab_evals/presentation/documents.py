"""Tables as plain values that JSON can hold."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from interlab_evals.presentation.tables import Estimated

if TYPE_CHECKING:
    from interlab_evals.presentation.tables import Cell, Page, Table


def page_document(page: Page) -> dict[str, Any]:
    """Return ``{"title", "tables", "lines"}``; see :func:`table_document`."""
    return {
        "title": page.title,
        "tables": [table_document(each) for each in page.tables],
        "lines": list(page.lines),
    }


def table_document(table: Table) -> dict[str, Any]:
    """Return a table: its columns, one object per row (key of the column -> value), and its notes.

    An estimate is an object ``{"value", "low", "high", "n", "identical"}``. What is undefined or infinite is
    ``None``.
    """
    keys = [column.key for column in table.columns]
    return {
        "name": table.name,
        "title": table.title,
        "caption": table.caption,
        "columns": [asdict(column) | {"label": column.label or column.key} for column in table.columns],
        "rows": [
            {"group": row.group, **{key: _plain(cell) for key, cell in zip(keys, row.cells, strict=True)}}
            for row in table.rows
        ],
        "notes": [asdict(note) for note in table.notes],
    }


def _plain(cell: Cell) -> Any:
    match cell:
        case Estimated():
            return {name: _plain(value) for name, value in asdict(cell).items()}
        case float():
            return cell if math.isfinite(cell) else None
        case _:
            return cell
