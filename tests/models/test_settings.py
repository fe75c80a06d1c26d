"""What the environment sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlab.errors import ConfigurationError
from interlab.settings import Settings, settings

VARIABLES = [f"INTERLAB_{name}" for name in ("RUNS", "CONTENT", "OTLP", "PROVIDERS", "CONCURRENCY")]


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_nothing_is_set() -> None:
    assert settings() == Settings(runs=Path("runs"), content="full", otlp=None, providers=None, concurrency=256)


def test_everything_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    values = ["~/runs", "none", "http://localhost:4318", "mine.toml", "8"]
    for variable, value in zip(VARIABLES, values, strict=True):
        monkeypatch.setenv(variable, value)
    assert settings() == Settings(
        runs=tmp_path / "runs",
        content="none",
        otlp="http://localhost:4318",
        providers=Path("mine.toml"),
        concurrency=8,
    )


@pytest.mark.parametrize("variable", VARIABLES)
def test_empty_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "")
    assert settings() == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("INTERLAB_CONTENT", "some"),
        ("INTERLAB_CONCURRENCY", "0"),
        ("INTERLAB_CONCURRENCY", "-1"),
        ("INTERLAB_CONCURRENCY", "many"),
        ("INTERLAB_CONCURRENCY", "1.5"),
    ],
)
def test_a_bad_value_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=f"`{variable}` is `{value}`: set it to"):
        settings()
