"""Numbers as text: the rules for decimals, intervals and p-values, for every medium."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

UNDEFINED: Final = "–"
_MOST_DECIMALS: Final = 6


def decimals(values: Iterable[float]) -> int:
    """Return the number of decimals that suits a column of values.

    The largest value gets three significant digits, and never fewer than its integer part: 2 decimals below
    10, 1 below 100, 0 from there on. Where all values are below 0.01, the largest keeps two significant
    digits. The smallest value other than 0 keeps at least one.
    """
    sizes = [abs(each) for each in values if each != 0 and math.isfinite(each)]
    if not sizes:
        return 2
    most, least = max(sizes), min(sizes)
    wanted = _decimals(most)
    if round(least, wanted) == 0:
        wanted = -math.floor(math.log10(least))
    return min(wanted, _MOST_DECIMALS)


def _decimals(size: float) -> int:
    if size < 0.01:
        return 1 - math.floor(math.log10(size))
    return 2 if size < 10 else 1 if size < 100 else 0


def number(value: float, places: int | None = None) -> str:
    """Write a number; a dash if it is NaN.

    Args:
        value: The number.
        places: Decimals; by default those that suit the number alone.
    """
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    text = f"{value:,.{decimals([value]) if places is None else places}f}"
    return text.lstrip("-") if not re.search("[1-9]", text) else text


def end(value: float, places: int) -> str:
    """Write the end of an interval in few characters: .5 for 0.5, and 0 and 1 for the ends of a proportion."""
    if value in (0.0, 1.0):
        return f"{value:.0f}"
    return re.sub(r"^(-?)0\.", r"\1.", number(value, places))


def interval(low: float, high: float, places: int) -> str:
    """Write an interval; one bound if the other end is NaN, an empty text if both are."""
    if math.isnan(low) and math.isnan(high):
        return ""
    if math.isnan(low):
        return f"≤ {end(high, places)}"
    if math.isnan(high):
        return f"≥ {end(low, places)}"
    between = " to " if low < 0 or high < 0 else "–"
    return f"{end(low, places)}{between}{end(high, places)}"


def probability(value: float) -> str:
    """Write a p-value or a chance: three decimals, `<.001` below; a dash if it is NaN."""
    if math.isnan(value):
        return UNDEFINED
    if value < 0.001:
        return "<.001" if value > 0 else "0"
    return "1" if value >= 0.9995 else f"{value:.3f}".lstrip("0")


def percentage(share: float) -> str:
    """Write a share of 1 as a percentage with as many digits as it has: `95%`, `97.5%`."""
    return f"{share * 100:.6g}%"


def dollars(value: float) -> str:
    """Write an amount of US dollars; a dash if it is NaN."""
    if math.isnan(value):
        return UNDEFINED
    return f"${value:,.2f}" if value >= 0.1 or value == 0 else f"${number(value)}"
