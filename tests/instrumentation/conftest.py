"""A quiet environment for runs of one's own code, and the command line that scores them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from interlab.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.instrumentation.recorded import Score


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests; runs go beneath ``tmp_path``."""
    for variable in ("RUNS", "CONTENT", "OTLP", "PROVIDERS", "CONCURRENCY"):
        monkeypatch.delenv(f"INTERLAB_{variable}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def score(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Score:
    """Score a run and give what was printed."""

    def call(run: Path) -> str:
        monkeypatch.setattr(sys, "argv", ["interlab", "score", str(run)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert not ended.value.code, said.err
        return said.out

    return call
