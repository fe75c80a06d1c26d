"""Models as the rest of InterLab sees them: messages in, one answer out, one ``chat`` span around it.

A provider's class implements ``_complete``; :meth:`Model.complete` around it does what is the same for all:
the limit on calls in flight, the span, the price, and the way out for an endpoint that takes no JSON schema
(the schema is then written into the prompt).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from interlab.errors import ModelError, ModelUnavailableError
from interlab.models import prices
from interlab.models.limits import limiter
from interlab.queries.messages import ChatMessage, ChatRole
from interlab.queries.thinking import split_thinking
from interlab.schema import names
from interlab.tracing.recorder import Usage, record_call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from interlab.models.limits import Limits
    from interlab.queries.schema import AnswerSchema

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "ChatResponse",
    "ChatRole",
    "Embedded",
    "Model",
    "Sampling",
    "SchemaRefusedError",
    "SystemRefusedError",
]

_ATTRIBUTES: Final = {
    "temperature": names.REQUEST_TEMPERATURE,
    "top_p": names.REQUEST_TOP_P,
    "max_tokens": names.REQUEST_MAX_TOKENS,
    "seed": names.REQUEST_SEED,
    "stop": names.REQUEST_STOP,
    "frequency_penalty": names.REQUEST_FREQUENCY_PENALTY,
    "presence_penalty": names.REQUEST_PRESENCE_PENALTY,
    "top_k": names.REQUEST_TOP_K,
    "min_p": names.REQUEST_MIN_P,
    "reasoning_effort": names.REQUEST_REASONING_EFFORT,
    "verbosity": names.REQUEST_VERBOSITY,
    "service_tier": names.REQUEST_SERVICE_TIER,
    "extra": names.REQUEST_EXTRA,
}


_NO_USAGE: Final = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Sampling parameters of a model. ``None`` is not sent: the provider decides."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Tokens of the answer at most, private reasoning included."""
    seed: int | None = None
    stop: tuple[str, ...] | None = None
    """Texts that end the answer."""
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    top_k: int | None = None
    """Number of most likely tokens to sample from."""
    min_p: float | None = None
    """Least probability of a token, relative to that of the most likely one."""
    reasoning_effort: str | None = None
    """Effort of private reasoning, such as ``low``."""
    verbosity: str | None = None
    """Length of answers, such as ``low``."""
    service_tier: str | None = None
    """Processing tier of the provider, such as ``flex``."""
    extra: str | None = None
    """Further fields of the request's body, as a JSON object."""


_UNSET: Final = Sampling()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest(Sampling):
    """One question to a model."""

    messages: tuple[ChatMessage, ...]
    schema: AnswerSchema | None = None
    """Schema of the answer; ``None`` for free text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatResponse:
    """One answer of a model."""

    text: str
    model: str | None = None
    """The model that answered, as the provider names it."""
    id: str | None = None
    """The provider's id of the completion."""
    finish_reason: str | None = None
    """Reason of the end: ``stop``, ``length``, ``content_filter``."""
    refusal: str | None = None
    """Text of a refusal; ``None`` without one."""
    reasoning: str | None = None
    """Private reasoning beside the answer."""
    in_reasoning: bool = False
    """True if the message was empty and ``text`` is the reasoning."""
    usage: Usage = _NO_USAGE
    usd: float = math.nan
    """Cost of the call in USD; NaN if the price is unknown."""
    retries: int = 0
    """Number of times that the client repeated the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Texts as vectors."""

    vectors: list[list[float]]
    """One for each text, in order, all of the same length."""
    usage: Usage = _NO_USAGE
    retries: int = 0
    """Number of times that the client repeated the request."""


class SchemaRefusedError(ModelError):
    """An endpoint that takes no JSON schema; never leaves :meth:`Model.complete`."""


class SystemRefusedError(ModelError):
    """An endpoint that takes no system message; never leaves :meth:`Model.complete`."""


