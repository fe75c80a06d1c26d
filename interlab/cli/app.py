"""``interlab``: the commands, and the one place where an error becomes a line and an exit code.

Commands of our own are in this package; others come by entry points of the group ``interlab.commands``, each a
function that takes the app and adds its commands.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, cast

import typer

from interlab import registry
from interlab.cli import doctor, export, run, shelf
from interlab.errors import InterLabError

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE_ERROR = 2
"""Exit code of every error that a message explains."""

app = typer.Typer(
    name="interlab",
    help="Run repeated interactions between agents, record every one as OpenTelemetry spans, judge them.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def build() -> typer.Typer:
    """Put the commands together, ours first."""
    for module in (run, shelf, doctor, export):
        module.register(app)
    for name in registry.names("commands"):
        cast("Callable[[typer.Typer], None]", registry.load("commands", name))(app)
    return app


def main() -> None:
    """Run the command line."""
    try:
        build()()
    except InterLabError as error:
        _say(str(error))
        sys.exit(USAGE_ERROR)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _say(message: str) -> None:
    line = " ".join(message.split())
    print(f"interlab: {line}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
