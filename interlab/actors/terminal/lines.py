"""Lines that a person types, read while the event loop goes on.

A read that waits cannot be cancelled, so it happens in a thread that is not joined at the end. What such a
thread reads after its reader has gone is the answer to the next question: no line is lost.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import termios
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Final, Protocol

from interlab.errors import InputEndedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_NEWLINE: Final = b"\n"


class Lines(Protocol):
    """Source of lines."""

    @property
    def typed(self) -> bool:
        """True if a person types the lines and sees them."""
        ...

    async def read(self, prompt: str) -> str:
        """Wait for a line, given without its end.

        Raises:
            InputEndedError: No line will come any more.
        """
        ...


class StandardInput:
    """Lines of the standard input: of a terminal, where they can be edited, or of a pipe or file."""

    def __init__(self) -> None:
        self._pending: Future[str] | None = None

    @property
    def typed(self) -> bool:
        """True if standard input is a terminal."""
        return _is_terminal(sys.stdin)

    async def read(self, prompt: str) -> str:
        """Wait for a line; the end of the input (Ctrl-D) at a terminal is an interruption like Ctrl-C."""
        source = (_edited if _is_terminal(sys.stdout) else _prompted) if self.typed else _plain
        with _terminal_as_it_was():
            if self._pending is None:
                self._pending = _in_a_thread(lambda: source(prompt))
            await _end(self._pending)
        ended, self._pending = self._pending, None
        try:
            return ended.result()
        except (EOFError, OSError, ValueError):  # of a closed stream, the last
            if self.typed:
                signal.raise_signal(signal.SIGINT)
                await asyncio.Event().wait()
            raise InputEndedError("a person was to answer, and the input has ended") from None


def _is_terminal(stream: object) -> bool:
    return isinstance(stream, io.IOBase) and not stream.closed and stream.isatty()


def _edited(prompt: str) -> str:
    """Read a line that can be edited and called back with the arrow keys."""
    with suppress(ImportError):
        import readline  # noqa: F401  # pyright: ignore[reportUnusedImport]  makes `input` editable
    return input(prompt)


def _prompted(prompt: str) -> str:
    """Read a line from a terminal while standard output goes elsewhere."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return _plain(prompt)


def _plain(prompt: str) -> str:
    """Read a line and nothing behind it, so that the next reader finds the rest."""
    del prompt
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, io.UnsupportedOperation):  # there is no standard input, or it is a text in memory
        line = sys.stdin.readline() if sys.stdin else ""
        if not line:
            raise EOFError from None
        return line.removesuffix("\n")
    line = b""
    while not line.endswith(_NEWLINE):
        # Byte by byte and past `sys.stdin`, whose buffer a thread must not hold when the interpreter ends.
        byte = os.read(descriptor, 1)
        if not byte and not line:
            raise EOFError
        if not byte:
            break
        line += byte
    return line.rstrip(b"\r\n").decode(errors="replace")


def _in_a_thread(read: Callable[[], str]) -> Future[str]:
    future: Future[str] = Future()

    def work() -> None:
        try:
            future.set_result(read())
        except (EOFError, OSError, ValueError) as error:
            future.set_exception(error)

    Thread(target=work, name="interlab-lines", daemon=True).start()
    return future


async def _end(future: Future[str]) -> None:
    """Wait for the end of a future without cancelling it with oneself."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: object) -> None:
        with suppress(RuntimeError):  # the loop has been closed in the meantime
            loop.call_soon_threadsafe(ended.set)

    future.add_done_callback(tell)
    await ended.wait()


@contextmanager
def _terminal_as_it_was() -> Generator[None]:
    """Put the terminal back: editing a line changes its mode, and the thread may be left behind doing so."""
    try:
        descriptor = sys.stdin.fileno()
        mode = termios.tcgetattr(descriptor)
    except (AttributeError, OSError, ValueError, termios.error):
        yield
        return
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)