class Model(ABC):
    """A language model.

    Attributes:
        provider: Who serves it, e.g. ``openai``.
        name: What it is called there, e.g. ``gpt-5-mini``.
        address: Host and port of the endpoint, once known, if there is one.
        unavailable: Why the latest call found that no call can succeed; ``None`` after a call that did.
    """

    address: tuple[str, int] | None = None
    unavailable: ModelUnavailableError | None = None

    def __init__(
        self,
        provider: str,
        name: str,
        *,
        sampling: Sampling = _UNSET,
        limits: Limits | None = None,
        free: bool = False,
        prices_of: str | None = None,
    ) -> None:
        """Describe a model.

        Args:
            provider: Who serves it.
            name: What it is called there.
            sampling: What holds for every request that does not say otherwise.
            limits: How many calls may be under way; ``None`` for any number.
            free: Whether calls cost nothing, rather than what the price list says.
            prices_of: The provider's id in the price list; ``None`` for ``provider``.
        """
        self.provider = provider
        self.name = name
        self._sampling = sampling
        self._limits = limits
        self._free = free
        self._prices_of = prices_of or provider

    @property
    def takes_schema(self) -> bool:
        """True if the endpoint can hold an answer to a JSON schema; if not, the prompt asks for it."""
        return True

    @property
    def takes_system(self) -> bool:
        """True if the endpoint takes a system message; if not, its text begins the first user message."""
        return True

    async def complete(self, request: ChatRequest) -> ChatResponse:
        """Ask the model.

        Writes one ``chat`` span, within the current episode if there is one. Waiting for the limit on calls
        in flight is not part of the span.

        Raises:
            ModelUnavailableError: No call to this model can succeed.
            ModelError: This call failed, after its retries.
        """
        request = self._with_defaults(request)
        try:
            await self._prepare()
            async with self._place():
                answer = await self._accepted(request)
        except ModelUnavailableError as error:
            self.unavailable = error
            raise
        self.unavailable = None
        return answer

    async def _accepted(self, request: ChatRequest) -> ChatResponse:
        """Ask in a form that the endpoint takes: without a schema, without a system message if need be."""
        try:
            return await self._recorded(request)
        except SchemaRefusedError:
            return await self._accepted(_with_instructions(request))
        except SystemRefusedError:
            return await self._accepted(_without_system(request))

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Turn texts into vectors, in one call with an ``embeddings`` span of its own.

        Args:
            texts: At least one; an empty text is sent as a blank, since endpoints refuse it.

        Raises:
            ModelUnavailableError: The model gives no embeddings, or no call to it can succeed.
            ModelError: This call failed, after its retries.
        """
        await self._prepare()
        async with self._place():
            with record_call(
                provider=self.provider,
                model=self.name,
                messages=(),
                parameters={},
                address=self.address,
                operation="embeddings",
            ) as call:
                found = await self._embed([text or " " for text in texts])
                usd = self._usd(ChatResponse(text="", usage=found.usage))
                call.answered(text=None, usage=found.usage, usd=usd, retries=found.retries)
        return found.vectors

    async def _embed(self, texts: Sequence[str]) -> Embedded:
        """Turn texts into vectors, without span or price.

        Raises:
            ModelError: The call failed.
        """
        raise ModelUnavailableError(
            f"`{self.provider}/{self.name}` gives no embeddings; choose another model for them"
        )

    async def _prepare(self) -> None:
        """Get ready for a call, outside of its span: find the endpoint, start the server."""
        return

    @abstractmethod
    async def _complete(self, request: ChatRequest) -> ChatResponse:
        """Ask the model, without span or price.

        Raises:
            SchemaRefusedError: The endpoint takes no schema; the request comes again without one.
            SystemRefusedError: The endpoint takes no system message; the request comes again without one.
            ModelError: The call failed.
        """

    async def send(self, messages: Sequence[ChatMessage], schema: AnswerSchema | None = None) -> ChatResponse:
        """Ask the model with messages alone: what :func:`interlab.queries.ask` and its kin call.

        Raises:
            ModelUnavailableError: No call to this model can succeed.
            ModelError: This call failed, after its retries.
        """
        return await self.complete(ChatRequest(messages=tuple(messages), schema=schema))

    async def check(self) -> None:
        """Find out whether calls can succeed, before a run is begun.

        Raises:
            ModelUnavailableError: They cannot: bad key, unreachable endpoint, unknown model.
        """
        return

    async def close(self) -> None:
        """Let go of connections; the model can be used again and then opens new ones."""
        return

    def _usd(self, response: ChatResponse) -> float:
        """Return the cost of a call in USD; NaN if the price is unknown."""
        if self._free:
            return 0.0
        usd = prices.usd(self._prices_of, self.name, response.usage)
        if math.isnan(usd) and response.model and response.model != self.name:
            return prices.usd(self._prices_of, response.model, response.usage)
        return usd

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.provider}/{self.name}>"

    def _place(self) -> AbstractAsyncContextManager[object]:
        if self._limits is None:
            return nullcontext()
        return limiter(f"{self.provider}/{self.name}", self._limits)

    def _with_defaults(self, request: ChatRequest) -> ChatRequest:
        if self._sampling == _UNSET:
            return request
        missing = {
            each.name: getattr(self._sampling, each.name)
            for each in fields(Sampling)
            if getattr(request, each.name) is None
        }
        return replace(request, **missing)

    async def _recorded(self, request: ChatRequest) -> ChatResponse:
        if request.schema is not None and not self.takes_schema:
            request = _with_instructions(request)
        if not self.takes_system:
            request = _without_system(request)
        with record_call(
            provider=self.provider,
            model=self.name,
            messages=[(message.role, message.content) for message in request.messages],
            parameters={
                attribute: value
                for parameter, attribute in _ATTRIBUTES.items()
                if (value := getattr(request, parameter)) is not None
            },
            address=self.address,
        ) as call:
            response = await self._complete(request)
            response = _divided(response)
            response = replace(response, usd=self._usd(response))
            call.answered(
                text="" if response.in_reasoning else response.text or response.refusal or "",
                reasoning=response.reasoning,
                in_reasoning=response.in_reasoning,
                model=response.model,
                id=response.id,
                finish_reason=response.finish_reason,
                usage=response.usage,
                usd=response.usd,
                retries=response.retries,
            )
        return response


def _divided(response: ChatResponse) -> ChatResponse:
    """Take private reasoning out of the text; where nothing else was said, the answer may be in it."""
    thought, text = split_thinking(response.text)
    reasoning = "\n".join(filter(None, (response.reasoning, thought))) or None
    if text.strip() or response.refusal or reasoning is None:
        return replace(response, text=text, reasoning=reasoning)
    return replace(response, text=reasoning, reasoning=reasoning, in_reasoning=True)


def _without_system(request: ChatRequest) -> ChatRequest:
    """Move system texts into the first user message, and join neighbours of one role, for strict templates."""
    system = [each.content for each in request.messages if each.role == "system"]
    joined: list[ChatMessage] = []
    for message in (ChatMessage("user", "\n\n".join(system)), *request.messages) if system else request.messages:
        if message.role == "system":
            continue
        if joined and joined[-1].role == message.role:
            joined[-1] = ChatMessage(message.role, f"{joined[-1].content}\n\n{message.content}")
        else:
            joined.append(message)
    return replace(request, messages=tuple(joined))


def _with_instructions(request: ChatRequest) -> ChatRequest:
    """Write the schema into the last message, for an endpoint that takes none."""
    if request.schema is None:
        return request
    *before, last = request.messages
    last = ChatMessage(last.role, f"{last.content}\n\n{request.schema.instructions}")
    return replace(request, messages=(*before, last), schema=None)
