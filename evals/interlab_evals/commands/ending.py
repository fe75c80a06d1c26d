"""The results that ``interlab run`` and ``interlab resume`` print at their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interlab_evals.presentation.documents import table_document
from interlab_evals.presentation.terminal import TerminalPage
from interlab_evals.summary import summarise

if TYPE_CHECKING:
    from rich.console import RenderableType

    from interlab_evals.records import StoredRun
    from interlab_evals.results import Summary


@dataclass(frozen=True, slots=True)
class RunEnding:
    """The results of a run that has just ended.

    Attributes:
        summary: Every metric of every player.
        every_metric: Whether to show all of them rather than the headline metrics.
    """

    summary: Summary
    every_metric: bool

    @property
    def is_whole(self) -> bool:
        """True to show all metrics."""
        return self.summary.page(every_metric=True).tables == self.summary.page().tables or self.every_metric

    def document(self) -> dict[str, Any]:
        """Return the results as plain values that JSON can hold: ``summary`` and the ``tables`` that are shown."""
        page = self.summary.page(every_metric=self.every_metric)
        return {"summary": self.summary.document(), "tables": [table_document(each) for each in page.tables]}

    def __rich__(self) -> RenderableType:
        """Draw the page."""
        return TerminalPage(self.summary.page(every_metric=self.every_metric))


def run_ending(run: StoredRun, every_metric: bool) -> RunEnding:
    """Summarise a run from the measurements in its record.

    Args:
        run: The run.
        every_metric: Whether to show all metrics rather than at most five per scenario.
    """
    return RunEnding(summarise(run, recompute=False), every_metric)
