"""The command ``interlab score``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from interlab_evals.commands.output import (
    AsCsv,
    AsJson,
    Level,
    OfInvalid,
    check_format,
    print_csv,
    print_json,
    print_page,
    remember,
)
from interlab_evals.statistics.clustering import Clusters
from interlab_evals.statistics.estimates import Estimand

_EPILOG = """Examples:

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a/spans/000.jsonl --level 0.9

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a --metric niceness --metric mine.py:void_rounds

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a --estimand population

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a --clusters episode

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a --csv > scores.csv

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a --json | jq .summary.scenarios

  interlab score "jaeger://localhost:16686?run=RUN-ID"
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("score", epilog=_EPILOG)(_score)


def _score(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="The directory of a run, a file or directory of spans, or jaeger://HOST:PORT?run=ID.",
        ),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Instead of the metrics that the run declares; repeatable. FILE.py:NAME is one of your own.",
        ),
    ] = None,
    level: Level = 0.95,
    estimand: Annotated[
        Estimand,
        typer.Option(help="What intervals are about: these players, or each against partners not met here."),
    ] = "fixed",
    clusters: Annotated[
        Clusters,
        typer.Option(
            help="What is one draw: the episodes of all line-ups under one seed, which met the same chance moves, "
            "or each episode."
        ),
    ] = "seed",
    invalid: OfInvalid = "keep",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many processes share the work; by default as many as the run's size is worth.",
            show_default=False,
        ),
    ] = None,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Compute the metrics of a run again from its spans, and print the table.

    In the directory of a run, what is derived from the spans is rewritten: episodes.parquet,
    turns.parquet, calls.parquet, metrics.parquet and evaluations.jsonl.
    """
    from interlab_evals.measuring import fitting_workers
    from interlab_evals.records import read
    from interlab_evals.scoring import score

    check_format(json=json, csv=csv)
    record = read(run)
    workers = fitting_workers(record) if workers is None else workers
    scored = score(
        record,
        level=level,
        estimand=estimand,
        clusters=clusters,
        invalid=invalid,
        metrics=metric or (),
        workers=workers,
    )
    page = scored.summary.page(every_metric=True)
    if json:
        print_json(scored.document(), page)
    elif csv:
        print_csv(scored.summary.frame())
    else:
        print_page(replace(page, lines=(*page.lines, *(f"Written: {path}" for path in scored.files))))
    remember(record, "score")
