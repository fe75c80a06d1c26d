"""Standard output and standard error, the only way to them: no control character of a text gets out.

Colours and cursor movements of our own go through :mod:`rich` as styles and controls; a text is always a text,
never markup. ``tests/test_ways_out.py`` finds code that prints in another way.
"""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment

from interlab.escaping import for_json, for_line, for_terminal
from interlab.redaction import hidden

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType


class SafeConsole(Console):
    """A console that shows control characters of texts as escapes, and reads no markup in them.

    Args:
        stderr: Print to standard error.
        file: Print to this file instead.
        is_terminal: Treat the file as a terminal; None looks at it.
    """

    def __init__(
        self, *, stderr: bool = False, file: IO[str] | None = None, is_terminal: bool | None = None
    ) -> None:
        super().__init__(
            stderr=stderr, file=file, force_terminal=is_terminal, markup=False, emoji=False, highlight=False
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render anything; texts are made safe after all else, so that nothing gets past."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(for_terminal(segment.text), segment.style)


def say(text: str, *, error: bool = False) -> None:
    """Print a text of one or several lines, unwrapped, to standard output or standard error."""
    SafeConsole(stderr=error).print(for_terminal(hidden(text)), soft_wrap=True)


def say_line(text: str, *, error: bool = False) -> None:
    """Print a message on one line: its runs of blanks and line breaks become one blank each."""
    say(for_line(" ".join(text.split())), error=error)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    write(f"{for_json(value)}\n")


def write(text: str) -> None:
    """Write a text that is safe already to standard output as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()
