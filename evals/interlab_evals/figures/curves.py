# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Matplotlib's own type hints leave `**kwargs` and arrays unknown.
"""Drawing of curves: trajectories and survival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from interlab_evals.figures.paper import GOLDEN, GREY, Paper

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from interlab_evals.figures import kinds


_MARKERS_SHOWN: Final = 25
"""Curves of at most so many points show a marker for each."""


def draw_trajectories(figure: kinds.Trajectories, paper: Paper) -> Canvas:
    """Draw curves with their bands."""
    canvas, axes = paper.canvas(paper.width * GOLDEN)
    for curve, mark in zip(figure.curves, paper.marks(), strict=False):
        xs = [point.x for point in curve.points]
        axes.fill_between(
            xs,
            [point.low for point in curve.points],
            [point.high for point in curve.points],
            color=mark.colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.plot(
            xs,
            [point.value for point in curve.points],
            color=mark.colour,
            linestyle=mark.line,
            marker=mark.marker if len(xs) <= _MARKERS_SHOWN else None,
            label=paper.label(curve.label),
        )
    for place, text in figure.marks:
        axes.axvline(place, color=GREY, linewidth=0.6, linestyle=":")
        axes.annotate(
            paper.label(text, 0.2),
            (place, 1),
            xycoords=("data", "axes fraction"),
            xytext=(2, -8),
            textcoords="offset points",
            fontsize=paper.style.font_size - 2,
            color=GREY,
        )
    paper.apply(axes, figure.x, figure.y)
    paper.legend(canvas, axes, len(figure.curves))
    return canvas


def draw_survival(figure: kinds.Survival, paper: Paper) -> Canvas:
    """Draw step functions with bands and ticks at censored times."""
    canvas, axes = paper.canvas(paper.width * GOLDEN)
    for curve, mark in zip(figure.curves, paper.marks(), strict=False):
        axes.step(
            curve.times,
            curve.survival,
            where="post",
            color=mark.colour,
            linestyle=mark.line,
            label=paper.label(curve.label if not curve.n else f"{curve.label} (n = {curve.n})"),
        )
        if curve.low and curve.high:
            axes.fill_between(
                curve.times, curve.low, curve.high, step="post", color=mark.colour, alpha=0.15, linewidth=0
            )
        if curve.censored:
            heights = [_height(curve, time) for time in curve.censored]
            axes.plot(curve.censored, heights, linestyle="none", marker="|", color=mark.colour, markersize=5)
    paper.apply(axes, figure.x, figure.y)
    paper.legend(canvas, axes, len(figure.curves))
    return canvas


def _height(curve: kinds.SurvivalCurve, time: float) -> float:
    height = 1.0
    for each, value in zip(curve.times, curve.survival, strict=True):
        if each > time:
            break
        height = value
    return height
