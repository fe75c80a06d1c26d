"""Settings from ``INTERLAB_*`` environment variables, as typed values.

=======================  ==============================================================================
``INTERLAB_RUNS``        directory that holds the runs (``runs``)
``INTERLAB_CONTENT``     ``full`` or ``none``: whether prompts and messages are recorded (``full``)
``INTERLAB_OTLP``        OTLP endpoint that spans are sent to as well (none)
``INTERLAB_PROVIDERS``   file with more model providers (``~/.config/interlab/providers.toml``)
``INTERLAB_CONCURRENCY`` calls in flight to one model, where its provider sets nothing else (256)
=======================  ==============================================================================

A variable that is set but empty counts as not set.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from interlab.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings from the environment."""

    runs: Path = Path("runs")
    """Directory that holds the runs."""
    content: Literal["full", "none"] = "full"
    """``full`` to record prompts and messages, ``none`` to leave them out."""
    otlp: str | None = None
    """OTLP endpoint that spans are sent to as well."""
    providers: Path | None = None
    """File with more model providers; ``None`` for the usual place, where none need be."""
    concurrency: int = 256
    """Calls in flight to one model, where its provider sets nothing else."""


def settings() -> Settings:
    """Read the environment.

    Raises:
        ConfigurationError: A variable has a value that cannot be understood; the message names it.
    """
    unset = Settings()
    return Settings(
        runs=_path("INTERLAB_RUNS") or unset.runs,
        content=_content("INTERLAB_CONTENT", unset.content),
        otlp=os.environ.get("INTERLAB_OTLP") or unset.otlp,
        providers=_path("INTERLAB_PROVIDERS") or unset.providers,
        concurrency=_count("INTERLAB_CONCURRENCY", unset.concurrency),
    )


def _path(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None


def _content(variable: str, default: Literal["full", "none"]) -> Literal["full", "none"]:
    value = os.environ.get(variable) or default
    if value == "full" or value == "none":
        return value
    raise ConfigurationError(f"`{variable}` is `{value}`: set it to `full` or `none`")


def _count(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if value.isascii() and value.isdigit() and int(value) > 0:
        return int(value)
    raise ConfigurationError(f"`{variable}` is `{value}`: set it to a whole number from 1")
