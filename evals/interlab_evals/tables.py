"""A summary drawn for the terminal: players down, metrics across, as many abreast as there is room for."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich import box
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from interlab_evals.statistics.rows import DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from interlab_evals.measures.declaration import Direction
    from interlab_evals.results import MetricSummary, PlayerSummary, ScenarioSummary, Summary
    from interlab_evals.statistics import Estimate

_ARROWS: Final[dict[Direction, str]] = {"higher": " ↑", "lower": " ↓", "neutral": ""}
_OF_CALLS: Final = frozenset({"input_tokens", "output_tokens", "usd", "latency"})
"""Metrics that say nothing where no model was called."""

_Entrant = tuple[str, bool]
_GAP: Final = 2
_EPISODES_WIDTH: Final = 4


class SummaryTables:
    """Draws a summary, one or more tables per scenario."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the tables as wide as the console allows."""
        for scenario in self._summary.scenarios:
            yield from _scenario(scenario, self._summary, options.max_width)
        if not self._summary.scenarios:
            yield Text("no episode has ended yet", style="dim")


def _scenario(scenario: ScenarioSummary, summary: Summary, width: int) -> Iterator[RenderableType]:
    cells: dict[str, dict[_Entrant, MetricSummary]] = {}
    for each in scenario.metrics:
        cells.setdefault(each.metric, {})[each.player, each.self_play] = each
    columns = [_Column(by_entrant) for name, by_entrant in cells.items() if _tells(name, scenario.players)]
    yield Text.assemble((scenario.scenario, "bold"), (_distinction(scenario, summary), "dim"))
    names = (len(player.player) for player in scenario.players)
    taken = max(names, default=0) + _EPISODES_WIDTH + 2 * _GAP
    for block in _blocks(columns, width - taken):
        yield _table(scenario.players, block)
        yield Text()
    yield Padding(Text("\n".join(_notes(scenario, summary, columns)), style="dim"), (0, 0, 1, 0))


class _Column:
    """One metric of all entrants."""

    def __init__(self, by_entrant: Mapping[_Entrant, MetricSummary]) -> None:
        self._by_entrant = by_entrant
        first = next(iter(by_entrant.values()))
        self.metric = first.metric
        self.header = _header(first)
        self.estimates = [each.estimate for each in by_entrant.values()]
        self._value_width = max(len(_value(each)) for each in self.estimates)
        self._interval_width = max(len(_interval(each)) for each in self.estimates)
        header_width = max(map(len, self.header.split("\n")))
        self.width = max(header_width, self._value_width + 1 + self._interval_width)

    def cell(self, player: PlayerSummary) -> Text:
        """The value and its interval, so padded that values stand under values."""
        found = self._by_entrant.get((player.player, player.self_play))
        if found is None:
            return Text()
        value = _value(found.estimate).rjust(self._value_width)
        interval = _interval(found.estimate).ljust(self._interval_width)
        return Text.assemble(value, " ", (interval, "dim"))


def _blocks(columns: Sequence[_Column], width: int) -> Iterator[list[_Column]]:
    """Split the columns into blocks that fit the width, at least one column each."""
    block: list[_Column] = []
    used = 0
    for column in columns:
        if block and used + column.width + _GAP > width:
            yield block
            block, used = [], 0
        block.append(column)
        used += column.width + _GAP
    if block:
        yield block


def _table(players: Sequence[PlayerSummary], block: Sequence[_Column]) -> Table:
    table = Table(
        Column("player", overflow="fold"),
        Column("n", justify="right", style="dim"),
        *(Column(column.header, justify="right", no_wrap=True) for column in block),
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),  # the box draws one blank itself
        header_style="bold",
    )
    for self_play, group in groupby(players, key=_is_self_play):
        if self_play:
            table.add_row(Text("against itself", style="italic dim"))
        for player in group:
            table.add_row(player.player, str(player.n_episodes), *(column.cell(player) for column in block))
    return table


def _notes(scenario: ScenarioSummary, summary: Summary, columns: Sequence[_Column]) -> Iterator[str]:
    """Say what the figures rest on, and what is not among them."""
    actions = sum(player.n_actions for player in scenario.players)
    invalid = sum(player.n_invalid for player in scenario.players)
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(scenario.end_reasons.items()))
    yield (
        f"{scenario.n_completed} episodes completed, {scenario.n_failed} failed and left out; ended by {reasons}; "
        f"{invalid} of {actions} moves invalid at first."
    )
    if summary.n_superseded:
        yield f"{summary.n_superseded} earlier attempts of the run set aside."
    if summary.invalid == "drop-episodes":
        yield f"As asked, {DROPPED}"
    methods = Counter(each.method for column in columns for each in column.estimates)
    used = ", ".join(method for method, _ in methods.most_common() if method != "none")
    about = (
        f"these players, clustered by {summary.clusters}"
        if summary.estimand == "these models"
        else "each player against partners at large (self-play: against itself)"
    )
    yield f"{summary.level:.0%} intervals for {about}, not corrected for their number: {used or 'none'}."
    if methods["none"]:
        yield "No interval where fewer than two episodes are defined, or an unbounded figure never varied."
    yield from dict.fromkeys(note for column in columns for each in column.estimates for note in each.notes)
    undefined = Counter({column.metric: sum(each.n_undefined for each in column.estimates) for column in columns})
    if told := ", ".join(f"{metric} {count}" for metric, count in undefined.items() if count):
        yield f"Undefined, and in no mean: {told}."


def _distinction(scenario: ScenarioSummary, summary: Summary) -> str:
    """Tell the parameters that set a scenario apart from others of the same name."""
    twins = [each for each in summary.scenarios if each.scenario == scenario.scenario]
    told = [
        f"{name}={value}"
        for name, value in scenario.parameters.items()
        if any(each.parameters.get(name) != value for each in twins)
    ]
    return f"  {', '.join(told)}" if told else ""


def _tells(metric: str, players: Sequence[PlayerSummary]) -> bool:
    """Tell whether a metric says more than the notes below the table do."""
    if metric in _OF_CALLS:
        return any(player.n_calls for player in players)
    return metric != "invalid_action_rate" or any(player.n_invalid for player in players)


def _is_self_play(player: PlayerSummary) -> bool:
    return player.self_play


def _header(metric: MetricSummary) -> str:
    name, dot, component = metric.metric.partition(".")
    lines = name.replace("_", "\n")
    return f"{lines}{dot}{component}{_ARROWS[metric.direction]}"


def _value(estimate: Estimate) -> str:
    return "–" if math.isnan(estimate.value) else f"{estimate.value:,.{_decimals(estimate)}f}"


def _interval(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return ""
    return "–".join(_end(end, _decimals(estimate)) for end in (estimate.low, estimate.high))


def _end(value: float, decimals: int) -> str:
    """Write the end of an interval in few characters: .5 for 0.5, and the ends of a proportion as 0 and 1."""
    return f"{value:.0f}" if value in (0.0, 1.0) else re.sub(r"^(-?)0\.", r"\1.", f"{value:,.{decimals}f}")


def _decimals(estimate: Estimate) -> int:
    """How many decimals a value and its interval get: two, none for large ones, two digits for small ones."""
    size = abs(estimate.value)
    if size == 0 or 0.01 <= size < 10:
        return 2
    return max(0, 1 - math.floor(math.log10(size))) if size < 0.01 else 1 if size < 100 else 0
