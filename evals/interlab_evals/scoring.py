"""Scoring a run again from its spans, and writing anew what is derived from them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from interlab.errors import RecordError
from interlab.running.store import RunDirectory
from interlab.tracing import names
from interlab.tracing.evaluation import evaluation_events
from interlab.tracing.telemetry import resource
from interlab_evals import frames
from interlab_evals.records import read
from interlab_evals.summary import summarise
from interlab_exporters import JsonlLogWriter

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from interlab_evals.records import Record, Source
    from interlab_evals.results import Summary
    from interlab_evals.statistics.estimates import Estimand

_STAMPS: Final = (
    names.RUN_ID,
    names.SUITE,
    names.SCENARIO,
    names.CONDITION,
    names.EPISODE_ID,
    names.CONVERSATION_ID,
)


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
    estimand: Estimand = "these models",
    metrics: Sequence[str] = (),
) -> Score:
    """Compute a run's metrics again from its spans.

    Where the source is the directory of a run, the frames (``episodes.parquet``, ``turns.parquet``,
    ``calls.parquet``, ``metrics.parquet``) and the evaluation events (``evaluations.jsonl``) are written
    anew, each replaced only once its successor is whole. The spans are never touched.

    Args:
        source: A run, its directory, a file or directory of spans, or the address of a Jaeger.
        level: Nominal coverage of the intervals, in (0, 1).
        estimand: What the intervals are about; see :func:`interlab_evals.summarise`.
        metrics: Names of the metrics, instead of those that the run declares; ``mine.py:void_rounds`` for one of
            your own in a file.

    Raises:
        UnknownNameError: There is no such run, or a metric is not installed here.
        UsageError: The run is being executed.
        RecordError: A file cannot be written; those of before are still there.
    """
    record = read(source)
    if metrics:
        record = record.judged_by(metrics)
    summary = summarise(record, level=level, estimand=estimand)
    files = () if record.path is None else _write(record, RunDirectory.open(record.path))
    return Score(summary=summary, files=files)


def _write(record: Record, run: RunDirectory) -> tuple[Path, ...]:
    derived = {
        "episodes": frames.episodes,
        "turns": frames.turns,
        "calls": frames.calls,
        "metrics": frames.metrics,
    }
    with run.locked():
        files: list[Path] = []
        for name, frame in derived.items():
            path = run.path / f"{name}.parquet"
            with _replacing(path) as draft:
                frame(record).to_parquet(draft)
            files.append(path)
        with _replacing(run.evaluations) as draft:
            _write_evaluations(record, draft)
        return (*files, run.evaluations)


def _write_evaluations(record: Record, path: Path) -> None:
    service = dict(resource(names.SERVICE).attributes)
    with JsonlLogWriter(path, resource=service, scope_name=names.SERVICE) as writer:
        for episode in record.measured():
            root = record.roots[episode.trace_id]
            events = evaluation_events(
                episode.measurements,
                trace_id=root.trace_id,
                span_id=root.span_id,
                stamps={key: root.attributes[key] for key in _STAMPS if key in root.attributes},
                time=root.end,
            )
            for event in events:
                writer.write(event)


@contextmanager
def _replacing(path: Path) -> Generator[Path]:
    """Give the path of a draft that takes the place of ``path`` once it is whole."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        draft.replace(path)
    except RecordError:
        raise
    except OSError as error:
        raise RecordError(f"`{path}` cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
