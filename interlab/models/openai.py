"""Models behind an OpenAI-compatible endpoint: OpenAI itself, OpenRouter, Ollama, vLLM, LM Studio and others."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final

import orjson
from pydantic import Field

from interlab.errors import ModelError, ModelUnavailableError, ParameterError
from interlab.models.base import (
    ChatRequest,
    ChatResponse,
    Embedded,
    Model,
    Sampling,
    SchemaRefusedError,
    SystemRefusedError,
)
from interlab.models.clients import CallPolicy, call, caller_pace, release
from interlab.models.completion import read_completion, read_embeddings, read_listing
from interlab.models.failures import Caller, RefusedError, refused_option, refuses_schema, refuses_system
from interlab.models.http import Endpoint, UnansweredError
from interlab.models.limits import Limits
from interlab.models.providers import Provider, address
from interlab.player_spec import PlayerSpec
from interlab.queries.messages import ChatMessage
from interlab.redaction import Secret
from interlab.registry import suggestion
from interlab.settings import settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from interlab.schema.episode import Json

_CHECK: Final = CallPolicy(retries=0, timeout=10.0)
_NAMES_SHOWN: Final = 10
_EXTRA: Final = "extra."
_PASSED_ON: Final = (
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "top_k",
    "min_p",
    "reasoning_effort",
    "verbosity",
    "service_tier",
)
"""Options that are sent as they are, under their own name."""
_NOT_FOUND: Final = 404
_BAD_REQUEST: Final = (400, 422)

_schemaless: set[tuple[str, str]] = set()
"""Endpoints and models that have refused a JSON schema."""
_systemless: set[tuple[str, str]] = set()
"""Endpoints and models that have refused a system message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be set in a player spec, as in ``openai/gpt-5-mini?temperature=0.7&max_tokens=200``."""

    temperature: Annotated[float, Field(ge=0)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    stop: str | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    top_k: Annotated[int, Field(ge=1)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    service_tier: str | None = None
    concurrency: Annotated[int, Field(ge=1)] | None = None
    """Calls in flight."""
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    timeout: Annotated[float, Field(gt=0)] = 600.0
    """Seconds for a whole answer."""
    max_wait: Annotated[float, Field(ge=0)] = 600.0
    """Seconds that the endpoint may ask to wait after too many calls."""
    retries: Annotated[int, Field(ge=0)] = 5
    """Number of times to repeat a call that failed in passing."""

    def sampling(self, extra: str | None = None) -> Sampling:
        """Return the part that is sent to the model.

        Args:
            extra: Further fields of the body, as a JSON object.
        """
        own = {name: getattr(self, name) for name in _PASSED_ON}
        return Sampling(**own, stop=(self.stop,) if self.stop is not None else None, extra=extra)


class OpenAIModel(Model):
    """A model behind an OpenAI-compatible endpoint."""

    def __init__(self, spec: PlayerSpec, provider: Provider, options: Options | None = None) -> None:
        """Describe a model.

        Args:
            spec: Which model, and with what options.
            provider: Who serves it.
            options: The options as read; read from the spec if ``None``.

        Raises:
            ParameterError: The spec has an option that is unknown or has a bad value.
        """
        extra, spec = _without_extra(spec)
        options = options or spec.read_options(Options)
        concurrency = options.concurrency or provider.concurrency or settings().concurrency
        super().__init__(
            spec.prefix,
            spec.name,
            sampling=options.sampling(extra),
            limits=Limits(concurrency, options.requests_per_minute),
            free=provider.free,
            prices_of=provider.prices,
        )
        self._served_by = provider
        self._policy = CallPolicy(retries=options.retries, timeout=options.timeout, max_wait=options.max_wait)
        self._sent = {name for name, value in asdict(self._sampling).items() if value is not None} - {"extra"}
        self._sent |= set(orjson.loads(extra or "{}"))
        self._caller: Caller | None = None

    @property
    def takes_schema(self) -> bool:
        """True if the endpoint can hold an answer to a JSON schema, as far as is known."""
        return self._served_by.takes_schema and self._identity not in _schemaless

    @property
    def takes_system(self) -> bool:
        """True if the endpoint takes a system message, as far as is known."""
        return self._identity not in _systemless

    @property
    def _identity(self) -> tuple[str, str]:
        return (self._caller.endpoint.url if self._caller else "", self.name)

    async def check(self) -> None:
        """Check that calls can succeed: the endpoint, the key, the model's name, the options.

        Options are tried with one small call, so that a model that takes no ``temperature`` is found before the
        first episode.

        Raises:
            ModelUnavailableError: They cannot.
        """
        caller = await self._ready()
        await self._check_listing(caller)
        if self._sent:
            await self._check_options(caller)

    async def _check_listing(self, caller: Caller) -> None:
        """Check that the endpoint takes the key and lists the model, if it lists models."""
        if not self._served_by.lists_models:
            return
        try:
            if self._served_by.key_check is not None:
                await call(self, caller, "GET", self._served_by.key_check, policy=_CHECK)
            answer, _ = await call(self, caller, "GET", "/models", policy=_CHECK)
        except (RefusedError, UnansweredError) as error:
            if isinstance(error, RefusedError) and error.answer.status == _NOT_FOUND:
                return  # an endpoint that lists no models; a call will tell
            raise ModelUnavailableError(str(caller.failure(error))) from None
        served = read_listing(answer.content)
        # Ollama adds the default tag, OpenRouter takes a variant after a colon, Google lists with a prefix.
        spellings = {self.name, f"{self.name}:latest", self.name.partition(":")[0], f"models/{self.name}"}
        if served and spellings.isdisjoint(served):
            near = get_close_matches(self.name, served, n=3)
            hint = suggestion(self.name, near or served[:_NAMES_SHOWN])
            raise ModelUnavailableError(f"`{caller.model}`: {caller.place} serves no such model; {hint}")

    async def _check_options(self, caller: Caller) -> None:
        """Send one small call with the options.

        Raises:
            ModelUnavailableError: The endpoint refuses one of them.
        """
        request = self._with_defaults(ChatRequest(messages=(ChatMessage("user", "Answer with the word yes."),)))
        try:
            await call(self, caller, "POST", "/chat/completions", orjson.dumps(self._body(request)), self._policy)
        except UnansweredError:
            return  # a failure in passing; episodes show whether it lasts
        except RefusedError as error:
            failure = caller.failure(error)
            if error.answer.status not in _BAD_REQUEST:
                if isinstance(failure, ModelUnavailableError):
                    raise failure from None
                return
            option = self._option_in(error)
            advice = f"remove or change the option `{option}`" if option else "change its options"
            raise ModelUnavailableError(f"{failure}; {advice}") from None

    async def close(self) -> None:
        """Let go of the connections, which close unless another model uses them."""
        await release(self)

    async def _prepare(self) -> None:
        await self._ready()

    async def _ready(self) -> Caller:
        if self._caller is None:
            endpoint = await self._locate()
            self.address = address(endpoint.url)
            self._caller = Caller(f"{self.provider}/{self.name}", endpoint, self._served_by.key_variable)
        return self._caller

    async def _locate(self) -> Endpoint:
        """Find the endpoint.

        Raises:
            ModelUnavailableError: It needs a key that is not set.
        """
        return Endpoint(self._served_by.url(), Secret(self._served_by.key(f"{self.provider}/{self.name}")))

    @asynccontextmanager
    async def _place(self) -> AsyncGenerator[None]:
        async with super()._place():
            await caller_pace(await self._ready()).admit()
            yield

    async def _complete(self, request: ChatRequest) -> ChatResponse:
        caller = await self._ready()
        body = orjson.dumps(self._body(request))
        try:
            answer, repeats = await call(self, caller, "POST", "/chat/completions", body, self._policy)
        except UnansweredError as error:
            raise caller.failure(error) from None
        except RefusedError as error:
            raise self._refusal(caller, request, error) from None
        return read_completion(answer.content, model=caller.model, retries=repeats)

    def _refusal(self, caller: Caller, request: ChatRequest, error: RefusedError) -> ModelError:
        """Return the error to raise; remember what the model does not take."""
        failure = caller.failure(error)
        if request.schema is not None and refuses_schema(error):
            _schemaless.add(self._identity)
            return SchemaRefusedError(str(failure))
        if any(each.role == "system" for each in request.messages) and refuses_system(error):
            _systemless.add(self._identity)
            return SystemRefusedError(str(failure))
        if error.answer.status in _BAD_REQUEST and (option := self._option_in(error)):
            return ModelUnavailableError(f"{failure}; remove or change the option `{option}`")
        return failure

    async def _embed(self, texts: Sequence[str]) -> Embedded:
        caller = await self._ready()
        body = orjson.dumps({"model": self.name, "input": list(texts)})
        try:
            answer, repeats = await call(self, caller, "POST", "/embeddings", body, self._policy)
        except (RefusedError, UnansweredError) as error:
            raise caller.failure(error) from None
        return read_embeddings(answer.content, len(texts), model=caller.model, retries=repeats)

    def _option_in(self, error: RefusedError) -> str:
        """Return the option that a refusal names; empty if it names none."""
        sent = {each: each for each in self._sent}
        if "max_tokens" in sent:
            sent[self._limit] = "max_tokens"
        return sent.get(refused_option(error, set(sent)), "")

    @property
    def _limit(self) -> str:
        return self._served_by.limit_parameter

    def _body(self, request: ChatRequest) -> dict[str, Json]:
        body: dict[str, Json] = {
            "model": self.name,
            "messages": [{"role": each.role, "content": each.content} for each in request.messages],
        }
        for name in _PASSED_ON:
            if (value := getattr(request, name)) is not None:
                body[self._limit if name == "max_tokens" else name] = value
        if request.stop is not None:
            body["stop"] = list(request.stop)
        if request.schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": request.schema.name,
                    "schema": request.schema.document,
                    "strict": request.schema.strict,
                },
            }
        if request.extra is not None:
            body |= orjson.loads(request.extra)
        return body


def _without_extra(spec: PlayerSpec) -> tuple[str | None, PlayerSpec]:
    """Take the options ``extra.NAME=JSON`` out of a spec, as one JSON object.

    Raises:
        ParameterError: A value is not JSON.
    """
    extra: dict[str, Json] = {}
    for option, text in spec.options.items():
        if option.startswith(_EXTRA) and option != _EXTRA:
            try:
                extra[option.removeprefix(_EXTRA)] = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise ParameterError(f"`{spec}`: invalid option `{option}` `{text}`: expected JSON") from None
    if not extra:
        return None, spec
    own = {name: value for name, value in spec.options.items() if not name.startswith(_EXTRA)}
    return orjson.dumps(extra).decode(), PlayerSpec(spec.prefix, spec.name, own)
