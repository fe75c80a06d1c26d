"""The summary memory: within its budget of tokens, whatever is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.errors import ParameterError
from interlab.memory import SummaryMemory
from interlab.queries import ChatMessage
from interlab.testing import ScriptedModel, record


def summarising(*summaries: str) -> ScriptedModel:
    return ScriptedModel(summaries)


def words(text: str) -> int:
    return len(text.split())


def filled(model: ScriptedModel, *texts: str, tokens: int = 50) -> SummaryMemory:
    memory = SummaryMemory(model.send, tokens=tokens, count=words)
    for text in texts:
        memory.add(ChatMessage("user", text))
    return memory


async def test_what_fits_is_told_as_it_was() -> None:
    model = summarising()
    memory = filled(model, "a", "b")
    assert await memory.recall() == [ChatMessage("user", "a"), ChatMessage("user", "b")]
    assert not model.requests


async def test_what_does_not_fit_is_summarised_oldest_first() -> None:
    model = summarising("They met.")
    memory = filled(model, "old " * 30, "older " * 20, "new " * 10)
    assert [message.content for message in await memory.recall()] == [
        "Summary of what happened before: They met.",
        "new " * 10,
    ]
    request = model.requests[0].messages[-1].content
    assert request.startswith("You were told: old old")
    assert request.endswith("Summarise all of the above in at most 12 words. Keep names, numbers and promises.")
    assert len(await memory.recall()) == 2, "a summary is made once"


async def test_a_summary_goes_on_with_the_one_before() -> None:
    model = summarising("They met.", "They met and fought.")
    memory = filled(model, "old " * 60, "new")
    await memory.recall()
    memory.add(ChatMessage("assistant", "mine " * 60))
    memory.add(ChatMessage("user", "now"))
    recalled = await memory.recall()
    assert recalled[0].content == "Summary of what happened before: They met and fought."
    assert "Summary of what happened before:\nThey met." in model.requests[1].messages[0].content
    assert "You: mine mine" in model.requests[1].messages[0].content


async def test_making_a_summary_is_a_step_on_the_record() -> None:
    memory = filled(summarising("They met."), "old " * 60, "new")
    with record() as recording:
        await memory.recall()
    assert [span.name for span in recording.spans[:-1]] == ["chat scripted", "summarise"]
    assert recording.spans[1].attributes["interlab.step.text"] == "They met."


async def test_a_copy_lives_on_independently() -> None:
    memory = filled(summarising("They met."), "a")
    twin = memory.copy()
    memory.add(ChatMessage("user", "b"))
    assert await twin.recall() == [ChatMessage("user", "a")]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(50, 120))
async def test_the_budget_holds(lengths: list[int], tokens: int) -> None:
    memory = SummaryMemory(ScriptedModel(lambda _: "word " * 200).send, tokens=tokens, count=words)
    for length in lengths:
        memory.add(ChatMessage("user", "x " * length))
        told = await memory.recall()
        preface = words("Summary of what happened before:")
        size = sum(words(message.content) for message in told) - preface
        assert size <= max(tokens, length + tokens // 4), "only a latest message that is long goes beyond"
        assert told[-1].content == "x " * length


def test_a_budget_without_room_for_a_summary_is_refused() -> None:
    with pytest.raises(ParameterError, match="a memory of 49 tokens cannot hold a summary"):
        filled(summarising(), tokens=49)
