# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Matplotlib's own type hints leave `**kwargs` and arrays unknown.
"""Drawing of networks: nodes on a circle, arrows as wide as their weight."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from matplotlib.patches import FancyArrowPatch

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from interlab_evals.figures.kinds import Network
    from interlab_evals.figures.paper import Paper

_WIDEST: Final = 3.0
_THINNEST: Final = 0.5


def draw_network(figure: Network, paper: Paper) -> Canvas:
    """Draw nodes on a circle and arrows between them."""
    canvas, axes = paper.canvas(min(paper.width, 3.4) * 0.85)
    style = paper.style
    places = _circle(figure.nodes)
    heaviest = max((edge.weight for edge in figure.edges), default=1.0) or 1.0
    for edge in figure.edges:
        if edge.source == edge.target:
            continue
        (x0, y0), (x1, y1) = places[edge.source], places[edge.target]
        width = _THINNEST + (_WIDEST - _THINNEST) * edge.weight / heaviest
        axes.add_patch(
            FancyArrowPatch(
                (x0, y0),
                (x1, y1),
                connectionstyle="arc3,rad=0.18",
                arrowstyle="-|>",
                mutation_scale=6 + 2 * width,
                shrinkA=13,
                shrinkB=13,
                linewidth=width,
                color=style.colours[0],
                alpha=0.75,
            )
        )
        bend = 0.09 * 2
        middle = ((x0 + x1) / 2 + bend * (y1 - y0) / 2, (y0 + y1) / 2 - bend * (x1 - x0) / 2)
        axes.text(
            *middle,
            f"{edge.weight:g}",
            ha="center",
            va="center",
            fontsize=style.font_size - 1,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    for name, (x, y) in places.items():
        axes.plot([x], [y], marker="o", markersize=18, color="white", markeredgecolor="black", markeredgewidth=0.8)
        axes.text(x, y - 0.34 if y <= 0 else y + 0.34, paper.label(name), ha="center", va="center")
    axes.set_xlim(-1.6, 1.6)
    axes.set_ylim(-1.5, 1.5)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return canvas


def _circle(nodes: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return a place for each node: two side by side, more around a circle from the top."""
    start = math.pi if len(nodes) == 2 else math.pi / 2
    turn = 2 * math.pi / max(len(nodes), 1)
    return {node: (math.cos(start - turn * k), math.sin(start - turn * k)) for k, node in enumerate(nodes)}
