"""docs/metrics.md names every metric and every analysis, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import interlab_evals
from interlab import registry

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
ROWS = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
LISTED = [name for row in ROWS for name in re.findall(r"`(\w+)`", row)]


def test_every_shipped_metric_is_listed_once() -> None:
    assert sorted(LISTED) == registry.names("metrics")


def test_every_analysis_that_is_named_is_public() -> None:
    called = set(re.findall(r"`(\w+)\(", PAGE)) | set(re.findall(r"(\w+_of)\(run\)", PAGE))
    assert called
    assert called <= set(dir(interlab_evals))
