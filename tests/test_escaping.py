"""Texts of others, made safe: nothing acts, nothing hides, and everything can still be read."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from interlab.console import SafeConsole
from interlab.escaping import for_csv, for_json, for_line, for_terminal

ANYTHING = st.text(st.characters(exclude_categories=()))
"""Every code point, halves of surrogate pairs included."""
HOSTILE = st.lists(
    st.one_of(
        ANYTHING,
        st.sampled_from(
            ["\x1b[2J", "\x1b]52;c;aGk=\x07", "\x9b1A", "\u202e", "\u2066", "[/b]", "[red]", "\r", "\r\n", ":x:"]
        ),
    )
).map("".join)
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
DIRECTION = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def acts(character: str) -> bool:
    """Tell whether a character does something else than being shown."""
    return (
        unicodedata.category(character) in UNSEEN
        or unicodedata.bidirectional(character) in DIRECTION
        or character in "\u200b\u200e\u200f\u061c\u2060\ufeff\xad"
    )


@given(HOSTILE)
def test_on_a_terminal_only_line_breaks_and_tabs_are_left(text: str) -> None:
    shown = for_terminal(text)
    assert not [each for each in shown if acts(each) and each not in "\n\t"]
    assert for_terminal(shown) == shown
    shown.encode()


@given(HOSTILE)
def test_a_line_is_one(text: str) -> None:
    shown = for_line(text)
    assert not [each for each in shown if acts(each)]
    assert len(shown.splitlines()) <= 1


@given(HOSTILE)
def test_a_spreadsheet_computes_nothing(text: str) -> None:
    cell = for_csv(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    out = io.StringIO()
    csv.writer(out).writerow([cell, "next"])
    assert next(csv.reader(io.StringIO(out.getvalue()))) == [cell, "next"]


@given(HOSTILE)
def test_json_stays_what_it_is(text: str) -> None:
    document = for_json({"text": text})
    assert json.loads(document) == {"text": text}
    assert not [each for each in document if acts(each) and each != "\n"]


@pytest.mark.parametrize("text", ["naïve café", "日本語", "می‌خواهم", "👩‍🚀 ❤️", "a\tb", "שלום", "\\x1b", "é"])
def test_ordinary_texts_of_any_script_stay(text: str) -> None:
    assert for_terminal(text) == text


@given(HOSTILE)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_console_sends_nothing_but_its_own_colours(text: str) -> None:
    table = Table(title=text, caption=text)
    table.add_column(text)
    table.add_row(text)
    for shown in (text, Text(text, "bold"), Rule(text), table):
        file = io.StringIO()
        SafeConsole(file=file, is_terminal=True).print(shown)
        sent = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
        assert not [each for each in sent if acts(each) and each != "\n"]


def test_a_console_reads_no_markup() -> None:
    file = io.StringIO()
    SafeConsole(file=file).print("[bold]x[/b] :smile: [link=http://x]", soft_wrap=True)
    assert file.getvalue() == "[bold]x[/b] :smile: [link=http://x]\n"
