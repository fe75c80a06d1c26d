"""The command ``interlab archive``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interlab.console import say

_EPILOG = """Examples:

  interlab archive runs/2026-11-22T14-30-05-quickstart-7f3a --out run.zip

  interlab archive runs/2026-11-22T14-30-05-quickstart-7f3a --out run.zip --author "Ada Example" --licence CC0-1.0

  interlab score run.zip
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("archive", epilog=_EPILOG)(_archive)


def _archive(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run.")],
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="Path of the archive.")],
    licence: Annotated[
        str,
        typer.Option("--licence", "--license", metavar="ID", help="Licence of the data, by its SPDX identifier."),
    ] = "CC-BY-4.0",
    author: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A person to credit; repeatable.")
    ] = None,
    with_secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Write it although something in it looks like a key or a password."),
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file if it exists.")] = False,
) -> None:
    """Pack a run with its tables and report into one zip file for a data availability statement.

    The archive holds the record, what was derived from it, a licence, and a description in RO-Crate 1.2 with the
    hash of every file. The same run gives the same bytes. `interlab score FILE.zip` reads it.
    """
    from interlab_evals.archives import archive

    done = archive(run, out, licence=licence, authors=author or (), with_secrets=with_secrets, replace=replace)
    say(f"{done.path}: {done.files} files, {done.size / 1e6:.1f} MB")
    say(f"sha256 {done.sha256}")
