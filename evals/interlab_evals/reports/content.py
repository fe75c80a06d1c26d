"""The content of a report: sections of text, tables and figures, chosen by what the runs hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from interlab.errors import ParameterError
from interlab_evals.figures import Axis, ForestPlot, ForestRow
from interlab_evals.presentation.cells import visible
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Page
from interlab_evals.presentation.wording import short_names
from interlab_evals.records import read, size_of
from interlab_evals.reports import accounts, bargains, behaviour, pictures, reproducibility
from interlab_evals.reports.bibliography import cited, in_words, with_citations
from interlab_evals.reports.methods import methods_paragraphs
from interlab_evals.reports.transcripts import prompts, transcripts
from interlab_evals.selection import episodes_where, rows_where
from interlab_evals.statistics.comparison import compare
from interlab_evals.statistics.ranking import rank
from interlab_evals.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from interlab_evals.figures import Figure
    from interlab_evals.presentation.tables import Table
    from interlab_evals.records import Record, Source
    from interlab_evals.reports.bibliography import Work
    from interlab_evals.reports.transcripts import Quotation
    from interlab_evals.statistics.families import Comparison

Part = Literal["tables", "figures", "methods"]
"""A part of a report that can be asked for alone."""

_IN_MEMORY: Final = 256 << 20
"""Bytes of spans up to which episodes are kept in memory rather than read again for every part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report.

    Attributes:
        title: Heading.
        paragraphs: Text, a paragraph each.
        tables: Tables, in order.
        figures: Figures, in order.
        quotations: Texts that are shown as they are, in order.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    quotations: tuple[Quotation, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if nothing is below the heading."""
        return not (self.paragraphs or self.tables or self.figures or self.quotations)


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

    @property
    def works(self) -> tuple[Work, ...]:
        """The works that its paragraphs cite, by key."""
        return cited(text for section in self.sections for text in section.paragraphs)

    def page(self) -> Page:
        """Return all tables on one page."""
        texts = [text for section in self.sections for text in section.paragraphs]
        lines = tuple(with_citations(text, str, in_words) for text in texts)
        return Page(title=self.title, tables=self.tables, lines=lines)


def compose(
    sources: Sequence[Source],
    *,
    metrics: Sequence[str] = (),
    by: str | None = None,
    where: Sequence[str] = (),
    only: Sequence[Part] = (),
) -> Report:
    """Compose the report of one or many runs.

    Args:
        sources: Runs, their directories, files of spans, archives, or records.
        metrics: Names of the metrics to compare; by default the confirmatory ones.
        by: Column that distinguishes the arms of comparisons; by default ``run`` for several runs, else
            ``player``.
        where: Conditions ``COLUMN=VALUE`` on the columns of the frames; episodes and rows that fail one are left
            out.
        only: Parts to keep; by default all.

    Returns:
        The report.

    Raises:
        UnknownNameError: There is no such run, or a metric is not installed.
        ParameterError: No episode is left, or a condition is invalid.
    """
    records = [episodes_where(_read(each), where) for each in sources]
    if not any(len(record.episodes) for record in records):
        raise ParameterError("nothing to report: no episode has ended")
    frame = rows_where(_frame(records), where)
    methods = [*reproducibility.differences(records), *methods_paragraphs(records)]
    if where:
        methods.append(f"Only episodes with {' and '.join(where)} were analysed.")
    sections = [
        Section(title="Methods", paragraphs=tuple(methods)),
        _results(records),
        *_comparisons(records, frame, metrics, by),
        _ranking(records, frame, metrics),
        _behaviour(records),
        _figures(records, frame),
        _accounts(records),
        Section(title="Transcripts", paragraphs=(_RULE,), quotations=tuple(transcripts(records))),
        Section(title="Prompts", quotations=tuple(prompts(records))),
        Section(title="Reproducibility", tables=tuple(reproducibility.boxes(records))),
    ]
    sections = [kept for each in sections if not (kept := _kept(each, only)).is_empty]
    dates = [reproducibility.date_of(record) for record in records]
    suites = list(dict.fromkeys(reproducibility.suite_of(record) for record in records))
    return _tidied(Report(title=f"Report on {', '.join(suites)}", date=max(dates), sections=tuple(sections)))


_RULE: Final = (
    "Chosen by a rule: per scenario the episodes with the lowest, the median and the highest sum of payoffs; the "
    "first of several."
)


def _kept(section: Section, only: Sequence[Part]) -> Section:
    """Keep the parts of a section that were asked for."""
    if not only:
        return section
    is_method = section.title == "Methods" and "methods" in only
    return replace(
        section,
        paragraphs=section.paragraphs if is_method else (),
        tables=section.tables if "tables" in only else (),
        figures=section.figures if "figures" in only else (),
        quotations=(),
    )


def _read(source: Source) -> Record:
    """Read a record, into memory unless it is large: a report goes through the episodes many times."""
    record = read(source)
    if isinstance(record.episodes, tuple) or record.path is None or size_of(record.path) > _IN_MEMORY:
        return record
    return read(record.path, in_memory=True)


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
    found = _compared(frame, asked, [by] if by else ["run", "player"] if len(records) > 1 else ["player"])
    if found is None:
        return
    page = found.page()
    confirmatory = bool(declared) and not metrics
    kind = "Confirmatory" if confirmatory else "Exploratory"
    yield Section(
        title="Comparisons",
        paragraphs=(f"{kind} contrasts: {found.family}.", *page.lines),
        tables=page.tables,
        figures=tuple(_forests(found, confirmatory=confirmatory)),
    )


def _compared(frame: pd.DataFrame, metrics: Sequence[str], columns: Sequence[str]) -> Comparison | None:
    """Compare by the first column that has something to compare."""
    for column in columns if metrics else ():
        try:
            return compare(frame, metrics, by=column)
        except ParameterError:  # one arm only, or none that share a scenario
            continue
    return None


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


def _ranking(records: Sequence[Record], frame: pd.DataFrame, metrics: Sequence[str]) -> Section:
    """Rank by wins, and by the metrics that are compared."""
    import pandas as pd

    from interlab_evals import frames

    tables: list[Table] = []
    lines: dict[str, None] = {}
    declared = list(dict.fromkeys(name for record in records for name in record.confirmatory))
    ended = pd.concat([frames.episodes(each) for each in records], ignore_index=True)
    for metric in (None, *(metrics or declared)):
        try:
            found = rank(ended if metric is None else frame, metric).page()
        except ParameterError:  # nothing to rank: one player, or self-play alone
            continue
        tables += found.tables
        lines |= dict.fromkeys(found.lines)
    return Section(title="Ranking", paragraphs=tuple(lines) if tables else (), tables=tuple(tables))


def _behaviour(records: Sequence[Record]) -> Section:
    tables = (*behaviour.strategies(records), *behaviour.fingerprints(records))
    source = (
        "Shares of strategies are estimated by maximum likelihood [@DalBo2011]; errors by bootstrap of subjects."
    )
    return Section(title="Play", paragraphs=(source,) if tables else (), tables=tables)


def _accounts(records: Sequence[Record]) -> Section:
    tables = (*accounts.spending(records), *accounts.failures(records), *accounts.agreement(records))
    return Section(title="Costs, failures and judges", tables=tables)


def _figures(records: Sequence[Record], frame: pd.DataFrame) -> Section:
    found = [
        *pictures.cross_play(frame),
        *pictures.by_round(records),
        *pictures.payoffs(frame),
        *pictures.survival(frame),
        *bargains.planes(records),
        *bargains.concessions(records),
        *pictures.messages(records),
    ]
    return Section(title="Figures", figures=tuple(found))


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
