"""Measuring a record episode by episode, in one pass, alone or with other processes.

An episode is read, measured by every metric of its condition, and let go; what is kept of it are its figures.
Other processes are told where the spans of the next episodes are and read them themselves, and this one measures
until they have started; what was found is taken in the order of the record. So neither the result nor its order
depends on how many there are, and memory grows with figures, not with spans.
"""

from __future__ import annotations

import math
import os
from array import array
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from interlab.episodes.stored import StoredEpisodes
from interlab.errors import RecordError
from interlab_evals.measures.lookup import metric_named, metrics_from_files
from interlab_evals.measures.plays import is_sampled, play_of
from interlab_evals.measures.queries import call_totals, calls, decisions
from interlab_evals.records import is_failed, measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from interlab.schema.episode import EndReason, Episode, Metric
    from interlab_evals.derived import Derived, Deriving
    from interlab_evals.measures.queries import CallTotals
    from interlab_evals.records import Record
    from interlab_exporters.spans import Span

Lineup = tuple[tuple[str, str], ...]
"""Role and player, role by role."""

MetricKeys = tuple[tuple[str, str | None], ...]
"""Metric and role of each measurement."""

_BLOCK: Final = 64
"""Episodes that are measured before anything is passed on."""

_AHEAD: Final = 2
"""Blocks that a process may be ahead."""

_WAITING: Final = 64
"""Blocks that may be measured before the first of them is passed on."""

_WORTH: Final = 128 << 20
"""Bytes of spans that take some ten times as long to measure as a process takes to start."""


class RoleActivity(NamedTuple):
    """Moves and calls of one role in an episode."""

    role: str
    actions: int
    invalid: int
    calls: int


@dataclass(frozen=True, slots=True)
class MeasuredEpisode:
    """Data kept of an episode once it is measured.

    Attributes:
        run: The run.
        scenario: The scenario.
        parameters: Its parameters, JSON with sorted keys.
        seed: What its chance moves came from.
        lineup: Who sat where.
        end_reason: Why it ended.
        is_failed: Whether it broke off.
        activity: Moves and calls of each role.
        calls: Calls to models, summed over roles.
        play: The play; see :func:`interlab_evals.measures.plays.play_of`.
        is_sampled: Whether a model drew an answer.
        headline: Metrics to show first.
        metrics: Metric and role of each measurement.
        values: The figures; NaN where undefined.
        k: The counts behind them; NaN where there are none.
        n: The same.
    """

    run: str
    scenario: str
    parameters: str
    seed: int
    lineup: Lineup
    end_reason: EndReason
    is_failed: bool
    activity: tuple[RoleActivity, ...]
    calls: CallTotals
    play: int
    is_sampled: bool
    headline: tuple[str, ...]
    metrics: MetricKeys
    values: array[float]
    k: array[float]
    n: array[float]


class MeasuredBatch(NamedTuple):
    """Some consecutive episodes, measured.

    Attributes:
        episodes: What is kept of each.
        derived: What is written about them, if that was asked for.
    """

    episodes: list[MeasuredEpisode]
    derived: Derived | None


def measured_batches(
    record: Record, *, workers: int = 1, derive: bool = False, recompute: bool = True
) -> Iterator[MeasuredBatch]:
    """Measure every episode of a record, in its order.

    Args:
        record: The record.
        workers: How many processes share the work. Episodes that are in memory are measured in this one: sending
            them would take longer.
        derive: Whether to make what is written about the episodes, too. Their root spans must be known.
        recompute: Whether to judge episodes again that hold measurements.

    Raises:
        UnknownNameError: A metric is not installed here.
        SpanFormatError: An episode's spans cannot be read.
    """
    metrics, headlines = record.chosen_metrics(), record.headlines()
    episodes = record.episodes
    blocks = math.ceil(len(episodes) / _BLOCK)
    if isinstance(episodes, StoredEpisodes) and min(workers, blocks) > 1:
        yield from _shared(
            episodes, _Task(metrics, derive, recompute, metrics_from_files(), headlines), min(workers, blocks)
        )
        return
    measuring = _Measuring(_Task(metrics, derive, recompute, (), headlines))
    pairs = (
        measuring.read(episodes)
        if isinstance(episodes, StoredEpisodes)
        else ((episode, record.roots.get(episode.trace_id)) for episode in episodes)
    )
    while (batch := measuring.batch(islice(pairs, _BLOCK))).episodes:
        yield batch


