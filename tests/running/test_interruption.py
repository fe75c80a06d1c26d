"""A run of 500 episodes, stopped in the middle and resumed, ends as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.running.record import actions, document, only_run, roots

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running.record import Actions

EPISODES = 500
ENOUGH = 50
"""Episodes that must be done before the run is stopped."""
INTERLAB = [sys.executable, "-m", "interlab.cli.app"]
RUN = [
    *(*INTERLAB, "run", "prisoners-dilemma", "--player", "strategy/random", "--player"),
    *("strategy/generous-tit-for-tat", "-p", "rounds=12", "--metric", "cooperation_rate"),
    *("--episodes", str(EPISODES), "--seed", "11", "--quiet", "--out"),
]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Actions]:
    out = tmp_path_factory.mktemp("whole")
    subprocess.run([*RUN, str(out)], check=True, capture_output=True)
    return actions(only_run(out))


def stopped(out: Path, how: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Begin the run, and send it a signal once enough episodes are done."""
    process = subprocess.Popen([*RUN, str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while _episodes_done(out) < ENOUGH:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the run does not get going"
        time.sleep(0.02)
    process.send_signal(how)
    stdout, stderr = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def _episodes_done(out: Path) -> int:
    return sum(shard.read_bytes().count(b'"interlab.schema.version"') for shard in out.glob("*/spans/*.jsonl"))


def resumed(run: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*INTERLAB, "resume", str(run), "--quiet"], capture_output=True, text=True, check=False, timeout=120
    )


def test_an_uninterrupted_run_has_episodes_that_differ(uninterrupted: dict[str, Actions]) -> None:
    assert len(uninterrupted) == EPISODES
    assert len({str(each) for each in uninterrupted.values()}) > 0.9 * EPISODES


@pytest.mark.parametrize(
    ("how", "code", "status"),
    [
        (signal.SIGKILL, -signal.SIGKILL, "running"),
        (signal.SIGTERM, 143, "interrupted"),
        (signal.SIGINT, 130, "interrupted"),
    ],
    ids=["SIGKILL", "SIGTERM", "Ctrl-C"],
)
def test_nothing_done_is_lost_and_resume_completes(
    how: signal.Signals, code: int, status: str, tmp_path: Path, uninterrupted: dict[str, Actions]
) -> None:
    ended = stopped(tmp_path, how)
    run = only_run(tmp_path)
    kept = roots(run)
    so_far = actions(run)

    assert ended.returncode == code
    assert ended.stdout == ""
    if how is not signal.SIGKILL:
        assert ended.stderr == f"interrupted; `interlab resume {run}` goes on where it stopped\n"
    assert document(run)["status"] == status
    assert ENOUGH <= len(kept) < EPISODES
    assert all(status == "OK" for ((_, status),) in kept.values())
    assert so_far == {name: uninterrupted[name] for name in kept}

    assert resumed(run).returncode == 0
    assert actions(run) == uninterrupted
    after = roots(run)
    assert {name: after[name] for name in kept} == kept, "what was done is not played again"
    assert all(len(each) == 1 for each in after.values())
    assert document(run)["status"] == "completed"
    assert sorted(path.name for path in (run / "spans").iterdir()) == ["000.jsonl", "001.jsonl"]


@pytest.mark.parametrize("seconds", [0.3, 0.8, 2.0])
def test_ctrl_c_at_the_start_and_twice_is_one_line(tmp_path: Path, seconds: float) -> None:
    command = [sys.executable, "-m", "interlab", *RUN[3:], str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, "")
    assert "Traceback" not in stderr
    assert len(stderr.splitlines()) == 1, stderr
