"""Texts of a game on a terminal: prose as it stands, wrapped at words, and tables as tables."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from interlab.escaping import for_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_BAR: Final = "|"


def print_text(console: Console, text: str, *, style: str = "") -> None:
    """Print a text; its lines between bars (Markdown's tables) as a table where there is a terminal."""
    for is_table, lines in groupby(for_terminal(text).rstrip("\n").split("\n"), key=_is_row):
        if is_table and console.is_terminal:
            console.print(_table(list(lines)))
        else:
            for line in lines:
                console.print(Text(line, style), soft_wrap=not console.is_terminal)


def _is_row(line: str) -> bool:
    return line.startswith(_BAR) and line.endswith(_BAR) and len(line) > 1


def _table(lines: Sequence[str]) -> Table:
    header, *rows = [[cell.strip() for cell in line[1:-1].split(_BAR)] for line in lines]
    table = Table(box=None, padding=(0, 3, 0, 2), header_style="dim")
    for title in header:
        table.add_column(title)
    previous = ""
    for row in rows:
        if set("".join(row)) <= set("-: "):
            continue
        # A group of rows that begin alike reads better when it is named once.
        first, *rest = (row + [""] * len(header))[: len(header)]
        table.add_row("" if first == previous else first, *rest)
        previous = first
    return table
