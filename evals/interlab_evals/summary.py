"""From the record of a run to what came out of it: per scenario, every metric of every player."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson

from interlab_evals.measures.lookup import declaration
from interlab_evals.measures.queries import CallTotals
from interlab_evals.measuring import sheets
from interlab_evals.records import read
from interlab_evals.results import Summary
from interlab_evals.scenario_results import MetricSummary, PlayerSummary, ScenarioSummary
from interlab_evals.statistics.clustering import Clusters
from interlab_evals.statistics.estimators import one_of
from interlab_evals.statistics.figures import Figures, estimate_figures
from interlab_evals.statistics.rows import Invalid
from interlab_evals.stimuli import warn_of_mixed_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interlab.schema.episode import EndReason
    from interlab_evals.measuring import Heads, Lineup, MeasuredEpisode
    from interlab_evals.records import Source
    from interlab_evals.statistics.estimates import Estimand


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

    Failed episodes are counted and in no estimate. A metric of the whole episode counts for each player who sat
    in it.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.
        level: Nominal coverage, in (0, 1).
        estimand: ``fixed``: intervals are about other episodes between the same players. ``population``: they
            are about each player against opponents not met here, and take the opponents as a sample.
        clusters: ``seed``: where several line-ups played a scenario (with its parameters) under one seed, they
            met the same chance moves and are one draw. ``episode``: each episode is one by itself.
        invalid: ``keep``: as played, by the game's own policy. ``drop-episodes``: without figures of a role whose
            first answer was invalid (and those of the whole episode), as a second look; it selects on the outcome.
        workers: Number of processes that judge the episodes of a large record; see :func:`interlab_evals.score`.
        recompute: Whether to compute the metrics again from the spans. If not, the measurements that were recorded
            when the episodes ended are used.

    Raises:
        UnknownNameError: There is no such run, or a metric that it declares is not installed here.
    """
    record = read(source)
    warn_of_mixed_texts(record.texts)
    ledger = Ledger(clusters, invalid)
    for sheet in sheets(record, workers=workers, recompute=recompute):
        ledger.add(sheet.episodes)
    return ledger.summary(level=level, estimand=estimand, n_superseded=record.superseded)


class Ledger:
    """The figures of a run while its episodes come in; memory grows by 32 bytes a figure.

    Args:
        clusters: What is one draw; see :func:`summarise`.
        invalid: What becomes of figures of a role whose first answer was invalid.
    """

    def __init__(self, clusters: Clusters = "seed", invalid: Invalid = "keep") -> None:
        one_of("clusters", clusters, Clusters)
        one_of("invalid", invalid, Invalid)
        self._clusters: Clusters = clusters
        self._invalid: Invalid = invalid
        self._runs: dict[str, None] = {}
        self._games: dict[tuple[str, str], _Game] = {}

    def add(self, episodes: Iterable[MeasuredEpisode]) -> None:
        """Enter episodes."""
        for each in episodes:
            self._runs[each.run] = None
            key = (each.scenario, each.parameters)
            if key not in self._games:
                self._games[key] = _Game(*key, self._clusters, self._invalid)
            self._games[key].add(each)

    def summary(self, *, level: float, estimand: Estimand, n_superseded: int) -> Summary:
        """Estimate every metric of every player; see :func:`summarise`."""
        return Summary(
            run=", ".join(self._runs),
            level=level,
            estimand=estimand,
            clusters=self._clusters,
            invalid=self._invalid,
            n_superseded=n_superseded,
            scenarios=tuple(game.summary(level, estimand) for game in self._games.values()),
        )


class _Entrant(NamedTuple):
    """A player among others, or against itself."""

    player: str
    self_play: bool


@dataclass(slots=True)
class _Effort:
    """What an entrant did, summed over episodes."""

    episodes: int = 0
    actions: int = 0
    invalid: int = 0
    calls: int = 0


class _Column(NamedTuple):
    """Where a figure of an episode goes."""

    place: int
    """Which of the episode's figures."""
    figures: Figures
    partners: int
    about: str | None
    """The role; none for the whole episode."""


