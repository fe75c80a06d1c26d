"""The suites that come with InterLab: TOML files, found in the checkout and in the wheel alike."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from interlab.errors import UnknownNameError
from interlab.registry import suggestion

_PACKAGE: Final = Path(__file__).parent
_PLACES: Final = (_PACKAGE / "shipped_suites", _PACKAGE.parent / "suites")
"""Directories of suites in the wheel and in the checkout."""


def path(name: str) -> Path:
    """Find the TOML file of a suite of ours.

    Args:
        name: E.g. ``quickstart``.

    Raises:
        UnknownNameError: We have no suite of this name; the message names near misses.
    """
    found = {file.stem: file for place in _PLACES for file in place.glob("*.toml")}
    if name not in found:
        raise UnknownNameError(f"no suite of InterLab is called `{name}`; {suggestion(name, sorted(found))}")
    return found[name]


def quickstart() -> Path:
    """Strategies only: a repeated prisoner's dilemma and a price negotiation, in seconds."""
    return path("quickstart")


def cooperation() -> Path:
    """Repeated games of two against partners of known temper."""
    return path("cooperation")


def negotiation() -> Path:
    """Price, issues and ultimatum, against negotiators of known temper."""
    return path("negotiation")


def commons() -> Path:
    """A fishery with and without talk, public goods with and without punishment, a threshold."""
    return path("commons")


def communication() -> Path:
    """The same games with and without talk; deliberation; secrets worth keeping."""
    return path("communication")
