"""Scoring a run again from its spans, and rewriting the tables derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interlab.running.store import RunDirectory
from interlab_evals.derived import DerivedFiles
from interlab_evals.measuring import measured_batches
from interlab_evals.records import read
from interlab_evals.stimuli import warn_of_mixed_texts
from interlab_evals.summary import SummaryAccumulator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from interlab_evals.records import Source
    from interlab_evals.results import Summary
    from interlab_evals.statistics.clustering import Clusters
    from interlab_evals.statistics.estimates import Estimand
    from interlab_evals.statistics.rows import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A run's score.

    Attributes:
        summary: Every metric of every player.
        files: What was written.
    """

    summary: Summary
    files: tuple[Path, ...]

    def document(self) -> dict[str, Any]:
        """Give the same as plain values that JSON can hold; what is undefined is ``None``."""
        return {"summary": self.summary.document(), "files": [str(path) for path in self.files]}


def score(
    source: Source,
    *,
    level: float = 0.95,
    estimand: Estimand = "fixed",
    clusters: Clusters = "seed",
    invalid: Invalid = "keep",
    metrics: Sequence[str] = (),
    workers: int = 1,
) -> Score:
    """Compute a run's metrics again from its spans.

    Where the source is the directory of a run, the frames (``episodes.parquet``, ``turns.parquet``,
    ``calls.parquet``, ``metrics.parquet``) and the evaluation events (``evaluations.jsonl``) are written
    again, each replaced only once its successor is whole. The spans are never touched.

    Args:
        source: A run, its directory, a file or directory of spans, or the address of a Jaeger.
        level: Nominal coverage of the intervals, in (0, 1).
        estimand: What the intervals are about; see :func:`interlab_evals.summarise`.
        clusters: What is one draw; see :func:`interlab_evals.summarise`.
        invalid: What becomes of figures of a role whose first answer was invalid.
        metrics: Names of the metrics, instead of those that the run declares; ``mine.py:void_rounds`` for one of
            your own in a file.
        workers: How many processes judge the episodes of a large record (32 MiB of spans or more). They begin by
            importing the main module, so a script that asks for several needs ``if __name__ == "__main__":``.

    Raises:
        UnknownNameError: There is no such run, or a metric is not installed here.
        UsageError: The run is being executed.
        RecordError: A file cannot be written; those of before are still there.
    """
    record = read(source)
    warn_of_mixed_texts(record.texts)
    if metrics:
        record = record.judged_by(metrics)
    accumulator = SummaryAccumulator(clusters, invalid)
    files: tuple[Path, ...] = ()
    if record.path is None:
        for batch in measured_batches(record, workers=workers):
            accumulator.add(batch.episodes)
    else:
        with DerivedFiles(RunDirectory.open(record.path)) as derived:
            for batch in measured_batches(record, workers=workers, derive=True):
                accumulator.add(batch.episodes)
                if batch.derived is not None:
                    derived.write(batch.derived)
            files = derived.paths
    return Score(
        summary=accumulator.summary(level=level, estimand=estimand, n_superseded=record.superseded), files=files
    )
