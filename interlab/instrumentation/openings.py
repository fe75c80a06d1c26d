"""The runs and episodes that are open in this process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from interlab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

    from interlab.instrumentation.runs import TracedRun


class _Open:
    """What is open in this process; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: list[TracedRun] = []
        self._episodes = 0

    def begin(self, run: TracedRun) -> None:
        """Note that the block of a run begins."""
        with self._lock:
            self._runs.append(run)

    def end(self, run: TracedRun) -> None:
        """Note that a run ends."""
        with self._lock:
            self._runs = [each for each in self._runs if each is not run]

    @contextmanager
    def episode(self) -> Generator[None]:
        """Count an episode while it is played."""
        with self._lock:
            self._episodes += 1
        try:
            yield
        finally:
            with self._lock:
                self._episodes -= 1

    @property
    def has_episodes(self) -> bool:
        """Whether any thread or task plays an episode."""
        return self._episodes > 0

    def run(self) -> TracedRun | None:
        """The run whose block is open, if one is.

        Raises:
            UsageError: There are several.
        """
        with self._lock:
            if len(self._runs) > 1:
                raise UsageError("several runs are open: say which one the episode belongs to, `run.episode(...)`")
            return self._runs[0] if self._runs else None


OPEN: Final = _Open()
