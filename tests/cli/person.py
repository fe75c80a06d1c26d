"""A person at a real terminal: reads what a program shows, types, presses Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

CTRL_C: Final = "\x03"
CTRL_D: Final = "\x04"
LEFT: Final = "\x1b[D"
_PATIENCE: Final = 60.0
_GLANCE: Final = 0.2
"""Seconds."""
_ESCAPE: Final = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")
# Ctrl-C reaches the program only where the terminal is the controlling one of its session.
_CONTROLLED: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Person:
    """Sits at a terminal of their own in which a command of InterLab runs.

    Args:
        arguments: The command.
        home: The working directory, where runs go.
        out: Where standard output goes, if not to the terminal.

    Attributes:
        terminal: The terminal's file descriptor, as the program has it.
    """

    def __init__(self, *arguments: str, home: Path, out: IO[bytes] | None = None) -> None:
        self._master, slave = pty.openpty()
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "COLUMNS": "96"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CONTROLLED, sys.executable, "-m", "interlab.cli.app", *arguments],
            stdin=slave,
            stdout=out or slave,
            stderr=slave,
            cwd=home,
            env=environment,
            start_new_session=True,
        )
        self.terminal = slave
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self.terminal)
        os.close(self._master)

    def sees(self, text: str) -> str:
        """Wait until a text is shown, and give what is shown up to its end since the last one."""
        until = time.monotonic() + _PATIENCE
        while text not in self._shown:
            there_is_more = self._look()
            assert there_is_more, f"it ended without {text!r}, but with:\n{self._shown}"
            assert time.monotonic() < until, f"no {text!r} in:\n{self._shown}"
        seen, _, self._shown = self._shown.partition(text)
        return seen + text

    def types(self, keys: str) -> None:
        """Press keys, at last Enter."""
        self.presses(f"{keys}\r")

    def presses(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def leaves(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and what was shown until then."""
        until = time.monotonic() + _PATIENCE
        while self._process.poll() is None:
            assert time.monotonic() < until, f"no end, but:\n{self._shown}"
            self._look()
        while self._look():
            pass
        return self._process.returncode, self._shown

    def _look(self) -> bool:
        """Read what is there; whether there may be more."""
        ready, _, _ = select.select([self._master], [], [], _GLANCE)
        if not ready:
            return self._process.poll() is None
        read = os.read(self._master, 65536)
        self._shown += _ESCAPE.sub("", read.decode(errors="replace")).replace("\r", "")
        return True
