"""From the record of a run to what came out of it: per scenario, every metric of every player."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import orjson

from interlab_evals.measures.cost import invalid_action_rate
from interlab_evals.measures.lookup import declaration
from interlab_evals.records import is_failed, read
from interlab_evals.results import MetricSummary, PlayerSummary, ScenarioSummary, Summary
from interlab_evals.statistics.figures import Figure, estimate_figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.tracing.episodes import EndReason, Episode, Json
    from interlab_evals.records import Source
    from interlab_evals.statistics.estimates import Estimand


def summarise(source: Source, *, level: float = 0.95, estimand: Estimand = "these models") -> Summary:
    """Estimate every metric of every player from the record of a run.

    Failed episodes are counted and in no estimate. A metric of the whole episode counts for each player who sat
    in it.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.
        level: Nominal coverage, in (0, 1).
        estimand: ``these models``: intervals are clustered by episode and speak of other episodes between the
            same players. ``models at large``: they speak of each player against partners not met here, and
            rest on the partners as a sample.

    Raises:
        UnknownNameError: There is no such run, or a metric that it declares is not installed here.
    """
    record = read(source)
    games: dict[tuple[str, bytes], _Game] = {}
    for episode in record.measured():
        parameters = orjson.dumps(dict(episode.parameters), option=orjson.OPT_SORT_KEYS)
        game = games.setdefault((episode.scenario, parameters), _Game(episode.scenario, episode.parameters))
        game.add(episode)
    return Summary(
        run=", ".join(dict.fromkeys(episode.run for episode in record.episodes)),
        level=level,
        estimand=estimand,
        n_superseded=record.superseded,
        scenarios=tuple(game.summary(level, estimand) for game in games.values()),
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


@dataclass(slots=True)
class _Game:
    """A scenario with one set of parameters, while its episodes come in."""

    scenario: str
    parameters: Mapping[str, Json]
    failed: int = 0
    completed: int = 0
    end_reasons: Counter[EndReason] = field(default_factory=Counter["EndReason"])
    efforts: dict[_Entrant, _Effort] = field(default_factory=dict[_Entrant, _Effort])
    figures: dict[str, dict[_Entrant, list[Figure]]] = field(
        default_factory=dict[str, dict[_Entrant, list[Figure]]]
    )

    def add(self, episode: Episode) -> None:
        self.end_reasons[episode.end_reason] += 1
        if is_failed(episode):
            self.failed += 1
            return
        self.completed += 1
        entrants = _entrants(episode)
        for entrant in dict.fromkeys(entrants.values()):
            self.efforts.setdefault(entrant, _Effort()).episodes += 1
        self._add_effort(episode, entrants)
        for each in episode.measurements:
            by_entrant = self.figures.setdefault(each.metric, {})
            about = {entrant: role for role, entrant in entrants.items() if each.role in (None, role)}
            for entrant, own in about.items():
                partners = tuple(other.player for role, other in entrants.items() if role != own)
                figure = Figure(each, (episode.run, episode.id), partners)
                by_entrant.setdefault(entrant, []).append(figure)

    def _add_effort(self, episode: Episode, entrants: Mapping[str, _Entrant]) -> None:
        for asked in invalid_action_rate.measure(episode):
            if asked.role is not None:
                effort = self.efforts[entrants[asked.role]]
                effort.actions += int(asked.n or 0)
                effort.invalid += int(asked.k or 0)
        for turn in episode.all_turns:
            if turn.role in entrants:
                self.efforts[entrants[turn.role]].calls += len(turn.calls)

    def summary(self, level: float, estimand: Estimand) -> ScenarioSummary:
        entrants = sorted(self.efforts, key=_self_play)
        return ScenarioSummary(
            scenario=self.scenario,
            parameters=self.parameters,
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
        self, name: str, entrant: _Entrant, figures: list[Figure], level: float, estimand: Estimand
    ) -> MetricSummary:
        declared = declaration(name)
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
                estimand="these models" if entrant.self_play else estimand,
                n_invalid=self.efforts[entrant].invalid,
            ),
        )


def _entrants(episode: Episode) -> dict[str, _Entrant]:
    """Tell who entered in each role."""
    self_play = len(episode.seats) > 1 and len({seat.player for seat in episode.seats}) == 1
    return {seat.role: _Entrant(seat.player, self_play) for seat in episode.seats}


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
