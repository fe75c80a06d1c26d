"""The command ``interlab rank``."""

from __future__ import annotations

from typing import Annotated

import typer

from interlab_evals.commands.output import (
    AsCsv,
    AsJson,
    Level,
    OfInvalid,
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

  interlab rank runs/2026-11-22T14-30-05-quickstart-7f3a

  interlab rank RUN --metric mean_payoff

  interlab rank RUN --metric surplus_share --wins --tie-within 0.05

  interlab rank RUN1 RUN2 --where scenario=prisoners-dilemma

  interlab rank RUN --metric cooperation_rate --by model --over-scenarios --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("rank", epilog=_EPILOG)(_rank)


def _rank(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="As for `interlab score`; several are put together."),
    ],
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Rank by this metric; by default by wins: who had the higher payoff."),
    ] = None,
    wins: Annotated[
        bool, typer.Option("--wins", help="Rank by who has more of the metric in an episode, not by how much.")
    ] = False,
    tie_within: Annotated[
        float, typer.Option(metavar="X", min=0, help="Differences up to this much are ties, for wins.")
    ] = 0.0,
    by: Annotated[str, typer.Option(metavar="COLUMN", help="Column whose values are ranked.")] = "player",
    where: Where = None,
    over_scenarios: Annotated[
        bool, typer.Option("--over-scenarios", help="Rank over all scenarios together, not within each.")
    ] = False,
    level: Level = 0.95,
    invalid: OfInvalid = "keep",
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Rank players by wins or by a metric, with intervals of the ranks.

    Each scenario has a ranking. By default it is a Bradley-Terry model with ties of who had the higher payoff in
    each episode. Every rank has an interval, and every player a chance of being best.
    """
    from interlab_evals.records import read
    from interlab_evals.statistics.ranking import rank

    check_format(json=json, csv=csv)
    records = [read(each) for each in runs]
    found = rank(
        rows_where(rows_or_payoffs(records, metric), where),
        metric,
        by=by,
        wins=wins,
        tie_within=tie_within,
        level=level,
        invalid=invalid,
        over_scenarios=over_scenarios,
        seed=seed,
    )
    if json:
        print_json(found.document(), found.page())
    elif csv:
        print_csv(found.frame())
    else:
        print_page(found.page())
    for record in records:
        remember(record, "rank")
