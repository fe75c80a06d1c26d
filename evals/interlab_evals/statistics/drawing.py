"""Estimates and comparisons drawn for the terminal, with everything beside them that a reader has to know."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from interlab_evals.statistics.contrasts import Comparison, Contrast
    from interlab_evals.statistics.estimates import Cell, Estimates


def estimates_table(estimates: Estimates) -> RenderableType:
    """Draw the estimates of one metric, one row per group."""
    table = _table([*estimates.by, "n", estimates.metric, "interval"], numbers=len(estimates.by))
    for cell in estimates:
        found = cell.estimate
        group = [f"{value} (against itself)" if cell.self_play else value for value in cell.group.values()]
        table.add_row(*group, str(found.n_episodes), number(found.value), interval(found.low, found.high))
    return Group(table, Text("\n".join(_of_estimates(estimates.cells)), style="dim"))


def comparison_table(comparison: Comparison) -> RenderableType:
    """Draw a family of contrasts, one row each: the difference first, the test after."""
    several = len({each.metric for each in comparison}) > 1
    names = ["a\nb", "value", "a - b\ninterval", "p", "g\ndelta", "pairs"]
    table = _table([*(["metric"] if several else []), *names], numbers=1 + several)
    for each in comparison:
        table.add_row(
            *([each.metric] if several else []),
            f"{each.a.label}\n{each.b.label}",
            f"{number(each.a.value)}\n{number(each.b.value)}",
            Text.assemble((number(each.difference), "bold"), "\n", interval(each.low, each.high)),
            _p(each.p_adjusted),
            f"{number(each.hedges_g)}\n{number(each.cliffs_delta)}",
            str(each.n_pairs) if each.design == "paired" else "–",
        )
    title = Text(
        ", ".join(dict.fromkeys(each.metric for each in comparison)) + f" by {comparison.by}", style="bold"
    )
    return Group(title, table, Text("\n".join(_of_comparison(comparison)), style="dim"))


def number(value: float) -> str:
    """Write a number in few characters; what is undefined is a dash."""
    if math.isnan(value):
        return "–"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def interval(low: float, high: float) -> str:
    """Write an interval; an empty text where there is none."""
    return "" if math.isnan(low) else f"{number(low)} to {number(high)}"


def _p(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "<.001" if value < 0.001 else f"{value:.3f}"


def _table(names: Iterable[str], *, numbers: int) -> Table:
    columns = [
        Column(name, justify="right" if place >= numbers else "left", overflow="fold", no_wrap=place >= numbers)
        for place, name in enumerate(names)
    ]
    return Table(
        *columns, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False, header_style="bold"
    )


def _of_estimates(cells: tuple[Cell, ...]) -> Iterator[str]:
    found = [cell.estimate for cell in cells]
    if not found:
        yield "Nothing was measured."
        return
    yield (
        f"{found[0].level:.0%} intervals about {_listed(each.estimand for each in found)}, not corrected for "
        f"their number: {_listed(each.method for each in found)}{_seeds(each.seed for each in found)}."
    )
    yield (
        f"Clusters {_listed(str(each.n_clusters) for each in found)}; "
        f"undefined {sum(each.n_undefined for each in found)}; "
        f"invalid moves {_sum(each.n_invalid for each in found)}."
    )
    yield from dict.fromkeys(note for each in found for note in each.notes)


def _of_comparison(comparison: Comparison) -> Iterator[str]:
    contrasts = comparison.contrasts
    yield (
        f"{contrasts[0].level:.0%} intervals of differences about {_listed(each.estimand for each in contrasts)}: "
        f"{_listed(each.method for each in contrasts)}; p by {_listed(each.test for each in contrasts)}"
        f"{_seeds(each.seed for each in contrasts)}, corrected: {comparison.correction}, "
        f"in the family of {comparison.family}."
    )
    arms = [arm for each in contrasts for arm in (each.a, each.b)]
    undefined = max(arm.n_undefined for arm in arms)
    yield (
        f"Episodes in an arm {_listed(str(arm.n_episodes) for arm in arms)}; clusters in a contrast "
        f"{_listed(str(each.n_clusters) for each in contrasts)}; undefined {undefined} in an arm at most; "
        f"invalid moves {_most(arm.n_invalid for arm in arms)}."
    )
    for columns in dict.fromkeys(each.paired_on for each in contrasts if each.design == "paired"):
        yield f"Pairs share {', '.join(columns)}."
    for each in contrasts:
        yield from _of_contrast(each)
        yield from _of_invalid(each)
    yield from dict.fromkeys(note for each in contrasts for note in each.notes)
    yield from comparison.notes


def _of_contrast(contrast: Contrast) -> Iterator[str]:
    names = f"{contrast.a.label} and {contrast.b.label}"
    if contrast.odds_ratio is not None and not math.isnan(contrast.odds_ratio.value):
        odds = contrast.odds_ratio
        yield f"Odds ratio of {names}: {number(odds.value)}, {interval(odds.low, odds.high)}."
    if contrast.equivalence is not None:
        judged = contrast.equivalence
        verdict = "equivalent" if judged.equivalent else "not shown to be equivalent"
        yield (
            f"{names} are {verdict} within {judged.margin:g}: {interval(judged.low, judged.high)}, "
            f"p {_p(judged.p_adjusted)} by two one-sided tests."
        )


def _of_invalid(contrast: Contrast) -> Iterator[str]:
    look = contrast.without_invalid
    if look is not None:
        yield (
            f"{contrast.a.label} and {contrast.b.label} without {look.n_dropped} figures with an invalid answer: "
            f"{number(look.difference)}, {interval(look.low, look.high) or 'no interval'}, p {_p(look.p)} "
            "uncorrected. Leaving them out selects on the outcome."
        )


def _seeds(seeds: Iterable[int | None]) -> str:
    drawn = sorted({seed for seed in seeds if seed is not None})
    return f" (seed {', '.join(map(str, drawn))})" if drawn else ""


def _listed(values: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(values))
    if all(each.isdigit() for each in distinct) and len(distinct) > 1:
        numbers = sorted(map(int, distinct))
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(distinct)


def _sum(counts: Iterable[int | None]) -> str:
    told = [each for each in counts if each is not None]
    return str(sum(told)) if told else "not told"


def _most(counts: Iterable[int | None]) -> str:
    told = [each for each in counts if each is not None]
    return f"{max(told)} in an arm at most" if told else "not told"
