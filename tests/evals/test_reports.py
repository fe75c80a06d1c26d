"""Reports: what they hold, that their numbers are those of the library, and that hostile text harms nothing."""

from __future__ import annotations

import csv
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

import interlab as il
import interlab_evals as ev
from interlab.errors import ConfigurationError
from interlab_evals.reports import report
from interlab_evals.reports.latex import escaped

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>\\input{/etc/passwd}&%$#_{}~^\\ \u202e\x00\x1b[31m=HYPERLINK(1) 漢 `'\"|"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return il.run(
        "prisoners-dilemma",
        players=["strategy/tit-for-tat", "strategy/random", "strategy/defector"],
        lineup="round-robin",
        parameters={"rounds": 5, "talk": True},
        episodes=4,
        seed=1,
        progress=False,
        out=tmp_path_factory.mktemp("runs"),
    ).path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose names, parameters and messages try to break out."""
    with il.trace.run("study", seed=1, out=tmp_path_factory.mktemp("runs")) as traced:
        for _ in range(3):
            with traced.episode(
                "prisoners-dilemma",
                players={"alice": f"mine/{HOSTILE}", "bob": "mine/other"},
                game="prisoners-dilemma",
                parameters={"rounds": 2, "framing": "x"},
            ) as episode:
                for _ in range(2):
                    with episode.round() as round_:
                        for role in ("alice", "bob"):
                            with round_.turn(role, prompt=HOSTILE):
                                round_.action(role, "C")
                        round_.message("alice", "bob", HOSTILE)
                        round_.payoff({"alice": 3, "bob": 3})
                episode.outcome({"rounds": 2})
    return traced.path


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_a_report_is_a_page_a_document_tables_and_figures(run: Path, tmp_path: Path) -> None:
    done = report([run], tmp_path / "paper", metrics=["cooperation_rate"])
    files = contents(done.directory)
    assert set(done.files) == set(files)
    assert {"report.html", "report.tex", "report.md", "tables/prisoners-dilemma.tex"} < set(files)
    for name in ("cross-play-prisoners-dilemma-cooperation-rate", "by-round-prisoners-dilemma"):
        assert {f"figures/{name}.{ending}" for ending in ("pdf", "svg", "png", "csv")} < set(files)
    assert "messages-prisoners-dilemma" in {figure.name for figure in done.report.figures}
    assert any(figure.name.startswith("contrasts-") for figure in done.report.figures)
    methods = done.report.sections[0].paragraphs
    assert "strategy/defector" in methods[0]
    assert "rounds = 5" in methods[0]
    assert "No episode was excluded." in methods


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        report([run], tmp_path / name, metrics=["mean_payoff"])
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_the_numbers_are_those_of_the_library(run: Path, tmp_path: Path) -> None:
    report([run], tmp_path / "paper")
    with (tmp_path / "paper/tables/prisoners-dilemma-all-metrics.csv").open(encoding="utf-8-sig") as file:
        rows = {row["player"]: row for row in csv.DictReader(file) if not row["group"]}
    for cell in ev.estimate(ev.metrics(run), "cooperation_rate", by="player"):
        if not cell.self_play:
            assert float(rows[cell.group["player"]]["cooperation_rate"]) == pytest.approx(cell.estimate.value)
    with (tmp_path / "paper/figures/cross-play-prisoners-dilemma-cooperation-rate.csv").open() as file:
        cells = {(row["row"], row["column"]): float(row["value"]) for row in csv.DictReader(file)}
    for cell in ev.estimate(ev.metrics(run), "cooperation_rate", by=["player", "opponents"]):
        assert cells[cell.group["player"], cell.group["opponents"]] == pytest.approx(cell.estimate.value)


def test_a_page_asks_nothing_of_anybody(run: Path, tmp_path: Path) -> None:
    report([run], tmp_path / "paper")
    page = (tmp_path / "paper/report.html").read_text()
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href|action)\s*=\s*["'](?!#|data:image/png)""", page)
    assert "url(" not in page.replace("url(#", "")


def test_hostile_text_is_text(hostile: Path, tmp_path: Path) -> None:
    report([hostile], tmp_path / "paper")
    page = (tmp_path / "paper/report.html").read_text()
    assert page.count("<script") == 1, "the page's own"
    document = "".join(path.read_text() for path in (tmp_path / "paper").rglob("*.tex"))
    assert r"\input{/etc" not in document
    assert not re.search(r"[\x00\x1b\u202e]", page + document)
    for path in (tmp_path / "paper/tables").glob("*.csv"):
        with path.open(encoding="utf-8-sig") as file:
            assert not any(cell.startswith(("=", "+", "@")) for row in csv.reader(file) for cell in row)


@pytest.mark.parametrize(
    "text", ["\\", "{}", "$x$", "a_b^c", "50 % & #1", "~", "<>|", "ä ß É", "漢 \u202e", "x" * 9999]
)
def test_escaped_text_has_no_command_of_its_own(text: str) -> None:
    written = escaped(text)
    assert len(written) < 3000
    bare = re.sub(r"\\(?:text[a-z]+\{\}|ldots\{\}|[{}$&%#_])|\$\\[a-z]+\$", "", written)
    assert not re.search(r"[\\$&%#_^~]", bare)


def test_an_invalid_style_is_refused(tmp_path: Path) -> None:
    from interlab_evals.figures.style import Style

    (tmp_path / "style.toml").write_text("font = 'comic'")
    with pytest.raises(ConfigurationError, match="font"):
        Style.read(tmp_path / "style.toml")


@pytest.mark.latex
@pytest.mark.parametrize("name", ["run", "hostile"])
def test_the_document_compiles(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    metrics = ["cooperation_rate", "mean_payoff"]
    report([request.getfixturevalue(name)], tmp_path, metrics=metrics)
    log = ""
    for _ in range(2):
        compiled = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=120,
        )
        assert compiled.returncode == 0, compiled.stdout[-2000:]
        log = compiled.stdout
    too_wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert [points for points in too_wide if points > 5] == []
    assert (tmp_path / "report.pdf").stat().st_size > 20_000
