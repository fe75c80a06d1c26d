"""What an execution is told, what it tells, and who listens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from interlab.tracing.telemetry import Spending

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.running.losses import Loss
    from interlab.running.store import Status

CONCURRENCY: Final = 32
"""Episodes under way at once, unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How to execute a plan; nothing here changes what is played.

    Attributes:
        concurrency: Episodes under way at once.
        retries: How often an episode that failed because of its model is begun again.
        fail_fast: Whether the first failed episode stops the run.
        max_usd: Stop beginning episodes once this much is spent, or once a price turns out to be unknown.
        max_tokens: Stop beginning episodes once this many tokens are used.
        otlp: Endpoint that spans are sent to live, beside the file.
    """

    concurrency: int = CONCURRENCY
    retries: int = 1
    fail_fast: bool = False
    max_usd: float | None = None
    max_tokens: int | None = None
    otlp: str | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """A run: where it is and how far it has come.

    Attributes:
        path: Its directory.
        planned: How many episodes the plan has.
        done: How many of them have succeeded.
        failures: Why episodes failed in this execution: message -> how many.
        status: How the execution ended.
        spending: What the model calls of this execution used up.
        otlp: Where telemetry went live, if anywhere; without a user's name and password.
        losses: What of it did not arrive there.
        long_traces: How many episodes of this execution have a trace that Jaeger's pages show with difficulty.
    """

    path: Path
    planned: int
    done: int = 0
    failures: Counter[str] = field(default_factory=Counter[str])
    status: Status = "running"
    spending: Spending = field(default_factory=Spending)
    otlp: str | None = None
    losses: tuple[Loss, ...] = ()
    long_traces: int = 0

    @property
    def id(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def spans_lost(self) -> int:
        """How many spans did not arrive at the live endpoint."""
        return sum(loss.count for loss in self.losses if loss.what == "spans")

    @property
    def failed(self) -> int:
        """How many episodes failed in this execution."""
        return self.failures.total()


class Watcher(Protocol):
    """Who is told how a run goes."""

    def began(self, run: Run) -> None:
        """The run begins, or goes on."""
        ...

    def advanced(self, run: Run) -> None:
        """An episode has ended."""
        ...

    def ended(self, run: Run) -> None:
        """Nothing more will come."""
        ...


def resume_hint(path: Path) -> str:
    """How to go on with a run that has stopped."""
    return f"`interlab resume {path}` goes on where it stopped"
