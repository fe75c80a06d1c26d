"""Quirks of endpoints below the body: status, time, size, encoding, address. One row each."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import zlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from interlab.errors import ConfigurationError, ModelError, ModelUnavailableError, ParameterError
from interlab.models import ChatMessage, model
from interlab.models.pacing import Pace, retry_after
from interlab.models.providers import providers
from interlab.schema import names
from tests.models.endpoint import Reply, completion, failure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from interlab.models import Model
    from tests.models.conftest import Recorded
    from tests.models.endpoint import Endpoint

    Writer = Callable[[asyncio.StreamWriter], Any]

QUESTION: Final = (ChatMessage("system", "You play a game."), ChatMessage("user", "C or D?"))
BODY: Final = json.dumps(completion("D")).encode()
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


async def whole(asked: Model) -> str:
    return (await asked.send(QUESTION)).text


@asynccontextmanager
async def serving(write: Writer) -> AsyncGenerator[str]:
    """Serve one raw answer to every request; yields the address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        try:
            await write(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


def sending(head: bytes, *chunks: bytes, pause: float = 0.0, repeat: int = 1) -> Writer:
    """Send a head and then chunks, again and again, with a pause after each."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for _ in range(repeat):
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()
                await asyncio.sleep(pause)

    return write


def packed(content: bytes, encoding: str) -> Writer:
    return sending(HEAD + f"Content-Encoding: {encoding}\r\n\r\n".encode(), content)


def bomb() -> bytes:
    """1 GB of zeros, compressed twice over to a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(1024)), packer.flush()])


RAW_DEFLATE: Final = zlib.compressobj(wbits=-15)
READ: dict[str, Writer] = {
    "no length": sending(HEAD + b"\r\n", BODY),
    "in pieces": sending(HEAD + b"\r\n", BODY[:20], BODY[20:], pause=0.05),
    "spaces before the body, as a sign of life": sending(HEAD + b"\r\n", b" \n" * 50 + BODY),
    "gzip": packed(gzip.compress(BODY), "gzip"),
    "zlib": packed(zlib.compress(BODY), "deflate"),
    "raw deflate": packed(RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush(), "deflate"),
    "identity": packed(BODY, "identity"),
    "two hundred headers": sending(
        HEAD + b"".join(b"X-Trace-%d: 1\r\n" % number for number in range(100)) + b"\r\n", BODY
    ),
}
REFUSED: dict[str, tuple[Writer, str]] = {
    "a byte every tenth of a second for ever": (
        sending(HEAD + b"\r\n", b" ", pause=0.1, repeat=1000),
        "no complete answer within 1 s",
    ),
    "nothing after the head": (
        sending(HEAD + b"Content-Length: 10\r\n\r\n", b"", pause=20),
        "no complete answer within 1 s",
    ),
    "silence": (sending(b"", b"", pause=20), "no complete answer within 1 s"),
    "200 MB": (sending(HEAD + b"\r\n", bytes(2**20), repeat=200), "larger than 16 MB"),
    "a gzip bomb of 1 GB": (packed(bomb(), "gzip"), "larger than 16 MB"),
    "no gzip in spite of its name": (packed(BODY, "gzip"), "cannot be decompressed"),
    "brotli, which was not asked for": (packed(b"\x0b", "br"), "content encoding `br`"),
    "half a body": (sending(HEAD + b"Content-Length: 1000\r\n\r\n", BODY[:20]), "broke"),
    "no HTTP": (sending(b"SSH-2.0-OpenSSH_9.6\r\n"), "broke"),
    "a broken head": (sending(b"HTTP/1.1 200\r\nContent-Length: x\r\n\r\n"), "broke"),
    "closed at once": (sending(b""), "broke"),
    "a head of 100 kB": (sending(HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n", BODY), "broke"),
}


@pytest.mark.parametrize("name", READ)
async def test_an_answer_that_can_be_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(READ[name]) as url:
        monkeypatch.setenv("VLLM_BASE_URL", url)
        assert await whole(model("vllm/llama?retries=0")) == "D"


@pytest.mark.parametrize("name", REFUSED)
async def test_an_answer_that_cannot_be_read_is_one_line_in_time(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, words = REFUSED[name]
    async with serving(write) as url:
        monkeypatch.setenv("VLLM_BASE_URL", url)
        begun = time.monotonic()
        with pytest.raises(ModelError) as caught:
            await whole(model("vllm/llama?retries=0&timeout=1"))
        assert time.monotonic() - begun < 6
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


BAD_ADDRESSES: dict[str, str] = {
    "http://127.0.0.1:99999/v1": "port",
    "http://127.0.0.1:x/v1": "port",
    "http://127.0.0.1:-1/v1": "port",
    "http://127.0.0.1:0/v1": "port",
    "http://[::1/v1": "host",
    "http://[::g]/v1": "host",
    "http:///v1": "no host",
    "http://a..b/v1": "host",
    f"http://{'a' * 64}.org/v1": "host",
    "http://ho st/v1": "host",
    "http://host\0/v1": "host",
    "http://user:secret@host/v1": "user name or a password",
    "http://host/v1?key=secret": "query",
    "ftp://host/v1": "http:// or https://",
    "localhost:8000": "http:// or https://",
    "//host/v1": "http:// or https://",
}


@pytest.mark.parametrize("url", BAD_ADDRESSES)
async def test_a_bad_address_is_one_line_without_its_secrets(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"VLLM_BASE_URL": url})  # a real environment holds no NUL
    with pytest.raises(ConfigurationError) as caught:
        await whole(model("vllm/llama"))
    assert BAD_ADDRESSES[url] in str(caught.value)
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


async def test_a_host_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_BASE_URL", "http://no-such-host.invalid:8000/v1")
    with pytest.raises(ModelUnavailableError, match=r"nothing answers at no-such-host\.invalid:8000"):
        await whole(model("vllm/llama?retries=0"))


NO_SYSTEM: dict[str, Reply] = {
    "Gemma on vLLM": Reply(failure("System role not supported"), 400),
    "a template": Reply({"object": "error", "message": "The system role is not supported by this template"}, 400),
    "FastAPI": Reply(
        {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "role 'system' not allowed"}]}, 422
    ),
    "developer instructions": Reply(failure("Developer instruction is not enabled for models/gemma"), 400),
}


