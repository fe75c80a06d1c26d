"""Token counts as endpoints report them, under several names and in several types."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from interlab.tracing.recorder import Usage

if TYPE_CHECKING:
    from interlab.schema.episode import Json

_MOST: Final = 10**12
"""A count beyond this is a mistake of the endpoint."""
_INPUT: Final = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count", "tokens_evaluated")
_OUTPUT: Final = (
    "completion_tokens",
    "output_tokens",
    "candidatesTokenCount",
    "eval_count",
    "tokens_predicted",
    "generated_tokens",
)
_CACHED: Final = ("cached_tokens", "cache_read_input_tokens", "prompt_cache_hit_tokens", "cachedContentTokenCount")
_REASONING: Final = ("reasoning_tokens", "thoughtsTokenCount")
_INPUT_DETAILS: Final = ("prompt_tokens_details", "input_tokens_details")
_OUTPUT_DETAILS: Final = ("completion_tokens_details", "output_tokens_details")
_TOTAL: Final = ("total_tokens", "totalTokenCount")


def read_usage(document: dict[str, Json]) -> Usage | None:
    """Read the token counts of an answer; ``None`` if it reports none."""
    found = next(
        (
            each
            for name in ("usage", "usageMetadata", "usage_metadata")
            if isinstance(each := document.get(name), dict)
        ),
        document,  # Ollama and llama.cpp count beside the answer
    )
    sent, received = _first(found, _INPUT), _first(found, _OUTPUT)
    if sent is None and received is None:
        return None
    cached = _first(found, _CACHED) or _first(_details(found, _INPUT_DETAILS), _CACHED) or 0
    reasoning = _first(found, _REASONING) or _first(_details(found, _OUTPUT_DETAILS), _REASONING) or 0
    total, sent, received = _first(found, _TOTAL), sent or 0, received or 0
    if "cache_read_input_tokens" in found and total is None:  # Anthropic's own API counts them apart
        sent += cached
    if reasoning and total == sent + received + reasoning:  # xAI and Gemini count reasoning apart
        received += reasoning
    return Usage(
        input_tokens=sent,
        output_tokens=received,
        cached_tokens=min(cached, sent),
        reasoning_tokens=min(reasoning, received),
    )


def count(value: Json) -> int | None:
    """Read a count; ``None`` for anything that is not one."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= len(str(_MOST)) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= _MOST else None


def _first(counts: dict[str, Json], keys: tuple[str, ...]) -> int | None:
    return next((found for key in keys if (found := count(counts.get(key))) is not None), None)


def _details(counts: dict[str, Json], keys: tuple[str, ...]) -> dict[str, Json]:
    for key in keys:
        if isinstance(found := counts.get(key), dict):
            return found
    return {}
