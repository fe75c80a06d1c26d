"""The command ``interlab report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from interlab.console import say
from interlab_evals.commands.output import Where

if TYPE_CHECKING:
    from interlab_evals.reports.content import Part

_EPILOG = """Examples:

  interlab report runs/2026-11-22T14-30-05-quickstart-7f3a --out paper/

  interlab report RUN1 RUN2 --out paper/ --by run

  interlab report RUN --out paper/ --only tables --only figures --where scenario=prisoners-dilemma

  interlab report run.zip --out paper/ --metric mean_payoff --style style.toml
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("report", epilog=_EPILOG)(_report)


def _report(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="As for `interlab score`; several make one report.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory to write to.")] = Path("report"),
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A metric to compare, instead of the confirmatory ones; repeatable."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column that distinguishes the arms of comparisons, such as player."),
    ] = None,
    where: Where = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="tables|figures|methods",
            help="Write this part alone; repeatable. By default all, with transcripts and prompts.",
        ),
    ] = None,
    style: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Fonts, widths and colours of the figures.")
    ] = None,
) -> None:
    """Write tables, figures and the methods of a run, as they go into a paper.

    Writes report.html (one page), report.tex (compiles as it stands), report.md, methods.tex and methods.md,
    references.bib, every table as LaTeX, CSV and Parquet, and every figure as PDF, SVG and PNG with its numbers as
    CSV. The same runs give the same bytes.
    """
    from interlab_evals.figures.style import Style
    from interlab_evals.reports import report

    done = report(
        runs,
        out,
        metrics=metric or (),
        by=by,
        where=where or (),
        only=cast("list[Part]", only or []),
        style=None if style is None else Style.read(style),
    )
    say(f"{len(done.report.tables)} tables and {len(done.report.figures)} figures in {done.directory}")
    for name in ("report.html", "report.tex", "report.md"):
        say(str(done.directory / name))
