"""From a player spec to a model."""

from __future__ import annotations

import pytest

from interlab import registry
from interlab.errors import ParameterError, UnknownNameError
from interlab.models import PlayerSpec, ScriptedModel, model
from interlab.models.openai import OpenAIModel


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("openai/gpt-5-mini", PlayerSpec("openai", "gpt-5-mini")),
        ("openrouter/meta-llama/llama-3-8b", PlayerSpec("openrouter", "meta-llama/llama-3-8b")),
        ("ollama/llama3.2:3b", PlayerSpec("ollama", "llama3.2:3b")),
        ("local//weights/model.gguf", PlayerSpec("local", "/weights/model.gguf")),
        (
            "openai/gpt-5-mini?temperature=0.7&max_tokens=200",
            PlayerSpec("openai", "gpt-5-mini", {"temperature": "0.7", "max_tokens": "200"}),
        ),
        ("vllm/llama?stop=a%26b", PlayerSpec("vllm", "llama", {"stop": "a&b"})),
        ("vllm/llama?stop=", PlayerSpec("vllm", "llama", {"stop": ""})),
    ],
)
def test_a_spec_is_read_and_written_back(text: str, spec: PlayerSpec) -> None:
    assert PlayerSpec.parse(text) == spec
    assert str(spec) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "invalid player ``"),
        ("gpt-5-mini", "invalid player `gpt-5-mini`: expected `prefix/name`"),
        ("openai/", "invalid player"),
        ("/gpt-5-mini", "invalid player"),
        ("openai/gpt-5-mini?temperature", "write options as `\\?name=value&name=value`"),
        ("openai/gpt-5-mini?seed=1&seed=2", "gives an option twice"),
        ("openai/gpt-5-mini?temprature=1", "has no option `temprature`; did you mean `temperature`"),
        ("openai/gpt-5-mini?temperature=warm", "option `temperature`: Input should be a valid number"),
        ("openai/gpt-5-mini?temperature=-1", "option `temperature`: .*greater than or equal to 0"),
        ("openai/gpt-5-mini?max_tokens=1.5", "option `max_tokens`: Input should be a valid integer"),
        ("openai/gpt-5-mini?concurrency=0", "option `concurrency`"),
        ("openai/gpt-5-mini?timeout=0", "option `timeout`"),
        ("vllm/llama?context=4096", "has no option `context`"),
    ],
)
def test_a_bad_spec_is_told_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint) as caught:
        model(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("provider", ["openai", "openrouter", "ollama", "vllm", "lmstudio"])
def test_presets_are_models_without_further_ado(provider: str) -> None:
    made = model(f"{provider}/some-model")
    assert isinstance(made, OpenAIModel)
    assert (made.provider, made.name) == (provider, "some-model")


def test_an_unknown_provider_names_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="no provider is called `opnai`; did you mean `openai`"):
        model("opnai/gpt-5-mini")


def test_other_providers_come_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(spec: PlayerSpec) -> ScriptedModel:
        return ScriptedModel(["C"], provider=spec.prefix, name=spec.name)

    def names(kind: registry.Kind) -> list[str]:
        return ["tape"] if kind == "models" else []

    def load(kind: registry.Kind, name: str) -> object:
        return {"tape": make}[name]

    monkeypatch.setattr(registry, "names", names)
    monkeypatch.setattr(registry, "load", load)
    assert repr(model("tape/first")) == "<ScriptedModel tape/first>"
    with pytest.raises(UnknownNameError, match="did you mean `tape`"):
        model("tapes/first")
