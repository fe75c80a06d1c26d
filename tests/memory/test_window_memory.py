"""The window memory: the last messages, bounded by items, by tokens, or by both."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.errors import ParameterError
from interlab.memory import WindowMemory, estimate_tokens
from interlab.queries import ChatMessage


def filled(memory: WindowMemory, *texts: str) -> WindowMemory:
    for text in texts:
        memory.add(ChatMessage("user", text))
    return memory


def recalled(memory: WindowMemory) -> list[str]:
    return [message.content for message in asyncio.run(memory.recall())]


async def test_without_bounds_everything_is_kept_in_order() -> None:
    memory = WindowMemory()
    memory.add(ChatMessage("user", "a"))
    memory.add(ChatMessage("assistant", "b"))
    assert await memory.recall() == [ChatMessage("user", "a"), ChatMessage("assistant", "b")]


def test_the_last_items_are_kept() -> None:
    assert recalled(filled(WindowMemory(items=2), "a", "b", "c")) == ["b", "c"]


def test_as_many_of_the_last_messages_as_fit_are_kept() -> None:
    assert recalled(filled(WindowMemory(tokens=5, count=len), "aaaa", "bb", "ccc")) == ["bb", "ccc"]


def test_both_bounds_hold() -> None:
    assert recalled(filled(WindowMemory(items=3, tokens=2, count=len), "a", "b", "c", "d")) == ["c", "d"]


def test_the_latest_is_kept_however_long() -> None:
    assert recalled(filled(WindowMemory(tokens=3, count=len), "a", "far too long")) == ["far too long"]


@given(st.lists(st.text(max_size=6), min_size=1), st.none() | st.integers(1, 5), st.none() | st.integers(1, 12))
def test_a_window_is_the_longest_end_that_fits(texts: list[str], items: int | None, tokens: int | None) -> None:
    kept = recalled(filled(WindowMemory(items=items, tokens=tokens, count=len), *texts))

    def fits(window: list[str]) -> bool:
        return (items is None or len(window) <= items) and (tokens is None or sum(map(len, window)) <= tokens)

    assert kept == texts[len(texts) - len(kept) :]
    assert fits(kept) or len(kept) == 1
    assert len(kept) == len(texts) or not fits(texts[len(texts) - len(kept) - 1 :])


def test_an_answer_whose_question_is_forgotten_is_not_told() -> None:
    memory = WindowMemory(items=2)
    for message in (ChatMessage("user", "a"), ChatMessage("assistant", "b"), ChatMessage("user", "c")):
        memory.add(message)
    assert recalled(memory) == ["c"]


def test_a_copy_lives_on_independently() -> None:
    memory = filled(WindowMemory(tokens=3, count=len), "a", "b")
    twin = memory.copy()
    filled(twin, "cc")
    assert recalled(memory) == ["a", "b"]
    assert recalled(twin) == ["b", "cc"]
    assert recalled(filled(memory, "cc")) == ["b", "cc"]


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abc", 1), ("abcd", 1), ("abcde", 2), ("ééé", 2)])
def test_tokens_are_estimated_at_four_bytes(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@pytest.mark.parametrize(("items", "tokens"), [(0, None), (None, 0)])
def test_a_memory_that_holds_nothing_is_refused(items: int | None, tokens: int | None) -> None:
    with pytest.raises(ParameterError, match="holds nothing; give at least 1"):
        WindowMemory(items=items, tokens=tokens)
