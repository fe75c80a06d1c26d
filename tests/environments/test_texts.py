"""Texts that players read: they are the stimulus of an experiment, so every change of them is deliberate."""

from __future__ import annotations

import json
import re

import pytest

from interlab import registry
from interlab.environments import scenario
from interlab.wording import SHARED_TEXTS
from tests.environments.golden_shared import write_shared
from tests.environments.golden_texts import FOLDER, SHARED, VERSIONS, digest, write

NAMES = registry.names("environments")

NOT_ENGLISH = {
    "no deal is worth": "reads as `there is no deal worth`",
    "anew": "again",
    "who gets it": "the member who receives it",
    "nobody": "no one",
    "somebody": "someone",
    "everybody": "everyone",
    "whoever": "",
    "behind its values": "",
    "drawn by lot": "at random",
    "your aim": "your goal",
    "told of": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_conversation_is_the_golden_one(name: str) -> None:
    """After a deliberate change, raise `Scenario.texts` and run `python -m tests.environments.golden_texts`."""
    assert write(name) == (FOLDER / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_change_of_the_texts_is_a_new_version(name: str) -> None:
    versions = json.loads(VERSIONS.read_text())
    assert versions[name][scenario(name).texts_version] == digest((FOLDER / f"{name}.txt").read_text())


def test_texts_that_all_scenarios_share_are_the_golden_ones() -> None:
    """After a deliberate change, raise `SHARED_TEXTS` and run `python -m tests.environments.golden_texts`."""
    golden = (FOLDER / f"{SHARED}.txt").read_text()
    assert write_shared() == golden
    assert json.loads(VERSIONS.read_text())[SHARED][str(SHARED_TEXTS)] == digest(golden)


@pytest.mark.parametrize("name", [*NAMES, SHARED])
def test_the_words_are_plain(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text().lower()
    assert [phrase for phrase in NOT_ENGLISH if re.search(rf"\b{phrase}\b", text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_one_of_something_is_singular(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    assert not re.search(
        r"(?<![\d.,–-])\b1 (points|rounds|months|dollars|members|tons|hectares|units)\b(?! of \d)", text
    )
