"""The command line, in this process and in a quiet environment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from interlab.cli.app import main


class Said(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


class CommandLine(Protocol):
    """The command line, in this process."""

    def __call__(self, *arguments: str) -> Said: ...


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting, no key and no home of whoever runs the tests; runs go beneath ``tmp_path``."""
    for variable in ("RUNS", "CONTENT", "OTLP", "PROVIDERS", "CONCURRENCY"):
        monkeypatch.delenv(f"INTERLAB_{variable}", raising=False)
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def interlab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    def call(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["interlab", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def run(interlab: CommandLine) -> Path:
    """The directory of a small run that is done."""
    said = interlab(
        *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/defector"),
        *("-n", "2", "--quiet"),
    )
    assert said.code == 0
    (path,) = Path("runs").iterdir()
    return path
