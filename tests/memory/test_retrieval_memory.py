"""The retrieval memory: what is like the question, of what the other memory has forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interlab.errors import ParameterError
from interlab.memory import RetrievalMemory, SummaryMemory, WindowMemory
from interlab.queries import ChatMessage
from interlab.testing import ScriptedModel, record

if TYPE_CHECKING:
    from collections.abc import Sequence

TOPICS = ("price", "weather", "trust", "dog")


class Embedder:
    """Turns a text into how often it names each topic."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, texts: Sequence[str], /) -> list[list[float]]:
        self.texts += texts
        return [[float(text.count(topic)) for topic in TOPICS] for text in texts]


def filled(embedder: Embedder, *texts: str, items: int = 2, latest: int = 1) -> RetrievalMemory:
    memory = RetrievalMemory(WindowMemory(items=latest), embedder, items=items)
    for text in texts:
        memory.add(ChatMessage("user", text))
    return memory


async def test_what_resembles_the_question_is_told_in_the_order_in_which_it_came() -> None:
    memory = filled(Embedder(), "the price is 5", "nice weather", "dog", "a price of 7, a price!", "bye")
    assert await memory.recall("which price?") == [
        ChatMessage("user", "Earlier messages that may be relevant:\n- the price is 5\n- a price of 7, a price!"),
        ChatMessage("user", "bye"),
    ]


async def test_what_the_other_memory_tells_is_not_told_twice() -> None:
    embedder = Embedder()
    memory = filled(embedder, "price", "price", latest=5)
    assert await memory.recall("price") == [ChatMessage("user", "price")] * 2
    assert embedder.texts == []


async def test_a_text_is_embedded_once() -> None:
    embedder = Embedder()
    memory = filled(embedder, "price", "dog")
    await memory.recall("first")
    memory.add(ChatMessage("assistant", "trust"))
    await memory.recall("second")
    assert embedder.texts == ["price", "dog", "first", "trust", "second"]


async def test_own_words_are_told_as_own() -> None:
    memory = filled(Embedder())
    memory.add(ChatMessage("assistant", "trust me"))
    memory.add(ChatMessage("user", "well"))
    assert (await memory.recall("trust"))[0].content.endswith("- You said: trust me")


async def test_it_wraps_a_summary() -> None:
    latest = SummaryMemory(
        ScriptedModel(["A talk about dogs."]).send, tokens=50, count=lambda text: len(text.split())
    )
    memory = RetrievalMemory(latest, Embedder(), items=1)
    for text in ("dog " * 60, "price", "bye"):
        memory.add(ChatMessage("user", text))
    told = [message.content for message in await memory.recall("dog")]
    assert told[0].startswith("Earlier messages that may be relevant:\n- dog dog")
    assert told[1:] == ["Summary of what happened before: A talk about dogs.", "price", "bye"]


async def test_finding_is_a_step_on_the_record() -> None:
    memory = filled(Embedder(), "price", "bye")
    with record() as recording:
        await memory.recall("price")
    assert (recording.spans[0].name, recording.spans[0].attributes["interlab.step.text"]) == (
        "retrieve",
        "- price",
    )


async def test_a_copy_lives_on_independently() -> None:
    memory = filled(Embedder(), "price", "bye")
    await memory.recall("price")
    twin = memory.copy()
    memory.add(ChatMessage("user", "dog"))
    assert (await twin.recall("dog"))[-1].content == "bye"


def test_finding_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match="a search for 0 messages finds nothing"):
        filled(Embedder(), items=0)
