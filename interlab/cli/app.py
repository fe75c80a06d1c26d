"""``interlab``: the commands, and the one place where an error becomes a line and an exit code.

Commands of our own are in this package; others come by entry points of the group ``interlab.commands``, each a
function that takes the app and adds its commands. The epilog of a command holds its examples, one a line.

=========  ==========================================================================================
exit code  means
=========  ==========================================================================================
0          done
1          episodes failed; everything else is done
2          what was asked for cannot be done: one line on standard error says what is wrong and what to do
130, 143   interrupted by Ctrl-C, by SIGTERM
=========  ==========================================================================================
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import contextmanager
from logging.handlers import BufferingHandler
from typing import TYPE_CHECKING, Final, cast

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from interlab import registry
from interlab.cli import doctor, export, play, run, shelf
from interlab.console import say, say_line
from interlab.errors import EpisodeFailedError, InterLabError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

EPISODES_FAILED: Final = run.EPISODES_FAILED
USAGE_ERROR: Final = 2
"""Exit code of every error that a message explains."""


class _Command(TyperCommand):
    """A command whose epilog is printed as it stands, so that an example can be copied from it."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        examples, self.epilog = self.epilog, None
        super().format_help(ctx, formatter)
        self.epilog = examples
        for line in (examples or "").splitlines():
            if line.strip():
                say(line)
        say("")


def build() -> typer.Typer:
    """Put the commands together, ours first."""
    app = typer.Typer(
        name="interlab",
        help="Run repeated interactions between agents, record every one as OpenTelemetry spans, judge them.",
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for module in (run, play, shelf, doctor, export):
        module.register(app)
    for name in registry.names("commands"):
        cast("Callable[[typer.Typer], None]", registry.load("commands", name))(app)
    for command in app.registered_commands:
        command.cls = _Command
    return app


def main() -> None:
    """Run the command line; without arguments it shows its help."""
    with _warnings_at_the_end():
        _main()


def _main() -> None:
    try:
        sys.exit(build()(sys.argv[1:] or ["--help"], prog_name="interlab", standalone_mode=False))
    except InterLabError as error:
        _say("; ".join([str(error), *getattr(error, "__notes__", ())]))
        sys.exit(EPISODES_FAILED if isinstance(error, EpisodeFailedError) else USAGE_ERROR)
    except TyperException as error:
        context: typer.Context | None = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "interlab"
        _say(f"{error.format_message().rstrip('.')}; see `{command} --help`")
        sys.exit(USAGE_ERROR)
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        sys.exit(128 + signal.SIGINT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


@contextmanager
def _warnings_at_the_end() -> Generator[None]:
    """Print what the library warns of once everything else is said, where it is seen."""
    log = logging.getLogger("interlab")
    held = BufferingHandler(sys.maxsize)
    log.addHandler(held)
    try:
        yield
    finally:
        log.removeHandler(held)
        for record in held.buffer:
            say(record.getMessage(), error=True)


def _say(message: str) -> None:
    say_line(f"interlab: {message}", error=True)


if __name__ == "__main__":
    main()
