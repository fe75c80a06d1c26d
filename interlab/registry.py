"""Components that are installed, found by entry point.

Environments, actors, styles, models, metrics, suites, commands and reports are all found the same way, ours and
other people's alike: an entry point of the group ``interlab.<kind>`` whose name is the component's name.
A component is imported when it is first asked for, never before.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final, Literal

from interlab.errors import UnknownNameError

_COMPARED: Final = 80
_SHOWN: Final = 12
"""Up to how many known names a message lists them all."""
_NEAREST: Final = 5
"""Number of names that a message lists where there are more."""

Kind = Literal["environments", "actors", "models", "metrics", "suites", "commands", "reports", "styles"]


_NOUNS: Final[dict[Kind, str]] = {"environments": "scenario", "actors": "source of players", "models": "provider"}
"""Words for a component of a kind where that is not the kind without its s."""


@cache
def _entries(kind: Kind) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"interlab.{kind}")}


def names(kind: Kind) -> list[str]:
    """List the names registered under a kind, sorted."""
    return sorted(_entries(kind))


def load(kind: Kind, name: str) -> object:
    """Import the component registered under a name.

    Raises:
        UnknownNameError: Nothing is registered under this name; the message names near misses.
    """
    entry = _entries(kind).get(name)
    if entry is None:
        raise UnknownNameError(
            f"no {_NOUNS.get(kind, kind[:-1])} is called `{name}`; {suggestion(name, names(kind))}"
        )
    return entry.load()


def suggestion(name: str, known: list[str]) -> str:
    """Say which of the known names a user may have meant."""
    name = name[:_COMPARED]  # the time of a comparison grows with the square of the length
    near = difflib.get_close_matches(name, known, n=3)
    if near:
        return "did you mean " + " or ".join(f"`{match}`" for match in near) + "?"
    if not known:
        return "none is installed"
    if len(known) <= _SHOWN:
        return "known are " + ", ".join(f"`{each}`" for each in known)
    nearest = difflib.get_close_matches(name, known, n=_NEAREST, cutoff=0)
    return f"the nearest of {len(known)} are " + ", ".join(f"`{each}`" for each in nearest)


def refresh() -> None:
    """Look again for installed components, as after an installation into a running process (a notebook)."""
    _entries.cache_clear()
