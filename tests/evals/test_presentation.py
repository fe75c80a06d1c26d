"""Tables as data: their rules, and each of their renderers."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from interlab_evals.presentation.delimited import table_csv
from interlab_evals.presentation.documents import page_document
from interlab_evals.presentation.html import page_html
from interlab_evals.presentation.markdown import page_markdown
from interlab_evals.presentation.numbers import decimals, interval, number, probability
from interlab_evals.presentation.tables import Cell, Column, Estimated, Note, Page, Row, Table
from interlab_evals.presentation.terminal import TerminalPage

NAN = math.nan


def example() -> Table:
    """A table with every sort of cell."""
    return Table(
        name="example",
        title="example",
        caption="what cells can hold",
        columns=(
            Column(key="player"),
            Column(key="n", kind="count"),
            Column(key="cooperation_rate", kind="estimate", direction="higher"),
            Column(key="payoff", kind="estimate"),
            Column(key="p", kind="probability"),
        ),
        rows=(
            Row(
                (
                    "strategy/a",
                    1200,
                    Estimated(value=0.5, low=0.25, high=0.75, n=20),
                    Estimated(value=12.3),
                    0.0004,
                )
            ),
            Row(
                (
                    "strategy/b",
                    7,
                    Estimated(value=0.0, high=0.14, n=20),
                    Estimated(value=3, n=20, identical=True),
                    NAN,
                )
            ),
            Row(("strategy/c", None, Estimated(value=NAN), None, 0.0314), "against itself"),
        ),
        notes=(
            Note("About the table."),
            Note("About a column.", ("payoff",)),
            Note("About a row.", rows=(1,)),
            Note("About a cell.", ("p",), (0,)),
        ),
    )


def drawn(page: Page, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(TerminalPage(page))
    output = console.file
    assert isinstance(output, io.StringIO)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines())


def test_a_terminal_shows_it_like_this() -> None:
    assert drawn(Page(tables=(example(),), lines=("Last line.",))) == (
        "example  what cells can hold\n"
        "                        cooperation\n"
        "player              n        rate ↑        payoffᵃ       p\n"
        "──────────────────────────────────────────────────────────\n"
        "strategy/a      1,200  0.50 .25–.75           12.3  <.001ᶜ\n"
        "strategy/bᵇ         7    0.00 ≤ .14   3.0 (all 20)       –\n"
        "against itself\n"
        "strategy/c                        –                   .031\n"
        "About the table.\n"
        "ᵃ About a column.\n"
        "ᵇ About a row.\n"
        "ᶜ About a cell.\n"
        "\n"
        "Last line."
    )


@pytest.mark.parametrize("width", [30, 40, 50, 80])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    text = drawn(Page(tables=(example(),)), width)
    assert max(map(len, text.splitlines())) <= width
    for whole in (".25–.75", "≤ .14", "(all 20)", "<.001", "1,200", "12.3"):
        assert whole in text


def test_csv_has_all_digits_and_a_column_per_end() -> None:
    header, first, second, third = csv.reader(io.StringIO(table_csv(example())))
    ends = [f"{key}{end}" for key in ("cooperation_rate", "payoff") for end in ("", "_low", "_high", "_n")]
    assert header == ["group", "player", "n", *ends, "p"]
    assert first == ["", "strategy/a", "1200", "0.5", "0.25", "0.75", "20", "12.3", "", "", "", "0.0004"]
    assert second[3:] == ["0.0", "", "0.14", "20", "3", "", "", "20", ""]
    assert third == ["against itself", "strategy/c", *[""] * 9, "0.0314"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_csv_never_lets_a_spreadsheet_compute(text: str) -> None:
    table = Table(
        name="t", columns=(Column(key="player"), Column(key="x", kind="number")), rows=(Row((text, -1.5)),)
    )
    _, (shown, value) = csv.reader(io.StringIO(table_csv(table)))
    assert shown.startswith("'")
    assert value == "-1.5"


@given(st.text())
def test_no_text_reaches_a_terminal_with_control_characters(text: str) -> None:
    table = Table(name="t", title=text, columns=(Column(key="player", label=text),), rows=(Row((text,), text),))
    shown = drawn(Page(tables=(table,), title=text, lines=(text,)))
    assert not [each for each in shown if each != "\n" and (ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0)]


def test_markup_of_data_is_text_everywhere() -> None:
    sly = "[red]<script>|*x*\x1b[31m"
    page = Page(
        tables=(Table(name="t", title=sly, columns=(Column(key="a"),), rows=(Row((sly,)),)),), lines=(sly,)
    )
    assert drawn(page).count("[red]<script>|*x*\\x1b[31m") == 3
    assert "<script>" not in page_html(page)
    assert "\\[red\\]\\<script\\>\\|\\*x\\*\\\\x1b\\[31m" in page_markdown(page)


def test_json_has_nulls_where_nothing_is_defined() -> None:
    (table,) = json.loads(json.dumps(page_document(Page(tables=(example(),))), allow_nan=False))["tables"]
    assert table["columns"][2] == {
        "key": "cooperation_rate",
        "label": "cooperation_rate",
        "kind": "estimate",
        "unit": "1",
        "direction": "higher",
        "decimals": None,
    }
    assert table["rows"][1]["cooperation_rate"] == {
        "value": 0.0,
        "low": None,
        "high": 0.14,
        "n": 20,
        "identical": False,
        "remark": "",
    }
    assert table["rows"][2]["payoff"] is None
    assert table["notes"][3] == {"text": "About a cell.", "columns": ["p"], "rows": [0]}


def test_markdown_is_a_pipe_table() -> None:
    lines = page_markdown(Page(tables=(example(),))).splitlines()
    assert lines[2] == "| player | n | cooperation rate ↑ | payoff <sup>a</sup> | p |"
    assert lines[3] == "| --- | ---: | ---: | ---: | ---: |"
    assert lines[5] == "| strategy/b <sup>b</sup> | 7 | 0.00 ≤ .14 | 3.0 (all 20) | – |"


@pytest.mark.parametrize(
    ("values", "places"),
    [([0.5, 1.0], 2), ([11.2, 1.7], 1), ([3396, 577], 0), ([3396, 0.5], 1), ([0.0012], 4), ([0, NAN], 2)],
)
def test_a_column_has_the_decimals_that_its_values_need(values: list[float], places: int) -> None:
    assert decimals(values) == places


def test_numbers_are_short_and_honest() -> None:
    assert [number(each, 2) for each in (-0.001, NAN, math.inf, -1234.5)] == ["0.00", "–", "∞", "-1,234.50"]
    assert interval(0.0, 0.161, 2) == "0–.16"
    assert interval(-0.15, -0.12, 2) == "-.15 to -.12"
    assert interval(0.84, NAN, 2) == "≥ .84"
    assert interval(NAN, NAN, 2) == ""
    assert [probability(each) for each in (0.0001, 0.05, 1.0, NAN)] == ["<.001", ".050", "1", "–"]


@pytest.mark.parametrize(
    ("rows", "notes"),
    [((Row(("a",)),), ()), ((), (Note("x", ("absent",)),)), ((), (Note("x", rows=(0,)),))],
)
def test_a_table_that_does_not_fit_is_refused(rows: tuple[Row, ...], notes: tuple[Note, ...]) -> None:
    with pytest.raises(ValueError, match="invalid"):
        Table(name="t", columns=(Column(key="a"), Column(key="b")), rows=rows, notes=notes)


def test_every_sort_of_cell_is_rendered_by_everything() -> None:
    cells: tuple[Cell, ...] = ("text", True, 3, 0.25, Estimated(value=1), None)
    columns = tuple(
        Column(key=f"c{place}", kind="estimate" if place > 3 else "text") for place in range(len(cells))
    )
    page = Page(tables=(Table(name="t", columns=columns, rows=(Row(cells),)),))
    assert "yes" in drawn(page)
    assert "0.25" in page_html(page)
    assert page_markdown(page)
    assert table_csv(page.tables[0])
