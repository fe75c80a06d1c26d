"""The record of a run, read back: its episodes, and which metrics judge them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from interlab.errors import UnknownNameError
from interlab.running.store import RunDirectory
from interlab.tracing import names
from interlab.tracing.reading import episodes_from_spans, final_attempts
from interlab_evals.measures.lookup import metric_named
from interlab_exporters import JaegerQuery, read_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from interlab.tracing.episodes import Episode
    from interlab_exporters.spans import Span

_ALIASES = {"run": names.RUN_ID, "suite": names.SUITE, "scenario": names.SCENARIO}
"""What an address of a Jaeger may select by."""


class StoredRun(Protocol):
    """A run that knows its directory, as :func:`interlab.run` returns it."""

    @property
    def path(self) -> Path:
        """The run's directory."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a run left behind.

    Attributes:
        episodes: The final attempt at each episode, failed ones too, in the order of the plan.
        superseded: How many other attempts were set aside.
        metrics: Condition -> the names of the metrics that judge it. A condition that is not there keeps the
            metrics that judged it when it was played.
        confirmatory: The metrics that the run was made for, declared before it was played.
        roots: Trace -> the root span of the episode.
        path: The run's directory; ``None`` where the spans came from elsewhere.
    """

    episodes: tuple[Episode, ...]
    superseded: int = 0
    metrics: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    confirmatory: Sequence[str] = ()
    roots: Mapping[str, Span] = field(default_factory=dict[str, "Span"])
    path: Path | None = None

    def judged_by(self, metrics: Sequence[str]) -> Record:
        """Give the same record, judged by these metrics alone.

        Args:
            metrics: Names, or ``FILE.py:NAME`` for a metric in a file.

        Raises:
            UnknownNameError: A metric is not to be found.
            ConfigurationError: What is found under a name is no metric.
        """
        names = list(dict.fromkeys(metric_named(each).name for each in metrics))
        return replace(self, metrics=dict.fromkeys((each.condition for each in self.episodes), names))

    def measured(self) -> Iterator[Episode]:
        """Judge every episode anew, with the metrics of its condition.

        Yields:
            The episodes, with ``measurements`` as computed now.

        Raises:
            UnknownNameError: A metric is not installed here.
        """
        chosen = {**_recorded_metrics(self.episodes), **self.metrics}
        judges = {condition: [metric_named(name) for name in each] for condition, each in chosen.items()}
        for episode in self.episodes:
            found = [each for judge in judges[episode.condition] for each in judge.measure(episode)]
            yield replace(episode, measurements=tuple(found))


Source = str | os.PathLike[str] | StoredRun | Record
"""Where a record is read from: a run, its directory, a file or directory of spans, a backend's address."""


def read(source: Source) -> Record:
    """Read the record of a run.

    Args:
        source: A run, its directory, a file or directory of spans, the address of a Jaeger
            (``jaeger://host:port?run=ID``), or a record, which is given back as it is.

    Raises:
        UnknownNameError: There is nothing at this path.
        ConfigurationError: The directory's ``run.json`` cannot be understood.
        SpanFormatError: What is there holds no spans that we can read.
        BackendError: The Jaeger does not answer.
    """
    if isinstance(source, Record):
        return source
    place = source if isinstance(source, (str, os.PathLike)) else source.path
    if isinstance(place, str) and "://" in place:
        return _record(JaegerQuery.parse(place, aliases=_ALIASES, announced_by=names.SPANS).spans())
    path = Path(place)
    if not path.exists():
        raise UnknownNameError(f"no run at `{path}`; give the directory of a run, or a file of spans")
    if not (path / "run.json").is_file():
        return _record(read_spans(path))
    run = RunDirectory.open(path)
    document = run.read()
    record = _record(read_spans(run.spans), metrics=_planned_metrics(document), path=path)
    return replace(record, confirmatory=_confirmatory(document))


def is_failed(episode: Episode) -> bool:
    """Tell whether an episode broke off, so that what it shows is not what was to be measured."""
    return episode.error is not None or episode.end_reason in ("error", "budget")


def _record(
    spans: Iterator[Span], *, metrics: Mapping[str, Sequence[str]] | None = None, path: Path | None = None
) -> Record:
    roots: dict[str, Span] = {}
    attempts = list(episodes_from_spans(_noting_roots(spans, roots)))
    planned = {condition: place for place, condition in enumerate(metrics or {})}

    def position(episode: Episode) -> tuple[str, int, str, int]:
        place = planned.get(episode.condition, len(planned))
        return (episode.run, place, episode.condition, episode.index)

    episodes = sorted(final_attempts(attempts), key=position)
    return Record(
        episodes=tuple(episodes),
        superseded=len(attempts) - len(episodes),
        metrics=metrics or {},
        roots=roots,
        path=path,
    )


def _noting_roots(spans: Iterable[Span], roots: dict[str, Span]) -> Iterator[Span]:
    for span in spans:
        if names.SCHEMA_VERSION in span.attributes:
            roots[span.trace_id] = span
        yield span


def _planned_metrics(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Read from ``run.json`` which metrics were planned for each condition."""
    match document:
        case {"plan": {"conditions": [*conditions]}}:
            return {each["id"]: each["metrics"] for each in conditions}
        case _:
            return {}


def _confirmatory(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Read from ``run.json`` which metrics the run was made for."""
    match document:
        case {"plan": {"conditions": [*conditions]}}:
            return tuple(dict.fromkeys(name for each in conditions for name in each.get("confirmatory", ())))
        case _:
            return ()


def _recorded_metrics(episodes: Iterable[Episode]) -> dict[str, list[str]]:
    """Tell from the record itself which metrics judged each condition, in their first order."""
    found: dict[str, dict[str, None]] = {}
    for episode in episodes:
        seen = found.setdefault(episode.condition, {})
        seen |= dict.fromkeys(each.metric.partition(".")[0] for each in episode.measurements)
    return {condition: list(seen) for condition, seen in found.items()}
