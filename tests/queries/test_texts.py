"""Whole questions: choices, numbers, summaries, tags, and asking again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.errors import InvalidAnswerError, ParameterError
from interlab.queries import choose, number, repeat, summarise, tagged
from interlab.testing import ScriptedModel, record


async def test_a_choice_is_one_of_the_options() -> None:
    model = ScriptedModel(["green", '{"answer": "blue"}'])
    assert await choose(model.send, "Which colour?", ["red", "blue"]) == "blue"
    assert model.requests[0].messages[0].content == "Which colour?\nOptions: red, blue."


async def test_a_number_lies_within_its_bounds() -> None:
    model = ScriptedModel(['{"answer": 11}', '{"answer": 2.5}', '{"answer": 3}'])
    assert await number(model.send, "How many?", 0, 10, whole=True) == 3


async def test_no_valid_answer_is_an_error() -> None:
    with pytest.raises(InvalidAnswerError, match="no valid answer in 2 attempts"):
        await choose(ScriptedModel(["?", "!"]).send, "Which?", ["red", "blue"], attempts=2)


async def test_a_question_is_a_step_on_the_record() -> None:
    with record() as recording:
        await number(ScriptedModel(['{"answer": 7}']).send, "How many?", 0, 10)
    assert [span.name for span in recording.spans[:-1]] == ["chat scripted", "ask"]
    assert recording.spans[1].attributes["interlab.step.text"] == "7.0"


async def test_a_summary_that_is_too_long_is_asked_for_again_and_at_last_cut() -> None:
    model = ScriptedModel(["one two three", "", "one two three four"])
    assert await summarise(model.send, "Text.", words=2) == "one two"
    assert (
        model.requests[1].messages[-1].content
        == "Your summary has 3 words. Write at least one word and at most 2."
    )


async def test_a_summary_that_fits_is_taken() -> None:
    assert await summarise(ScriptedModel(["All is well."]).send, "Text.", words=3) == "All is well."


@given(st.text(st.characters(exclude_characters="<>"), max_size=40))
def test_what_is_tagged_is_read_back(text: str) -> None:
    assert tagged(f"Well: <answer>{text}</answer>!", "answer") == text.strip()


def test_what_is_not_tagged_is_an_invalid_answer() -> None:
    with pytest.raises(InvalidAnswerError, match="the answer does not contain <move>"):
        tagged("<move>C", "move")
    with pytest.raises(ParameterError, match="invalid tag `a b`"):
        tagged("", "a b")


async def test_something_is_repeated_until_it_is_valid() -> None:
    answers = iter(["?", "<m>C</m>"])

    async def read() -> str:
        return tagged(next(answers), "m")

    assert await repeat(read) == "C"
    with pytest.raises(StopIteration):
        next(answers)


async def test_what_never_is_valid_is_the_last_error() -> None:
    answers = iter("abc")

    async def read() -> str:
        raise InvalidAnswerError(next(answers))

    with pytest.raises(InvalidAnswerError, match="b"):
        await repeat(read, attempts=2)