@dataclass(slots=True)
class _Game:
    """A scenario with one set of parameters, while its episodes come in."""

    scenario: str
    parameters: str
    clusters: Clusters
    invalid: Invalid
    seeds: dict[int, tuple[int, Lineup]] = field(default_factory=dict[int, "tuple[int, Lineup]"])
    """Seed -> its number, and who first played under it."""
    chance: array[int] = field(default_factory=partial(array, "i"))
    """The number of each episode's seed."""
    shares_seeds: bool = False
    """Whether several line-ups played under one seed."""
    headline: dict[str, None] = field(default_factory=dict[str, None])
    calls: CallTotals = field(default_factory=CallTotals)
    failed: int = 0
    completed: int = 0
    end_reasons: Counter[EndReason] = field(default_factory=Counter["EndReason"])
    efforts: dict[_Entrant, _Effort] = field(default_factory=dict[_Entrant, _Effort])
    figures: dict[str, dict[_Entrant, Figures]] = field(default_factory=dict[str, dict[_Entrant, Figures]])
    columns: dict[tuple[Lineup, Heads], list[_Column]] = field(
        default_factory=dict[tuple["Lineup", "Heads"], list[_Column]]
    )
    """What kind of episode it was -> where its figures go."""

    def add(self, episode: MeasuredEpisode) -> None:
        self.end_reasons[episode.end_reason] += 1
        self.headline |= dict.fromkeys(episode.headline)
        if episode.calls.n:
            self.calls = self.calls.plus(episode.calls)
        if episode.is_failed:
            self.failed += 1
            return
        entrants = _entrants(episode.lineup)
        for entrant in dict.fromkeys(entrants.values()):
            self.efforts.setdefault(entrant, _Effort()).episodes += 1
        for each in episode.efforts:
            effort = self.efforts[entrants[each.role]]
            effort.actions += each.actions
            effort.invalid += each.invalid
            effort.calls += each.calls
        number, lineup = self.seeds.setdefault(episode.seed, (len(self.seeds), episode.lineup))
        self.chance.append(number)
        self.shares_seeds = self.shares_seeds or lineup != episode.lineup
        dropped: set[str | None] = set()
        if self.invalid == "drop-episodes":
            dropped = {each.role for each in episode.efforts if each.invalid}
            dropped |= {None} if dropped else set()
        for place, figures, partners, about in self._columns(episode.lineup, episode.heads, entrants):
            if about in dropped:
                continue
            counts = (episode.values[place], episode.k[place], episode.n[place])
            figures.add(*counts, self.completed, partners)
        self.completed += 1

    def _columns(self, lineup: Lineup, heads: Heads, entrants: Mapping[str, _Entrant]) -> list[_Column]:
        """Find out where the figures of an episode go: to every player that they are about."""
        kind = (lineup, heads)
        found = self.columns.get(kind)
        if found is None:
            found = self.columns[kind] = []
            for place, (metric, measured) in enumerate(heads):
                by_entrant = self.figures.setdefault(metric, {})
                about = {entrant: role for role, entrant in entrants.items() if measured in (None, role)}
                for entrant, own in about.items():
                    figures = by_entrant.setdefault(entrant, Figures())
                    partners = tuple(other.player for role, other in entrants.items() if role != own)
                    found.append(_Column(place, figures, figures.lineup(partners), measured))
        return found

    def summary(self, level: float, estimand: Estimand) -> ScenarioSummary:
        entrants = sorted(self.efforts, key=_self_play)
        return ScenarioSummary(
            scenario=self.scenario,
            parameters=orjson.loads(self.parameters),
            headline=tuple(self.headline),
            calls=self.calls,
            n_completed=self.completed,
            n_failed=self.failed,
            end_reasons=dict(self.end_reasons),
            players=tuple(_player(entrant, self.efforts[entrant]) for entrant in entrants),
            metrics=tuple(
                self._metric(name, entrant, by_entrant[entrant], level, estimand)
                for name, by_entrant in self.figures.items()
                for entrant in entrants
                if entrant in by_entrant
            ),
        )

    def _metric(
        self, name: str, entrant: _Entrant, figures: Figures, level: float, estimand: Estimand
    ) -> MetricSummary:
        declared = declaration(name)
        by_seed = self.clusters == "seed" and self.shares_seeds
        return MetricSummary(
            player=entrant.player,
            self_play=entrant.self_play,
            metric=name,
            kind=declared.kind,
            unit=declared.unit,
            direction=declared.direction,
            estimate=estimate_figures(
                figures,
                declared,
                level=level,
                estimand="fixed" if entrant.self_play else estimand,
                chance=np.frombuffer(self.chance, dtype=np.intc).astype(np.intp) if by_seed else None,
                n_invalid=self.efforts[entrant].invalid,
            ),
        )


def _entrants(lineup: Lineup) -> dict[str, _Entrant]:
    """Tell who entered in each role."""
    self_play = len(lineup) > 1 and len({player for _, player in lineup}) == 1
    return {role: _Entrant(player, self_play) for role, player in lineup}


def _self_play(entrant: _Entrant) -> bool:
    return entrant.self_play


def _player(entrant: _Entrant, effort: _Effort) -> PlayerSummary:
    return PlayerSummary(
        player=entrant.player,
        self_play=entrant.self_play,
        n_episodes=effort.episodes,
        n_actions=effort.actions,
        n_invalid=effort.invalid,
        n_calls=effort.calls,
    )
