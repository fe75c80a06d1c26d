"""The command ``interlab score``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from interlab_evals.scoring import Score

_EPILOG = """Examples:

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a/spans/000.jsonl --level 0.9

  interlab score runs/2026-11-22T14-30-05-quickstart-7f3a --json | jq .summary.scenarios

  interlab score "jaeger://localhost:16686?run=RUN-ID"
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this package to the command line."""
    app.command("score", epilog=_EPILOG)(_score)


def _score(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="The directory of a run, a file or directory of spans, or jaeger://HOST:PORT?run=ID.",
        ),
    ],
    level: Annotated[float, typer.Option(help="Nominal coverage of the intervals.")] = 0.95,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Compute the metrics of a run again from its spans, and print the table.

    In the directory of a run, what is derived from the spans is written anew: episodes.parquet,
    turns.parquet, calls.parquet, metrics.parquet and evaluations.jsonl.
    """
    from interlab_evals.scoring import score

    scored = score(run, level=level)
    if json:
        typer.echo(_document(scored))
    else:
        _draw(scored)


def _document(scored: Score) -> bytes:
    import orjson

    return orjson.dumps(scored.document(), option=orjson.OPT_INDENT_2)


def _draw(scored: Score) -> None:
    from rich.console import Console

    console = Console()
    console.print(scored.summary)
    for path in scored.files:
        console.print(f"{path}", highlight=False, soft_wrap=True)
