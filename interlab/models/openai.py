"""Models behind an OpenAI-compatible endpoint: OpenAI itself, OpenRouter, Ollama, vLLM, LM Studio and others.

The calls go through the official client, which repeats them (rate limits, server errors, lost connections)
and honours ``Retry-After``. Requests are posted and answers read as plain JSON: the client's typed layer
costs a good part of a call's CPU and adds nothing that is used here.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final

import aiohttp
import httpx2
import openai
from pydantic import Field

from interlab.errors import ModelUnavailableError
from interlab.models.base import ChatRequest, ChatResponse, Embedded, Model, Sampling, SchemaRefusedError
from interlab.models.clients import client_for, release
from interlab.models.completion import read_completion, read_embeddings, read_listing
from interlab.models.failures import Caller, Endpoint, refuses_schema, retries_taken
from interlab.models.limits import Limits
from interlab.models.providers import Provider, address
from interlab.registry import suggestion
from interlab.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai import RequestOptions

    from interlab.player_spec import PlayerSpec
    from interlab.schema.episode import Json

_CHECK: Final[RequestOptions] = {"max_retries": 0, "timeout": 10.0}
_CONNECT_SECONDS: Final = 5.0
_NAMES_SHOWN: Final = 10

_schemaless: set[tuple[str, str]] = set()
"""Endpoints and models that have refused a JSON schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be set in a player spec, as in ``openai/gpt-5-mini?temperature=0.7&max_tokens=200``."""

    temperature: Annotated[float, Field(ge=0)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    stop: str | None = None
    concurrency: Annotated[int, Field(ge=1)] | None = None
    """Calls in flight."""
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    timeout: Annotated[float, Field(gt=0)] = 600.0
    """Seconds until a silent endpoint is given up."""
    retries: Annotated[int, Field(ge=0)] = 5
    """How often a call that failed in passing is repeated."""

    def sampling(self) -> Sampling:
        """The part that is sent to the model."""
        return Sampling(
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            seed=self.seed,
            stop=(self.stop,) if self.stop is not None else None,
        )


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
        options = options or spec.read_options(Options)
        concurrency = options.concurrency or provider.concurrency or settings().concurrency
        super().__init__(
            spec.prefix,
            spec.name,
            sampling=options.sampling(),
            limits=Limits(concurrency, options.requests_per_minute),
            free=provider.free,
        )
        self._served_by = provider
        self._request_options: RequestOptions = {
            "max_retries": options.retries,
            "timeout": openai.Timeout(options.timeout, connect=_CONNECT_SECONDS),
        }
        self._caller: Caller | None = None

    @property
    def takes_schema(self) -> bool:
        """Whether the endpoint can hold an answer to a JSON schema, as far as is known."""
        if not self._served_by.takes_schema:
            return False
        return self._caller is None or (self._caller.endpoint.url, self.name) not in _schemaless

    async def check(self) -> None:
        """Find out whether calls can succeed: reach the endpoint, show the key, look for the model.

        Raises:
            ModelUnavailableError: They cannot.
        """
        caller = await self._ready()
        client = await client_for(self, caller.endpoint)
        try:
            if self._served_by.key_check is not None:
                await client.get(self._served_by.key_check, cast_to=httpx2.Response, options=_CHECK)
            response = await client.get("/models", cast_to=httpx2.Response, options=_CHECK)
        except openai.NotFoundError:
            return  # an endpoint that lists no models; a call will tell
        except (openai.OpenAIError, aiohttp.ClientError) as error:
            raise ModelUnavailableError(str(caller.failure(error))) from None
        served = read_listing(response.content)
        # Ollama adds the default tag, OpenRouter takes a variant after a colon.
        spellings = {self.name, f"{self.name}:latest", self.name.partition(":")[0]}
        if served and spellings.isdisjoint(served):
            near = get_close_matches(self.name, served, n=3)
            hint = suggestion(self.name, near or served[:_NAMES_SHOWN])
            raise ModelUnavailableError(f"`{caller.model}`: {caller.place} serves no such model; {hint}")

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
        return Endpoint(self._served_by.url(), self._served_by.key(f"{self.provider}/{self.name}"))

    async def _complete(self, request: ChatRequest) -> ChatResponse:
        caller = await self._ready()
        try:
            response = await self._post(caller, "/chat/completions", self._body(request))
        except (openai.OpenAIError, aiohttp.ClientError) as error:
            failure = caller.failure(error)
            if request.schema is not None and refuses_schema(error):
                _schemaless.add((caller.endpoint.url, self.name))
                raise SchemaRefusedError(str(failure)) from None
            raise failure from None
        return read_completion(response.content, model=caller.model, retries=retries_taken(response.request))

    async def _embed(self, texts: Sequence[str]) -> Embedded:
        caller = await self._ready()
        try:
            response = await self._post(caller, "/embeddings", {"model": self.name, "input": list(texts)})
        except (openai.OpenAIError, aiohttp.ClientError) as error:
            raise caller.failure(error) from None
        retries = retries_taken(response.request)
        return read_embeddings(response.content, len(texts), model=caller.model, retries=retries)

    async def _post(self, caller: Caller, path: str, body: dict[str, Json]) -> httpx2.Response:
        client = await client_for(self, caller.endpoint)
        return await client.post(path, body=body, cast_to=httpx2.Response, options=self._request_options)

    def _body(self, request: ChatRequest) -> dict[str, Json]:
        body: dict[str, Json] = {
            "model": self.name,
            "messages": [{"role": each.role, "content": each.content} for each in request.messages],
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.top_p is not None:
            body["top_p"] = request.top_p
        if request.max_tokens is not None:
            body[self._served_by.limit_parameter] = request.max_tokens
        if request.seed is not None:
            body["seed"] = request.seed
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
        return body
