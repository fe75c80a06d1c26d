"""Files of figures: PDF, SVG, PNG, always the same bytes for the same figure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg

from interlab_evals.figures.drawing import draw, using
from interlab_evals.figures.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from interlab_evals.figures.kinds import Figure

Format = Literal["pdf", "svg", "png"]
FORMATS: Final[tuple[Format, ...]] = ("pdf", "svg", "png")

_WITHOUT_DATES: Final[dict[Format, dict[str, Any]]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


def encode(figure: Figure, format: Format, style: Style | None = None) -> bytes:  # noqa: A002
    """Return a figure as the bytes of a file, without dates."""
    return _encoded(figure, (format,), style or Style())[format]


def _encoded(figure: Figure, formats: Iterable[Format], style: Style) -> dict[Format, bytes]:
    """Draw a figure once, and return its files; the layout of the first holds for the others."""
    found: dict[Format, bytes] = {}
    with using(style):
        canvas = draw(figure, style)
        FigureCanvasAgg(canvas).draw()
        canvas.set_layout_engine("none")  # pyright: ignore[reportUnknownMemberType]
        for each in formats:
            buffer = io.BytesIO()
            canvas.savefig(  # pyright: ignore[reportUnknownMemberType]
                buffer, format=each, metadata=_WITHOUT_DATES[each]
            )
            found[each] = buffer.getvalue()
    return found


def save(figure: Figure, directory: Path, style: Style | None = None) -> list[Path]:
    """Write a figure as PDF, SVG and PNG, named after the figure.

    Args:
        figure: The figure.
        directory: Where to write; it must exist.
        style: The look.

    Returns:
        The paths of the files.
    """
    paths: list[Path] = []
    for each, content in _encoded(figure, FORMATS, style or Style()).items():
        path = directory / f"{figure.name}.{each}"
        path.write_bytes(content)
        paths.append(path)
    return paths
