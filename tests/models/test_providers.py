"""Who serves models: the shipped presets, and the user's file laid over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interlab.errors import ConfigurationError
from interlab.models import ChatMessage, ChatRequest, model
from interlab.models.providers import providers
from interlab.queries import answer_type

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.endpoint import Endpoint


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("INTERLAB_PROVIDERS", str(path))
    return path


def test_what_is_shipped() -> None:
    shipped = providers()
    assert len(shipped) == 19
    assert {name for name, each in shipped.items() if each.free} == {"ollama", "vllm", "lmstudio"}
    assert {name for name, each in shipped.items() if not each.key_variable} == {"ollama", "vllm", "lmstudio"}
    limited = {name for name, each in shipped.items() if each.limit_parameter != "max_tokens"}
    assert limited == {"azure", "cerebras", "groq", "openai"}


def test_a_users_provider_is_laid_over_the_presets(user_file: Path) -> None:
    user_file.write_text(
        '[groq]\nbase_url = "https://api.groq.com/openai/v1"\nkey_variable = "GROQ_API_KEY"\n'
        "[vllm]\ntakes_schema = false\n"
    )
    known = providers()
    assert known["groq"].key_variable == "GROQ_API_KEY"
    assert not known["vllm"].takes_schema
    assert known["vllm"].base_url == "http://localhost:8000/v1"
    assert known["vllm"].free


def test_a_changed_file_is_read_again(user_file: Path) -> None:
    user_file.write_text('[a]\nbase_url = "http://a/v1"\n')
    assert "a" in providers()
    user_file.write_text('[bb]\nbase_url = "http://b/v1"\n')
    assert "bb" in providers()
    assert "a" not in providers()


def test_the_usual_place(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "interlab" / "providers.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[mine]\nbase_url = "http://mine/v1"\n')
    assert "mine" in providers()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[groq\n", "mine.toml` cannot be read: .*line 1"),
        ("base_url = 1\n", "`base_url` stands outside of any table"),
        ("[own]\n", r"mine.toml`: `\[own\] base_url`: .*required"),
        ('[groq]\nbase_url = "http://a"\nkey = "x"\n', r"`\[groq\] key`: Unexpected keyword"),
        ('[openai]\nfree = "perhaps"\n', r"`\[openai\] free`: Input should be a valid boolean"),
        ('[openai]\nlimit_parameter = "n"\n', r"`\[openai\] limit_parameter`: Input should be"),
    ],
)
def test_a_bad_file_is_told_with_file_and_field(user_file: Path, text: str, complaint: str) -> None:
    user_file.write_text(text)
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        providers()
    assert "\n" not in str(caught.value)


def test_a_named_file_has_to_be_there(user_file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"`INTERLAB_PROVIDERS` is .*mine.toml.*cannot be read"):
        providers()


async def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:8000")
    with pytest.raises(ConfigurationError, match="`OPENAI_BASE_URL` `localhost:8000`: it does not begin with"):
        await model("openai/gpt-5-mini").check()


async def test_a_provider_without_schemas_gets_them_in_the_prompt(
    endpoint: Endpoint, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLD_URL", endpoint.url)
    _write_old(user_file)
    schema = answer_type(bool).schema
    await model("old/one").complete(ChatRequest(messages=(ChatMessage("user", "Deal?"),), schema=schema))
    assert endpoint.received[0].body["messages"] == [
        {"role": "user", "content": f"Deal?\n\n{schema.instructions}"}
    ]
    assert "response_format" not in endpoint.received[0].body


def _write_old(path: Path) -> None:
    path.write_text('[old]\nbase_url = "http://unused/v1"\nbase_url_variable = "OLD_URL"\ntakes_schema = false\n')
