"""Tables as HTML, for notebooks and pages. Everything that comes from data is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from interlab_evals.presentation.cells import table_text, visible

if TYPE_CHECKING:
    from interlab_evals.presentation.cells import CellText
    from interlab_evals.presentation.tables import Page, Table


def page_html(page: Page) -> str:
    """Write a page as one ``<section class="interlab">``: a heading, the tables, the lines."""
    parts = [f"<h2>{_escaped(page.title)}</h2>"] if page.title else []
    parts += [table_html(each) for each in page.tables]
    parts += [f"<p>{_escaped(line)}</p>" for line in page.lines]
    return f'<section class="interlab">{"".join(parts)}</section>'


def table_html(table: Table) -> str:
    """Write a table as ``<table>`` with its notes in a list below."""
    text = table_text(table)
    numeric = [column.kind != "text" for column in table.columns]
    head = "".join(
        f'<th scope="col"{_aligned(right)}>{_cell(cell)}</th>'
        for cell, right in zip(text.headings, numeric, strict=True)
    )
    body: list[str] = []
    group = ""
    for row, cells in zip(table.rows, text.rows, strict=True):
        if row.group != group:
            body.append(
                f'<tr><th scope="rowgroup" colspan="{len(numeric)}"{_aligned(right=False)}>'
                f"<em>{_escaped(row.group)}</em></th></tr>"
            )
            group = row.group
        fields = "".join(
            f"<td{_aligned(right)}>{_cell(cell)}</td>" for cell, right in zip(cells, numeric, strict=True)
        )
        body.append(f"<tr>{fields}</tr>")
    caption = " ".join(f"<b>{_escaped(table.title)}</b> {_escaped(table.caption)}".split())
    notes = "".join(
        f"<li>{f'<sup>{mark}</sup> ' if mark else ''}{_escaped(note)}</li>" for mark, note in text.notes
    )
    return (
        f'<table><caption style="text-align: left">{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
        + (f'<ul style="list-style: none; padding: 0">{notes}</ul>' if notes else "")
    )


def _aligned(right: bool) -> str:
    return f' style="text-align: {"right" if right else "left"}"'


def _cell(text: CellText) -> str:
    interval = f' <span style="opacity: 0.7">{_escaped(text.interval)}</span>' if text.interval else ""
    mark = f"<sup>{text.mark}</sup>" if text.mark else ""
    return f"{_escaped(text.value)}{interval}{mark}"


def _escaped(text: str) -> str:
    return escape(visible(text))
