"""From the record of a run to its results: per scenario, every metric of every player."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson

from interlab.errors import ParameterError
from interlab_evals.measures.lookup import declaration
from interlab_evals.measures.queries import CallTotals
from interlab_evals.measuring import measured_batches
from interlab_evals.records import read
from interlab_evals.results import Summary
from interlab_evals.scenario_results import MetricSummary, PlayerSummary, ScenarioSummary
from interlab_evals.statistics.clustering import Clusters
from interlab_evals.statistics.estimates import Estimand
from interlab_evals.statistics.estimators import one_of
from interlab_evals.statistics.observations import History, ObservationColumns, estimate_observations
from interlab_evals.statistics.rows import Invalid
from interlab_evals.stimuli import warn_of_mixed_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interlab.schema.episode import EndReason
    from interlab_evals.measuring import Lineup, MeasuredEpisode, MetricKeys
    from interlab_evals.records import Source
    from interlab_evals.statistics.estimates import Estimate
    from interlab_evals.statistics.observations import Observations


def summarise(
    source: Source,
    *,
    level: float = 0.95,
    estimand: Estimand = "fixed",
    clusters: Clusters = "seed",
    invalid: Invalid = "keep",
    workers: int = 1,
    recompute: bool = True,
) -> Summary:
    """Estimate every metric of every player from the record of a run.

    Failed episodes are counted and in no estimate. A metric of the whole episode counts for each player in it.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.
        level: Nominal coverage, in (0, 1).
        estimand: ``fixed``: intervals are about other episodes between the same players. ``population``: they
            are about each player against opponents not met here, and take the opponents as a sample.
        clusters: ``seed``: where several line-ups played a scenario (with its parameters) under one seed, they
            met the same chance moves and are one observation. ``episode``: each episode is one by itself.
        invalid: ``keep``: as played, by the game's own policy. ``drop-episodes``: without figures of a role
            with an invalid first answer (and those of the whole episode), as a second look; it selects on the
            outcome.
        workers: Number of processes that judge the episodes of a large record; see :func:`interlab_evals.score`.
        recompute: Whether to compute the metrics again from the spans. If not, the measurements that were recorded
            when the episodes ended are used.

    Raises:
        UnknownNameError: There is no such run, or a metric that it declares is not installed here.
    """
    record = read(source)
    warn_of_mixed_texts(record.texts)
    accumulator = SummaryAccumulator(clusters, invalid)
    for batch in measured_batches(record, workers=workers, recompute=recompute):
        accumulator.add(batch.episodes)
    return accumulator.summary(level=level, estimand=estimand, n_superseded=record.superseded)


class SummaryAccumulator:
    """The measurements of a run while its episodes come in; memory grows by 32 bytes a measurement.

    Args:
        clusters: The unit of chance; see :func:`summarise`.
        invalid: Whether to keep figures of a role with an invalid first answer.
    """

    def __init__(self, clusters: Clusters = "seed", invalid: Invalid = "keep") -> None:
        one_of("clusters", clusters, Clusters)
        one_of("invalid", invalid, Invalid)
        self._clusters: Clusters = clusters
        self._invalid: Invalid = invalid
        self._runs: dict[str, None] = {}
        self._scenarios: dict[tuple[str, str], _Scenario] = {}

    def add(self, episodes: Iterable[MeasuredEpisode]) -> None:
        """Enter episodes."""
        for each in episodes:
            self._runs[each.run] = None
            key = (each.scenario, each.parameters)
            if key not in self._scenarios:
                self._scenarios[key] = _Scenario(*key, self._clusters, self._invalid)
            self._scenarios[key].add(each)

    def summary(self, *, level: float, estimand: Estimand, n_superseded: int) -> Summary:
        """Estimate every metric of every player; see :func:`summarise`."""
        one_of("estimand", estimand, Estimand)
        return Summary(
            run=", ".join(self._runs),
            level=level,
            estimand=estimand,
            clusters=self._clusters,
            invalid=self._invalid,
            n_superseded=n_superseded,
            scenarios=tuple(each.summary(level, estimand) for each in self._scenarios.values()),
        )


class _Entrant(NamedTuple):
    """A player among others, or against itself."""

    player: str
    self_play: bool


@dataclass(slots=True)
class _Activity:
    """Episodes, moves and calls of an entrant."""

    episodes: int = 0
    seeds: set[int] = field(default_factory=set[int])
    plays: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    actions: int = 0
    invalid: int = 0
    calls: int = 0


class _Target(NamedTuple):
    """The columns that a measurement of an episode is appended to.

    Attributes:
        place: Place of the measurement in its episode.
        columns: The columns.
        opponents: The number of the other players in these columns.
        role: The role that it is about; ``None`` for the whole episode.
    """

    place: int
    columns: ObservationColumns
    opponents: int
    role: str | None


@dataclass(slots=True)
class _Scenario:
    """A scenario with one set of parameters, while its episodes come in.

    Attributes:
        seeds: Seed -> its number, and the line-up that played first under it.
        chance: The number of each episode's seed.
        shares_seeds: Whether several line-ups played under one seed.
        lineups: Line-up -> its number.
        numbers: The number of each episode's line-up.
        plays: The play of each episode.
        sampled: Whether a model drew an answer in each episode.
        columns: Metric -> entrant -> the measurements.
        targets: Line-up and metrics of an episode -> the columns of its measurements.
    """

    scenario: str
    parameters: str
    clusters: Clusters
    invalid: Invalid
    seeds: dict[int, tuple[int, Lineup]] = field(default_factory=dict[int, "tuple[int, Lineup]"])
    chance: array[int] = field(default_factory=partial(array, "i"))
    shares_seeds: bool = False
    lineups: dict[Lineup, int] = field(default_factory=dict["Lineup", int])
    numbers: array[int] = field(default_factory=partial(array, "i"))
    plays: array[int] = field(default_factory=partial(array, "Q"))
    sampled: bytearray = field(default_factory=bytearray)
    headline: dict[str, None] = field(default_factory=dict[str, None])
    calls: CallTotals = field(default_factory=CallTotals)
    failed: int = 0
    completed: int = 0
    end_reasons: Counter[EndReason] = field(default_factory=Counter["EndReason"])
    activities: dict[_Entrant, _Activity] = field(default_factory=dict[_Entrant, _Activity])
    columns: dict[str, dict[_Entrant, ObservationColumns]] = field(
        default_factory=dict[str, dict[_Entrant, ObservationColumns]]
    )
    targets: dict[tuple[Lineup, MetricKeys], list[_Target]] = field(
        default_factory=dict[tuple["Lineup", "MetricKeys"], list[_Target]]
    )

    def add(self, episode: MeasuredEpisode) -> None:
        self.end_reasons[episode.end_reason] += 1
        if episode.calls.n:
            self.calls = self.calls.plus(episode.calls)
        if episode.is_failed:
            self.failed += 1
            return
        entrants = _entrants(episode.lineup)
        which = self.lineups.setdefault(episode.lineup, len(self.lineups))
        self.numbers.append(which)
        self.plays.append(episode.play)
        self.sampled.append(episode.is_sampled)
        for entrant in dict.fromkeys(entrants.values()):
            activity = self.activities.setdefault(entrant, _Activity())
            activity.episodes += 1
            activity.seeds.add(episode.seed)
            activity.plays.add((which, episode.play))
        for each in episode.activity:
            activity = self.activities[entrants[each.role]]
            activity.actions += each.actions
            activity.invalid += each.invalid
            activity.calls += each.calls
        number, lineup = self.seeds.setdefault(episode.seed, (len(self.seeds), episode.lineup))
        self.chance.append(number)
        self.shares_seeds = self.shares_seeds or lineup != episode.lineup
        invalid: dict[str | None, int] = {each.role: each.invalid for each in episode.activity if each.invalid}
        invalid[None] = sum(invalid.values())
        for place, columns, opponents, role in self._targets(episode, entrants):
            wrong = invalid.get(role, 0)
            if wrong and self.invalid == "drop-episodes":
                continue
            counts = (episode.values[place], episode.k[place], episode.n[place])
            columns.add(*counts, self.completed, opponents, wrong)
        self.completed += 1

    def _targets(self, episode: MeasuredEpisode, entrants: Mapping[str, _Entrant]) -> list[_Target]:
        """Return the columns of an episode's measurements: those of every player that they are about."""
        kind = (episode.lineup, episode.metrics)
        found = self.targets.get(kind)
        if found is None:
            found = self.targets[kind] = []
            self.headline |= dict.fromkeys(episode.headline)
            for place, (metric, measured) in enumerate(episode.metrics):
                by_entrant = self.columns.setdefault(metric, {})
                about = {entrant: role for role, entrant in entrants.items() if measured in (None, role)}
                for entrant, own in about.items():
                    columns = by_entrant.setdefault(entrant, ObservationColumns(entrant.player))
                    opponents = [other.player for role, other in entrants.items() if role != own]
                    found.append(_Target(place, columns, columns.lineup(opponents), measured))
        return found

    def summary(self, level: float, estimand: Estimand) -> ScenarioSummary:
        entrants = sorted(self.activities, key=_self_play)
        return ScenarioSummary(
            scenario=self.scenario,
            parameters=orjson.loads(self.parameters),
            headline=tuple(self.headline),
            calls=self.calls,
            n_completed=self.completed,
            n_failed=self.failed,
            end_reasons=dict(self.end_reasons),
            players=tuple(_player(entrant, self.activities[entrant]) for entrant in entrants),
            metrics=tuple(
                self._metric(name, entrant, by_entrant[entrant], level, estimand)
                for name, by_entrant in self.columns.items()
                for entrant in entrants
                if entrant in by_entrant
            ),
        )

    def history(self) -> History:
        """Return the line-up, seed and play of every completed episode."""
        lineups, seeds = (
            np.frombuffer(each, dtype=np.intc).astype(np.intp) for each in (self.numbers, self.chance)
        )
        sampled = np.frombuffer(self.sampled, dtype=np.bool_)
        return History(lineups, seeds, np.frombuffer(self.plays, dtype=np.uint64), sampled)

    def _metric(
        self, name: str, entrant: _Entrant, columns: ObservationColumns, level: float, estimand: Estimand
    ) -> MetricSummary:
        declared = declaration(name)
        by_seed = self.clusters == "seed" and self.shares_seeds
        history = self.history()
        is_fixed = entrant.self_play or estimand == "fixed"
        found = columns.observations(
            declared.kind,
            declared.range,
            chance=history.seeds if by_seed else None,
            paired=not is_fixed,
            history=history,
            is_zero_sum=declared.zero_sum,
        )
        return MetricSummary(
            player=entrant.player,
            self_play=entrant.self_play,
            metric=name,
            kind=declared.kind,
            unit=declared.unit,
            direction=declared.direction,
            estimate=_estimate(found, level, "fixed" if is_fixed else estimand),
        )


