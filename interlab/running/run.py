"""Runs: options of an execution, how far a run has come, and what did not reach the live endpoint.

Losses are reported in the same words at the end of every run, however it is run and ends. The lines are warnings
of the logger ``interlab.running``: Python prints them on standard error unless they are sent elsewhere, and the
command line prints them last.
"""

from __future__ import annotations

import logging
import shlex
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

from interlab.tracing.telemetry import Spending

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.running.store import Status

_log: Final = logging.getLogger("interlab.running")

CONCURRENCY: Final = 32
"""Episodes under way at once, unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Options of an execution; none of them changes the play.

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


@dataclass(frozen=True, slots=True)
class ExportLoss:
    """Telemetry that did not reach the live endpoint.

    Attributes:
        what: Kind of telemetry.
        count: Number of them.
        reason: Cause, in one line.
    """

    what: Literal["spans", "evaluation results", "metric data points"]
    count: int
    reason: str

    def __str__(self) -> str:
        return f"{self.count} {self.what if self.count != 1 else self.what.removesuffix('s')}"


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
    losses: tuple[ExportLoss, ...] = ()
    long_traces: int = 0

    @property
    def id(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def spans_lost(self) -> int:
        """Number of spans that did not arrive at the live endpoint."""
        return sum(loss.count for loss in self.losses if loss.what == "spans")

    @property
    def failed(self) -> int:
        """Number of episodes that failed in this execution."""
        return self.failures.total()


class Watcher(Protocol):
    """Receiver of the progress of a run."""

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
    """Return the command that continues a stopped run."""
    return f"`interlab resume {path}` goes on where it stopped"


def resend_command(run: Run) -> str:
    """Return the command that sends the spans which have not arrived."""
    return shlex.join(["interlab", "export", str(run.path), "--to", "otlp", "--endpoint", run.otlp or ""])


def warn_of_losses(run: Run) -> None:
    """Warn of what did not arrive of a run that has ended, and say what can be done about it."""
    remedies = {
        "spans": f"; `{resend_command(run)}` sends them again",
        "evaluation results": f"; they are in {run.path / 'evaluations.jsonl'}",
        "metric data points": "",
    }
    for loss in run.losses:
        _log.warning("%s did not reach %s (%s)%s", loss, run.otlp, loss.reason, remedies[loss.what])
