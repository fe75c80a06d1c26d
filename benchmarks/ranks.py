"""Coverage of rank intervals by simulation of leagues with known strengths: ``python -m benchmarks.ranks``.

Strengths are drawn from a normal distribution for each league. A line gives the share of players with their rank
in the nominal 95 % interval, and the mean width. The figures are also written to
``benchmarks/results/ranks.json``.
"""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from interlab_evals.statistics.ranking import rank

_LEAGUES: Final = 100


class Setting(NamedTuple):
    """A league: number of players and clusters, spread of strengths, and whether wins or values count."""

    players: int
    clusters: int
    spread: float
    wins: bool


class Found(NamedTuple):
    """Share of ranks that intervals held, and their mean width."""

    coverage: float
    width: float


SETTINGS: Final = [
    Setting(players, clusters, spread, wins)
    for players in (4, 8)
    for clusters in (10, 50)
    for wins, spread in ((True, 0.1), (True, 0.5), (False, 0.02), (False, 0.2))
]


def measure(setting: Setting) -> Found:
    """Play leagues and count."""
    held: list[bool] = []
    widths: list[float] = []
    for seed in range(_LEAGUES):
        random = np.random.default_rng([seed, setting.players, setting.clusters])
        names = [f"p{place}" for place in range(setting.players)]
        drawn = random.normal(0, setting.spread, setting.players).tolist()
        strengths = dict(zip(names, drawn, strict=True))
        found = rank(_league(strengths, setting, random), "m", wins=setting.wins, kind="unbounded mean").only
        for each in found:
            true = 1 + sum(other > strengths[each.label] for other in strengths.values())
            held.append(each.rank_low <= true <= each.rank_high)
            widths.append(each.rank_high - each.rank_low)
    return Found(float(np.mean(held)), float(np.mean(widths)))


def _league(strengths: dict[str, float], setting: Setting, random: np.random.Generator) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for one, other in combinations(strengths, 2):
        for index in range(setting.clusters):
            if setting.wins:
                won = random.random() < 1 / (1 + math.exp(strengths[other] - strengths[one]))
                values = (float(won), float(not won))
            else:
                values = tuple(strengths[name] + float(random.normal()) for name in (one, other))
            for player, opponent, value in zip((one, other), (other, one), values, strict=True):
                rows.append(
                    {
                        "run": "r",
                        "metric": "m",
                        "status": "completed",
                        "episode": f"{one}-{other}.{index}",
                        "lineup": f"{one}, {other}",
                        "scenario": "s",
                        "parameters": "{}",
                        "seed": index,
                        "player": player,
                        "opponents": opponent,
                        "value": value,
                    }
                )
    return pd.DataFrame(rows)


def main() -> None:
    """Run every setting and print what it gave."""
    results: list[dict[str, object]] = []
    for setting in SETTINGS:
        found = measure(setting)
        results.append({**setting._asdict(), **found._asdict()})
        kind = "wins" if setting.wins else "values"
        print(
            f"{setting.players} players, {setting.clusters:>2} clusters, {kind:<6} spread {setting.spread:<4}: "
            f"coverage {found.coverage:.3f}, width {found.width:.1f}",
            flush=True,
        )
    path = Path(__file__).parent / "results" / "ranks.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
