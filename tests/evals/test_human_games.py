"""The example that imports human games gives back the strategies that the games were played with."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "human_games.py"


def test_imported_games_give_their_strategies(tmp_path: Path) -> None:
    """Sixteen subjects always defect, and eight play tit-for-tat; some meet their own kind, some the other."""
    subjects: dict[str, dict[str, list[str]]] = {str(each): {} for each in range(24)}
    for match, (first, second, own, other) in enumerate(
        [(each, each + 8, "DDDD", "DDDD") for each in range(8)]
        + [(each, 16 + each, "DDDD", "CDDD") for each in range(8)]
        + [(16 + each, 20 + each, "CCCC", "CCCC") for each in range(4)]
    ):
        subjects[str(first)][str(match)] = [own, other]
        subjects[str(second)][str(match)] = [other, own]
    (tmp_path / "choices.json").write_text(json.dumps({"treatment": subjects}))
    command = [sys.executable, str(EXAMPLE), str(tmp_path / "choices.json"), str(tmp_path / "out")]
    subprocess.run(command, check=True, capture_output=True)
    with (tmp_path / "out" / "report" / "tables" / "strategies-treatment.csv").open(newline="") as file:
        rows = {row["strategy"]: row for row in csv.DictReader(file)}
    assert float(rows["ALLD"]["share"]) == pytest.approx(2 / 3, abs=1e-3)
    assert rows["ALLD"]["share_n"] == "24"
    assert float(rows["tremble"]["share"]) == pytest.approx(0, abs=1e-3)
