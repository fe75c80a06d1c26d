"""One style for all figures: fonts, widths, colours."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlab.errors import ConfigurationError

if TYPE_CHECKING:
    from os import PathLike

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
"""A colour as ``#rrggbb``."""

OKABE_ITO: tuple[Colour, ...] = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
"""Colours that people with colour blindness tell apart. Okabe and Ito (2008), Color Universal Design;
yellow is left out because it vanishes on white."""


class Style(BaseModel):
    """Look of every figure of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    font: Literal["serif", "sans"] = "serif"
    """``serif`` looks like a paper set in Times; ``sans`` is plain."""
    font_size: Annotated[float, Field(ge=4, le=24)] = 8.0
    """Points."""
    column_width: Annotated[float, Field(ge=1, le=20)] = 3.4
    """Inches."""
    page_width: Annotated[float, Field(ge=1, le=20)] = 7.0
    """Inches."""
    resolution: Annotated[int, Field(ge=50, le=1200)] = 200
    """Dots per inch of PNG files."""
    colours: Annotated[tuple[Colour, ...], Field(min_length=1)] = OKABE_ITO
    """Colours of groups, in order. Line styles and markers change along, so that a grey print can be read."""
    matrix_colours: str = "cividis"
    """Matplotlib's name of the colour map of matrices."""

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Style:
        """Read a style from a TOML file; what it leaves out keeps its default.

        Raises:
            ConfigurationError: The file cannot be read, is not TOML, or has an invalid value.
        """
        try:
            return cls.model_validate(tomllib.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as error:
            raise ConfigurationError(f"cannot read the style `{path}`: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"invalid style `{path}`: expected TOML: {error}") from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ConfigurationError(f"invalid style `{path}`: `{place}`: {first['msg']}") from None

    def parameters(self) -> dict[str, Any]:
        """Return the style as Matplotlib's parameters. All fonts ship with Matplotlib and are embedded."""
        serif = self.font == "serif"
        small = self.font_size - 1
        return {
            "font.family": ["STIXGeneral", "DejaVu Sans"] if serif else ["DejaVu Sans"],
            "mathtext.fontset": "stix" if serif else "dejavusans",
            "text.parse_math": False,
            "font.size": self.font_size,
            "axes.labelsize": self.font_size,
            "xtick.labelsize": small,
            "ytick.labelsize": small,
            "legend.fontsize": small,
            "legend.frameon": False,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.unicode_minus": True,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "lines.linewidth": 1.2,
            "lines.markersize": 3.5,
            "patch.linewidth": 0.6,
            "pdf.fonttype": 42,
            "svg.fonttype": "path",
            "svg.hashsalt": "interlab",
            "path.simplify": True,
            "figure.dpi": self.resolution,
            "savefig.dpi": self.resolution,
        }


def _path(font: str) -> str:
    from matplotlib import font_manager

    return str(font_manager.findfont(font, fallback_to_default=False))  # pyright: ignore[reportUnknownMemberType]


@cache
def drawable(font: Literal["serif", "sans"]) -> frozenset[int]:
    """Return the code points that the fonts of a style have glyphs for."""
    from matplotlib import ft2font

    names = ["STIXGeneral", "DejaVu Sans"] if font == "serif" else ["DejaVu Sans"]
    points: set[int] = set()
    for name in names:
        points.update(ft2font.FT2Font(_path(name)).get_charmap())
    return frozenset(points)
