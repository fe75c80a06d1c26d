"""The record of a run, read back: its episodes, and which metrics judge them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from interlab.environments.base import HEALTH
from interlab.episodes.from_spans import episodes_from_spans, final_attempts
from interlab.episodes.stored import Attempt, StoredEpisodes, StoredRoots, stored_episodes
from interlab.errors import UnknownNameError, UsageError
from interlab.running.store import RunDirectory
from interlab.schema import names
from interlab_evals.archives.opening import extracted, is_archive
from interlab_evals.measures.lookup import metric_named
from interlab_exporters import JaegerQuery, find_traces, read_spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from interlab.schema.episode import Episode, Metric
    from interlab_exporters.spans import Span

_ALIASES = {"run": names.RUN_ID, "suite": names.SUITE, "scenario": names.SCENARIO}
"""Parameters that an address of a Jaeger may select by."""

_SHOWN_RUNS: Final = 8
_IN_MEMORY: Final = 32 << 20
"""As values, spans take about as much as in their file."""


class StoredRun(Protocol):
    """A run that knows its directory, as :func:`interlab.run` returns it."""

    @property
    def path(self) -> Path:
        """The run's directory."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of a run.

    Attributes:
        episodes: The final attempt at each episode, failed ones too, in the order of the plan. Those of a large
            record stay on disk and are read each time that they are gone through.
        superseded: How many other attempts were set aside.
        metrics: Condition -> the names of the metrics that judge it. A condition that is not there keeps the
            metrics that judged it when it was played.
        confirmatory_of: Condition -> the metrics that it was played for, declared beforehand.
        roots: Trace -> the root span of the episode.
        path: The run's directory; ``None`` where the spans came from elsewhere.
    """

    episodes: Sequence[Episode]
    superseded: int = 0
    metrics: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    confirmatory_of: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    roots: Mapping[str, Span] = field(default_factory=dict[str, "Span"])
    path: Path | None = None

    @property
    def confirmatory(self) -> tuple[str, ...]:
        """The metrics that the run was made for, declared before it was played."""
        return tuple(dict.fromkeys(name for names in self.confirmatory_of.values() for name in names))

    @property
    def n_completed(self) -> int:
        """Number of episodes that were not broken off."""
        return sum(not is_failed(each) for each in self._attempts)

    @property
    def conditions(self) -> list[str]:
        """The conditions, in the order of the episodes."""
        return list(dict.fromkeys(each.condition for each in self._attempts))

    @property
    def texts(self) -> dict[tuple[str, str], None]:
        """Scenario and version of its texts, each pair once, in the order of the episodes."""
        return dict.fromkeys((each.scenario, each.texts) for each in self._attempts)

    @property
    def _attempts(self) -> Sequence[Episode | Attempt]:
        return self.episodes.attempts if isinstance(self.episodes, StoredEpisodes) else self.episodes

    def judged_by(self, metrics: Sequence[str]) -> Record:
        """Give the same record, judged by these metrics alone.

        Args:
            metrics: Names, or ``FILE.py:NAME`` for a metric in a file.

        Raises:
            UnknownNameError: A metric is not to be found.
            ConfigurationError: What is found under a name is not a metric.
        """
        names = list(dict.fromkeys(metric_named(each).name for each in metrics))
        return replace(self, metrics=dict.fromkeys(self.conditions, names))

    def chosen_metrics(self) -> dict[str, list[str]]:
        """Tell which metrics judge the episodes of each condition: those planned, else those that judged it.

        Raises:
            UnknownNameError: A metric is not installed here.
        """
        unplanned = {each for each in self.conditions if each not in self.metrics}
        chosen = {**self._recorded_metrics(unplanned), **self.metrics}
        for name in dict.fromkeys(name for condition in self.conditions for name in chosen[condition]):
            metric_named(name)
        return {condition: list(chosen[condition]) for condition in self.conditions}

    def headlines(self) -> dict[str, tuple[str, ...]]:
        """Return condition -> the metrics to show first: those that it was played for, else its first ones.

        Raises:
            UnknownNameError: A metric is not installed here.
        """
        found: dict[str, tuple[str, ...]] = {}
        for condition, chosen in self.chosen_metrics().items():
            own = [each for each in self.confirmatory_of.get(condition, ()) if each.partition(".")[0] in chosen]
            telling = [each for each in chosen if each not in HEALTH]
            found[condition] = tuple(own or telling or chosen)
        return found

    def measured(self) -> Iterator[Episode]:
        """Score every episode again, with the metrics of its condition.

        Yields:
            The episodes, with ``measurements`` as computed now.

        Raises:
            UnknownNameError: A metric is not installed here.
        """
        judges = {
            condition: [metric_named(name) for name in each] for condition, each in self.chosen_metrics().items()
        }
        for episode in self.episodes:
            yield measured(episode, judges[episode.condition])

    def _recorded_metrics(self, conditions: Collection[str]) -> dict[str, list[str]]:
        """Tell from the record itself which metrics judged some conditions, in their first order."""
        found: dict[str, dict[str, None]] = {condition: {} for condition in conditions}
        episodes = self.episodes
        for episode in episodes.of_conditions(conditions) if isinstance(episodes, StoredEpisodes) else episodes:
            if episode.condition in found:
                found[episode.condition] |= dict.fromkeys(
                    each.metric.partition(".")[0] for each in episode.measurements
                )
        return {condition: list(seen) for condition, seen in found.items()}


def measured(episode: Episode, metrics: Iterable[Metric]) -> Episode:
    """Score an episode again."""
    return replace(episode, measurements=tuple(found for metric in metrics for found in metric.measure(episode)))


Source = str | os.PathLike[str] | StoredRun | Record
"""Sources of a record: a run, its directory, a file or directory of spans, a backend's address."""


