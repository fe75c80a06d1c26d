"""Parts of a report: citations, rankings, play, bargaining, costs, transcripts, and what can be left out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from scipy.stats import CensoredData, ecdf

import interlab_evals as ev
from interlab import registry
from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab_evals.reports.bibliography import citation, cited_in, is_own, works
from interlab_evals.reports.pictures import survival

if TYPE_CHECKING:
    from interlab_evals.reports.content import Report

RECORDS = Path(__file__).parent / "records"


@pytest.mark.parametrize("name", registry.names("environments"))
def test_every_scenario_cites_an_entry(name: str) -> None:
    source = scenario(name).source
    assert len(cited_in(source)) >= len(re.findall(r"\(\d{4}\)", source)) > 0


@pytest.mark.parametrize("name", registry.names("metrics"))
def test_every_metric_cites_an_entry_or_is_defined_here(name: str) -> None:
    source = str(getattr(ev.metric_named(name), "source", ""))
    assert cited_in(source) or is_own(source), source
    assert len(cited_in(source)) >= len(re.findall(r"\(\d{4}\)", source))


def test_entries_are_whole_and_sorted() -> None:
    assert [*works()] == sorted(works(), key=str.lower)
    for work in works().values():
        assert {"author", "title"} <= {*work.fields}, work.key
        assert work.line.startswith(work.authors[0])


def test_sources_become_citations() -> None:
    assert (
        citation("Axelrod (1984); `normalised_cooperation` of Axelrod-Python") == "[@Axelrod1984; @AxelrodPython]"
    )
    assert citation("Kalai & Smorodinsky (1975)") == "[@KalaiSmorodinsky1975]"
    assert citation("Own definition") == ""


@pytest.fixture(scope="module")
def negotiations(tmp_path_factory: pytest.TempPathFactory) -> ev.Written:
    return ev.report(RECORDS / "negotiation", tmp_path_factory.mktemp("paper"))


@pytest.fixture(scope="module")
def dilemmas(tmp_path_factory: pytest.TempPathFactory) -> ev.Written:
    return ev.report(RECORDS / "cooperation", tmp_path_factory.mktemp("paper"))


def titles(report: Report) -> list[str]:
    return [section.title for section in report.sections]


def test_one_run_needs_no_list_and_the_report_shows_itself(negotiations: ev.Written) -> None:
    assert titles(negotiations.report) == [
        *("Methods", "Results", "Comparisons", "Ranking", "Figures", "Costs, failures and judges"),
        *("Transcripts", "Prompts", "Reproducibility"),
    ]
    html = negotiations._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert html.startswith("<section")
    assert "(Rubinstein 1982)" in html


def test_what_is_cited_is_in_the_bibliography_and_nothing_else(negotiations: ev.Written) -> None:
    bibliography = (negotiations.directory / "references.bib").read_text(encoding="utf-8")
    methods = (negotiations.directory / "methods.md").read_text(encoding="utf-8")
    document = (negotiations.directory / "report.tex").read_text(encoding="utf-8")
    keys = set(re.findall(r"@\w+\{(\w+),", bibliography))
    assert "Gueth1982" in keys
    assert set(re.findall(r"@(\w+)", methods)) <= keys
    assert set(re.findall(r"\\bibitem\{(\w+)\}", document)) == keys


def test_rankings_are_those_of_the_library(negotiations: ev.Written) -> None:
    expected = {each.name: each for each in ev.rank(ev.episodes(RECORDS / "negotiation")).page().tables}
    found = {each.title: each for each in negotiations.report.tables}
    for table in expected.values():
        assert repr(found[table.title].rows) == repr(table.rows)


def test_strategies_are_those_of_sfem(dilemmas: ev.Written) -> None:
    choices = ev.choices_of(RECORDS / "cooperation")
    (table,) = [each for each in dilemmas.report.tables if each.name == "strategies-prisoners-dilemma"]
    names = [each for each in choices["subject"].unique() if "prisoners" in each]
    expected = ev.sfem(choices[choices["subject"].isin(names)], bootstrap=100)
    shares = {row.cells[0]: getattr(row.cells[1], "value", None) for row in table.rows}
    assert {name: shares[name] for name in expected.strategies} == pytest.approx(dict(expected.shares))


def test_a_bargaining_plane_holds_outcomes_frontier_and_solutions(negotiations: ev.Written) -> None:
    (plane, *_) = [each for each in negotiations.report.figures if each.name.startswith("plane-")]
    rows = plane.to_frame()
    assert {"possible", "frontier", "Nash", "Kalai-Smorodinsky"} <= {*rows["series"]}
    assert any(each.name.startswith("concessions-") for each in negotiations.report.figures)


def test_bands_of_survival_are_those_of_scipy() -> None:
    times, events = [1.0, 2.0, 2.0, 3.0, 4.0, 6.0], [1.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    rows = [
        {"scenario": "s", "lineup": "a, a", "metric": "commons_survival", "value": time, "k": event}
        for time, event in zip(times, events, strict=True)
    ]
    (figure,) = survival(pd.DataFrame(rows))
    found = figure.to_frame().iloc[1:-1]
    waits: Any = CensoredData([1, 2, 3], right=[2, 4, 6])
    curve: Any = ecdf(waits).sf
    expected = curve.confidence_interval(method="log-log")
    assert list(found["low"]) == pytest.approx(list(expected.low.probabilities[:3]), rel=1e-5)
    assert list(found["high"]) == pytest.approx(list(expected.high.probabilities[:3]), rel=1e-5)


def test_transcripts_are_chosen_by_their_payoffs(negotiations: ev.Written) -> None:
    (section,) = [each for each in negotiations.report.sections if each.title == "Transcripts"]
    text = " ".join(each.title for each in section.quotations)
    assert "lowest" in text
    assert "median" in text
    assert "highest" in text
    totals = [sum(each.payoffs.values()) for each in ev.read(RECORDS / "negotiation").episodes]
    assert f"({max(totals):g})" in text


def test_prompts_are_the_texts_that_were_read(tmp_path: Path) -> None:
    done = ev.report(RECORDS / "models-dilemma", tmp_path)
    (section,) = [each for each in done.report.sections if each.title == "Prompts"]
    assert section.quotations
    assert section.quotations[0].text.splitlines()[1] in (tmp_path / "report.md").read_text(encoding="utf-8")
    spent = next(each for each in done.report.tables if each.name == "spending")
    assert {row.cells[0] for row in spent.rows} <= {*ev.calls(RECORDS / "models-dilemma")["player"]}


def test_parquet_has_the_numbers_of_the_csv(dilemmas: ev.Written) -> None:
    for table in dilemmas.report.tables:
        path = dilemmas.directory / "tables" / f"{table.name}.parquet"
        found = pd.read_parquet(path)  # pyright: ignore[reportUnknownMemberType]
        assert len(found) == len(table.rows)
        expected = pd.read_csv(path.with_suffix(".csv"))  # pyright: ignore[reportUnknownMemberType]
        assert [*expected.columns] == [*found.columns]


@pytest.mark.parametrize(
    ("part", "there", "absent"),
    [
        ("tables", "tables/ultimatum.tex", "methods.tex"),
        ("figures", "figures/payoffs-ultimatum.pdf", "tables/ultimatum.tex"),
        ("methods", "methods.tex", "tables/ultimatum.tex"),
    ],
)
def test_a_part_alone(part: str, there: str, absent: str, tmp_path: Path) -> None:
    done = ev.report(RECORDS / "negotiation", tmp_path, only=[part], where=["scenario=ultimatum"])  # pyright: ignore
    assert (tmp_path / there).is_file()
    assert not (tmp_path / absent).exists()
    assert {there} <= {*done.files}


def test_a_condition_leaves_episodes_out(tmp_path: Path) -> None:
    done = ev.report(RECORDS / "negotiation", tmp_path, where=["scenario=ultimatum"])
    methods = done.report.sections[0].paragraphs
    assert len([each for each in methods if "were played in" in each]) == 1
    assert "Only episodes with scenario=ultimatum were analysed." in methods
    with pytest.raises(ParameterError, match="nothing to report"):
        ev.report(RECORDS / "negotiation", tmp_path, where=["scenario=absent"])
    with pytest.raises(ParameterError, match="invalid condition"):
        ev.report(RECORDS / "negotiation", tmp_path, where=["absent=1"])


def test_runs_whose_plans_differ_say_so(tmp_path: Path) -> None:
    done = ev.report([RECORDS / "negotiation", RECORDS / "cooperation"], tmp_path, only=["methods"])
    assert done.report.sections[0].paragraphs[0].startswith("The plans differ in suite: ")


@pytest.mark.latex
@pytest.mark.parametrize("name", ["negotiation", "cooperation", "models-price"])
def test_reports_of_suites_compile(name: str, tmp_path: Path) -> None:
    ev.report(RECORDS / name, tmp_path)
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
    assert "undefined" not in log
