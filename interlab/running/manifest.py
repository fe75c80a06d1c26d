"""Circumstances of a run that a reader of its results may need."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from interlab.models import prices
from interlab.running.store import FORMAT

_PACKAGES: Final = ("interlab-otel", "opentelemetry-sdk", "openai", "pydantic", "xllamacpp")


def circumstances() -> dict[str, Any]:
    """Describe the circumstances in which a run begins, for ``run.json``."""
    return {
        "format": FORMAT,
        "created": now(),
        "versions": versions(),
        "git": _git(),
        "host": {"system": platform.platform(), "machine": platform.machine()},
        "prices": prices.source(),
    }


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a result may depend on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _git() -> dict[str, Any] | None:
    """Commit of the working directory, and whether anything is uncommitted; ``None`` outside of git."""
    try:
        commit, changes = (
            subprocess.run(  # noqa: S603  fixed arguments
                ["git", *arguments],  # noqa: S607  whichever git the user has
                capture_output=True,
                text=True,
                timeout=5,
                check=True,
            ).stdout
            for arguments in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit.strip(), "dirty": bool(changes.strip())}