def fitting_workers(record: Record) -> int:
    """Tell how many processes are worth their start: one for every 128 MiB of spans, at most one per CPU."""
    if not isinstance(record.episodes, StoredEpisodes):
        return 1
    return max(1, min(os.cpu_count() or 1, record.episodes.traces.size // _WORTH))


class _Task(NamedTuple):
    """Settings that every process needs."""

    metrics: Mapping[str, Sequence[str]]
    derive: bool
    recompute: bool
    files: Sequence[str]
    headlines: Mapping[str, tuple[str, ...]]


class _Measuring:
    """Measures blocks of episodes."""

    def __init__(self, task: _Task) -> None:
        for each in task.files:
            metric_named(each)
        self._metrics: dict[str, list[Metric]] = {
            condition: [metric_named(name) for name in each] for condition, each in task.metrics.items()
        }
        self._derive = task.derive
        self._recompute = task.recompute
        self._headlines = task.headlines
        self._keys: dict[MetricKeys, MetricKeys] = {}

    def read(self, episodes: StoredEpisodes) -> Iterator[tuple[Episode, Span]]:
        """Read stored episodes with their root spans, and with their measurements if those are to be used."""
        return episodes.unmeasured() if self._recompute else episodes.traced()

    def batch(self, episodes: Iterable[tuple[Episode, Span | None]]) -> MeasuredBatch:
        deriving: Deriving | None = None
        if self._derive:
            from interlab_evals.derived import Deriving  # which needs pandas

            deriving = Deriving()
        kept: list[MeasuredEpisode] = []
        for read, root in episodes:
            is_judged = bool(read.measurements) and not self._recompute
            episode = read if is_judged else measured(read, self._metrics[read.condition])
            kept.append(self._kept(episode))
            if deriving is not None:
                assert root is not None, "an episode that was read has a root"
                deriving.add(episode, root)
        return MeasuredBatch(kept, None if deriving is None else deriving.derived())

    def _kept(self, episode: Episode) -> MeasuredEpisode:
        keys = tuple([(each.metric, each.role) for each in episode.measurements])
        asked = decisions(episode)
        return MeasuredEpisode(
            run=episode.run,
            scenario=episode.scenario,
            parameters=orjson.dumps(dict(episode.parameters), option=orjson.OPT_SORT_KEYS).decode(),
            seed=episode.seed,
            lineup=tuple([(seat.role, seat.player) for seat in episode.seats]),
            end_reason=episode.end_reason,
            is_failed=is_failed(episode),
            activity=tuple(
                [
                    RoleActivity(role, len(asked[role]), sum(not turn.valid for turn in asked[role]), len(made))
                    for role, made in calls(episode).items()
                ]
            ),
            calls=call_totals(episode),
            play=play_of(episode),
            is_sampled=is_sampled(episode),
            headline=self._headlines.get(episode.condition, ()),
            metrics=self._keys.setdefault(keys, keys),
            values=array("d", [each.value for each in episode.measurements]),
            k=array("d", [math.nan if each.k is None else each.k for each in episode.measurements]),
            n=array("d", [math.nan if each.n is None else each.n for each in episode.measurements]),
        )


def _shared(episodes: StoredEpisodes, task: _Task, workers: int) -> Iterator[MeasuredBatch]:
    """Measure with other processes, each a few blocks ahead; in this one, too, until they have started.

    From then on this one hands out and takes in, which it would do late if it was busy itself.
    """
    measuring = _Measuring(task)
    starts = iter(range(0, len(episodes), _BLOCK))
    waiting: deque[Future[MeasuredBatch]] = deque()
    first: Future[MeasuredBatch] | None = None
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (task,))
    try:
        while True:
            busy = sum(not each.done() for each in waiting)
            for start in islice(starts, _AHEAD * workers - busy):
                waiting.append(pool.submit(_work, episodes[start : start + _BLOCK]))
            if not waiting:
                return
            first = first or waiting[0]
            if not first.done() and len(waiting) < _WAITING and (start := next(starts, None)) is not None:
                waiting.append(_done(measuring.batch(measuring.read(episodes[start : start + _BLOCK]))))
            else:
                yield waiting.popleft().result()
    except BrokenProcessPool:
        raise RecordError(
            "a process that measured episodes has died, perhaps for lack of memory; use one worker"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _done(batch: MeasuredBatch) -> Future[MeasuredBatch]:
    done = Future[MeasuredBatch]()
    done.set_result(batch)
    return done


_measuring: list[_Measuring] = []
"""A process that measures episodes."""


def _begin(task: _Task) -> None:
    _measuring.append(_Measuring(task))


def _work(episodes: StoredEpisodes) -> MeasuredBatch:
    (measuring,) = _measuring
    return measuring.batch(measuring.read(episodes))