def _estimate(found: Observations, level: float, estimand: Estimand) -> Estimate:
    """Estimate one metric; give no interval but a note if the opponents are too few for a population."""
    try:
        return estimate_observations(found, level=level, estimand=estimand)
    except ParameterError as error:
        if estimand == "fixed":
            raise
        usual = estimate_observations(found, level=level)
        note = f"No interval for a population of players: {error}."
        none = {"low": math.nan, "high": math.nan, "seed": None}
        return replace(usual, **none, method="none", estimand=estimand, notes=(note,))


def _entrants(lineup: Lineup) -> dict[str, _Entrant]:
    """Return role -> the player in it, with whether it meets only itself."""
    self_play = len(lineup) > 1 and len({player for _, player in lineup}) == 1
    return {role: _Entrant(player, self_play) for role, player in lineup}


def _self_play(entrant: _Entrant) -> bool:
    return entrant.self_play


def _player(entrant: _Entrant, activity: _Activity) -> PlayerSummary:
    return PlayerSummary(
        player=entrant.player,
        self_play=entrant.self_play,
        n_episodes=activity.episodes,
        n_seeds=len(activity.seeds),
        n_plays=len(activity.plays),
        n_actions=activity.actions,
        n_invalid=activity.invalid,
        n_calls=activity.calls,
    )
