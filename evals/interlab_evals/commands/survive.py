"""The command ``interlab survive``."""

from __future__ import annotations

from typing import Annotated

import typer

from interlab_evals.commands.output import (
    AsCsv,
    AsJson,
    Level,
    Where,
    check_format,
    print_csv,
    print_json,
    print_page,
    remember,
    rows_or_payoffs,
)
from interlab_evals.selection import rows_where

_EPILOG = """Examples:

  interlab survive runs/2026-11-22T14-30-05-quickstart-7f3a

  interlab survive RUN --metric mean_payoff --population 100 --selection 1

  interlab survive RUN --where scenario=prisoners-dilemma --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("survive", epilog=_EPILOG)(_survive)


def _survive(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="As for `interlab score`; several are put together."),
    ],
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="Metric that counts as payoff; by default the payoff.")
    ] = None,
    population: Annotated[int, typer.Option(min=2, help="Members of the finite population.")] = 50,
    selection: Annotated[
        float, typer.Option(min=0, help="Strength of selection, in units of 1 / range of payoffs.")
    ] = 10.0,
    where: Where = None,
    level: Level = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Show which players survive in evolving populations: alpha-rank and the replicator dynamics.

    Takes a table of cross-play: every player against every other in a scenario of two roles, and against itself
    for the replicator dynamics.
    """
    from interlab_evals.records import read
    from interlab_evals.statistics.survivors import survive

    check_format(json=json, csv=csv)
    records = [read(each) for each in runs]
    rows = rows_where(rows_or_payoffs(records, metric), where)
    found = survive(rows, metric, population=population, selection=selection, level=level, seed=seed)
    if json:
        print_json(found.document(), found.page())
    elif csv:
        print_csv(found.frame())
    else:
        print_page(found.page())
    for record in records:
        remember(record, "survive")
