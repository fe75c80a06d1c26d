"""Quirks of OpenAI-compatible endpoints, one a row: the right move, or one clear line."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

from interlab.errors import ModelError
from interlab.models import ChatMessage, model
from interlab.queries import ask
from interlab.schema import names
from tests.models.endpoint import Reply, completion, failure

if TYPE_CHECKING:
    from tests.models.conftest import Recorded
    from tests.models.endpoint import Endpoint

ANSWER: Final = '{"answer": "D"}'
Move = Literal["C", "D"]


def said(message: object, **more: object) -> dict[str, Any]:
    """A completion with this message."""
    return {"choices": [{"message": message, **more}]}


def spoken(content: object) -> dict[str, Any]:
    """A completion with this content."""
    return said({"role": "assistant", "content": content})


def beside(**more: object) -> dict[str, Any]:
    """A good completion with something else in it."""
    return {**completion(ANSWER), **more}


def stream(*deltas: object) -> bytes:
    """A stream of events with these deltas."""
    chunks = [json.dumps({"choices": [{"index": 0, "delta": each}]}) for each in deltas]
    return "".join(f"data: {each}\n\n" for each in [*chunks, "[DONE]"]).encode()


def called(arguments: object) -> dict[str, Any]:
    """A tool call with these arguments."""
    return {"id": "1", "type": "function", "function": {"name": "answer", "arguments": arguments}}


WHOLE: Final = json.dumps(completion(ANSWER))
PLAYED: dict[str, object] = {
    "as it should be": completion(ANSWER),
    "the answer in reasoning_content": said({"content": None, "reasoning_content": ANSWER}),
    "the answer in reasoning": said({"content": "", "reasoning": f"They defect. {ANSWER}"}),
    "the answer in reasoning_details": said({"reasoning_details": [{"type": "reasoning.text", "text": ANSWER}]}),
    "reasoning beside the answer": said({"content": ANSWER, "reasoning_content": "C or D?"}),
    "think": spoken(f"<think>C, says {ANSWER.replace('D', 'C')}</think>{ANSWER}"),
    "think without the opening tag": spoken(f"C? No.\n</think>\n\n{ANSWER}"),
    "think without the closing tag": spoken(f"<think>They defect, so {ANSWER}"),
    "thinking": spoken(f"<thinking>C?</thinking> {ANSWER}"),
    "reasoning tag": spoken(f"<reasoning>C?</reasoning>{ANSWER}"),
    "thought tag": spoken(f"<thought>C?</thought>{ANSWER}"),
    "two thoughts": spoken(f"<think>C?</think><think>D.</think>{ANSWER}"),
    "Magistral": spoken(f"[THINK]C?[/THINK]{ANSWER}"),
    "Kimi": spoken(f"◁think▷C?◁/think▷{ANSWER}"),
    "Command": spoken(f"<|START_THINKING|>C?<|END_THINKING|><|START_RESPONSE|>{ANSWER}<|END_RESPONSE|>"),
    "Seed": spoken(f"<seed:think>C?</seed:think>{ANSWER}"),
    "Gemma 3": spoken(f"<unused94>thought\nC?<unused95>{ANSWER}"),
    "Gemma 4": spoken(f"<|channel>thought\nC?<channel|>{ANSWER}"),
    "harmony": spoken(
        f"<|channel|>analysis<|message|>C?<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}<|return|>"
    ),
    "harmony with a constraint": spoken(
        f"<|channel|>analysis<|message|>C<|end|><|channel|>final <|constrain|>json<|message|>{ANSWER}"
    ),
    "harmony without its tokens": spoken(f"analysisC or D? D.assistantfinal{ANSWER}"),
    "a special token": spoken(f"{ANSWER}<|im_end|>"),
    "a special token after a word": spoken("D</s>"),
    "fences": spoken(f"```json\n{ANSWER}\n```"),
    "the answer twice": spoken(ANSWER * 2),
    "parts": spoken([{"type": "text", "text": '{"answer":'}, {"type": "text", "text": ' "D"}'}]),
    "parts that are texts": spoken([ANSWER]),
    "a part of thinking": spoken([{"type": "thinking", "thinking": "C"}, {"type": "text", "text": ANSWER}]),
    "parts of the Responses API": spoken([{"type": "output_text", "text": ANSWER}]),
    "the answer as an object": spoken({"answer": "D"}),
    "a tool call": said({"content": None, "tool_calls": [called(ANSWER)]}),
    "a tool call whose arguments are an object": said({"tool_calls": [called({"answer": "D"})]}),
    "the same tool call twice": said({"content": "", "tool_calls": [called(ANSWER), called(ANSWER)]}),
    "a function call": said({"content": None, "function_call": {"name": "f", "arguments": ANSWER}}),
    "text in place of a message": {"choices": [{"text": ANSWER}]},
    "delta in place of a message": {"choices": [{"delta": {"content": ANSWER}}]},
    "a message that is a text": said(ANSWER),
    "choices that are one object": {"choices": {"message": {"content": ANSWER}}},
    "Ollama's own API": {"message": {"role": "assistant", "content": ANSWER}, "done": True},
    "several choices": {"choices": [{"message": {"content": ANSWER}}] * 2},
    "events": stream({"role": "assistant"}, {"content": '{"answer"'}, {"content": ': "D"}'}, {}),
    "events with a comment": b": PROCESSING\n\n" + stream({"content": ANSWER}),
    "events of reasoning": stream({"reasoning_content": "C?"}, {"content": ANSWER}),
    "events of a tool call": stream(
        {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": '{"answer"'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ': "D"}'}}]},
    ),
    "a list of one": [completion(ANSWER)],
    "the body twice": (WHOLE * 2).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + WHOLE.encode(),
    "UTF-16": WHOLE.encode("utf-16"),
    "Latin-1": json.dumps(beside(note="é"), ensure_ascii=False).encode("latin-1"),
    "blank lines before": b"\n\n   \n" + WHOLE.encode(),
    "NaN in usage": WHOLE.replace("120", "NaN").encode(),
    "usage null": beside(usage=None),
    "usage a text": beside(usage="12 tokens"),
    "usage of texts and fractions": beside(usage={"prompt_tokens": "7", "completion_tokens": 3.0}),
    "negative usage": beside(usage={"prompt_tokens": -1, "completion_tokens": 10**30}),
    "an integer id": beside(id=7),
    "a list as id": beside(id=[7]),
    "created a text": beside(created="today"),
    "model null": beside(model=None),
    "error null": beside(error=None),
    "error empty": beside(error={}),
    "finish_reason a number": said({"content": ANSWER}, finish_reason=1),
    "finish_reason eos": said({"content": ANSWER}, finish_reason="eos_token"),
    "refusal empty": said({"content": ANSWER, "refusal": ""}),
}
FORFEITED: dict[str, object] = {
    "nothing": spoken(None),
    "no thought and no answer": spoken("<think></think>"),
    "a refusal": said({"content": None, "refusal": "I will not."}),
    "a refusal as a part": spoken([{"type": "refusal", "refusal": "I will not."}]),
    "a filter": said({"content": ANSWER}, finish_reason="content_filter"),
    "a filter of Gemini's": said({"content": ""}, finish_reason="SAFETY"),
    "cut off": said({"content": '{"answer": "D'}, finish_reason="length"),
    "cut off, by Anthropic's name": said({"content": ANSWER[:-1]}, finish_reason="max_tokens"),
    "two tool calls that differ": said({"tool_calls": [called(ANSWER), called('{"answer": "C"}')]}),
    "reasoning that names two moves": said({"reasoning": f'{{"answer": "C"}} or {ANSWER}'}),
    "reasoning that only names a move": said({"reasoning": "I would play D"}),
}
FAILED: dict[str, tuple[object, str]] = {
    "an error that is a text": ({"error": "no GPU left"}, "no GPU left"),
    "an error in an object": (failure("the provider is down"), "the provider is down"),
    "an error in a choice": ({"choices": [{"error": {"message": "boom"}, "message": {}}]}, "boom"),
    "an error in a list": ([failure("quota")], "quota"),
    "details": ({"detail": [{"msg": "field required"}]}, "field required"),
    "an old error of vLLM's": ({"object": "error", "message": "too long"}, "too long"),
    "HTML": (b"<html>Sign in to the network</html>", "`<html>Sign in to the network</html>`"),
    "nothing at all": (b"", "an empty body"),
    "half of a body": (WHOLE[: len(WHOLE) // 2].encode(), "`{\"id\": \"chatcmpl-1\""),
    "a number": (b"7", "`7`"),
    "no choices": ({"choices": []}, "no choice in the answer"),
    "deep": (b"[" * 200_000, "`[[["),
    "two bodies that differ": ((WHOLE + json.dumps(completion("C"))).encode(), "no chat completion"),
    "zeros": (b"\0" * 500, "no chat completion"),
}  # fmt: skip


def reply(body: object) -> Reply:
    """Send a body; compressed, as many servers do."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(gzip.compress(content), 200, {"content-encoding": "gzip"})


