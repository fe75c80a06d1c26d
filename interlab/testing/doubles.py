"""Ids that count and a clock that ticks: a recording made with them is the same every time."""

from __future__ import annotations

from opentelemetry.sdk.trace.id_generator import IdGenerator


class CountingIds(IdGenerator):
    """Ids 1, 2, 3, ...: traces and spans each in the order in which they start."""

    def __init__(self) -> None:
        self._spans = 0
        self._traces = 0

    def generate_span_id(self) -> int:
        """The next span id."""
        self._spans += 1
        return self._spans

    def generate_trace_id(self) -> int:
        """The next trace id."""
        self._traces += 1
        return self._traces


class FakeClock:
    """A clock that moves on by the same step every time it is read.

    Args:
        start: What it shows first, in nanoseconds since the epoch.
        step: Nanoseconds by which it then moves on.
    """

    def __init__(self, start: int = 1_000_000_000, step: int = 1_000_000) -> None:
        self._next = start
        self._step = step

    def __call__(self) -> int:
        """Read the clock."""
        now = self._next
        self._next += self._step
        return now
