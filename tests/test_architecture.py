"""docs/architecture.md says what the import contracts hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]


def test_the_layers_of_the_page_are_those_of_the_contract() -> None:
    shown = re.search(r"```layers\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    (layers,) = [each["layers"] for each in CONTRACTS if each["type"] == "layers"]
    assert shown[1].splitlines() == layers


def test_each_change_goes_to_a_folder_that_there_is() -> None:
    table = PAGE.partition("## Where a change goes")[2].partition("## ")[0]
    folders = re.findall(r"^\| [^|`]+ \| `([^`]+)` \|", table, re.MULTILINE)
    assert len(folders) == 10
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_the_way_of_an_argument_names_files_that_there_are() -> None:
    way = PAGE.partition("## The way of one argument")[2]
    files = re.findall(r"`((?:running|actors|tracing)/\w+|registry|player_spec)`", way)
    assert len(files) >= 12
    assert [file for file in files if not (ROOT / "interlab" / f"{file}.py").is_file()] == []
