"""Interim looks at the results of a run, and their effect on later tests.

Who looks again and again, and stops when there is something to see, sees something too often. So a run
remembers at how many episodes its results were looked at.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import orjson
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from interlab.errors import ConfigurationError
from interlab.validation import explain

if TYPE_CHECKING:
    from interlab.running.store import RunDirectory

_ALARMS: Final = {1: 0.05, 2: 0.084, 5: 0.142, 10: 0.193, 20: 0.246, 50: 0.318}
"""Type I error of a test at 5 % that is repeated at so many looks; simulated, equal to Armitage's (1969)."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the results.

    Attributes:
        at: When, UTC.
        command: By which command.
        episodes: How many episodes the results rested on.
    """

    at: str
    command: str
    episodes: Annotated[int, Field(ge=0, lt=2**63)]


_LOOK: Final = TypeAdapter(Look)


def note_look(directory: RunDirectory, command: str, episodes: int) -> None:
    """Note in the run's directory that its results were looked at.

    A directory that cannot be written is left as it is: nor can such a run go on.

    Args:
        directory: The run.
        command: Which command showed them.
        episodes: How many completed episodes they rest on.
    """
    look = Look(at=datetime.now(UTC).isoformat(timespec="seconds"), command=command, episodes=episodes)
    with suppress(OSError):
        file = os.open(directory.looks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(file, orjson.dumps(asdict(look)) + b"\n")
        finally:
            os.close(file)


def looks(directory: RunDirectory) -> list[Look]:
    """Read when the results of a run were looked at, the first look first; a torn last line is left out.

    Raises:
        ConfigurationError: Another line is not a look.
    """
    found: list[Look] = []
    try:
        lines = directory.looks.read_bytes().split(b"\n")
    except OSError:
        return found
    for number, line in enumerate(lines, 1):
        try:
            found += [_LOOK.validate_json(line)] if line.strip() else []
        except ValidationError as error:
            if number < len(lines):  # the last one may be torn
                where = f"`{directory.looks}` line {number}"
                raise ConfigurationError(f"{where}: {explain(error)}; delete the line") from None
    return found


def warning(directory: RunDirectory) -> str | None:
    """Say what to mind if the run goes on, or went on, after its results were looked at.

    Returns:
        A line; ``None`` if they were looked at with one number of episodes at most.
    """
    counts = sorted({each.episodes for each in looks(directory) if each.episodes})
    if len(counts) < 2:
        return None
    seen = f"after {_listed(counts)} episodes"
    return f"the results of `{directory.id}` were looked at {seen}{_consequence(len(counts))}"


def warning_before(directory: RunDirectory, planned: int) -> str | None:
    """Say what to mind before a run goes on whose results were looked at.

    Args:
        directory: The run.
        planned: How many episodes it will have.

    Returns:
        A line; ``None`` if no one looked yet, or all episodes were there.
    """
    counts = sorted({each.episodes for each in looks(directory) if 0 < each.episodes < planned})
    if not counts:
        return None
    seen = f"after {_listed(counts)} of {planned} episodes"
    return f"the results of `{directory.id}` were looked at {seen}{_consequence(len(counts) + 1)}"


def _consequence(number: int) -> str:
    alarm = next(rate for most, rate in sorted(_ALARMS.items()) if most >= number) if number <= 50 else _ALARMS[50]
    roughly = "" if number in _ALARMS else "up to " if number <= 50 else "over "
    return (
        f"; if what was seen decides when to stop, a test at 5 % errs in {roughly}{100 * alarm:.0f} % of cases: "
        "keep to a number of episodes fixed beforehand, or use `interlab_evals.confidence_sequence`"
    )


def _listed(counts: list[int]) -> str:
    if len(counts) == 1:
        return str(counts[0])
    return f"{', '.join(map(str, counts[:-1]))} and {counts[-1]}"