@pytest.mark.parametrize("name", NO_SYSTEM)
async def test_system_text_moves_into_the_first_user_message(endpoint: Endpoint, name: str) -> None:
    endpoint.chooses = lambda body: NO_SYSTEM[name] if body["messages"][0]["role"] == "system" else Reply()
    asked = model("vllm/llama")
    for _ in range(2):
        await asked.send(QUESTION)
    assert [[each["role"] for each in got.body["messages"]] for got in endpoint.received] == [
        ["system", "user"],
        ["user"],
        ["user"],
    ]
    assert endpoint.received[-1].body["messages"][0]["content"] == "You play a game.\n\nC or D?"


OPTION_REFUSED: dict[str, tuple[str, Reply]] = {
    "unsupported value": (
        "temperature=0.7",
        Reply(failure("Only 1 is supported", "unsupported_value", "temperature"), 400),
    ),
    "a text": ("temperature=0.7", Reply({"error": "`temperature` is deprecated for this model."}, 400)),
    "max_tokens": ("max_tokens=5", Reply(failure("max_completion_tokens must be at least 16"), 400)),
    "details": (
        "seed=7",
        Reply({"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}, 422),
    ),
}


@pytest.mark.parametrize("name", OPTION_REFUSED)
async def test_a_refused_option_is_found_by_the_check_and_ends_the_model_later(
    endpoint: Endpoint, name: str
) -> None:
    option, reply = OPTION_REFUSED[name]
    endpoint.replies = [reply]
    asked = model(f"openai/gpt-5-mini?{option}")
    for call in (asked.check, lambda: asked.send(QUESTION)):
        with pytest.raises(ModelUnavailableError, match=f"change the option `{option.partition('=')[0]}`"):
            await call()
    assert len(endpoint.received) == 2


async def test_details_of_a_refused_request_are_shown(endpoint: Endpoint) -> None:
    endpoint.replies = [Reply({"detail": [{"loc": ["body", "messages"], "msg": "too many"}]}, 422)]
    with pytest.raises(ModelError, match=r"answers 422: body\.messages: too many"):
        await whole(model("vllm/llama"))


async def test_a_daily_quota_ends_the_model_at_once(endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(failure("daily limit"), 429, {"Retry-After": "86400"})]
    asked = model("vllm/llama")
    with pytest.raises(ModelUnavailableError, match=r"asks to wait 24 h, longer than `max_wait`"):
        await whole(asked)
    assert len(endpoint.received) == 1
    assert asked.unavailable is not None


@pytest.mark.parametrize("said", ["soon", "1e308", "NaN", "-5", "", "Infinity", "9" * 400])
async def test_a_rest_without_a_usable_time_is_short_at_first(endpoint: Endpoint, said: str) -> None:
    endpoint.replies = [Reply(failure("slow down"), 429, {"Retry-After": said}), Reply()]
    begun = time.monotonic()
    assert await whole(model("vllm/llama")) == '{"answer": "C"}'
    assert 0.7 < time.monotonic() - begun < 3


@pytest.mark.parametrize(("said", "least", "most"), [("2", 2, 2), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0)])
def test_the_time_to_wait(said: str, least: float, most: float) -> None:
    seconds = retry_after({"Retry-After": said})
    assert seconds is not None
    assert least <= seconds <= most


async def test_a_redirect_is_not_followed(endpoint: Endpoint) -> None:
    endpoint.replies = [Reply({}, 307, {"Location": "https://elsewhere.invalid/v1"})]
    with pytest.raises(ModelUnavailableError, match=r"redirects to https://elsewhere\.invalid/v1: correct"):
        await whole(model("vllm/llama"))


async def test_a_model_that_answers_again_is_available_again(endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(failure("empty"), 402), Reply()]
    asked = model("vllm/llama")
    with pytest.raises(ModelUnavailableError):
        await whole(asked)
    await whole(asked)
    assert asked.unavailable is None


async def test_a_pace_is_learnt_from_what_was_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "time", lambda: now)
    pace = Pace("here")
    for _ in range(100):
        await pace.admit()
        pace.accept()
        now += 0.1
    pace.refuse(20)
    now += 21
    pace.accept()
    assert pace.rate == pytest.approx(0.97 * 100 / 31, rel=0.01)


