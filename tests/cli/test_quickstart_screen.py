"""The screen that `interlab run quickstart` ends with, at 80 columns, as a golden text.

After an intended change, run ``INTERLAB_GOLDEN=write pytest tests/cli/test_quickstart_screen.py`` and read what
changed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import CommandLine

GOLDEN = Path(__file__).parent / "golden" / "quickstart.txt"
LINES = 45


def test_the_result_of_quickstart_is_one_screen(interlab: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = interlab("run", "quickstart")
    (path,) = Path("runs").iterdir()
    shown = re.sub(r"in [\d.]+ s", "in N s", said.out).replace(str(path), "runs/RUN")
    if os.environ.get("INTERLAB_GOLDEN") == "write":
        GOLDEN.write_text(shown, encoding="utf-8")
    assert said.code == 0
    assert shown == GOLDEN.read_text(encoding="utf-8")
    assert len(said.out.splitlines()) <= LINES
    assert max(map(len, shown.splitlines())) <= 80
