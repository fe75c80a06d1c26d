"""Write: calls to language models."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from opentelemetry.trace import INVALID_SPAN, Span, SpanKind

from interlab.schema import names
from interlab.tracing.spans import ChildSpan, dumps
from interlab.tracing.telemetry import TraceState, current_service, current_trace

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from opentelemetry.util.types import AttributeValue

    from interlab.schema.episode import Json

Operation = Literal["chat", "embeddings"]
"""Operations of a model, by the convention's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one model call."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class CallRecorder:
    """Records the answer of a model; made by :func:`record_call`."""

    def __init__(self, span: Span, trace: TraceState | None) -> None:
        self._span = span
        self._trace = trace

    def answered(
        self,
        *,
        text: str | None,
        reasoning: str | None = None,
        in_reasoning: bool = False,
        model: str | None = None,
        id: str | None = None,  # noqa: A002  the convention's word for it
        finish_reason: str | None = None,
        usage: Usage,
        usd: float,
        retries: int = 0,
    ) -> None:
        """Record what came back.

        Args:
            text: The answer; ``None`` where the answer is not text.
            reasoning: Private reasoning, apart from the answer.
            in_reasoning: True if the answer was read from the reasoning.
            model: The model that answered, as the provider names it.
            id: The provider's id of the completion.
            finish_reason: Reason of the end: ``stop``, ``length``, ``content_filter``.
            usage: Tokens.
            usd: Cost in USD, NaN if the price is unknown.
            retries: Number of times that the client repeated the request.
        """
        trace = self._trace
        if trace is None:
            return
        trace.spend(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, usd=usd)
        attributes: dict[str, AttributeValue] = {
            names.INPUT_TOKENS: usage.input_tokens,
            names.OUTPUT_TOKENS: usage.output_tokens,
            names.CACHED_TOKENS: usage.cached_tokens,
            names.REASONING_TOKENS: usage.reasoning_tokens,
            names.RETRIES: retries,
        }
        if model is not None:
            attributes[names.RESPONSE_MODEL] = model
        if id is not None:
            attributes[names.RESPONSE_ID] = id
        if finish_reason is not None:
            attributes[names.FINISH_REASONS] = (finish_reason,)
        if in_reasoning:
            attributes[names.ANSWER_IN_REASONING] = True
        if not math.isnan(usd):
            attributes[names.USD] = usd
        if text is not None and trace.telemetry.content == "full":
            attributes[names.OUTPUT_MESSAGES] = dumps([_message("assistant", text, finish_reason, reasoning)])
        self._span.set_attributes(attributes)


@contextmanager
def record_call(
    *,
    provider: str,
    model: str,
    messages: Sequence[tuple[str, str]],
    parameters: Mapping[str, bool | int | float | str | Sequence[str]],
    address: tuple[str, int] | None = None,
    operation: Operation = "chat",
) -> Generator[CallRecorder]:
    """Record one call to a model.

    Args:
        provider: The provider's name, e.g. ``openai``.
        model: The model asked for.
        messages: Role and text of each message sent.
        parameters: Request parameters by attribute key (``names.REQUEST_*``).
        address: Host and port called.
        operation: What the model is called for.
    """
    trace = current_trace()
    if trace is None:
        yield CallRecorder(INVALID_SPAN, None)
        return
    attributes: dict[str, AttributeValue] = {
        names.OPERATION: operation,
        names.PROVIDER: provider,
        names.PEER_SERVICE: provider,
        names.REQUEST_MODEL: model,
        **parameters,
    }
    if address is not None:
        attributes[names.SERVER_ADDRESS], attributes[names.SERVER_PORT] = address
    if messages and trace.telemetry.content == "full":
        attributes[names.INPUT_MESSAGES] = dumps([_message(role, text) for role, text in messages])
    trace.spend(calls=1)
    with ChildSpan(trace, current_service(), f"{operation} {model}", SpanKind.CLIENT, attributes) as span:
        yield CallRecorder(span, trace)


def _message(
    role: str, text: str, finish_reason: str | None = None, reasoning: str | None = None
) -> dict[str, Json]:
    parts: list[Json] = [{"type": "reasoning", "content": reasoning}] if reasoning else []
    if text or not reasoning:
        parts.append({"type": "text", "content": text})
    message: dict[str, Json] = {"role": role, "parts": parts}
    if finish_reason is not None:
        message["finish_reason"] = finish_reason
    return message
