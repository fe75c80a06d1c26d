"""Seconds that a run of strategies takes with a collector that fails, closing included, beside one without any.

Strategies answer at once: nothing hides what live export costs, and every second is spent on making spans. Each
figure is the least of several repeats in turn, since whatever else the machine does only ever adds to it.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmarks.comparison import Comparison
from interlab.running.execution import execute
from interlab.running.plan import Plan, make_plan
from interlab.running.run import Execution
from interlab.running.store import RunDirectory
from interlab.running.suites import suite_of

if TYPE_CHECKING:
    from collections.abc import Generator

Failing = Literal["refuses", "hangs", "busy", "dies"]

_EPISODES = 280
_ROUNDS = 100
_REPEATS = 3
_LIMIT = 1.05


def measure_refuses() -> Comparison:
    """Compare with a collector that is not there."""
    return _measure("refuses", "nobody listens")


def measure_hangs() -> Comparison:
    """Compare with one that never answers."""
    return _measure("hangs", "it never answers")


def measure_busy() -> Comparison:
    """Compare with one that takes nothing."""
    return _measure("busy", "it answers 503")


def measure_dies() -> Comparison:
    """Compare with one that is gone after some requests."""
    return _measure("dies", "it dies after 20 requests")


def _measure(failing: Failing, what: str) -> Comparison:
    suite = suite_of(
        "prisoners-dilemma",
        players=("strategy/tit-for-tat", "strategy/generous-tit-for-tat"),
        parameters={"rounds": _ROUNDS, "talk": True},
    )
    plan = make_plan(suite, episodes=_EPISODES)
    with tempfile.TemporaryDirectory() as directory:
        parent = Path(directory)
        figures = [(_beside(failing, plan, parent), _seconds(plan, parent, None)) for _ in range(_REPEATS)]
    ours, peer = (min(each) for each in zip(*figures, strict=True))
    ratios = [mine / theirs for mine, theirs in figures]
    return Comparison(
        name=f"a run with a collector that fails ({what}), beside a run without one",
        unit="s",
        ours=ours,
        peer=peer,
        ratio=ours / peer,
        lowest=min(ratios),
        highest=max(ratios),
        limit=_LIMIT,
        sense="at most",
    )


def _beside(failing: Failing, plan: Plan, parent: Path) -> float:
    with _collector(failing) as endpoint:
        return _seconds(plan, parent, endpoint)


@contextmanager
def _collector(failing: Failing) -> Generator[str]:
    if failing == "refuses":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.collector", failing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


def _seconds(plan: Plan, parent: Path, endpoint: str | None) -> float:
    directory = RunDirectory.create(parent, plan.suite)
    began = time.perf_counter()
    run = asyncio.run(execute(plan, directory, Execution(otlp=endpoint)))
    elapsed = time.perf_counter() - began
    assert run.done == _EPISODES
    assert bool(run.spans_lost) is (endpoint is not None)
    return elapsed
