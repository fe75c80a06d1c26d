"""The loop around an answer: ask, read, say what was wrong, ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from interlab.errors import ModelError
from interlab.queries import AnswerSchema, Asked, ChatMessage, answer_type, ask

if TYPE_CHECKING:
    from collections.abc import Sequence

Move = Literal["C", "D"]
QUESTION = (ChatMessage("system", "You play a game."), ChatMessage("user", "C or D?"))


@dataclass(frozen=True)
class Said:
    text: str
    finish_reason: str | None = "stop"
    refusal: str | None = None
    in_reasoning: bool = False


class Answerer:
    """Says what it was told to, and remembers what it was asked."""

    def __init__(self, *replies: Said) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[Sequence[ChatMessage], AnswerSchema]] = []

    async def __call__(self, messages: Sequence[ChatMessage], schema: AnswerSchema, /) -> Said:
        self.asked.append((messages, schema))
        return self.replies.pop(0)


async def test_a_valid_answer_is_asked_for_once() -> None:
    answerer = Answerer(Said('{"answer": "C"}'))
    assert await ask(answerer, QUESTION, Move) == Asked(value="C", attempts=1, first_valid=True)
    assert answerer.asked == [(QUESTION, answer_type(Move).schema)]


async def test_a_prepared_type_will_do() -> None:
    assert (await ask(Answerer(Said('{"answer": 3}')), QUESTION, answer_type(int))).value == 3


async def test_an_invalid_answer_is_answered_with_what_was_wrong() -> None:
    answerer = Answerer(Said('{"answer": "X"}'), Said('{"answer": "D"}'))
    asked = await ask(answerer, QUESTION, Move)
    assert asked == Asked(value="D", attempts=2, first_valid=False, error="`answer`: Input should be 'C' or 'D'")
    assert answerer.asked[0][0] == QUESTION
    assert answerer.asked[1][0] == (
        *QUESTION,
        ChatMessage("assistant", '{"answer": "X"}'),
        ChatMessage(
            "user",
            "Your answer is not valid: `answer`: Input should be 'C' or 'D'. Please answer again.",
        ),
    )


async def test_a_repaired_answer_counts_as_valid_and_as_repaired() -> None:
    asked = await ask(Answerer(Said("I choose D.")), QUESTION, Move)
    assert asked == Asked(value="D", attempts=1, first_valid=True, repaired=True)


async def test_the_attempts_are_used_up_without_an_error() -> None:
    answerer = Answerer(Said("hm"), Said(""), Said('{"answer": "X"}'))
    asked = await ask(answerer, QUESTION, Move, attempts=3)
    assert asked == Asked(
        value=None,
        attempts=3,
        first_valid=False,
        error="`answer`: Input should be 'C' or 'D'",
        valid=False,
    )
    assert len(answerer.asked) == 3


async def test_no_answer_at_all_leaves_no_empty_message() -> None:
    answerer = Answerer(Said(""), Said('{"answer": "C"}'))
    await ask(answerer, QUESTION, Move)
    assert [message.content for message in answerer.asked[1][0][2:]] == [
        "(no answer)",
        "Your answer is not valid: the answer is empty. Please answer again.",
    ]


async def test_none_can_be_a_valid_answer() -> None:
    asked = await ask(Answerer(Said('{"answer": null}')), QUESTION, int | None)
    assert asked.valid
    assert asked.value is None


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (
            Said('{"answer": "C"}', finish_reason="length"),
            "the answer was cut off because it was too long; answer more briefly",
        ),
        (Said("", finish_reason="content_filter"), "the answer was blocked by a content filter"),
        (Said("", refusal="I would rather not."), "you refused to answer"),
    ],
)
async def test_truncated_withheld_and_refused_answers_are_invalid(reply: Said, complaint: str) -> None:
    asked = await ask(Answerer(reply), QUESTION, Move, attempts=1)
    assert asked == Asked(value=None, attempts=1, first_valid=False, error=complaint, valid=False)


async def test_a_refusal_is_quoted_when_asking_again() -> None:
    answerer = Answerer(Said("", refusal="I would rather not."), Said('{"answer": "C"}'))
    await ask(answerer, QUESTION, Move)
    assert answerer.asked[1][0][2] == ChatMessage("assistant", "I would rather not.")


async def test_failures_of_the_model_are_not_answers() -> None:
    async def fail(_: Sequence[ChatMessage], __: AnswerSchema, /) -> Said:
        raise ModelError("gone")

    with pytest.raises(ModelError, match="gone"):
        await ask(fail, QUESTION, Move)
