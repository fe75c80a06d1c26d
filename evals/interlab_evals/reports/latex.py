"""Tables as LaTeX: booktabs, numbers aligned by siunitx, escaped text, one label each.

The documents need the packages of ``texlive-latex-recommended`` and ``texlive-science``, and no others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from interlab_evals.presentation.cells import table_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from interlab_evals.figures import Figure
    from interlab_evals.presentation.cells import CellText, TableText
    from interlab_evals.presentation.tables import ColumnKind, Table
    from interlab_evals.reports.transcripts import Quotation

_ESCAPES: Final[Mapping[str, str]] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": "`{}",
    "'": "'{}",
    "-": "-{}",
    "·": r"$\cdot$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "×": r"$\times$",
    "−": r"$-$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
}
_BREAKABLE: Final = re.compile(r"(?<=[/_=?&.-])(?=\w)|(?<=\S{24})(?=\S)")
"""Places after slashes and the like, and any within a word of more than 24 characters."""
_NUMBER: Final = re.compile(r"(-?)(\d*)(?:\.(\d+))?")
_LETTERS: Final = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽž")
"""Letters that Computer Modern can set, with its accents."""
_LONGEST: Final = 2_000
"""Characters of one text in a document; longer ones are cut."""
_WIDTH: Final = 98
"""Characters of a table that fit the width of a page."""
_GAP: Final = 2
_LONG: Final = 40
"""Characters of a text beyond which it is set as a paragraph."""
_TEXT_WIDTH: Final = 0.36
"""Share of the page that a column of long texts takes."""
_UNKNOWN: Final = r"\textbullet{}"
"""Shown for a character that the document's fonts lack."""


def escaped(text: str) -> str:
    """Return a text that LaTeX sets as it is: no command, no math, no unknown character."""
    shown = visible(text)
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - 1] + "…"
    return "".join(_character(each) for each in shown)


def _character(character: str) -> str:
    if (known := _ESCAPES.get(character)) is not None:
        return known
    return character if character.isascii() or character in _LETTERS else _UNKNOWN


def breakable(text: str) -> str:
    """Return an escaped text that may break after slashes and the like, as names of players need in a column."""
    return r"\allowbreak{}".join(escaped(part) for part in _BREAKABLE.split(text))


def table_latex(table: Table) -> str:
    """Write a table as a ``table`` environment, with its notes below."""
    text = table_text(table)
    lines = [
        r"\begin{table}[htbp]",
        r"\centering\small",
        rf"\caption{{{escaped(' '.join(f'{table.title}. {table.caption}'.split()).strip('. '))}.}}",
        rf"\label{{tab:{_label(table.name)}}}",
        r"\setlength{\tabcolsep}{4pt}",
    ]
    for block in _blocks(text):
        lines += [*_tabular(table, text, block), r"\par\medskip"]
    lines.pop()
    if text.notes:
        lines.append(r"\par\smallskip\begin{minipage}{\linewidth}\footnotesize")
        lines += [
            (rf"\textsuperscript{{{mark}}} " if mark else "") + escaped(note) + r"\par"
            for mark, note in text.notes
        ]
        lines.append(r"\end{minipage}")
    lines.append(r"\end{table}")
    return "\n".join(lines) + "\n"


def _blocks(text: TableText) -> list[list[int]]:
    """Split the columns into blocks that fit the width of a page; each begins with the first column."""
    widths = [
        min(
            _LONG,
            max([len(word) for word in heading.value.split(" ")] + [len(row[place].line) for row in text.rows]),
        )
        for place, heading in enumerate(text.headings)
    ]
    blocks: list[list[int]] = [[0]]
    used = widths[0]
    for place, width in enumerate(widths[1:], 1):
        if len(blocks[-1]) > 1 and used + width + _GAP > _WIDTH:
            blocks.append([0])
            used = widths[0]
        blocks[-1].append(place)
        used += width + _GAP
    return blocks


def _tabular(table: Table, text: TableText, block: Sequence[int]) -> Iterator[str]:
    """Yield the lines of a block of columns; siunitx aligns numbers, and intervals have their own column."""
    columns = [_Column(table.columns[place].kind, text, place) for place in block]
    yield r"\begin{tabular}{@{}" + "".join(each.kind for each in columns) + r"@{}}"
    yield r"\toprule"
    yield " & ".join(each.heading() for each in columns) + r" \\"
    yield r"\midrule"
    group = ""
    width = sum(each.width for each in columns)
    for row, cells in zip(table.rows, text.rows, strict=True):
        if row.group != group:
            yield rf"\multicolumn{{{width}}}{{@{{}}l}}{{\emph{{{escaped(row.group)}}}}} \\"
            group = row.group
        yield " & ".join(each.cell(cells[each.place]) for each in columns) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"


