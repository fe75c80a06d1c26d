"""Numbers and lists in words, for rules and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARED_TEXTS: Final = 1
"""Version of the texts that belong to no scenario: retries, memories, styles of reasoning. A change of any of them
raises it, so that episodes before and after are not pooled unnoticed."""

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


def measured(number: float, unit: str) -> str:
    """Write an amount of a unit that is given in the plural; one of it loses the s.

    Example:
        >>> measured(1, "points"), measured(2.5, "points"), measured(1, "hectares of grass")
        ('1 point', '2.5 points', '1 hectare of grass')
    """
    if number == 1:
        noun, of, rest = unit.partition(" of ")
        unit = noun.removesuffix("s") + of + rest
    return f"{plain(number)} {unit}"


def sentence(text: str) -> str:
    """Begin a text with a capital letter, whatever word it begins with.

    Example:
        >>> sentence("player A gave 3 points.")
        'Player A gave 3 points.'
    """
    return text[:1].upper() + text[1:]


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, whose plural takes an s.

    Example:
        >>> counted(1, "round"), counted(10, "round")
        ('1 round', '10 rounds')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
