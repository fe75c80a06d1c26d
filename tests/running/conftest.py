"""A quiet environment, and a third party's models that say what they are told to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from interlab import registry
from interlab.cli.app import main
from tests.running.scripted_provider import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interlab.models import Model


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
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
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
def scripted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, Model]]:
    """Install a provider as a third party's package would; ``scripted/NAME`` is what is put in as ``NAME``."""
    installed = tmp_path / "site" / "scripted_provider-1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted-provider\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(
        "[interlab.models]\nscripted = tests.running.scripted_provider:model\n"
    )
    monkeypatch.setattr(sys, "path", [str(installed.parent), *sys.path])
    registry.refresh()
    yield SCRIPTS
    SCRIPTS.clear()
    monkeypatch.undo()
    registry.refresh()
