"""Tables as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from interlab_evals.presentation.cells import table_text, visible

if TYPE_CHECKING:
    from interlab_evals.presentation.cells import CellText
    from interlab_evals.presentation.tables import Page, Table

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


def page_markdown(page: Page) -> str:
    """Write a page: a heading, the tables, the lines."""
    parts = [f"# {escaped(page.title)}"] if page.title else []
    parts += [table_markdown(each) for each in page.tables]
    parts += [escaped(visible(line)) for line in page.lines]
    return "\n\n".join(parts) + "\n"


def table_markdown(table: Table) -> str:
    """Write a table: title, pipe table, caption, notes."""
    text = table_text(table)
    rule = ["---" if column.kind == "text" else "---:" for column in table.columns]
    lines = [_line([_cell(each) for each in text.headings]), _line(rule)]
    group = ""
    for row, cells in zip(table.rows, text.rows, strict=True):
        if row.group != group:
            lines.append(_line([f"*{escaped(visible(row.group))}*", *[""] * (len(cells) - 1)]))
            group = row.group
        lines.append(_line([_cell(each) for each in cells]))
    parts = [f"**{escaped(visible(table.title))}**"] if table.title else []
    parts += ["\n".join(lines)]
    parts += [escaped(visible(table.caption))] if table.caption else []
    parts += [f"{f'<sup>{mark}</sup> ' if mark else ''}{escaped(note)}" for mark, note in text.notes]
    return "\n\n".join(parts)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: CellText) -> str:
    return escaped(text.line) + (f" <sup>{text.mark}</sup>" if text.mark else "")


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)
