"""The runs and episodes that are open in this process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from interlab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

R = TypeVar("R")


class Openings(Generic[R]):
    """Runs with an open block, and the number of open episodes; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: list[R] = []
        self._episodes = 0

    def begin(self, run: R) -> None:
        """Note that the block of a run begins."""
        with self._lock:
            self._runs.append(run)

    def end(self, run: R) -> None:
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
        """Return True if a thread or task is playing an episode."""
        return self._episodes > 0

    def run(self) -> R | None:
        """Return the run with an open block, if there is one.

        Raises:
            UsageError: Several blocks are open.
        """
        with self._lock:
            if len(self._runs) > 1:
                raise UsageError("several runs are open: say which one the episode belongs to, `run.episode(...)`")
            return self._runs[0] if self._runs else None