@pytest.mark.parametrize("name", PLAYED)
async def test_a_quirk_that_still_says_the_move(endpoint: Endpoint, name: str) -> None:
    endpoint.replies = [reply(PLAYED[name])]
    asked = await ask(model("vllm/llama").send, (ChatMessage("user", "C or D?"),), Move)
    assert (asked.value, asked.attempts) == ("D", 1)


@pytest.mark.parametrize("name", FORFEITED)
async def test_a_quirk_that_says_no_move(endpoint: Endpoint, name: str) -> None:
    endpoint.replies = [reply(FORFEITED[name])]
    asked = await ask(model("vllm/llama").send, (ChatMessage("user", "C or D?"),), Move)
    assert (asked.valid, asked.attempts) == (False, 3)
    assert asked.error is not None
    assert "\n" not in asked.error


@pytest.mark.parametrize("name", FAILED)
async def test_a_quirk_that_is_a_failure(endpoint: Endpoint, name: str) -> None:
    body, words = FAILED[name]
    endpoint.replies = [reply(body)]
    with pytest.raises(ModelError) as caught:
        await model("vllm/llama?retries=0").send((ChatMessage("user", "C or D?"),))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


async def test_reasoning_is_a_part_of_its_own_on_the_record(endpoint: Endpoint, recorded: Recorded) -> None:
    endpoint.replies = [reply(PLAYED["think"]), reply(PLAYED["the answer in reasoning_content"])]
    asked = model("vllm/llama")
    with recorded() as spans:
        await asked.send((ChatMessage("user", "C or D?"),))
        await asked.send((ChatMessage("user", "C or D?"),))
    parts = [json.loads(str((span.attributes or {})[names.OUTPUT_MESSAGES]))[0]["parts"] for span in spans]
    assert [[part["type"] for part in each] for each in parts] == [["reasoning", "text"], ["reasoning"]]
    assert parts[0][1]["content"] == parts[1][0]["content"] == ANSWER
    assert [(span.attributes or {}).get(names.ANSWER_IN_REASONING) for span in spans] == [None, True]


async def test_free_text_is_never_taken_from_reasoning(endpoint: Endpoint) -> None:
    endpoint.replies = [reply(said({"content": "", "reasoning": "They must not learn my reserve of 7."}))]
    asked = await ask(model("vllm/llama").send, (ChatMessage("user", "What do you say?"),), str, attempts=1)
    assert not asked.valid