class _Column:
    """A column of a table, as one column of LaTeX or as two: a number and its interval."""

    def __init__(self, kind: ColumnKind, text: TableText, place: int) -> None:
        cells = [row[place] for row in text.rows]
        self.place = place
        self._heading = text.headings[place]
        self._is_text = kind == "text"
        self._is_number = kind not in ("text", "count")
        self._has_intervals = self._is_number and any(each.interval for each in cells)
        self.width = 2 if self._has_intervals else 1
        if self._is_number:
            self.kind = _number_column(cells) + (r"@{\hskip 3pt}>{\footnotesize}l" if self._has_intervals else "")
        else:
            self.kind = _text_column(text, place) if self._is_text else "r"

    def heading(self) -> str:
        stacked = _stacked(self._heading, right=not self._is_text)
        if self._has_intervals:
            return rf"\multicolumn{{2}}{{c}}{{{stacked}}}"
        return f"{{{stacked}}}" if self._is_number else stacked

    def cell(self, cell: CellText) -> str:
        mark = rf"\textsuperscript{{{cell.mark}}}" if cell.mark else ""
        if not self._is_number:
            return f"{breakable(cell.line)}{mark}"
        digits = cell.value.replace(",", "")
        shown = digits if _NUMBER.fullmatch(digits) else f"{{{escaped(cell.value)}}}" if cell.value else "{}"
        return f"{shown}{mark} & {escaped(cell.interval)}" if self._has_intervals else f"{shown}{mark}"


def _number_column(cells: Sequence[CellText]) -> str:
    """Return a column of siunitx that reserves the room of its longest number and mark."""
    numbers = [found for each in cells if (found := _NUMBER.fullmatch(each.value.replace(",", "")))]
    sign = "-" if any(found.group(1) for found in numbers) else ""
    whole = max((len(found.group(2)) for found in numbers), default=1)
    decimals = max((len(found.group(3) or "") for found in numbers), default=0)
    mark = max((each.mark for each in cells), key=len, default="")
    post = rf",table-space-text-post={{\textsuperscript{{{mark}}}}}" if mark else ""
    return f"S[table-format={sign}{max(whole, 1)}{f'.{decimals}' if decimals else ''}{post}]"


def _text_column(text: TableText, place: int) -> str:
    """Return the type of a column of text: long texts are set as paragraphs."""
    longest = max((len(row[place].line) for row in text.rows), default=0)
    return "l" if longest <= _LONG else rf">{{\raggedright\arraybackslash}}p{{{_TEXT_WIDTH}\linewidth}}"


def quotation_latex(quotation: Quotation) -> str:
    """Write a quotation: a heading, and its lines in small type."""
    lines = [
        (rf"\hspace*{{1.5em}}{breakable(line.lstrip())}" if line.startswith(" ") else breakable(line)) or r"~"
        for line in quotation.text.splitlines()
    ]
    return "\n".join(
        [
            rf"\subsection*{{\normalsize {breakable(quotation.title)}}}",
            r"{\footnotesize\setlength{\parindent}{0pt}\raggedright",
            *(rf"{line}\par" for line in lines),
            "}",
        ]
    )


def figure_latex(figure: Figure, folder: str) -> str:
    """Write a figure as a ``figure`` environment that includes its PDF."""
    width = r"\linewidth" if figure.width == "page" else r"0.62\linewidth"
    notes = " ".join(escaped(note) for note in figure.notes)
    return "\n".join(
        [
            r"\begin{figure}[htbp]",
            r"\centering",
            rf"\includegraphics[width={width}]{{{folder}/{figure.name}.pdf}}",
            rf"\caption{{{escaped(figure.caption)} {notes}}}",
            rf"\label{{fig:{_label(figure.name)}}}",
            r"\end{figure}",
            "",
        ]
    )


def _stacked(cell: CellText, *, right: bool) -> str:
    words = escaped(cell.value).split(" ")
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) < 12:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    mark = rf"\textsuperscript{{{cell.mark}}}" if cell.mark else ""
    stacked = r"\\".join(lines)
    return rf"\begin{{tabular}}[b]{{@{{}}{'r' if right else 'l'}@{{}}}}{stacked}{mark}\end{{tabular}}"


def _label(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")
