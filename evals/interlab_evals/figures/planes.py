# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Matplotlib's own type hints leave `**kwargs` and arrays unknown.
"""Drawing of planes: matrices, and points with a frontier."""

from __future__ import annotations

import math
from itertools import cycle
from typing import TYPE_CHECKING, Final

from matplotlib.patches import Rectangle

from interlab_evals.figures.paper import GREY, Paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure as Canvas

    from interlab_evals.figures import kinds


_SOLUTIONS: Final = ("*", "d", "h", "8", "p", "<", ">")
"""Markers of points that theory singles out."""


def draw_matrix(figure: kinds.Matrix, paper: Paper) -> Canvas:
    """Draw a coloured cell, with its text, for each pair."""
    down, across = len(figure.row_labels), len(figure.column_labels)
    longest = max((len(paper.label(each)) for each in figure.row_labels), default=0)
    cell = max(0.42, min(0.8, (paper.width - 0.055 * longest - 0.9) / max(across, 1)))
    canvas, axes = paper.canvas(0.6 + 0.75 * cell * down + 0.05 * longest)
    values = [
        [
            found.value if (found := figure.cells.get((row, column))) else math.nan
            for column in figure.column_labels
        ]
        for row in figure.row_labels
    ]
    low, high = _limits(figure.value_axis, [value for line in values for value in line])
    image = axes.imshow(values, cmap=paper.style.matrix_colours, vmin=low, vmax=high, aspect="auto")
    for down_place, row in enumerate(figure.row_labels):
        for across_place, column in enumerate(figure.column_labels):
            found = figure.cells.get((row, column))
            if found is None:
                continue
            dark = math.isfinite(found.value) and (found.value - low) / (high - low) < 0.5
            axes.text(
                across_place,
                down_place,
                f"{found.text}\n{found.detail}" if found.detail else found.text,
                ha="center",
                va="center",
                fontsize=paper.style.font_size - 2,
                color="white" if dark else "black",
            )
            if figure.mark_diagonal and row == column:
                axes.add_patch(
                    Rectangle(
                        (across_place - 0.47, down_place - 0.47),
                        0.94,
                        0.94,
                        fill=False,
                        linewidth=1.2,
                        edgecolor="white" if dark else "black",
                        linestyle="--",
                    )
                )
    axes.set_xticks(range(across), [paper.label(each) for each in figure.column_labels])
    axes.set_yticks(range(down), [paper.label(each) for each in figure.row_labels])
    axes.tick_params(axis="x", rotation=35 if longest > 8 else 0, length=0)
    for each in axes.get_xticklabels():
        each.set_horizontalalignment("right" if longest > 8 else "center")
        each.set_rotation_mode("anchor")
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(paper.label(figure.column_axis))
    axes.set_ylabel(paper.label(figure.row_axis))
    bar = canvas.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
    bar.set_label(paper.label(figure.value_axis.label, 0.8))
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return canvas


def _limits(axis: kinds.Axis, values: Sequence[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low = min(finite) if axis.low is None else axis.low
    high = max(finite) if axis.high is None else axis.high
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def draw_plane(figure: kinds.Plane, paper: Paper) -> Canvas:
    """Draw points, a frontier and marked points."""
    canvas, axes = paper.canvas(paper.width * 0.85)
    if figure.background:
        axes.plot(
            figure.background.xs,
            figure.background.ys,
            linestyle="none",
            marker=".",
            color="#cccccc",
            markersize=2,
            rasterized=len(figure.background.xs) > 2_000,
            label=paper.label(figure.background.label),
            zorder=1,
        )
    if figure.frontier:
        xs, ys = zip(*figure.frontier, strict=True)
        axes.plot(xs, ys, color=GREY, linewidth=0.9, marker=".", markersize=3, label="frontier", zorder=2)
    for group, mark in zip(figure.groups, paper.marks(), strict=False):
        sizes = [14 * math.sqrt(count) for count in group.counts] or 14
        axes.scatter(
            group.xs,
            group.ys,
            s=sizes,
            color=mark.colour,
            marker=mark.marker,
            alpha=0.7,
            linewidths=0,
            label=paper.label(group.label),
            zorder=3,
        )
    for (x, y, text), marker in zip(figure.marks, cycle(_SOLUTIONS), strict=False):
        axes.plot(
            [x],
            [y],
            linestyle="none",
            marker=marker,
            color="black",
            markerfacecolor="none",
            markersize=6,
            zorder=4,
            label=paper.label(text),
        )
    if figure.vertical is not None:
        axes.axvline(figure.vertical, color=GREY, linewidth=0.6, linestyle=":", zorder=0)
    if figure.horizontal is not None:
        axes.axhline(figure.horizontal, color=GREY, linewidth=0.6, linestyle=":", zorder=0)
    paper.apply(axes, figure.x, figure.y)
    shown = len(figure.groups) + bool(figure.frontier) + (figure.background is not None) + len(figure.marks)
    paper.legend(canvas, axes, shown)
    return canvas
