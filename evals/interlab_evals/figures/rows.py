# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Matplotlib's own type hints leave `**kwargs` and arrays unknown.
"""Drawing of rows: distributions and forest plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from interlab_evals.figures.paper import GREY, ROW_HEIGHT, Paper

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from interlab_evals.figures import kinds


_POINTS_SHOWN: Final = 60
"""Groups of at most so many values show each of them."""


def draw_distribution(figure: kinds.Distribution, paper: Paper) -> Canvas:
    """Draw values of groups as boxes, with a point for each value where they are few."""
    canvas, axes = paper.canvas(0.55 + ROW_HEIGHT * 1.4 * max(len(figure.groups), 1))
    for place, (group, mark) in enumerate(zip(figure.groups, paper.marks(), strict=False)):
        values = [value for value in group.values if math.isfinite(value)]
        if not values:
            continue
        axes.boxplot(
            [values],
            positions=[place],
            orientation="horizontal",
            widths=0.5,
            whis=(5, 95),
            showfliers=False,
            manage_ticks=False,
            medianprops={"color": mark.colour, "linewidth": 1.6},
            boxprops={"linewidth": 0.7},
            whiskerprops={"linewidth": 0.7},
            capprops={"linewidth": 0.7},
        )
        if len(values) <= _POINTS_SHOWN:
            axes.plot(
                values,
                [place + 0.16 * _spread(rank) for rank in range(len(values))],
                linestyle="none",
                marker=mark.marker,
                markersize=2.2,
                color=mark.colour,
                alpha=0.55,
                markeredgewidth=0,
            )
    axes.set_yticks(range(len(figure.groups)), [paper.label(each.label) for each in figure.groups])
    axes.set_ylim(len(figure.groups) - 0.4, -0.6)
    paper.apply(axes, figure.axis, None)
    return canvas


def _spread(rank: int) -> float:
    """Return a place between -1 and 1, spread evenly without chance (van der Corput's sequence)."""
    place, base = 0.0, 0.5
    while rank:
        place += base * (rank % 2)
        rank //= 2
        base /= 2
    return 2 * place - 1


def draw_forest(figure: kinds.ForestPlot, paper: Paper) -> Canvas:
    """Draw differences with their intervals, one a row."""
    lines: list[kinds.ForestRow | str] = []
    for entry in figure.entries:
        if entry.section and entry.section not in lines:
            lines.append(entry.section)
        lines.append(entry)
    canvas, axes = paper.canvas(0.6 + ROW_HEIGHT * max(len(lines), 1))
    axes.axvline(figure.reference, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
    labels: list[str] = []
    colour = paper.style.colours[0]
    for place, line in enumerate(lines):
        if isinstance(line, str):
            labels.append(paper.label(line))
            continue
        labels.append("  " + paper.label(line.label))
        if math.isfinite(line.low) and math.isfinite(line.high):
            axes.plot([line.low, line.high], [place, place], color=colour, linewidth=1.2)
        axes.plot(
            [line.value],
            [place],
            marker="o",
            color=colour,
            markersize=4.5,
            markerfacecolor=colour if line.filled else "white",
        )
        if line.text:
            axes.annotate(
                paper.label(line.text, 0.25),
                (1.0, place),
                xycoords=("axes fraction", "data"),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=paper.style.font_size - 1,
                annotation_clip=False,
            )
    axes.set_yticks(range(len(lines)), labels)
    for tick, line in zip(axes.get_yticklabels(), lines, strict=True):
        tick.set_fontweight("bold" if isinstance(line, str) else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    paper.apply(axes, figure.axis, None)
    return canvas
