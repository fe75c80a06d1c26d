"""``run.json``: the plan, and everything about the circumstances that a reader of the results may need."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from interlab.models import prices
from interlab.running.store import FORMAT

if TYPE_CHECKING:
    from interlab.running.plan import RecordedPlan

_PACKAGES: Final = ("interlab-otel", "opentelemetry-sdk", "openai", "pydantic", "xllamacpp")


def describe(plan: RecordedPlan, run: str) -> dict[str, Any]:
    """Describe a run that is about to begin.

    Args:
        plan: What will be run.
        run: The run's id.

    Returns:
        The document of ``run.json``, with status ``running``.
    """
    return {
        "format": FORMAT,
        "id": run,
        "suite": plan.suite,
        "status": "running",
        "created": now(),
        "plan": plan.model_dump(mode="json"),
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
