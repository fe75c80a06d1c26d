"""Figures as data, and one way to draw them.

A figure (:mod:`~interlab_evals.figures.kinds`) holds the numbers that it shows, a caption and notes; it knows
nothing of drawing. :func:`~interlab_evals.figures.drawing.draw` renders any of them in one
:class:`~interlab_evals.figures.style.Style`, and :func:`~interlab_evals.figures.files.save` writes PDF, SVG and
PNG files that are the same bytes every time.
"""

from __future__ import annotations

from interlab_evals.figures.kinds import (
    Axis,
    Band,
    Curve,
    Distribution,
    Figure,
    ForestPlot,
    ForestRow,
    Group,
    Matrix,
    MatrixCell,
    Network,
    NetworkEdge,
    Plane,
    Points,
    Survival,
    SurvivalCurve,
    Trajectories,
)

__all__ = [
    "Axis",
    "Band",
    "Curve",
    "Distribution",
    "Figure",
    "ForestPlot",
    "ForestRow",
    "Group",
    "Matrix",
    "MatrixCell",
    "Network",
    "NetworkEdge",
    "Plane",
    "Points",
    "Survival",
    "SurvivalCurve",
    "Trajectories",
]
