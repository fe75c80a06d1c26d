"""p-values of a family of tests, corrected for their number."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Correction = Literal["holm", "bh", "none"]
"""``holm``: no false finding in the family, for tests declared beforehand. ``bh``: few among the findings, for
exploration."""

NAMES = {"holm": "Holm", "bh": "Benjamini-Hochberg", "none": "none"}


def holm(p: Sequence[float]) -> list[float]:
    """Adjust p-values so that the chance of any false finding in the family stays below the level.

    Args:
        p: The p-values; NaN where there was no test, which then counts as none.

    Source:
        Holm (1979): the i-th smallest of m times m - i + 1, made monotone.
    """
    return _adjusted(p, "holm")


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjust p-values so that the expected share of false ones among the findings stays below the level.

    Args:
        p: The p-values; NaN where there was no test, which then counts as none.

    Source:
        Benjamini and Hochberg (1995).
    """
    return _adjusted(p, "fdr_bh")


def adjusted(p: Sequence[float], correction: Correction) -> list[float]:
    """Adjust p-values by name of the correction."""
    match correction:
        case "holm":
            return holm(p)
        case "bh":
            return benjamini_hochberg(p)
        case "none":
            return list(p)


def _adjusted(p: Sequence[float], method: str) -> list[float]:
    untyped: Any = import_module("statsmodels.stats.multitest")
    values = np.asarray(p, dtype=np.float64)
    tested = ~np.isnan(values)
    if tested.any():
        values[tested] = untyped.multipletests(values[tested], method=method)[1]
    return values.tolist()
