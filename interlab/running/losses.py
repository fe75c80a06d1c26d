"""What did not reach a collector: told in the same words at the end of every run, however it is run and ends.

The lines are warnings of the logger ``interlab.running``: Python prints them on standard error unless they are
sent elsewhere, and the command line prints them last.
"""

from __future__ import annotations

import logging
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from interlab.running.run import Run

_log: Final = logging.getLogger("interlab.running")


@dataclass(frozen=True, slots=True)
class Loss:
    """Telemetry that did not reach the live endpoint.

    Attributes:
        what: What it is.
        count: How many of them.
        reason: Why, in one line.
    """

    what: Literal["spans", "evaluation results", "metric data points"]
    count: int
    reason: str

    def __str__(self) -> str:
        return f"{self.count} {self.what if self.count != 1 else self.what.removesuffix('s')}"


def resend_command(run: Run) -> str:
    """The command that sends the spans which have not arrived."""
    return shlex.join(["interlab", "export", str(run.path), "--to", "otlp", "--endpoint", run.otlp or ""])


def tell_losses(run: Run) -> None:
    """Say what of a run that has ended did not arrive, and what can be done about it."""
    remedies = {
        "spans": f"; `{resend_command(run)}` sends them again",
        "evaluation results": f"; they are in {run.path / 'evaluations.jsonl'}",
        "metric data points": "",
    }
    for loss in run.losses:
        _log.warning("%s did not reach %s (%s)%s", loss, run.otlp, loss.reason, remedies[loss.what])
