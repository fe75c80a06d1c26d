"""How rules and reports put numbers and lists into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECIMALS = 6


def plain(number: float) -> str:
    """Write a number as people do: no exponent, at most six decimals, none that is idle.

    Example:
        >>> plain(12000.0), plain(1234567.5), plain(0.1 + 0.2), plain(-0.0)
        ('12000', '1234567.5', '0.3', '0')
    """
    text = f"{number:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def listed(words: Sequence[str]) -> str:
    """Write a list as people do.

    Example:
        >>> listed(["X", "Y"]), listed(["rock", "paper", "scissors"])
        ('X and Y', 'rock, paper and scissors')
    """
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, whose plural takes an s.

    Example:
        >>> counted(1, "round"), counted(10, "round")
        ('1 round', '10 rounds')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
