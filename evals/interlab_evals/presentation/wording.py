"""Lists and remarks in the sentences of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def listed(values: Iterable[str]) -> str:
    """List distinct values by commas; integers as the least and the greatest."""
    distinct = list(dict.fromkeys(values))
    if all(each.isdigit() for each in distinct) and len(distinct) > 1:
        numbers = sorted(map(int, distinct))
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(distinct)


def with_seeds(seeds: Iterable[int | None]) -> str:
    """Return the seeds of whatever was drawn in brackets; an empty text if nothing was."""
    drawn = sorted({seed for seed in seeds if seed is not None})
    return f" (seed {', '.join(map(str, drawn))})" if drawn else ""


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: `1 episode`, `1,200 episodes`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def short_names(names: Sequence[str]) -> tuple[dict[str, str], str]:
    """Take the part before the first slash from names that all share it.

    Returns:
        Name -> short name, and what was taken, e.g. ``strategy/``; empty if they share nothing.
    """
    prefixes = {name.partition("/")[0] for name in names}
    if len(prefixes) != 1 or not all(name.partition("/")[2] for name in names):
        return {name: name for name in names}, ""
    return {name: name.partition("/")[2] for name in names}, f"{prefixes.pop()}/"
