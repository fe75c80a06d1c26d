"""Archives: a run in one described file, the same bytes every time, opened again with equal figures."""

from __future__ import annotations

import gzip
import hashlib
import json
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

import interlab as il
import interlab_evals as ev
from interlab.errors import ConfigurationError, UnknownNameError, UsageError
from interlab_evals.archives import archive, extracted, is_archive
from interlab_evals.archives.secrets import find_secrets

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-" + "a1B2c3D4" * 4


@pytest.fixture
def run(tmp_path: Path) -> Path:
    played = il.run(
        "prisoners-dilemma",
        players=["strategy/tit-for-tat", "strategy/random"],
        parameters={"rounds": 3},
        episodes=2,
        seed=1,
        progress=False,
        out=tmp_path / "runs",
    )
    return played.path


def test_an_archive_holds_the_record_and_describes_it(run: Path, tmp_path: Path) -> None:
    (run / "report").mkdir()
    (run / "report" / "report.md").write_text("# Report\n")
    done = archive(run, tmp_path / "run.zip", licence="CC0-1.0", authors=["Ada Example"])
    with zipfile.ZipFile(done.path) as opened:
        names = set(opened.namelist())
        description = json.loads(opened.read("ro-crate-metadata.json"))
        entities = {each["@id"]: each for each in description["@graph"]}
        assert {"run.json", "report/report.md", "LICENSE.txt"} < names
        assert any(name.startswith("spans/") for name in names)
        for name in names - {"ro-crate-metadata.json"}:
            assert entities[name]["sha256"] == hashlib.sha256(opened.read(name)).hexdigest()
    assert entities["./"]["author"] == {"@id": "#author-1"}
    assert entities["#author-1"]["name"] == "Ada Example"
    assert "strategy/tit-for-tat" in entities["./"]["description"]
    assert "zero" in entities["./"]["license"]["@id"]


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    first = archive(run, tmp_path / "a.zip")
    assert archive(run, tmp_path / "b.zip").sha256 == first.sha256


def test_an_archive_scores_as_its_run_does(run: Path, tmp_path: Path) -> None:
    done = archive(run, tmp_path / "run.zip")
    assert is_archive(done.path)
    assert ev.metrics(done.path).equals(ev.metrics(run))
    assert not list(tmp_path.glob("*.parquet"))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (KEY, "an API key"),
        ("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "an authorization header"),
        ("https://user:pass1234@collector/v1", "a password in an address"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("correct horse battery staple", "the value of $MINE_API_KEY"),
    ],
)
def test_what_looks_secret_is_refused_and_not_repeated(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, kind: str, packed: bool
) -> None:
    monkeypatch.setenv("MINE_API_KEY", "correct horse battery staple")
    content = f"one\ntwo {text}\n".encode()
    name = "note.txt.gz" if packed else "note.txt"
    (run / name).write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(UsageError) as refused:
        archive(run, tmp_path / "run.zip")
    assert f"`{name}` line 2: {kind}" in str(refused.value)
    assert text not in str(refused.value)
    assert not (tmp_path / "run.zip").exists()
    assert archive(run, tmp_path / "run.zip", with_secrets=True).files > 3


def test_secrets_across_blocks_are_found() -> None:
    text = b"x" * 100 + b"\n" + KEY.encode() + b"\n"
    for cut in range(len(text)):
        assert [each.line for each in find_secrets([text[:cut], text[cut:]], {})] == [2]


def test_unknown_licences_runs_and_files_that_exist_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown licence `GPL`"):
        archive(run, tmp_path / "run.zip", licence="GPL")
    with pytest.raises(UnknownNameError, match="nothing"):
        archive(tmp_path / "nothing", tmp_path / "run.zip")
    archive(run, tmp_path / "run.zip")
    with pytest.raises(UsageError, match="exists"):
        archive(run, tmp_path / "run.zip")
    assert archive(run, tmp_path / "run.zip", replace=True).files > 2


@pytest.mark.parametrize("name", ["../outside", "/outside", "spans/../../outside"])
def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run.zip"
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("run.json", "{}")
        written.writestr(name, "x")
    with pytest.raises(ConfigurationError, match="elsewhere"):
        extracted(path)


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.zip"
    link = zipfile.ZipInfo("spans/000.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("run.json", "{}")
        written.writestr(link, "/etc/passwd")
    with pytest.raises(ConfigurationError, match="elsewhere"):
        extracted(path)


def test_an_archive_without_a_run_and_a_damaged_one_say_so(run: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as written:
        written.writestr("readme", "x")
    with pytest.raises(ConfigurationError, match="holds no run"):
        ev.metrics(empty)
    done = archive(run, tmp_path / "run.zip")
    content = bytearray(done.path.read_bytes())
    content[200:2000] = bytes(1800)
    done.path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot open the archive"):
        ev.metrics(done.path)
