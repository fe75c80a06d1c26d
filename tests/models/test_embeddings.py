"""Texts as vectors, from an OpenAI-compatible endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from interlab.errors import ModelError, ModelUnavailableError
from interlab.models import model
from interlab.testing import ScriptedModel, record
from interlab.tracing.recorder import record_turn
from tests.models.endpoint import Reply, failure

if TYPE_CHECKING:
    from tests.models.endpoint import Endpoint

NAME = "openai/text-embedding-3-small"


def vectors(*found: list[float], order: list[int] | None = None) -> Reply:
    """An embeddings answer as OpenAI writes it."""
    places = order or list(range(len(found)))
    data: list[dict[str, Any]] = [
        {"object": "embedding", "index": place, "embedding": vector}
        for place, vector in zip(places, found, strict=True)
    ]
    return Reply({"object": "list", "data": data, "usage": {"prompt_tokens": 8, "total_tokens": 8}})


async def test_every_text_gets_its_vector(endpoint: Endpoint) -> None:
    endpoint.replies = [vectors([0.0, 1.0], [1.0, 0.0], order=[1, 0])]
    assert await model(NAME).embed(["a", ""]) == [[1.0, 0.0], [0.0, 1.0]]
    assert endpoint.received[0].body == {"model": "text-embedding-3-small", "input": ["a", " "]}


async def test_a_call_is_on_record_and_has_its_price(endpoint: Endpoint) -> None:
    endpoint.replies = [vectors([0.0, 1.0])]
    with record() as recording, record_turn("alice", NAME, purpose="thought", prompt="?"):
        await model(NAME).embed(["a"])
    assert recording.spans[0].name == "embeddings text-embedding-3-small"
    (call,) = recording.episode.turns[0].calls
    assert (call.operation, call.input_tokens, call.output_tokens, call.ok) == ("embeddings", 8, 0, True)
    assert call.usd == pytest.approx(8 * 0.02 / 1e6)
    assert call.input_messages is None


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (vectors([0.0, 1.0]), "answered 2 texts with 1 vectors"),
        (vectors([0.0, 1.0], [0.0]), "vectors of differing lengths"),
        (Reply({"object": "list"}), "answered with no embeddings"),
    ],
)
async def test_what_is_no_embedding_is_an_error(endpoint: Endpoint, reply: Reply, complaint: str) -> None:
    endpoint.replies = [reply]
    with pytest.raises(ModelError, match=complaint):
        await model(NAME).embed(["a", "b"])


async def test_a_refusal_is_told(endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(failure("no such model", code="model_not_found"), status=404)]
    with pytest.raises(ModelUnavailableError, match="no such model"):
        await model(NAME).embed(["a"])


async def test_a_model_without_embeddings_says_so() -> None:
    with pytest.raises(ModelUnavailableError, match="`scripted/scripted` gives no embeddings"):
        await ScriptedModel([]).embed(["a"])
