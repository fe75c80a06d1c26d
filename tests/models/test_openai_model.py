"""Models behind an OpenAI-compatible endpoint, against a real one on a loopback port."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import math
import socket
import time
import traceback
from typing import TYPE_CHECKING, Any, Literal

import pytest
from opentelemetry.trace import StatusCode

from interlab.errors import ModelError, ModelUnavailableError
from interlab.models import ChatMessage, ChatRequest, model
from interlab.models.failures import Caller
from interlab.models.http import Endpoint as Address
from interlab.models.http import UnansweredError
from interlab.queries import answer_type
from interlab.redaction import Secret
from interlab.schema import names
from interlab.tracing.recorder import Usage
from tests.models.endpoint import KEY, Reply, completion, failure

if TYPE_CHECKING:
    from interlab.models.http import Failure
    from tests.models.conftest import Recorded
    from tests.models.endpoint import Endpoint

QUESTION = (ChatMessage("system", "You play."), ChatMessage("user", "C or D?"))
PLAIN = ChatRequest(messages=QUESTION)
TYPED = ChatRequest(messages=QUESTION, schema=answer_type(Literal["C", "D"]).schema)
SOON = {"retry-after-ms": "1"}


async def test_an_answer_is_read_whole(endpoint: Endpoint) -> None:
    answer = await model("openai/gpt-5-mini").complete(TYPED)
    assert answer.text == '{"answer": "C"}'
    assert answer.model == "gpt-5-mini-2025-08-07"
    assert answer.id == "chatcmpl-1"
    assert answer.finish_reason == "stop"
    assert answer.refusal is None
    assert answer.usage == Usage(input_tokens=100, output_tokens=20, cached_tokens=40, reasoning_tokens=8)
    assert answer.usd == pytest.approx((60 * 0.25 + 40 * 0.025 + 20 * 2) / 1e6)
    assert answer.retries == 0
    assert len(endpoint.received) == 1


async def test_only_what_was_set_is_sent(endpoint: Endpoint) -> None:
    await model("openai/gpt-5-mini").complete(PLAIN)
    assert endpoint.received[0].body == {
        "model": "gpt-5-mini",
        "messages": [{"role": "system", "content": "You play."}, {"role": "user", "content": "C or D?"}],
    }
    assert endpoint.received[0].headers["Authorization"] == f"Bearer {KEY}"


async def test_everything_that_was_set_is_sent(endpoint: Endpoint) -> None:
    spec = "openai/gpt-5-mini?temperature=0.7&top_p=0.9&max_tokens=200&seed=7&stop=END"
    await model(spec).complete(TYPED)
    body = endpoint.received[0].body
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": TYPED.schema and TYPED.schema.document},
    }
    assert {key: body[key] for key in body.keys() - {"model", "messages", "response_format"}} == {
        "temperature": 0.7,
        "top_p": 0.9,
        "max_completion_tokens": 200,
        "seed": 7,
        "stop": ["END"],
    }


async def test_a_request_overrides_the_spec(endpoint: Endpoint) -> None:
    await model("vllm/llama?temperature=0.7&max_tokens=200").complete(
        ChatRequest(messages=QUESTION, temperature=0.0)
    )
    assert endpoint.received[0].body["temperature"] == 0.0
    assert endpoint.received[0].body["max_tokens"] == 200


async def test_a_call_is_one_span(endpoint: Endpoint, recorded: Recorded) -> None:
    with recorded() as spans:
        await model("openai/gpt-5-mini?temperature=0.7").complete(TYPED)
    (span,) = spans
    assert span.name == "chat gpt-5-mini"
    attributes = dict(span.attributes or {})
    assert attributes[names.PROVIDER] == "openai"
    assert attributes[names.REQUEST_MODEL] == "gpt-5-mini"
    assert attributes[names.REQUEST_TEMPERATURE] == 0.7
    assert attributes[names.RESPONSE_MODEL] == "gpt-5-mini-2025-08-07"
    assert attributes[names.FINISH_REASONS] == ("stop",)
    assert attributes[names.INPUT_TOKENS] == 100
    assert attributes[names.RETRIES] == 0
    assert attributes[names.USD] == pytest.approx(5.6e-05)
    assert (attributes[names.SERVER_ADDRESS], attributes[names.SERVER_PORT]) == ("127.0.0.1", endpoint.port)
    assert json.loads(str(attributes[names.INPUT_MESSAGES]))[1] == {
        "role": "user",
        "parts": [{"type": "text", "content": "C or D?"}],
    }


async def test_a_rate_limit_is_waited_out_as_told_and_counted(endpoint: Endpoint, recorded: Recorded) -> None:
    endpoint.replies = [Reply(failure("slow down"), 429, {"Retry-After": "1"}), Reply()]
    began = time.monotonic()
    with recorded() as spans:
        answer = await model("openai/gpt-5-mini").complete(TYPED)
    assert time.monotonic() - began >= 1.0
    assert answer.retries == 1
    assert len(endpoint.received) == 2
    assert (spans[0].attributes or {})[names.RETRIES] == 1


FAILURES: list[tuple[Reply, type[ModelError], list[str]]] = [
    (Reply(failure("Incorrect API key"), 401), ModelUnavailableError, ["refuses the key in `OPENAI_API_KEY`"]),
    (Reply(failure("not for you"), 403), ModelUnavailableError, ["refuses the key", "not for you"]),
    (Reply(failure("pay first"), 402), ModelUnavailableError, ["account", "is empty"]),
    (Reply(failure("no such model", "model_not_found"), 404), ModelUnavailableError, ["does not serve it"]),
    (Reply(failure("quota", "insufficient_quota"), 429, SOON), ModelUnavailableError, ["quota"]),
    (Reply(failure("no temperature", "unsupported_value"), 400), ModelUnavailableError, ["no temperature"]),
    (Reply(failure("slow"), 429, SOON), ModelUnavailableError, ["rate limit", "after 4 retries", "concurrency"]),
    (Reply(failure("too long"), 400), ModelError, ["answers 400", "too long"]),
    (Reply(failure("boom"), 500, SOON), ModelError, ["answers 500 after 1 retry", "boom"]),
    (Reply(b"<html>Bad Gateway</html>", 502, SOON), ModelError, ["answers 502"]),
    (Reply(b"<html>welcome</html>"), ModelError, ["no chat completion"]),
    (Reply({"choices": []}), ModelError, ["no choice in the answer"]),
    (Reply(failure("the provider behind is down")), ModelError, ["the provider behind is down"]),
    (Reply(b"no gzip", 200, {"content-encoding": "gzip"}), ModelError, ["the connection to", "broke"]),
]


@pytest.mark.parametrize(("reply", "kind", "words"), FAILURES)
async def test_a_failure_is_told_in_one_line_and_recorded(
    endpoint: Endpoint, recorded: Recorded, reply: Reply, kind: type[ModelError], words: list[str]
) -> None:
    endpoint.replies = [reply]
    asked = model("openai/gpt-5-mini?retries=1")
    with recorded() as spans, pytest.raises(ModelError) as caught:
        await asked.complete(TYPED)
    assert type(caught.value) is kind
    message = str(caught.value)
    assert message.startswith("`openai/gpt-5-mini`")
    assert "\n" not in message
    for word in words:
        assert word in message
    assert [(span.attributes or {})[names.ERROR_TYPE] for span in spans] == [kind.__name__]
    assert spans[0].status.status_code is StatusCode.ERROR


async def test_nobody_at_the_address(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setenv("VLLM_BASE_URL", f"http://127.0.0.1:{port}/v1")
        with pytest.raises(ModelUnavailableError, match=f"nothing answers at 127.0.0.1:{port}"):
            await model("vllm/llama?retries=0").complete(PLAIN)
        with pytest.raises(ModelUnavailableError, match="start the server"):
            await model("vllm/llama").check()


@pytest.mark.parametrize("said", [b"", b"who are you?\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
async def test_something_else_at_the_address(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("VLLM_BASE_URL", f"http://127.0.0.1:{port}/v1")
        with pytest.raises(ModelError, match=f"the connection to 127.0.0.1:{port} broke") as caught:
            await model("vllm/llama?retries=0").complete(PLAIN)
        assert "\n" not in str(caught.value)


async def test_a_silent_endpoint_is_given_up(endpoint: Endpoint) -> None:
    endpoint.delay = 5.0
    with pytest.raises(ModelError, match="no complete answer within"):
        await model("openai/gpt-5-mini?timeout=0.05&retries=0").complete(PLAIN)


async def test_an_endpoint_without_schemas_gets_it_in_the_prompt_from_then_on(
    endpoint: Endpoint, recorded: Recorded
) -> None:
    refusal = failure("'response_format' of type json_schema is not supported", param="response_format")
    endpoint.replies = [Reply(refusal, 400), Reply()]
    asked = model("vllm/llama")
    assert asked.takes_schema
    with recorded() as spans:
        assert (await asked.complete(TYPED)).text == '{"answer": "C"}'
        assert not asked.takes_schema
        await asked.complete(TYPED)
        await model("vllm/llama").complete(TYPED)
    assert ["response_format" in each.body for each in endpoint.received] == [True, False, False, False]
    for each in endpoint.received[1:]:
        assert TYPED.schema is not None
        assert each.body["messages"][1]["content"] == f"C or D?\n\n{TYPED.schema.instructions}"
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR, *[StatusCode.UNSET] * 3]


async def test_a_truncated_answer_says_so(endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(completion('{"answ', finish_reason="length"))]
    assert (await model("openai/gpt-5-mini").complete(TYPED)).finish_reason == "length"


async def test_a_refusal_is_told_and_recorded(endpoint: Endpoint, recorded: Recorded) -> None:
    endpoint.replies = [Reply(completion(None, refusal="I would rather not."))]
    with recorded() as spans:
        answer = await model("openai/gpt-5-mini").complete(TYPED)
    assert (answer.text, answer.refusal) == ("", "I would rather not.")
    assert "I would rather not." in str((spans[0].attributes or {})[names.OUTPUT_MESSAGES])


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"message": {"content": "C"}}]},
        {"choices": [{"message": {"content": [{"type": "text", "text": "C"}]}}], "usage": None},
        {
            "choices": [{"message": {"content": "C"}, "finish_reason": None, "logprobs": None}],
            "usage": {"prompt_tokens": None, "prompt_tokens_details": None},
            "timings": {},
        },
    ],
)
async def test_endpoints_may_leave_things_out(endpoint: Endpoint, body: dict[str, Any]) -> None:
    endpoint.replies = [Reply(body)]
    answer = await model("vllm/llama").complete(PLAIN)
    assert (answer.text, answer.usage, answer.usd) == ("C", Usage(), 0.0)


async def test_an_unknown_model_costs_nan(endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(completion(model="nobody-knows"))]
    assert math.isnan((await model("openai/nobody-knows").complete(PLAIN)).usd)


async def test_the_key_reaches_nothing_but_the_endpoint(
    endpoint: Endpoint, recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.replies = [Reply(failure(f"Incorrect API key provided: {KEY}"), 401)]
    asked = model("openai/gpt-5-mini")
    with recorded() as spans, pytest.raises(ModelUnavailableError) as caught:
        await asked.complete(TYPED)
    assert KEY in endpoint.received[0].headers["Authorization"]
    told = "".join(traceback.format_exception(caught.value))
    assert "[key]" in told
    for text in (told, caplog.text, repr(asked), repr(vars(asked)), *(span.to_json() for span in spans)):
        assert KEY not in text


@pytest.mark.parametrize("key", ["", "   ", None])
async def test_a_missing_key_is_told_before_anything_is_called(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if key is None:
        monkeypatch.delenv("OPENAI_API_KEY")
    else:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    asked = model("openai/gpt-5-mini")
    for wait in (asked.check(), asked.complete(PLAIN)):
        with pytest.raises(
            ModelUnavailableError, match="`openai/gpt-5-mini` needs the environment variable `OPENAI_API_KEY`"
        ):
            await wait
    assert endpoint.received == []


async def test_a_key_with_foreign_characters(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-schlüssel")
    with pytest.raises(ModelUnavailableError, match="`OPENAI_API_KEY` holds invalid characters"):
        await model("openai/gpt-5-mini").check()


@pytest.mark.parametrize("name", ["gpt-5-mini", "gpt-5-mini:nitro"])
async def test_a_check_that_finds_the_model(endpoint: Endpoint, name: str) -> None:
    await model(f"openai/{name}").check()
    assert endpoint.received == []


async def test_a_check_adds_the_default_tag(endpoint: Endpoint) -> None:
    endpoint.listing = Reply({"data": [{"id": "llama3.2:latest"}]})
    await model("vllm/llama3.2").check()


@pytest.mark.parametrize("listing", [Reply({}, 404), Reply({"data": []}), Reply(b"<html></html>")])
async def test_a_check_where_models_are_not_listed(endpoint: Endpoint, listing: Reply) -> None:
    endpoint.listing = listing
    await model("vllm/llama").check()


async def test_a_check_that_misses_the_model_names_near_ones(endpoint: Endpoint) -> None:
    with pytest.raises(ModelUnavailableError, match="serves no such model; did you mean `gpt-5-mini`"):
        await model("openai/gpt-5-mimi").check()


@pytest.mark.parametrize("status", [401, 500])
async def test_a_check_that_is_refused(endpoint: Endpoint, status: int) -> None:
    endpoint.listing = Reply(failure("no"), status)
    with pytest.raises(ModelUnavailableError):
        await model("openai/gpt-5-mini").check()


async def test_a_check_shows_the_key_where_the_list_is_public(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    endpoint.listing = Reply({"data": [{"id": "meta-llama/llama-3-8b"}]})
    await model("openrouter/meta-llama/llama-3-8b").check()
    endpoint.key_check = Reply(failure("No auth credentials found"), 401)
    with pytest.raises(ModelUnavailableError, match="refuses the key in `OPENROUTER_API_KEY`"):
        await model("openrouter/meta-llama/llama-3-8b").check()


async def test_calls_in_flight_are_limited_per_model(endpoint: Endpoint) -> None:
    endpoint.delay = 0.02
    await asyncio.gather(*(model("vllm/llama?concurrency=3").complete(PLAIN) for _ in range(12)))
    assert len(endpoint.received) == 12
    assert endpoint.most_under_way == 3


async def test_models_of_one_endpoint_share_its_connections(endpoint: Endpoint) -> None:
    for name in ("a", "b", "c"):
        await model(f"vllm/{name}").complete(PLAIN)
    assert len(endpoint.connections) == 1


async def test_closing_one_model_leaves_the_others_their_connections(endpoint: Endpoint) -> None:
    first, second = model("vllm/a"), model("vllm/b")
    await first.complete(PLAIN)
    await second.complete(PLAIN)
    await first.close()
    await second.complete(PLAIN)
    assert len(endpoint.connections) == 1
    await second.close()
    await second.complete(PLAIN)
    assert len(endpoint.connections) == 2


async def test_models_are_used_from_one_event_loop_after_another(endpoint: Endpoint) -> None:
    asked = model("vllm/llama?concurrency=1")

    async def twice() -> None:
        await asyncio.gather(asked.complete(PLAIN), asked.complete(PLAIN))

    for _ in range(3):
        await asyncio.to_thread(asyncio.run, twice())
    gc.collect()
    assert len(endpoint.connections) == 3


@pytest.mark.parametrize("kind", ["unreachable", "timeout", "broken", "too large"])
def test_no_failure_is_unmapped(kind: Failure) -> None:
    caller = Caller("openai/gpt-5-mini", Address("https://api.openai.com/v1", Secret(KEY)), "OPENAI_API_KEY")
    failed = caller.failure(UnansweredError(kind, "no"))
    assert isinstance(failed, ModelError)
    assert str(failed).startswith("`openai/gpt-5-mini`: ")
