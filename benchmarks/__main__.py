"""Run all benchmarks, or those named, and print what they measured.

``python -m benchmarks [NAME ...]``; the figures are also written to ``benchmarks/results/``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import calls, collectors, comparing, rate_limit, rounds, scoring, spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.comparison import Comparison

_ALL: dict[str, Callable[[], Comparison]] = {
    "spans": spans.measure,
    "calls": calls.measure,
    "cpu": calls.measure_cpu,
    "rate": rate_limit.measure,
    "rounds": rounds.measure,
    "judged": rounds.measure_judged,
    "refuses": collectors.measure_refuses,
    "hangs": collectors.measure_hangs,
    "busy": collectors.measure_busy,
    "dies": collectors.measure_dies,
    "scoring": scoring.measure_pass,
    "inspect": scoring.measure_inspect,
    "workers": scoring.measure_workers,
    "memory": scoring.measure_memory,
    "files": scoring.measure_files,
    "compare": comparing.measure,
}


def main(chosen: list[str]) -> None:
    """Run benchmarks by name."""
    if unknown := set(chosen) - set(_ALL):
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(_ALL)}")
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    for name in chosen or _ALL:
        found = _ALL[name]()
        (results / f"{name}.json").write_text(json.dumps(asdict(found), indent=2) + "\n", encoding="utf-8")
        print(_line(name, found), flush=True)


def _line(name: str, found: Comparison) -> str:
    return (
        f"{name:<7} {found.name}\n"
        f"        ours {found.ours:,.1f} {found.unit}, peer {found.peer:,.1f} {found.unit}; "
        f"ratio {found.ratio:.2f} ({found.lowest:.2f}-{found.highest:.2f}), {found.verdict}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
