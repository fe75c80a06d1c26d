# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Matplotlib's own type hints leave `**kwargs` and arrays unknown.
"""Paper to draw on: a style applied to one width."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Final, NamedTuple

from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from interlab_evals.figures.style import drawable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from interlab_evals.figures import kinds
    from interlab_evals.figures.style import Style

_LINES: Final = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
GREY: Final = "#888888"
ROW_HEIGHT: Final = 0.24
"""Inches of one row of a forest plot or a distribution."""
_EM: Final = {"serif": 0.5, "sans": 0.62}
"""Mean width of a character, as a share of the font size."""
GOLDEN: Final = 0.62
"""Height of a picture of curves, as a share of its width."""


class Mark(NamedTuple):
    """Look of one group."""

    colour: str
    line: str | tuple[int, tuple[int, ...]]
    marker: str


def label(text: str, style: Style, limit: int = 40) -> str:
    """Return a text that the style's fonts can draw: one line, bounded, unknown characters replaced."""
    known = drawable(style.font)
    line = "".join(each if ord(each) in known else "\N{REPLACEMENT CHARACTER}" for each in " ".join(text.split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


class Paper:
    """A style applied to one width."""

    def __init__(self, style: Style, width: kinds.Width) -> None:
        self.style = style
        self.width = style.column_width if width == "column" else style.page_width

    def canvas(self, height: float) -> tuple[Canvas, Axes]:
        """Return an empty figure with one pair of axes; the height is in inches."""
        canvas = Canvas(figsize=(self.width, height), layout="constrained")
        return canvas, canvas.add_subplot()

    def label(self, text: str, share: float = 0.42) -> str:
        """Return a text as a label that takes at most a share of the width."""
        characters = share * self.width * 72 / (_EM[self.style.font] * self.style.font_size)
        return label(text, self.style, max(4, int(characters)))

    def marks(self) -> Iterator[Mark]:
        """Yield distinct looks without end."""
        for each in zip(cycle(self.style.colours), cycle(_LINES), cycle(_MARKERS), strict=False):
            yield Mark(*each)

    def apply(self, axes: Axes, x: kinds.Axis | None, y: kinds.Axis | None) -> None:
        """Set labels and limits."""
        for axis, set_label, set_limits, ticks in (
            (x, axes.set_xlabel, axes.set_xlim, axes.xaxis),
            (y, axes.set_ylabel, axes.set_ylim, axes.yaxis),
        ):
            if axis is None:
                continue
            set_label(self.label(axis.label, 0.8))
            if axis.low is not None or axis.high is not None:
                margin = 0.03 * (axis.high - axis.low) if axis.low is not None and axis.high is not None else 0.0
                set_limits(
                    None if axis.low is None else axis.low - margin,
                    None if axis.high is None else axis.high + margin,
                )
            if axis.integer:
                ticks.set_major_locator(MaxNLocator(integer=True, nbins=8))

    def legend(self, canvas: Canvas, axes: Axes, entries: int) -> None:
        """Put the legend above the picture where there is more than one entry."""
        if entries > 1:
            handles, labels = axes.get_legend_handles_labels()
            longest = max(map(len, labels), default=1)
            columns = max(1, min(entries, int(self.width * 14 / (longest + 6))))
            canvas.legend(handles, labels, loc="outside upper left", ncols=columns, handlelength=2.2)
