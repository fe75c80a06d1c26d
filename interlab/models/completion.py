"""Answers of OpenAI-compatible endpoints: lenient in what is ignored, strict in what is taken.

Nothing that is only recorded (an id, a count, a reason) ever costs an answer. The answer itself is taken from a
place that holds exactly one: the message, the arguments of a tool call, or, marked as such, the reasoning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import BaseModel, ValidationError

from interlab.errors import ModelError
from interlab.models.base import ChatResponse, Embedded
from interlab.models.documents import documents_in, quoted
from interlab.models.usage import read_usage
from interlab.tracing.recorder import Usage

if TYPE_CHECKING:
    from interlab.schema.episode import Json

    Node = dict[str, Json]

_LONGEST_DETAIL: Final = 200
_REASONING: Final = ("reasoning_content", "reasoning", "reasoning_text", "thinking", "reasoning_details")
_CUT_OFF: Final = frozenset({"length", "max_tokens", "model_length", "max_output_tokens", "max_length"})
_FILTERED: Final = frozenset(
    {"content_filter", "content_filtered", "safety", "blocked", "prohibited_content", "guardrail_intervened"}
)


def read_completion(content: bytes, *, model: str, retries: int) -> ChatResponse:
    """Read a chat completion.

    Args:
        content: Body of the answer.
        model: Provider and name, for messages.
        retries: Number of earlier attempts at the request.

    Raises:
        ModelError: The body is not a completion, or it reports a failure.
    """
    try:
        documents = documents_in(content)
    except ValueError:
        raise ModelError(f"`{model}` answered with no chat completion but {quoted(content)}") from None
    whole = _merged([each for found in documents for each in (found if isinstance(found, list) else [found])])
    choice = _choice(whole)
    message = _message(choice)
    said = failure_in(whole) or failure_in(choice)
    if said and not (_text(message.get("content")) or message.get("tool_calls")):
        raise ModelError(f"`{model}`: {said}")
    if not choice:
        why = "no choice in the answer" if "choices" in whole else "no chat completion"
        raise ModelError(f"`{model}` answered with {why} but {quoted(content)}")
    usage = read_usage(whole)
    return ChatResponse(
        text=_text(message.get("content")) or _arguments(message),
        reasoning=next((text for name in _REASONING if (text := _text(message.get(name)))), None)
        or _thoughts(message.get("content")),
        model=_name(whole.get("model")),
        id=_name(whole.get("id")),
        finish_reason=_reason(choice),
        refusal=_refusal(message),
        usage=usage or Usage(),
        retries=retries,
    )


def failure_in(document: Node) -> str | None:
    """Return the message of the failure that a document reports; ``None`` if it reports none."""
    found = document.get("error") or document.get("errors") or document.get("detail")
    if not found and document.get("object") == "error":
        found = document.get("message") or "an error without a message"
    return _explained(found)[:_LONGEST_DETAIL] if found else None


def _explained(failure: Json) -> str:
    match failure:
        case str():
            return " ".join(failure.split())
        case {"message": str(message)} | {"msg": str(message)}:
            return " ".join(message.split())
        case [*several] if several:
            return "; ".join(map(_explained, several[:3]))
        case _:
            return orjson.dumps(failure).decode()


def _merged(documents: list[Json]) -> Node:
    """Make one completion of the chunks of a stream, or of copies of the same completion."""
    nodes = [each for each in documents if isinstance(each, dict)]
    if len(nodes) < len(documents) or not nodes:
        return {}
    chunks = [delta for each in nodes if isinstance(delta := _choice(each).get("delta"), dict)]
    if not chunks:
        return nodes[0] if all(_choice(each) == _choice(nodes[0]) for each in nodes) else {}
    merged: Node = {key: value for each in nodes for key, value in each.items() if value is not None}
    message: Node = {}
    for name in ("content", *_REASONING[:-1], "refusal"):
        texts = [text for chunk in chunks if (text := _text(chunk.get(name)))]
        if texts:
            message[name] = "".join(texts)
    message["tool_calls"] = _joined_calls(chunks)
    finish = [reason for each in nodes if (reason := _reason(_choice(each)))]
    merged["choices"] = [{"message": message, "finish_reason": finish[-1] if finish else None}]
    return merged


def _joined_calls(chunks: list[Node]) -> Json:
    """Join the pieces of the tool calls of a stream, by the index of the call."""
    joined: dict[str, str] = {}
    for chunk in chunks:
        calls = chunk.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict) and isinstance(function := call.get("function"), dict):
                index = str(call.get("index", 0))
                joined[index] = joined.get(index, "") + _text(function.get("arguments"))
    return [{"function": {"arguments": each}} for each in joined.values()]


def _choice(document: Node) -> Node:
    """Find the choice of a completion: of several, the first."""
    choices = document.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    if isinstance(choices, list):
        first = choices[0] if choices else None
        return first if isinstance(first, dict) else {"text": first} if isinstance(first, str) else {}
    return document if isinstance(document.get("message"), dict) else {}  # Ollama's own API


def _message(choice: Node) -> Node:
    for name in ("message", "delta", "text"):
        found = choice.get(name)
        if isinstance(found, dict):
            return found
        if isinstance(found, str):
            return {"content": found}
    return {}


def _text(content: Json) -> str:
    """Read the text of some content: a text, or parts of which some are text; reasoning is left out."""
    match content:
        case str():
            return content
        case list():
            return "".join(_text(part) for part in content if not _is_thought(part))
        case {"text": str(text)} | {"text": {"value": str(text)}} | {"summary": str(text)}:
            return text
        case {"type": str()}:
            return ""
        case dict() if content:
            return orjson.dumps(content).decode()  # the answer as an object, already read
        case bool() | int() | float():
            return orjson.dumps(content).decode()
        case _:
            return ""


def _is_thought(part: Json) -> bool:
    return isinstance(part, dict) and part.get("type") in {"thinking", "reasoning", "thought", "refusal"}


def _thoughts(content: Json) -> str | None:
    """Read the reasoning among the parts of some content."""
    texts: list[str] = []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") in {"thinking", "reasoning", "thought"}:
            texts += [text for name in ("thinking", "reasoning", "text") if (text := _text(part.get(name)))]
    return "\n".join(texts) or None


def _arguments(message: Node) -> str:
    """Read the arguments of tool calls; several that differ stay several, which makes the answer invalid."""
    calls = message.get("tool_calls")
    found: list[Json] = list(calls) if isinstance(calls, list) else []
    functions = [each.get("function") for each in found if isinstance(each, dict)]
    functions.append(message.get("function_call"))
    texts = [text for each in functions if isinstance(each, dict) and (text := _text(each.get("arguments")))]
    return "\n".join(dict.fromkeys(texts))


def _refusal(message: Node) -> str | None:
    content = message.get("content")
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") == "refusal":
            return _name(part.get("refusal")) or "refused"
    return _name(message.get("refusal"))


def _reason(choice: Node) -> str | None:
    """Read why an answer ended, with the other names for a limit and a filter made the usual ones."""
    reason = _name(choice.get("finish_reason")) or _name(choice.get("done_reason"))
    if reason is None:
        return None
    folded = reason.casefold()
    return "length" if folded in _CUT_OFF else "content_filter" if folded in _FILTERED else reason


def _name(value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None


def read_embeddings(content: bytes, count: int, *, model: str, retries: int) -> Embedded:
    """Read the vectors of texts.

    Args:
        content: Body of the answer.
        count: Number of texts that were sent.
        model: Provider and name, for messages.
        retries: Number of earlier attempts at the request.

    Raises:
        ModelError: The body does not hold as many vectors, all of the same length.
    """
    try:
        found = _Embeddings.model_validate_json(content)
    except ValidationError:
        raise ModelError(f"`{model}` answered with no embeddings but {quoted(content)}") from None
    vectors = [each.embedding for each in sorted(found.data, key=lambda each: each.index)]
    if len(vectors) != count or len({len(vector) for vector in vectors}) > 1:
        raise ModelError(f"`{model}` answered {count} texts with {len(vectors)} vectors of differing lengths")
    usage = read_usage({"usage": found.usage}) or Usage()
    return Embedded(vectors=vectors, usage=usage, retries=retries)


def read_listing(content: bytes) -> list[str]:
    """Read the names of the models that an endpoint lists, sorted; empty if that is not a list."""
    try:
        return sorted(each.id for each in _Listing.model_validate_json(content).data)
    except ValidationError:
        return []


class _Vector(BaseModel):
    index: int = 0
    embedding: list[float]


class _Embeddings(BaseModel):
    data: list[_Vector]
    usage: Any = None


class _Listed(BaseModel):
    id: str


class _Listing(BaseModel):
    data: list[_Listed]