def read(source: Source, *, in_memory: bool | None = None) -> Record:
    """Read the record of a run.

    Args:
        source: A run, its directory, an archive of it, a file or directory of spans, or a Jaeger
            (``jaeger://host:port?run=ID``), or a record, which is given back as it is.
        in_memory: Whether to keep the episodes in memory; by default those of less than 32 MiB of spans, and those
            that cannot be left where they are: in a Jaeger, compressed, or with spans of several traces on a line.

    Raises:
        UnknownNameError: There is nothing at this path.
        UsageError: The address of a Jaeger names no run, and there are several.
        ConfigurationError: The directory's ``run.json`` cannot be understood.
        SpanFormatError: What is there holds no spans that we can read.
        BackendError: The Jaeger does not answer.
    """
    if isinstance(source, Record):
        return source
    place = source if isinstance(source, (str, os.PathLike)) else source.path
    if isinstance(place, str) and "://" in place:
        query = JaegerQuery.parse(place, aliases=_ALIASES, announced_by=names.SPANS)
        # Some storages search for attributes only with a service; this one takes part in every trace.
        spans = chain.from_iterable(find_traces(replace(query, service=query.service or names.SERVICE)))
        return _in_memory(spans if names.RUN_ID in query.attributes else _of_one_run(spans), {}, None)
    path = Path(place)
    if not path.exists():
        raise UnknownNameError(f"no run at `{path}`; give the directory of a run, or a file of spans")
    archived = is_archive(path)
    if archived:
        path = extracted(path)
    if not (path / "run.json").is_file():
        return _stored(path, {}, None, in_memory=in_memory)
    run = RunDirectory.open(path)
    document = run.read()
    record = _stored(run.spans, _planned_metrics(document), None if archived else path, in_memory=in_memory)
    return replace(record, confirmatory_of=_confirmatory(document))


def is_failed(episode: Episode | Attempt) -> bool:
    """Tell whether an episode broke off, so that what it shows is not what was to be measured."""
    return episode.error is not None or episode.end_reason in ("error", "budget")


def size_of(spans: Path) -> int:
    """Return the size of a file or directory of spans in bytes."""
    files = spans.rglob("*") if spans.is_dir() else [spans]
    return sum(path.stat().st_size for path in files if path.is_file())


def _stored(
    spans: Path, metrics: Mapping[str, Sequence[str]], path: Path | None, *, in_memory: bool | None
) -> Record:
    """Read what is on disk; leave the episodes there if they are many."""
    planned = {condition: place for place, condition in enumerate(metrics)}
    if in_memory or (in_memory is None and size_of(spans) < _IN_MEMORY):
        return _in_memory(read_spans(spans), metrics, path)

    def position(attempt: Attempt) -> tuple[str, int, str, int]:
        place = planned.get(attempt.condition, len(planned))
        return (attempt.run, place, attempt.condition, attempt.repeat)

    found = stored_episodes(spans, position)
    if found is None:
        return _in_memory(read_spans(spans), metrics, path)
    episodes = found.episodes
    return Record(
        episodes=episodes,
        superseded=found.superseded,
        metrics=metrics,
        roots=StoredRoots(episodes),
        path=path,
    )


def _in_memory(spans: Iterable[Span], metrics: Mapping[str, Sequence[str]], path: Path | None) -> Record:
    roots: dict[str, Span] = {}
    attempts = list(episodes_from_spans(_noting_roots(spans, roots)))
    planned = {condition: place for place, condition in enumerate(metrics)}

    def position(episode: Episode) -> tuple[str, int, str, int]:
        place = planned.get(episode.condition, len(planned))
        return (episode.run, place, episode.condition, episode.index)

    episodes = sorted(final_attempts(attempts), key=position)
    return Record(
        episodes=tuple(episodes),
        superseded=len({each.trace_id for each in attempts}) - len(episodes),
        metrics=metrics,
        roots=roots,
        path=path,
    )


def _of_one_run(spans: Iterable[Span]) -> Iterator[Span]:
    """Pass spans on, unless they turn out to be of several runs.

    Raises:
        UsageError: They are; it names the runs.
    """
    runs: set[str] = set()
    for span in spans:
        if isinstance(run := span.attributes.get(names.RUN_ID), str):
            runs.add(run)
        if len(runs) < 2:
            yield span
    if len(runs) > 1:
        shown = ", ".join(sorted(runs, reverse=True)[:_SHOWN_RUNS])
        raise UsageError(f"these are the traces of {len(runs)} runs: add one as `?run=ID` to the address; {shown}")


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


def _confirmatory(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Read from ``run.json`` which metrics each condition was played for."""
    match document:
        case {"plan": {"conditions": [*conditions]}}:
            return {each["id"]: tuple(each.get("confirmatory", ())) for each in conditions}
        case _:
            return {}
