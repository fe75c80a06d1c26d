"""The command ``interlab relations``."""

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

  interlab relations RUN --metric cooperation_rate

  interlab relations RUN1 RUN2 --metric mean_payoff --where scenario=prisoners-dilemma

  interlab relations RUN --metric surplus_share --csv > effects.csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("relations", epilog=_EPILOG)(_relations)


def _relations(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="As for `interlab score`; several are put together."),
    ],
    metric: Annotated[str, typer.Option(metavar="NAME", help="Metric to take apart.")],
    where: Where = None,
    over_scenarios: Annotated[
        bool, typer.Option("--over-scenarios", help="Fit one model over all scenarios, not one within each.")
    ] = False,
    level: Level = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Split a metric into the parts of actors, partners and pairs: the social relations model.

    Takes a full round robin of at least four players in a scenario of two roles.
    """
    from interlab_evals.records import read
    from interlab_evals.statistics.relations import relations

    check_format(json=json, csv=csv)
    records = [read(each) for each in runs]
    rows = rows_where(rows_or_payoffs(records, metric), where)
    found = relations(rows, metric, level=level, over_scenarios=over_scenarios, seed=seed)
    if json:
        print_json(found.document(), found.page())
    elif csv:
        print_csv(found.frame())
    else:
        print_page(found.page())
    for record in records:
        remember(record, "relations")
