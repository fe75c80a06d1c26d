"""Read: the episodes of a record on disk, each built from its spans when it is asked for.

A record of a million spans does not fit into memory as values. What is kept of it is where its traces are
(:class:`~interlab_exporters.indexing.TraceIndex`) and a line about each attempt at an episode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from interlab.episodes.from_spans import Traced, episode_from_trace, final_attempts, is_root, traced_episode
from interlab.errors import SpanFormatError
from interlab.schema import names
from interlab_exporters.indexing import TraceIndex
from interlab_exporters.reading import files_beneath

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection

    from interlab.schema.episode import Episode
    from interlab_exporters.spans import Span


class Attempt(NamedTuple):
    """Identity and status of an episode, from its root span.

    Attributes:
        run: The run.
        scenario: The scenario.
        texts: Version of the texts that the players read; empty if it was not recorded.
        condition: The condition.
        repeat: Which repeat of its condition the episode is.
        id: The episode.
        attempt: Which attempt at it this is.
        error: Why it failed; ``None`` if it did not.
        end_reason: Why it ended.
        trace_id: Its trace.
    """

    run: str
    scenario: str
    texts: str
    condition: str
    repeat: int
    id: str
    attempt: int
    error: str | None
    end_reason: str
    trace_id: str


class StoredEpisodes(Sequence["Episode"]):
    """Episodes on disk, in an order of their own; iterating over them takes the memory of one.

    They can be sent to another process, which is told where their own spans are and no others.

    Args:
        attempts: Which episodes.
        traces: Where their spans are.
    """

    def __init__(self, attempts: Sequence[Attempt], traces: TraceIndex) -> None:
        self.attempts = attempts
        self.traces = traces

    def __reduce__(self) -> tuple[type[StoredEpisodes], tuple[Sequence[Attempt], TraceIndex]]:
        """Leave behind where other spans are."""
        return StoredEpisodes, (self.attempts, self.traces.part(each.trace_id for each in self.attempts))

    def __len__(self) -> int:
        """Number of episodes."""
        return len(self.attempts)

    @overload
    def __getitem__(self, place: int) -> Episode: ...
    @overload
    def __getitem__(self, place: slice) -> StoredEpisodes: ...
    def __getitem__(self, place: int | slice) -> Episode | StoredEpisodes:
        """Read an episode, or give some of them without reading any.

        Raises:
            SpanFormatError: Its spans cannot be read.
        """
        if isinstance(place, slice):
            return StoredEpisodes(self.attempts[place], self.traces)
        return episode_from_trace(self.traces.spans(self.attempts[place].trace_id))

    def __iter__(self) -> Iterator[Episode]:
        """Read them one after the other."""
        return (traced_episode(self.traces.spans(each.trace_id)).episode for each in self.attempts)

    def traced(self) -> Iterator[Traced]:
        """Read them one after the other, each with its root span."""
        return (traced_episode(self.traces.spans(each.trace_id)) for each in self.attempts)

    def unmeasured(self) -> Iterator[Traced]:
        """Read them one after the other, each with its root span, without what was measured when they ended."""
        spans = partial(self.traces.spans, without=names.EVALUATE)
        return (traced_episode(spans(each.trace_id)) for each in self.attempts)

    def of_conditions(self, conditions: Collection[str]) -> StoredEpisodes:
        """Give the episodes of some conditions, without reading any."""
        return StoredEpisodes([each for each in self.attempts if each.condition in conditions], self.traces)


class StoredRoots(Mapping[str, "Span"]):
    """Trace -> the root span of its episode, read when it is asked for.

    Args:
        episodes: The episodes.
    """

    def __init__(self, episodes: StoredEpisodes) -> None:
        self._episodes = episodes

    def __getitem__(self, trace_id: str) -> Span:
        """Read the root of a trace.

        Raises:
            KeyError: There is no such trace.
        """
        return next(span for span in self._episodes.traces.spans(trace_id) if is_root(span))

    def __iter__(self) -> Iterator[str]:
        """The traces, in the order of the episodes."""
        return (each.trace_id for each in self._episodes.attempts)

    def __len__(self) -> int:
        """Number of episodes."""
        return len(self._episodes)


class StoredRecord(NamedTuple):
    """Result of :func:`stored_episodes`.

    Attributes:
        episodes: The final attempt at each episode.
        superseded: How many other attempts were set aside.
    """

    episodes: StoredEpisodes
    superseded: int


def stored_episodes(source: str | os.PathLike[str], order: Callable[[Attempt], Any]) -> StoredRecord | None:
    """Find the final attempts at the episodes in a file or a directory of spans, without reading them.

    Args:
        source: The file or directory.
        order: What to sort them by.

    Returns:
        The episodes; ``None`` where the files have to be read in whole, because they are compressed, or several
        traces share a line.

    Raises:
        SpanFormatError: There are no spans, or an episode's root is one that this version cannot read.
    """
    path = Path(source)
    attempts: list[Attempt] = []
    known: dict[str, str] = {}

    def note(span: Span) -> None:
        if is_root(span):
            attempts.append(_attempt(span, known))

    paths = files_beneath(path) if path.is_dir() else [path]
    conversations = (names.INPUT_MESSAGES, names.OUTPUT_MESSAGES)
    index = TraceIndex.of(paths, note, may_be_foreign=path.is_dir(), late=conversations)
    if index is None:
        return None
    distinct = list({each.trace_id: each for each in attempts}.values())
    final = sorted(final_attempts(distinct), key=order)
    return StoredRecord(StoredEpisodes(final, index), len(distinct) - len(final))


def _attempt(root: Span, known: dict[str, str]) -> Attempt:
    """Note an attempt; texts that recur are kept once."""
    attributes: Any = root.attributes
    end_reason: str = attributes.get(names.END_REASON, "completed")
    texts = str(attributes.get(names.TEXTS_VERSION, ""))
    try:
        run, condition = attributes[names.RUN_ID], attributes[names.CONDITION]
        scenario = attributes[names.SCENARIO]
        return Attempt(
            run=known.setdefault(run, run),
            scenario=known.setdefault(scenario, scenario),
            texts=known.setdefault(texts, texts),
            condition=known.setdefault(condition, condition),
            repeat=attributes[names.EPISODE_INDEX],
            id=attributes[names.EPISODE_ID],
            attempt=attributes[names.ATTEMPT],
            error="error" if root.status == "ERROR" else None,
            end_reason=known.setdefault(end_reason, end_reason),
            trace_id=root.trace_id,
        )
    except KeyError as error:
        raise SpanFormatError(f"span `{root.span_id}` of trace `{root.trace_id}` has no {error}") from error
