"""The table of one scenario: players down, metrics across."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from interlab_evals.presentation.numbers import percentage
from interlab_evals.presentation.tables import Column, Note, Row, Table
from interlab_evals.presentation.wording import counted
from interlab_evals.statistics.clustering import SHARED_CHANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from interlab.schema.episode import Json
    from interlab_evals.scenario_results import MetricSummary, PlayerSummary, ScenarioSummary

SHOWN: Final = 5
"""Columns of metrics at most, unless all are asked for."""

_OF_CALLS: Final = frozenset({"input_tokens", "output_tokens", "usd", "latency"})
"""Metrics that are 0 or undefined where no model was called."""

_WORTH_A_NOTE: Final = 0.05
"""Share of undefined figures from which on a headline table mentions them."""


def scenario_table(
    scenario: ScenarioSummary,
    level: float,
    *,
    every_metric: bool,
    distinction: Mapping[str, Json],
    by_seed: bool = True,
) -> Table:
    """Build the table of a scenario.

    Args:
        scenario: The scenario.
        level: Nominal coverage of its intervals.
        every_metric: Whether to show all metrics rather than the headline ones.
        distinction: The parameters that set it apart from others of the same name.
        by_seed: Whether seeds are the independent observations, rather than episodes.
    """
    by_metric: dict[str, dict[tuple[str, bool], MetricSummary]] = {}
    for each in scenario.metrics:
        by_metric.setdefault(each.metric, {})[each.player, each.self_play] = each
    shown = [name for name in by_metric if _is_informative(name, scenario.players)]
    if not every_metric:
        whole = [name for name in scenario.headline if name in shown]
        parts = [name for name in shown if name not in whole and name.partition(".")[0] in scenario.headline]
        shown = (whole + parts)[:SHOWN]
    columns = [_column(next(iter(by_metric[name].values()))) for name in shown]
    rows = [
        Row(
            (
                player.player,
                player.n_seeds if by_seed else player.n_episodes,
                f"{player.n_plays:,}/{player.n_episodes:,}",
                *(
                    found.estimate.cell
                    if (found := by_metric[name].get((player.player, player.self_play)))
                    else None
                    for name in shown
                ),
            ),
            "against itself" if player.self_play else "",
        )
        for player in scenario.players
    ]
    cells = [[by_metric[name].get((each.player, each.self_play)) for each in scenario.players] for name in shown]
    return Table(
        name=scenario.scenario,
        title=scenario.scenario,
        caption="; ".join(_caption(scenario, distinction)),
        columns=(
            Column(key="player"),
            Column(key="n", label="seeds" if by_seed else "episodes", kind="count"),
            Column(key="plays", label="plays"),
            *columns,
        ),
        rows=tuple(rows),
        notes=(*_repeats(scenario.players), *_notes(shown, cells, level, every_metric=every_metric)),
    )


def _column(metric: MetricSummary) -> Column:
    name, dot, component = metric.metric.partition(".")
    return Column(
        key=metric.metric,
        label=f"{name.replace('_', ' ')}{dot}{component}",
        kind="estimate",
        unit=metric.unit,
        direction=metric.direction,
    )


def _is_informative(metric: str, players: Sequence[PlayerSummary]) -> bool:
    """Return True if a metric adds to the lines below the tables."""
    if metric in _OF_CALLS:
        return any(player.n_calls for player in players)
    return metric != "invalid_action_rate" or any(player.n_invalid for player in players)


def _caption(scenario: ScenarioSummary, distinction: Mapping[str, Json]) -> Iterator[str]:
    if distinction:
        yield ", ".join(f"{name}={value}" for name, value in distinction.items())
    reasons = sorted(scenario.end_reasons.items(), key=lambda each: -each[1])
    is_usual = [name for name, _ in reasons] == ["completed"]
    ended = "" if is_usual else ", ".join(f"{n:,} {name}" for name, n in reasons)
    yield counted(sum(scenario.end_reasons.values()), "episode") + (f": {ended}" if ended else "")


def _repeats(players: Sequence[PlayerSummary]) -> Iterator[Note]:
    if any(2 * each.n_plays < each.n_episodes for each in players):
        yield Note(
            "Different plays of all episodes. Under half differ: the others are exact repeats, which add nothing.",
            ("plays",),
        )


def _notes(
    shown: Sequence[str], cells: Sequence[Sequence[MetricSummary | None]], level: float, *, every_metric: bool
) -> Iterator[Note]:
    """Yield what is unusual about columns, each sentence once."""
    estimates = {
        name: [each.estimate for each in column if each] for name, column in zip(shown, cells, strict=True)
    }
    same = [name for name, found in estimates.items() if any(each.cell.identical for each in found)]
    bounded = [
        name
        for name, found in estimates.items()
        if any((each.low != each.low) != (each.high != each.high) for each in found)
    ]
    if bounded:
        yield Note(f"≤ and ≥: all observations were equal; a one-sided {percentage(level)} bound.", tuple(bounded))
    if same:
        yield Note("(all n): all n independent observations were equal, so there is no interval.", tuple(same))
    columns: dict[str, list[str]] = {}
    for name, found in estimates.items():
        for note in dict.fromkeys(note for each in found for note in each.notes if note != SHARED_CHANCE):
            columns.setdefault(note, []).append(name)
        undefined = Counter({name: sum(each.n_undefined for each in found)})[name]
        seen = undefined + sum(each.n_clusters for each in found)
        if undefined and (every_metric or undefined >= _WORTH_A_NOTE * seen):
            columns.setdefault(f"Undefined {counted(undefined, 'time')}, and then in no mean.", []).append(name)
    for note, names in columns.items():
        yield Note(note, tuple(names))
