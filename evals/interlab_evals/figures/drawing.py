"""Drawing of figures with Matplotlib: a function per kind, one style.

Nothing here computes a number. A figure's values hold everything that is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

from interlab_evals.figures import kinds
from interlab_evals.figures.curves import draw_survival, draw_trajectories
from interlab_evals.figures.networks import draw_network
from interlab_evals.figures.paper import Paper
from interlab_evals.figures.planes import draw_matrix, draw_plane
from interlab_evals.figures.rows import draw_distribution, draw_forest
from interlab_evals.figures.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from matplotlib.figure import Figure as Canvas

_PAINTERS: Final[dict[type[kinds.Figure], Callable[[Any, Paper], Canvas]]] = {
    kinds.Distribution: draw_distribution,
    kinds.Trajectories: draw_trajectories,
    kinds.Matrix: draw_matrix,
    kinds.Plane: draw_plane,
    kinds.Survival: draw_survival,
    kinds.ForestPlot: draw_forest,
    kinds.Network: draw_network,
}


def draw(figure: kinds.Figure, style: Style | None = None) -> Canvas:
    """Draw a figure.

    Args:
        figure: A figure of any kind of :mod:`interlab_evals.figures.kinds`.
        style: Its look.

    Returns:
        A Matplotlib figure that belongs to no window. Save it within :func:`using`.

    Raises:
        TypeError: The kind of the figure is unknown.
    """
    chosen = style or Style()
    painter = _PAINTERS.get(type(figure))
    if painter is None:
        raise TypeError(f"cannot draw a `{type(figure).__name__}`")
    with using(chosen):
        return painter(figure, Paper(chosen, figure.width))


def using(style: Style) -> AbstractContextManager[None]:
    """Return a context in which Matplotlib has the parameters of a style and no others."""
    parameters: dict[Any, Any] = {**mpl.rcParamsDefault, **style.parameters()}
    return mpl.rc_context(parameters)  # pyright: ignore[reportUnknownMemberType]
