"""What holds for every model, shown on one that says what it was told to."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Literal

import pytest

from interlab.errors import ModelError
from interlab.models import ChatMessage, ChatRequest, Limits, Sampling, ScriptedModel
from interlab.models.base import ChatResponse
from interlab.queries import AnswerSchema, Asked, answer_type, ask
from interlab.schema import names
from interlab.tracing.recorder import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.models.conftest import Recorded

REQUEST = ChatRequest(messages=(ChatMessage("user", "C or D?"),))
TYPED = ChatRequest(messages=REQUEST.messages, schema=answer_type(Literal["C", "D"]).schema)


async def test_answers_come_in_order_and_end() -> None:
    model = ScriptedModel(["first answer", "second"])
    assert await model.complete(REQUEST) == ChatResponse(
        text="first answer",
        model="scripted",
        id="scripted-0",
        finish_reason="stop",
        usage=Usage(input_tokens=3, output_tokens=2),
        usd=0.0,
    )
    assert (await model.complete(REQUEST)).text == "second"
    with pytest.raises(ModelError, match="the script of `scripted/scripted` has no answer left"):
        await model.complete(REQUEST)
    assert model.requests == [REQUEST] * 3


async def test_a_script_may_go_on_for_ever_or_answer_by_the_request() -> None:
    turning = ScriptedModel(itertools.cycle("CD"))
    assert [(await turning.complete(REQUEST)).text for _ in range(4)] == ["C", "D", "C", "D"]
    echo = ScriptedModel(lambda request: request.messages[-1].content)
    assert (await echo.complete(REQUEST)).text == "C or D?"


async def test_errors_are_raised_at_the_calls_named(recorded: Recorded) -> None:
    model = ScriptedModel(["C", "D"], errors={1: ModelError("gone")})
    with recorded() as spans:
        assert (await model.complete(REQUEST)).text == "C"
        with pytest.raises(ModelError, match="gone"):
            await model.complete(REQUEST)
        assert (await model.complete(REQUEST)).text == "D"
    assert [(span.attributes or {}).get(names.ERROR_TYPE) for span in spans] == [None, "ModelError", None]


async def test_how_answers_end() -> None:
    assert (await ScriptedModel(["C"], finish_reason="length").complete(REQUEST)).finish_reason == "length"
    refused = await ScriptedModel(["C"], refusal="I'd rather not").complete(REQUEST)
    assert (refused.text, refused.refusal) == ("", "I'd rather not")


async def test_a_model_without_schemas_is_told_in_the_prompt(recorded: Recorded) -> None:
    model = ScriptedModel(["C"], takes_schema=False)
    with recorded() as spans:
        await model.complete(TYPED)
    assert TYPED.schema is not None
    sent = f"C or D?\n\n{TYPED.schema.instructions}"
    assert model.requests == [ChatRequest(messages=(ChatMessage("user", sent),))]
    assert TYPED.schema.name in str((spans[0].attributes or {})[names.INPUT_MESSAGES])


async def test_a_models_own_sampling_holds_where_a_request_says_nothing(recorded: Recorded) -> None:
    model = ScriptedModel(["C"], sampling=Sampling(temperature=0.7, stop=("END",)))
    with recorded() as spans:
        await model.complete(ChatRequest(messages=REQUEST.messages, temperature=0.0, seed=1))
    (sent,) = model.requests
    assert (sent.temperature, sent.stop, sent.seed, sent.top_p) == (0.0, ("END",), 1, None)
    attributes = dict(spans[0].attributes or {})
    assert attributes[names.REQUEST_TEMPERATURE] == 0.0
    assert attributes[names.REQUEST_STOP] == ("END",)
    assert names.REQUEST_TOP_P not in attributes


async def test_waiting_for_a_place_is_not_part_of_the_call(recorded: Recorded) -> None:
    model = ScriptedModel(itertools.cycle("C"), latency=0.05, limits=Limits(1))
    began = time.monotonic()
    with recorded() as spans:
        await asyncio.gather(*(model.complete(REQUEST) for _ in range(4)))
    assert time.monotonic() - began >= 0.2
    times = sorted((span.start_time or 0, span.end_time or 0) for span in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(times))


async def test_calls_per_minute_are_spaced_evenly() -> None:
    model = ScriptedModel(itertools.cycle("C"), limits=Limits(10, requests_per_minute=1200))
    began = time.monotonic()
    await asyncio.gather(*(model.complete(REQUEST) for _ in range(5)))
    assert time.monotonic() - began >= 4 * 60 / 1200


async def test_a_call_given_up_while_waiting_frees_its_place() -> None:
    model = ScriptedModel(itertools.cycle("C"), name="slow", limits=Limits(1, requests_per_minute=60))
    await model.complete(REQUEST)
    waiting = asyncio.create_task(model.complete(REQUEST))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5):
        await model.complete(REQUEST)


async def test_asking_a_model_for_a_typed_answer() -> None:
    model = ScriptedModel(["hm", '{"answer": "D"}'])

    async def send(messages: Sequence[ChatMessage], schema: AnswerSchema, /) -> ChatResponse:
        return await model.complete(ChatRequest(messages=tuple(messages), schema=schema))

    asked = await ask(send, REQUEST.messages, Literal["C", "D"])
    assert asked == Asked(
        value="D",
        attempts=2,
        first_valid=False,
        error="no JSON object found: answer with one JSON object and nothing else",
    )
    assert len(model.requests[1].messages) == 3


async def test_a_model_needs_no_check_and_no_closing() -> None:
    model = ScriptedModel(["C"])
    await model.check()
    await model.close()
    assert (await model.complete(REQUEST)).text == "C"
