"""A disk that is full: told in one line, nothing lost, and resumed once there is room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlab.episodes.from_spans import episodes_from_spans, final_attempts
from interlab_exporters import read_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

EPISODES = 60
INTERLAB = [sys.executable, "-m", "interlab.cli.app"]
RUN = [
    *(*INTERLAB, "run", "prisoners-dilemma", "--player", "strategy/random", "--seed", "3", "--quiet"),
    *("--episodes", str(EPISODES), "--metric", "cooperation_rate", "--out"),
]


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"this test needs the right to mount a tmpfs: {done.stderr.strip()}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def played(run: Path) -> dict[str, list[object]]:
    """Episode id -> actions of every round, of the episodes that succeeded."""
    final = final_attempts(episodes_from_spans(read_spans(run / "spans")))
    return {each.id: [dict(one.actions) for one in each.rounds] for each in final if each.error is None}


@pytest.mark.tmpfs
def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    ended = subprocess.run([*RUN, str(small_disk)], capture_output=True, text=True, check=False)
    (run,) = small_disk.iterdir()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"interlab: `{run}/")
    assert ended.stderr.endswith(
        f"disk full: free some space, then resume; `interlab resume {run}` goes on where it stopped\n"
    )
    assert ended.stderr.count("\n") == 1
    kept = played(run)
    assert 0 < len(kept) < EPISODES

    mount("-o", "remount,size=64m", str(small_disk))
    subprocess.run([*INTERLAB, "resume", str(run), "--quiet"], check=True, capture_output=True)
    subprocess.run([*RUN, str(tmp_path / "elsewhere")], check=True, capture_output=True)
    (undisturbed,) = (tmp_path / "elsewhere").iterdir()
    assert played(run) == played(undisturbed)
    assert {name: played(run)[name] for name in kept} == kept
