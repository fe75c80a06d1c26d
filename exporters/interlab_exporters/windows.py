"""Stretches of time, cut until each holds no more than a backend gives at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOKBACK: Final = timedelta(days=365)
_AHEAD: Final = timedelta(hours=1)
"""Clocks differ: a span may seem to start in the future."""
_SECOND: Final = 1_000_000_000


class Window(NamedTuple):
    """From ``start`` up to, but without, ``end``, in nanoseconds since the epoch."""

    start: int
    end: int

    @classmethod
    def between(cls, start: datetime | None, end: datetime | None) -> Window:
        """Take the time between two moments; without them, from a year ago until in an hour."""
        now = datetime.now(UTC)
        return cls(_nanoseconds(start or now - _LOOKBACK), _nanoseconds(end or now + _AHEAD))

    def halves(self, starts: Sequence[int]) -> tuple[Window, Window] | None:
        """Cut in two, so that each part has about half of what is known to begin in it.

        Where half of it began before the window or all of it at once, the middle of the window is taken, so
        that every part is shorter than the whole.

        Args:
            starts: When what was found in the window has begun.

        Returns:
            The earlier and the later part; None for a single nanosecond.
        """
        if self.end - self.start <= 1:
            return None
        cut = median_low(starts)
        if not self.start < cut < self.end:
            cut = (self.start + self.end) // 2
        return Window(self.start, cut), Window(cut, self.end)


def rfc3339(nanoseconds: int) -> str:
    """Write a time as text, to the nanosecond.

    >>> rfc3339(1_700_000_000_000_000_001)
    '2023-11-14T22:13:20.000000001Z'
    """
    seconds, fraction = divmod(nanoseconds, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"


def _nanoseconds(moment: datetime) -> int:
    since = moment.astimezone(UTC) - datetime.fromtimestamp(0, UTC)
    return (since // timedelta(microseconds=1)) * 1000
