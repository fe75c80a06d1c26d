"""The command ``interlab compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlab.errors import ParameterError
from interlab_evals.commands.output import (
    AsCsv,
    AsJson,
    Level,
    OfInvalid,
    PairedOn,
    Where,
    check_format,
    columns_of,
    print_csv,
    print_json,
    print_page,
    remember,
)
from interlab_evals.selection import rows_where
from interlab_evals.statistics.estimates import Estimand
from interlab_evals.statistics.multiplicity import Correction

if TYPE_CHECKING:
    import pandas as pd

    from interlab_evals.records import Record

_EPILOG = """Examples:

  interlab compare runs/2026-11-22T14-30-05-quickstart-7f3a --metric mean_payoff

  interlab compare RUN --metric cooperation_rate --by parameters.talk

  interlab compare RUN --metric cooperation_rate --a strategy/random --correction bh

  interlab compare RUN1 RUN2 --metric surplus_share --paired-on scenario,seed,opponents,role

  interlab compare RUN --metric mean_payoff --over-scenarios

  interlab compare RUN --metric mean_payoff --estimand population

  interlab compare RUN --by parameters.talk --where player=openai/gpt-5-mini

  interlab compare RUN1 RUN2 --metric agreement_rate --margin 0.1 --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("compare", epilog=_EPILOG)(_compare)


def _compare(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="As for `interlab score`; several are put together."),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What is compared; repeatable. By default what the run's suite declared confirmatory.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="What tells the arms apart: player, model, scenario, condition, parameters, parameters.NAME, "
            "role, run. By default `run` for several runs, else `player`.",
        ),
    ] = None,
    a: Annotated[str | None, typer.Option("--a", help="One arm; by default every one.")] = None,
    b: Annotated[
        str | None, typer.Option("--b", help="Another, to compare it with; by default every other.")
    ] = None,
    paired_on: PairedOn = None,
    where: Where = None,
    level: Level = 0.95,
    correction: Annotated[
        Correction, typer.Option(help="For the number of tests: holm to confirm, bh to explore.")
    ] = "holm",
    over_scenarios: Annotated[
        bool,
        typer.Option(
            "--over-scenarios",
            help="Compare over all scenarios that both sides have, as a weighted mean, rather than within each.",
        ),
    ] = False,
    estimand: Annotated[
        Estimand,
        typer.Option(
            help="Differences between these players, or against opponents at large that were not met here."
        ),
    ] = "fixed",
    margin: Annotated[
        float | None, typer.Option(help="The smallest difference of interest: asks whether arms are equivalent.")
    ] = None,
    invalid: OfInvalid = "keep",
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Compare players, parameters or runs: differences with intervals, tests, sizes of effects.

    Differences are within each scenario. Episodes that met the same chance moves are compared in pairs. All
    contrasts are one family.
    """
    from interlab_evals.records import read
    from interlab_evals.statistics.comparison import compare

    check_format(json=json, csv=csv)
    records = [read(each) for each in runs]
    found = compare(
        rows_where(_measured(records), where),
        metric or _confirmatory(records),
        a,
        b,
        by=by or ("run" if len(runs) > 1 else "player"),
        paired_on=columns_of(paired_on),
        level=level,
        correction=correction,
        margin=margin,
        invalid=invalid,
        estimand=estimand,
        over_scenarios=over_scenarios,
    )
    if json:
        print_json(found.document(), found.page())
    elif csv:
        print_csv(found.frame())
    else:
        print_page(found.page())
    for record in records:
        remember(record, "compare")


def _confirmatory(records: list[Record]) -> list[str]:
    """The metrics that the runs were made for, as declared before anything was played."""
    declared = list(dict.fromkeys(name for record in records for name in record.confirmatory))
    if not declared:
        raise ParameterError(
            "the runs declare no confirmatory metrics: say what to compare, e.g. `--metric mean_payoff`"
        )
    return declared


def _measured(records: list[Record]) -> pd.DataFrame:
    import pandas as pd

    from interlab_evals import frames

    together = pd.concat([frames.metrics(each) for each in records], ignore_index=True)
    if together.empty:
        raise ParameterError("nothing was measured: no episode has ended, or no metric was asked for")
    return together