async def test_options_are_sent_and_recorded(endpoint: Endpoint, recorded: Recorded) -> None:
    options = {
        "frequency_penalty": 0.5,
        "presence_penalty": -0.5,
        "top_k": 20,
        "min_p": 0.1,
        "reasoning_effort": "low",
        "verbosity": "high",
        "service_tier": "flex",
        "logprobs": True,
        "provider": {"order": ["a", "b"]},
    }
    query = "&".join(
        f"{'' if isinstance(value, (str, float, int)) and name != 'logprobs' else 'extra.'}{name}="
        f"{value if isinstance(value, str) else json.dumps(value, separators=(',', ':'))}"
        for name, value in options.items()
    )
    with recorded() as spans:
        await model(f"vllm/llama?{query}").send(QUESTION)
    assert options.items() <= endpoint.received[0].body.items()
    attributes = spans[0].attributes or {}
    assert attributes[names.REQUEST_TOP_K] == 20
    assert attributes[names.REQUEST_REASONING_EFFORT] == "low"
    assert json.loads(str(attributes[names.REQUEST_EXTRA])) == {"logprobs": True, "provider": options["provider"]}


@pytest.mark.parametrize("query", ["extra.a=b", "extra.=1", "top_k=0", "top_k=many", "min_p=2"])
def test_options_that_are_invalid(query: str) -> None:
    with pytest.raises(ParameterError):
        model(f"vllm/llama?{query}")


def test_every_shipped_provider_has_an_address_a_link_and_a_key_that_can_be_named() -> None:
    for name, provider in providers().items():
        assert provider.url().startswith("http"), name
        assert provider.link.startswith("https://"), name
        assert provider.base_url_variable, name
        assert provider.free or provider.key_variable, name
