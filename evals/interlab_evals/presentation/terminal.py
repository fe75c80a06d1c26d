"""Pages drawn for a terminal, in as few lines as its width allows."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from rich import box
from rich.cells import cell_len
from rich.table import Column as RichColumn
from rich.table import Table as RichTable
from rich.text import Text

from interlab_evals.presentation.cells import CellText, table_text, visible
from interlab_evals.presentation.wording import short_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from interlab_evals.presentation.tables import Page, Table

_GAP: Final = 2
_SUPERSCRIPTS: Final = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")


class TerminalPage:
    """A page as a rich renderable.

    Each table takes the first layout that fits: intervals beside their values, or below them, each with whole
    names or without what all names begin with (``strategy/``); else several blocks that repeat the leading
    columns.

    Args:
        page: The page.
    """

    def __init__(self, page: Page) -> None:
        self._page = page

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the page as wide as the console allows."""
        if self._page.title:
            yield Text(visible(self._page.title), style="bold")
        for place, table in enumerate(self._page.tables):
            if place:
                yield Text()
            yield from _drawn(table, options.max_width)
        if self._page.tables and self._page.lines:
            yield Text()
        for line in self._page.lines:
            yield Text(visible(line), style="dim")


def _drawn(table: Table, width: int) -> Iterator[RenderableType]:
    if table.title or table.caption:
        gap = "  " if table.title and table.caption else ""
        yield Text.assemble((visible(table.title), "bold"), gap, visible(table.caption))
    if table.rows:
        text = table_text(table)
        columns = [
            _Column(text.headings[place], [row[place] for row in text.rows], is_text=column.kind == "text")
            for place, column in enumerate(table.columns)
        ]
        lead = _leading(table)
        for number, (block, stacked) in enumerate(_layout(columns, lead, width)):
            if number:
                yield Text()
            yield _grid(table, block, stacked=stacked)
    for mark, note in table_text(table).notes:
        yield Text(f"{mark.translate(_SUPERSCRIPTS)} {note}".lstrip(), style="dim")


class _Column:
    """The text of a column and the room that it needs."""

    def __init__(self, heading: CellText, cells: Sequence[CellText], *, is_text: bool) -> None:
        self.cells = cells
        self.is_text = is_text
        self._mark = heading.mark
        self._heading = re.sub(r" ([↑↓])$", "\u00a0\\1", heading.value)  # an arrow stays beside its word
        self._values = max((cell_len(_marked(each)) for each in cells), default=0)
        self._intervals = max((cell_len(each.interval) for each in cells), default=0)

    def shortened(self) -> _Column:
        """The column without what all names begin with, which goes into the heading."""
        names, prefix = short_names([each.value for each in self.cells])
        if not self.is_text or not prefix:
            return self
        heading = CellText(f"{self._heading} ({prefix})".replace("\u00a0", " "), mark=self._mark)
        return _Column(heading, [each._replace(value=names[each.value]) for each in self.cells], is_text=True)

    def width(self, *, stacked: bool) -> int:
        """Cells that the column takes unfolded."""
        return max(self._room(stacked=stacked), *map(cell_len, self.heading(stacked=stacked).split("\n")))

    def least(self, *, stacked: bool) -> int:
        """Cells that the column takes at least: a text column can be folded between words."""
        if not self.is_text:
            return self.width(stacked=stacked)
        words = [word for each in [self._heading, *map(_marked, self.cells)] for word in each.split(" ")]
        return max(map(cell_len, words), default=1)

    def heading(self, *, stacked: bool) -> str:
        """The heading in lines that are hardly wider than the cells."""
        widest = max(map(cell_len, self._heading.split(" ")), default=1)
        lines = textwrap.wrap(self._heading, max(widest, self._room(stacked=stacked)), break_long_words=False)
        return "\n".join(lines).replace("\u00a0", " ") + self._mark.translate(_SUPERSCRIPTS)

    def cell(self, place: int, *, stacked: bool) -> Text:
        """The value and its interval, padded so that values stand under values."""
        found = self.cells[place]
        if self.is_text:
            return Text(_marked(found))
        value = _marked(found)
        if not self._intervals:
            return Text(value)
        if stacked:
            return Text.assemble(value, "\n", (found.interval, "dim"))
        value = " " * (self._values - cell_len(value)) + value
        interval = found.interval + " " * (self._intervals - cell_len(found.interval))
        return Text.assemble(value, " ", (interval, "dim"))

    def _room(self, *, stacked: bool) -> int:
        if not self._intervals:
            return self._values
        return max(self._values, self._intervals) if stacked else self._values + 1 + self._intervals


def _layout(columns: Sequence[_Column], lead: int, width: int) -> Iterator[tuple[list[_Column], bool]]:
    """Choose the first layout that fits: (columns of a block, whether intervals are below their values)."""
    short = [*(each.shortened() for each in columns[:lead]), *columns[lead:]]
    for stacked in (False, True):
        for tried in (list(columns), short):
            if sum(each.least(stacked=stacked) + _GAP for each in tried) - _GAP <= width:
                yield tried, stacked
                return
    leading = list(columns[:lead])
    taken = sum(each.least(stacked=False) + _GAP for each in leading) - _GAP
    block, used = list[_Column](), taken
    for column in columns[lead:]:
        more = column.least(stacked=False) + _GAP
        if block and used + more > width:
            yield [*leading, *block], False
            block, used = [], taken
        block.append(column)
        used += more
    yield [*leading, *block], False


def _leading(table: Table) -> int:
    """Count the columns that every block repeats: the first texts, and counts right after them."""
    place = 0
    while place < len(table.columns) and table.columns[place].kind == "text":
        place += 1
    while place < len(table.columns) and table.columns[place].kind == "count":
        place += 1
    return place if place < len(table.columns) else 0


def _grid(table: Table, block: Sequence[_Column], *, stacked: bool) -> RichTable:
    grid = RichTable(
        *(
            RichColumn(
                Text(column.heading(stacked=stacked)),
                justify="left" if column.is_text else "right",
                overflow="fold",
                no_wrap=not column.is_text,
            )
            for column in block
        ),
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),  # the box draws one blank itself
        header_style="bold",
    )
    group = ""
    for place, row in enumerate(table.rows):
        if row.group != group:
            grid.add_row(Text(visible(row.group), style="italic dim"))
            group = row.group
        grid.add_row(*(column.cell(place, stacked=stacked) for column in block))
    return grid


def _marked(cell: CellText) -> str:
    return cell.value + cell.mark.translate(_SUPERSCRIPTS)
