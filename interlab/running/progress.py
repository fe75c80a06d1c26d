"""Tell a person how a run goes: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from interlab.console import SafeConsole

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from interlab.running.run import Run

_LINE_SECONDS: Final = 10.0


def watcher(console: Console | None = None) -> ProgressBar | ProgressLines:
    """Choose how to show progress on a console, by default standard error."""
    console = console or SafeConsole(stderr=True)
    return ProgressBar(console) if console.is_terminal else ProgressLines(console)


class ProgressBar:
    """A live bar with episodes, failures, calls per second, tokens, USD and the time left."""

    def __init__(self, console: Console) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._began = time.monotonic()

    def began(self, run: Run) -> None:
        """Show the bar."""
        self._began = time.monotonic()
        self._bar.start()
        self._task = self._bar.add_task(
            "episodes", total=run.planned, completed=run.done, counts=_counts(run, 0.0)
        )

    def advanced(self, run: Run) -> None:
        """Move the bar."""
        if self._task is not None:
            counts = _counts(run, time.monotonic() - self._began)
            self._bar.update(self._task, completed=run.done + run.failed, counts=counts)

    def ended(self, run: Run) -> None:
        """Take the bar away."""
        self._bar.stop()


class ProgressLines:
    """A line every ten seconds, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = self._last = time.monotonic()

    def began(self, run: Run) -> None:
        """Say where the record goes."""
        self._began = self._last = time.monotonic()
        resumed = f", {run.done} of them done already" if run.done else ""
        self._print(f"{run.planned} episodes{resumed}; recording in {run.path}")

    def advanced(self, run: Run) -> None:
        """Say how far the run is, now and then."""
        now = time.monotonic()
        if now - self._last >= _LINE_SECONDS:
            self._last = now
            self._print(f"{run.done + run.failed}/{run.planned} episodes {_counts(run, now - self._began)}")

    def ended(self, run: Run) -> None:
        """Say how it ended."""
        seconds = time.monotonic() - self._began
        self._print(f"{run.status}: {run.done}/{run.planned} episodes {_counts(run, seconds)} in {seconds:.1f} s")

    def _print(self, line: str) -> None:
        self._console.print(line, soft_wrap=True)


def _counts(run: Run, seconds: float) -> str:
    parts: list[str] = []
    if run.failed:
        parts.append(f"{run.failed} failed")
    spending = run.spending
    if spending.calls:
        rate = spending.calls / seconds if seconds > 0 else 0.0
        parts += [f"{rate:.1f} calls/s", f"{spending.tokens:,} tokens"]
        parts.append("USD unknown" if math.isnan(spending.usd) else f"{spending.usd:.4f} USD")
    return "· " + " · ".join(parts) if parts else ""
