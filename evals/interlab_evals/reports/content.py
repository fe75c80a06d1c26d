"""The content of a report: sections of text, tables and figures, chosen by what the runs hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interlab_evals.figures import Axis, ForestPlot, ForestRow
from interlab_evals.presentation.cells import visible
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Page
from interlab_evals.presentation.wording import short_names
from interlab_evals.records import read
from interlab_evals.reports import pictures, reproducibility
from interlab_evals.reports.methods import methods_paragraphs
from interlab_evals.statistics.comparison import compare
from interlab_evals.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from interlab_evals.figures import Figure
    from interlab_evals.presentation.tables import Table
    from interlab_evals.records import Record, Source
    from interlab_evals.statistics.families import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report.

    Attributes:
        title: Heading.
        paragraphs: Text, a paragraph each.
        tables: Tables, in order.
        figures: Figures, in order.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Presented):
    """A report, before it is written.

    Attributes:
        title: Heading.
        date: Date of the last run, ISO 8601.
        sections: Its parts, in order.
    """

    title: str
    date: str
    sections: tuple[Section, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in order."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, in order."""
        return tuple(figure for section in self.sections for figure in section.figures)

    def page(self) -> Page:
        """Return all tables on one page."""
        lines = tuple(text for section in self.sections for text in section.paragraphs)
        return Page(title=self.title, tables=self.tables, lines=lines)


def compose(sources: Sequence[Source], *, metrics: Sequence[str] = (), by: str | None = None) -> Report:
    """Compose the report of one or many runs.

    Args:
        sources: Runs, their directories, files of spans, archives, or records.
        metrics: Names of the metrics to compare; by default the confirmatory ones.
        by: Column that tells the arms of comparisons apart; by default ``run`` for several runs, else ``player``.

    Returns:
        The report.

    Raises:
        UnknownNameError: There is no such run, or a metric is not installed.
    """
    records = [read(each) for each in sources]
    frame = _frame(records)
    sections = [
        Section(title="Methods", paragraphs=tuple(methods_paragraphs(records))),
        _results(records),
        *_comparisons(records, frame, metrics, by),
        *_figures(records, frame),
        Section(title="Reproducibility", tables=tuple(reproducibility.boxes(records))),
    ]
    dates = [reproducibility.date_of(record) for record in records]
    suites = list(dict.fromkeys(reproducibility.suite_of(record) for record in records))
    return _tidied(Report(title=f"Report on {', '.join(suites)}", date=max(dates), sections=tuple(sections)))


def _frame(records: Sequence[Record]) -> pd.DataFrame:
    import pandas as pd

    from interlab_evals import frames

    return pd.concat([frames.metrics(each) for each in records], ignore_index=True)


def _results(records: Sequence[Record]) -> Section:
    tables: list[Table] = []
    paragraphs: list[str] = []
    for record in records:
        summary = summarise(record)
        headline, whole = summary.page(), summary.page(every_metric=True)
        tables += headline.tables
        tables += [replace(each, name=f"{each.name}-all-metrics") for each in whole.tables]
        paragraphs += [line for line in headline.lines if line not in paragraphs]
    return Section(title="Results", paragraphs=tuple(paragraphs), tables=tuple(tables))


def _comparisons(
    records: Sequence[Record], frame: pd.DataFrame, metrics: Sequence[str], by: str | None
) -> Iterator[Section]:
    declared = list(dict.fromkeys(name for record in records for name in record.confirmatory))
    asked = [name for name in (metrics or declared) if (frame["metric"] == name).any()]
    column = by or ("run" if len(records) > 1 else "player")
    if not asked or frame[column].nunique() < 2:
        return
    found = compare(frame, asked, by=column)
    page = found.page()
    confirmatory = bool(declared) and not metrics
    kind = "Confirmatory" if confirmatory else "Exploratory"
    yield Section(
        title="Comparisons",
        paragraphs=(f"{kind} contrasts: {found.family}.", *page.lines),
        tables=page.tables,
        figures=tuple(_forests(found, confirmatory=confirmatory)),
    )


def _forests(found: Comparison, *, confirmatory: bool) -> Iterator[Figure]:
    for metric, scenario in dict.fromkeys((each.metric, each.scenario) for each in found):
        contrasts = [each for each in found if (each.metric, each.scenario) == (metric, scenario)]
        words = metric.replace("_", " ")
        short, _ = short_names(
            list(dict.fromkeys(label for each in contrasts for label in (each.a.label, each.b.label)))
        )
        where = f" in {scenario}" if scenario else ""
        yield ForestPlot(
            name=f"contrasts-{scenario}-{metric}",
            caption=f"Differences in {words}{where}, with their intervals.",
            width="page",
            axis=Axis(label=f"difference in {words}"),
            entries=tuple(
                ForestRow(
                    label=f"{short[each.a.label]} − {short[each.b.label]}",
                    value=each.difference,
                    low=each.low,
                    high=each.high,
                    filled=confirmatory,
                )
                for each in contrasts
            ),
        )


def _figures(records: Sequence[Record], frame: pd.DataFrame) -> Iterator[Section]:
    found = [
        *pictures.cross_play(frame),
        *pictures.by_round(records),
        *pictures.payoffs(frame),
        *pictures.survival(frame),
        *pictures.messages(records),
    ]
    if found:
        yield Section(title="Figures", figures=tuple(found))


def _tidied(report: Report) -> Report:
    """Make texts visible, and number tables and figures whose names are taken, as names become files."""
    taken: set[str] = set()

    def free(name: str) -> str:
        candidates = (name, *(f"{name}-{number}" for number in range(2, 10_000)))
        chosen = next(each for each in candidates if each not in taken)
        taken.add(chosen)
        return chosen

    sections = [
        replace(
            section,
            paragraphs=tuple(visible(text) for text in section.paragraphs),
            tables=tuple(replace(each, name=free(_file_name(each.name))) for each in section.tables),
            figures=tuple(
                replace(each, name=free(_file_name(each.name)), caption=visible(each.caption))
                for each in section.figures
            ),
        )
        for section in report.sections
    ]
    return replace(report, sections=tuple(sections))


def _file_name(text: str) -> str:
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in text)
    return "-".join(part for part in kept.split("-") if part)[:80] or "table"
