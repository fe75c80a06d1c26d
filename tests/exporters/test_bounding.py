"""What is too long for a backend is cut, says so, and is still what it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab_exporters.bounding import bound_attributes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)


def bounded(value: Any, max_bytes: int) -> str:
    return str(bound_attributes({"key": value}, max_bytes)["key"])


def messages(*texts: str) -> str:
    return json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]} for text in texts])


def contents(text: str) -> list[str]:
    return [message["parts"][0]["content"] for message in json.loads(text)]


class TestText:
    def test_it_keeps_its_beginning_and_says_how_long_it_was(self) -> None:
        assert bounded("x" * 1_000, 64) == "x" * 36 + "… [cut: 1000 bytes in all]"

    @given(st.text(max_size=500), st.integers(64, 300))
    def test_it_never_takes_more_bytes(self, text: str, max_bytes: int) -> None:
        cut = bounded(text, max_bytes)
        assert len(cut.encode()) <= max_bytes
        assert cut == text or "… [cut: " in cut


class TestJson:
    def test_messages_stay_messages(self) -> None:
        cut = bounded(messages("Be brief.", "x" * 500_000), 32 * 1024)
        short, long = contents(cut)
        assert short == "Be brief."
        assert long.endswith("… [cut: 500000 bytes in all]")
        assert 32 * 1024 - 16 <= len(cut.encode()) <= 32 * 1024

    def test_the_longest_are_cut_first_and_alike(self) -> None:
        small, *large = contents(bounded(messages("a" * 500, "b" * 3_000, "c" * 3_000), 2_000))
        assert small == "a" * 500
        assert len({len(each) for each in large}) == 1

    @given(JSON.filter(lambda value: isinstance(value, list | dict)), st.integers(64, 2_000))
    def test_it_never_takes_more_bytes_and_what_fits_is_left_alone(self, value: object, max_bytes: int) -> None:
        text = json.dumps(value)
        cut = bounded(text, max_bytes)
        assert len(cut.encode()) <= max_bytes
        assert (cut == text) == (len(text) <= max_bytes)

    @given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=5))
    def test_it_keeps_its_shape_where_its_parts_are_few(self, texts: list[str]) -> None:
        cut = bounded(messages(*(text * 200 for text in texts)), 1_000)
        assert len(contents(cut)) == len(texts)

    def test_too_many_parts_are_cut_like_any_text(self) -> None:
        cut = bounded(json.dumps(["word"] * 1_000), 100)
        assert cut.startswith('["word", "word"')
        assert cut.endswith("… [cut: 8000 bytes in all]")

    @pytest.mark.parametrize("text", ["[" + "x" * 200, "{not JSON" * 30])
    def test_what_only_begins_like_json_is_text(self, text: str) -> None:
        assert bounded(text, 100).startswith(text[:70])
