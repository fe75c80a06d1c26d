"""Lists on a terminal and in a pipe: wrapped to a terminal's width, never wrapped or cut elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from interlab.console import SafeConsole
from interlab.escaping import for_line

_GAP: Final = 2

Row = Sequence[str]


def print_columns(header: Row, rows: Sequence[Row]) -> None:
    """Print rows under a header; on a terminal the last column wraps, the others stay whole."""
    _print(rows, header=header)


def print_block(name: str, summary: str, fields: Sequence[tuple[str, str]]) -> None:
    """Print a name, what it is, and titled values beneath; a value may have several lines."""
    _print([(name,)], style="bold")
    _print([("", summary)])
    rows = [
        ("", "" if number else title, line)
        for title, value in fields
        for number, line in enumerate(value.splitlines() or [""])
    ]
    _print(rows)


def _print(rows: Sequence[Row], *, header: Row | None = None, style: str = "") -> None:
    console = SafeConsole()
    rows = [[for_line(cell) for cell in row] for row in rows]
    if not console.is_terminal:
        for line in _plain([header, *rows] if header else rows):
            console.print(line, soft_wrap=True)
        return
    table = Table(box=None, show_header=header is not None, header_style="bold", padding=(0, _GAP, 0, 0))
    titles = header or [""] * len(rows[0])
    for title in titles[:-1]:
        table.add_column(title, no_wrap=True)
    table.add_column(titles[-1], overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style) for cell in row))
    console.print(table)


def _plain(rows: Sequence[Row]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gap = " " * _GAP
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
