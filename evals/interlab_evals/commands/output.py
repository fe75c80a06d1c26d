"""Output of the commands, and the notes that they leave in the runs that they judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from interlab import console
from interlab.errors import ParameterError
from interlab.running.looks import note_look, warning
from interlab.running.store import RunDirectory
from interlab_evals.presentation.delimited import rows_csv, table_csv
from interlab_evals.presentation.documents import table_document
from interlab_evals.presentation.terminal import TerminalPage
from interlab_evals.statistics.rows import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interlab_evals.presentation.tables import Page
    from interlab_evals.records import Record

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print one table as CSV and nothing else.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=VALUE", help="Only these rows, e.g. `player=local/smollm2`; repeatable, all have to hold."
    ),
]
OfInvalid = Annotated[
    Invalid,
    typer.Option(
        help="Figures of a role whose first answer was invalid: kept as played, or left out for a second look, "
        "which selects on the outcome."
    ),
]
PairedOn = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNS",
        help="What two figures share that are a pair, by commas, or `nothing`. By default all of scenario, "
        "parameters, seed, lineup, player, opponents, role that does not vary with `--by`.",
    ),
]
Level = Annotated[float, typer.Option(help="Nominal coverage of the intervals.")]


def print_page(page: Page) -> None:
    """Draw a page on the terminal."""
    console.SafeConsole().print(TerminalPage(page))


def print_json(document: dict[str, Any], page: Page | None = None) -> None:
    """Print a document, with the tables of a page under ``tables``."""
    tables = {} if page is None else {"tables": [table_document(each) for each in page.tables]}
    console.print_json(document | tables)


def print_csv(frame: pd.DataFrame) -> None:
    """Print a frame as CSV; what is undefined is an empty field."""
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    console.write(rows_csv(list(frame.columns), rows))


def print_table_csv(page: Page) -> None:
    """Print the first table of a page as CSV."""
    console.write(table_csv(page.tables[0]))


def rows_or_payoffs(records: Sequence[Record], metric: str | None) -> pd.DataFrame:
    """Return the measurements of runs; without a metric their episodes, with payoffs.

    Raises:
        ParameterError: No episode has ended.
    """
    import pandas as pd

    from interlab_evals import frames

    rows = frames.episodes if metric is None else frames.metrics
    together = pd.concat([rows(each) for each in records], ignore_index=True)
    if together.empty:
        raise ParameterError("nothing was measured: no episode has ended, or no metric was asked for")
    return together


def columns_of(paired_on: str | None) -> list[str] | None:
    """Read the columns of ``--paired-on``: none of them for `nothing`, ``None`` for the usual ones."""
    if paired_on is None:
        return None
    return [] if paired_on == "nothing" else [each.strip() for each in paired_on.split(",")]


def check_format(*, json: bool, csv: bool) -> None:
    """Make sure that one format is asked for.

    Raises:
        ParameterError: Both are.
    """
    if json and csv:
        raise ParameterError("`--json` and `--csv` exclude each other: choose one")


def remember(record: Record, command: str) -> None:
    """Note in a run's directory that its results were looked at; say so if they were with fewer episodes."""
    if record.path is None:
        return
    directory = RunDirectory(record.path)
    note_look(directory, command, record.n_completed)
    if told := warning(directory):
        console.say(told, error=True)
