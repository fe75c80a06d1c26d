"""Scoring a run from its spans: how fast, with how many processes, in how much memory.

The peer of the first is a bare loop that parses the same lines with orjson and throws them away. Ours is all that
scoring does up to the estimates: it finds the final attempts, reads every span, builds the episodes, computes the
run's metrics and enters the figures. ``INTERLAB_BENCH_SPANS=1000000`` makes the run ten times as large.

Inspect AI's ``events_df`` reads conversations of the same length, asked the same, in a Python of its own
(``make bench`` makes it). It gives rows; ours gives figures and what they are about.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from benchmarks.comparison import Comparison, compare
from benchmarks.endpoint import model_answering_after
from interlab.running.execution import execute
from interlab.running.plan import make_plan
from interlab.running.run import Execution
from interlab.running.store import RunDirectory
from interlab.running.suites import suite_of
from interlab_evals.measuring import measured_batches
from interlab_evals.records import read
from interlab_evals.scoring import score
from interlab_evals.summary import SummaryAccumulator

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

_SPANS: Final = int(os.environ.get("INTERLAB_BENCH_SPANS", "100000"))
_EPISODES: Final = 100
"""Played; the others are copies under other ids."""
_ROUNDS: Final = 20
_LARGE: Final = 1_000_000
"""From here on the start of processes hardly counts."""
Clock = Callable[[], float]
"""Tells seconds."""

_STRATEGIES: Final = ("strategy/generous-tit-for-tat", "strategy/random")
_MODELS: Final = ("fixed/fixed", "fixed/fixed")

_ROOT: Final = Path(__file__).parents[1]
_INSPECT: Final = (_ROOT / "build/inspect/bin/python", _ROOT / "benchmarks/peers/inspect_events.py")


def measure_pass() -> Comparison:
    """Compare microseconds a span with those of a bare loop over the lines; ours are to be at most three times."""
    with _run(_SPANS) as run:
        spans = _lines(run)
        return compare(
            f"a run of {spans:,} spans read, measured and entered by one process, beside orjson parsing its lines",
            "us/span",
            lambda: _pass(run, 1) / spans * 1e6,
            lambda: _bare(run) / spans * 1e6,
            limit=3.0,
            sense="at most",
            pairs=3,
        )


def measure_inspect() -> Comparison:
    """Compare microseconds a span with those that Inspect AI takes for a row; ours are to be at most a tenth."""
    if not _INSPECT[0].exists():
        sys.exit(f"there is no `{_INSPECT[0]}`, a Python with Inspect AI: `make bench` makes it")
    with tempfile.TemporaryDirectory() as log, model_answering_after(0) as _, _run(0, players=_MODELS) as run:
        spans = _lines(run)
        subprocess.run([*_INSPECT, "log", log], check=True, capture_output=True)
        return compare(
            f"conversations with models scored ({spans:,} spans), beside Inspect AI's `events_df` reading as many",
            "us/record",
            lambda: _pass(run, 1) / spans * 1e6,
            lambda: float(subprocess.check_output([*_INSPECT, "read", log], text=True)),
            limit=0.1,
            sense="at most",
            pairs=3,
        )


def measure_workers() -> Comparison:
    """Compare spans per second of two processes with those of one; held to 1.7 for a million spans."""
    with _run(_SPANS) as run:
        spans = _lines(run)
        return compare(
            f"the same {spans:,} spans measured by two processes, their start included, beside one",
            "spans/s",
            lambda: spans / _pass(run, 2, clock=time.perf_counter),
            lambda: spans / _pass(run, 1, clock=time.perf_counter),
            limit=1.7 if spans >= _LARGE else None,
            sense="at least",
            pairs=3,
        )


def measure_memory() -> Comparison:
    """Compare the peak memory of a run with that of one a tenth as long; it is to be at most a quarter more."""
    with _run(_SPANS) as run, _run(_SPANS // 10) as tenth:
        episodes = (_lines(run) - _lines(tenth)) // (3 * _ROUNDS + 4)
        growth = (_peak(run) - _peak(tenth)) / episodes
        return compare(
            f"peak memory for {_lines(run):,} spans ({growth * 1000:.1f} kB more an episode), beside a tenth",
            "MB",
            lambda: _peak(run),
            lambda: _peak(tenth),
            limit=1.25,
            sense="at most",
            pairs=1,
        )


def measure_files() -> Comparison:
    """Tell what it costs to write the tables and the evaluation events, too."""
    with _run(_SPANS) as run:
        spans = _lines(run)
        return compare(
            f"`interlab score` of {spans:,} spans, with its five files and the estimates, beside the figures only",
            "us/span",
            lambda: _timed(lambda: score(read(run, in_memory=False))) / spans * 1e6,
            lambda: _pass(run, 1) / spans * 1e6,
            limit=None,
            sense="at most",
            pairs=2,
        )


def _pass(run: Path, workers: int, clock: Clock = time.process_time) -> float:
    def measured() -> None:
        accumulator = SummaryAccumulator()
        for batch in measured_batches(read(run, in_memory=False), workers=workers):
            accumulator.add(batch.episodes)

    return _timed(measured, clock)


def _bare(run: Path) -> float:
    def parsed() -> None:
        with (run / "spans" / "000.jsonl").open("rb") as lines:
            for line in lines:
                orjson.loads(line)

    return _timed(parsed)


def _timed(work: Callable[[], object], clock: Clock = time.process_time) -> float:
    """Time some work; by default in seconds of a processor, whatever else the machine does."""
    began = clock()
    work()
    return clock() - began


def _peak(run: Path) -> float:
    """Measure in a process of its own; its peak memory in MB."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.scoring", str(run)], check=True, capture_output=True, text=True
    )
    return float(found.stdout)


def _lines(run: Path) -> int:
    with (run / "spans" / "000.jsonl").open("rb") as lines:
        return sum(1 for _ in lines)


@contextmanager
def _run(spans: int, players: Sequence[str] = _STRATEGIES) -> Generator[Path]:
    """Make a run of about so many spans: a few episodes are played, and copied under other ids."""
    suite = suite_of("prisoners-dilemma", players=players, parameters={"rounds": _ROUNDS})
    plan = make_plan(suite, episodes=_EPISODES)
    with tempfile.TemporaryDirectory() as directory:
        run = RunDirectory.create(Path(directory), plan.suite)
        asyncio.run(execute(plan, run, Execution(concurrency=8)))
        shard = run.spans / "000.jsonl"
        played = shard.read_bytes()
        with shard.open("ab") as file:
            for copy in range(1, max(1, spans // played.count(b"\n"))):
                file.write(_copied(played, copy))
        yield run.path


def _copied(lines: bytes, copy: int) -> bytes:
    """Give the spans other traces and other episodes."""
    traced = re.sub(rb'"traceId":"(.{24}).{8}', lambda found: b'"traceId":"%b%08x' % (found[1], copy), lines)
    return re.sub(
        rb'(?<=\.id","value":\{"stringValue":")([^"]*)\.(\d+)"',
        lambda found: b'%b.%d"' % (found[1], int(found[2]) + copy * _EPISODES),
        traced,
    )


if __name__ == "__main__":
    _pass(Path(sys.argv[1]), 1)
    status = Path("/proc/self/status").read_text()  # unlike `getrusage`, of this program alone
    print(int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024)
