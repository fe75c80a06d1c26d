"""Processor time of a comparison of 100,000 rows in five contrasts, as a part of ten seconds."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import pandas as pd

from benchmarks.comparison import Comparison, compare
from interlab_evals.statistics.comparison import compare as contrast

_LIMIT: Final = 10.0
_SEEDS: Final = 10_000
_METRICS: Final = 5


def measure() -> Comparison:
    """Compare two players by five metrics, 20,000 rows each, in pairs; the peer is the limit of ten seconds."""
    rows = frame()
    names = [f"m{number}" for number in range(_METRICS)]

    def ours() -> float:
        began = time.process_time()
        found = contrast(rows, names, by="player", kind="bounded mean", bounds=(0.0, 1.0))
        assert len(found) == _METRICS
        return time.process_time() - began

    return compare(
        f"{len(rows):,} rows in {_METRICS} contrasts, against ten seconds",
        "s",
        ours,
        lambda: _LIMIT,
        limit=1.0,
        sense="at most",
        pairs=3,
    )


def frame() -> pd.DataFrame:
    """Make the rows: every player met one opponent under every seed, and every metric was measured."""
    random = np.random.default_rng(1)
    parts = [
        pd.DataFrame(
            {
                "metric": metric,
                "player": player,
                "lineup": f"{player}, strategy/random",
                "episode": [f"{player}.{seed}" for seed in range(_SEEDS)],
                "seed": np.arange(_SEEDS),
                "value": random.uniform(0.2, 0.8, _SEEDS),
            }
        )
        for metric in (f"m{number}" for number in range(_METRICS))
        for player in ("strategy/tit-for-tat", "strategy/defector")
    ]
    shared = {"run": "r", "scenario": "s", "parameters": "{}", "status": "completed", "role": "row"}
    return pd.concat(parts, ignore_index=True).assign(**shared, opponents="strategy/random")
