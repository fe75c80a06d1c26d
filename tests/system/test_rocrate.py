"""The description of an archive, checked by the RO-Crate validator."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import interlab as il
from interlab_evals.archives import archive

pytestmark = pytest.mark.rocrate


@pytest.mark.parametrize("authors", [(), ("Ada Example",), ("Ada Example", "Bo Example")])
def test_the_validator_finds_nothing_that_is_required(tmp_path: Path, authors: tuple[str, ...]) -> None:
    validator = os.environ["INTERLAB_ROCRATE_PYTHON"]
    run = il.run("prisoners-dilemma", players=["strategy/random"] * 2, episodes=1, progress=False, out=tmp_path)
    done = archive(run.path, tmp_path / "run.zip", authors=authors)
    checked = subprocess.run(
        [validator, Path(__file__).with_name("check_crate.py"), done.path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "checks" in checked.stdout, checked.stderr
    assert "REQUIRED" not in checked.stdout
