"""The installed command, run as a user runs it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

INTERLAB = Path(sys.executable).with_name("interlab")
"""The script beside the Python that runs the tests."""


def environment() -> dict[str, str]:
    """What a user's environment is who has set nothing for us."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("INTERLAB_", "OTEL_", "PYTEST_", "PYTHONPATH"))
    }


def run_command(
    *arguments: str | Path, program: Path = INTERLAB, cwd: Path | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a program and wait for it; by default our own."""
    return subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def succeed(
    *arguments: str | Path, program: Path = INTERLAB, cwd: Path | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a program that has to succeed."""
    ended = run_command(*arguments, program=program, cwd=cwd, timeout=timeout)
    assert ended.returncode == 0, f"exit code {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended


def document_of(ended: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON document that a command has printed."""
    return json.loads(ended.stdout)
