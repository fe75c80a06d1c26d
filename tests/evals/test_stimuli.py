"""Figures that pool episodes whose players read different texts come with a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import interlab_evals as ev
from tests.evals.handmade import dilemma
from tests.evals.stored import store

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.schema.episode import Episode

METRICS = ("cooperation_rate",)


def played(index: int, texts: str, scenario: str = "prisoners-dilemma") -> Episode:
    return dilemma("CCD", "CDD", index=index, id=f"{scenario}-{index}", texts=texts, scenario=scenario)


def stored(folder: Path, *versions: str) -> Path:
    return store(folder, *(played(index, version) for index, version in enumerate(versions)), metrics=METRICS)


def test_one_version_is_no_cause_for_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ev.summarise(stored(tmp_path / "run", "1.1", "1.1"))
    assert caplog.messages == []


@pytest.mark.parametrize("judge", [ev.summarise, ev.score])
def test_a_record_of_two_versions(judge: object, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert callable(judge)
    judge(stored(tmp_path / "run", "1.1", "", "2.1"))
    (message,) = caplog.messages
    assert message.startswith("WARNING: the players of `prisoners-dilemma` read different texts, ")
    assert "of versions 0, 1.1 and 2.1" in message


def test_a_record_on_disk_that_is_too_large_for_memory(tmp_path: Path) -> None:
    path = stored(tmp_path / "run", "1.1", "")
    for in_memory in (True, False):
        found = ev.read(path, in_memory=in_memory)
        assert list(found.texts) == [("prisoners-dilemma", "1.1"), ("prisoners-dilemma", "")]


def test_two_scenarios_have_versions_for_themselves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ev.summarise(store(tmp_path / "run", played(0, "1.1"), played(1, "2.1", "chicken"), metrics=METRICS))
    assert caplog.messages == []


def test_frames_that_are_put_together(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frame = ev.metrics(stored(tmp_path / "run", "1.1", "", "1.1", ""))
    assert frame["texts"].tolist() == [version for version in ("1.1", "0", "1.1", "0") for _ in range(2)]
    ev.estimate(frame, "cooperation_rate", by="player")
    assert len(caplog.messages) == 1
    ev.compare(frame, "cooperation_rate", by="player")
    assert len(caplog.messages) == 2
    ev.compare(frame, "cooperation_rate", by="texts")
    assert len(caplog.messages) == 2, "versions that are compared are not pooled"
