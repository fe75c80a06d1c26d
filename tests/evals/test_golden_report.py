"""The report of a small record, byte for byte: its texts in golden files, its pictures twice the same.

After an intended change, run ``INTERLAB_GOLDEN=write pytest tests/evals/test_golden_report.py`` and read what
changed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import interlab_evals as ev

if TYPE_CHECKING:
    import pytest

RECORD = Path(__file__).parent / "records" / "quickstart"
GOLDEN = Path(__file__).parent / "golden" / "report"
PICTURES = {".pdf", ".png", ".svg", ".parquet"}
"""Files that depend on the versions of Matplotlib, its fonts and Arrow."""


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_the_report_of_a_record_is_golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = contents(ev.report(RECORD, tmp_path / "one").directory)
    monkeypatch.chdir(tmp_path)
    assert contents(ev.report(RECORD, Path("elsewhere") / "two").directory) == first
    texts = {name: found for name, found in first.items() if Path(name).suffix not in PICTURES}
    texts.pop("report.html")  # holds the drawings
    if os.environ.get("INTERLAB_GOLDEN") == "write":
        for name, found in texts.items():
            (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name).write_bytes(found)
    assert texts == contents(GOLDEN)
