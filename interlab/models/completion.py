"""What OpenAI-compatible endpoints send back, as far as it is read; they differ in what they leave out."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from interlab.errors import ModelError
from interlab.models.base import ChatResponse, Embedded
from interlab.tracing.recorder import Usage


def read_completion(content: bytes, *, model: str, retries: int) -> ChatResponse:
    """Read a chat completion.

    Args:
        content: What came back.
        model: Provider and name, for messages.
        retries: How often the request had been sent before.

    Raises:
        ModelError: The body is not a completion, or it says that something failed.
    """
    try:
        completion = _Completion.model_validate_json(content)
    except ValidationError:
        raise ModelError(f"`{model}` answered with no chat completion") from None
    if completion.error is not None or not completion.choices:
        said = completion.error.message if completion.error else "no choice in the answer"
        raise ModelError(f"`{model}`: {said}")
    choice, tokens = completion.choices[0], completion.usage
    return ChatResponse(
        text=choice.message.text(),
        model=completion.model,
        id=completion.id,
        finish_reason=choice.finish_reason,
        refusal=choice.message.refusal,
        usage=tokens.counted() if tokens else Usage(),
        retries=retries,
    )


def read_embeddings(content: bytes, count: int, *, model: str, retries: int) -> Embedded:
    """Read the vectors of texts.

    Args:
        content: What came back.
        count: How many texts were sent.
        model: Provider and name, for messages.
        retries: How often the request had been sent before.

    Raises:
        ModelError: These are not as many vectors, all of the same length.
    """
    try:
        found = _Embeddings.model_validate_json(content)
    except ValidationError:
        raise ModelError(f"`{model}` answered with no embeddings") from None
    vectors = [each.embedding for each in sorted(found.data, key=lambda each: each.index)]
    if len(vectors) != count or len({len(vector) for vector in vectors}) > 1:
        raise ModelError(f"`{model}` answered {count} texts with {len(vectors)} vectors of differing lengths")
    usage = found.usage.counted() if found.usage else Usage()
    return Embedded(vectors=vectors, usage=usage, retries=retries)


def read_listing(content: bytes) -> list[str]:
    """Read the names of the models that an endpoint lists, sorted; empty if the body is not a list."""
    try:
        return sorted(each.id for each in _Listing.model_validate_json(content).data)
    except ValidationError:
        return []


class _Part(BaseModel):
    text: str = ""


class _Message(BaseModel):
    content: str | list[_Part] | None = None
    refusal: str | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _InputDetails(BaseModel):
    cached_tokens: int | None = None


class _OutputDetails(BaseModel):
    reasoning_tokens: int | None = None


class _Tokens(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None

    def counted(self) -> Usage:
        read, written = self.prompt_tokens_details, self.completion_tokens_details
        return Usage(
            input_tokens=self.prompt_tokens or 0,
            output_tokens=self.completion_tokens or 0,
            cached_tokens=(read and read.cached_tokens) or 0,
            reasoning_tokens=(written and written.reasoning_tokens) or 0,
        )


class _Error(BaseModel):
    message: str = "an error without a message"


class _Completion(BaseModel):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] = []
    usage: _Tokens | None = None
    error: _Error | None = None
    """OpenRouter reports some failures of those behind it with status 200."""


class _Vector(BaseModel):
    index: int = 0
    embedding: list[float]


class _Embeddings(BaseModel):
    data: list[_Vector]
    usage: _Tokens | None = None


class _Listed(BaseModel):
    id: str


class _Listing(BaseModel):
    data: list[_Listed]
