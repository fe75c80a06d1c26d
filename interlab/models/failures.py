"""What can go wrong with a call, in our words: the one place where the client's exceptions become ours.

The texts of endpoints are passed on, since they know best, but never the key: some endpoints repeat it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import aiohttp
import httpx2
import openai

from interlab.errors import ModelError, ModelUnavailableError
from interlab.models.providers import address

ClientError = openai.OpenAIError | aiohttp.ClientError
"""What the client raises; its aiohttp transport lets some of aiohttp's own errors through."""

_LONGEST_DETAIL: Final = 300
_HOPELESS_CODES: Final = frozenset(
    {
        "insufficient_quota",
        "invalid_api_key",
        "model_not_found",
        "unsupported_parameter",
        "unsupported_value",
    }
)
"""Error codes of requests that will fail the same way every time."""
_ABOUT_SCHEMA: Final = ("response_format", "json_schema", "structured output", "grammar", "schema")
_NO_CONNECTION: Final = (aiohttp.ClientConnectorError, aiohttp.InvalidURL, httpx2.ConnectError)
_BAD_REQUEST: Final = (400, 422)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to call, and with what key."""

    url: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called whom."""

    model: str
    """``openai/gpt-5-mini``."""
    endpoint: Endpoint
    key_variable: str | None

    @property
    def place(self) -> str:
        """Host and port of the endpoint."""
        return "{}:{}".format(*address(self.endpoint.url))

    def failure(self, error: ClientError) -> ModelError:
        """Say what went wrong, and whether it will go wrong every time."""
        match error:
            case openai.APIConnectionError() | aiohttp.ClientError():
                return self._unconnected(error)
            case openai.APIStatusError():
                return self._refused(error)
            case _:
                return ModelError(f"`{self.model}`: {self._detail(error)}")

    def _unconnected(self, error: openai.APIConnectionError | aiohttp.ClientError) -> ModelError:
        # By the cause, since the client's aiohttp transport reports a refused connection as a timeout.
        causes = _causes(error)
        if any(isinstance(each, _NO_CONNECTION) for each in causes):
            return ModelUnavailableError(
                f"`{self.model}`: nothing answers at {self.place}: start the server, or correct its address"
            )
        after = _after_retries(error) if isinstance(error, openai.APIConnectionError) else ""
        if any(isinstance(each, TimeoutError) for each in causes):
            return ModelError(f"`{self.model}`: no answer in time from {self.place}{after}")
        return ModelError(
            f"`{self.model}`: the connection to {self.place} broke{after}: {self._detail(causes[-1])}"
        )

    def _refused(self, error: openai.APIStatusError) -> ModelError:
        said = self._detail(error)
        match error.status_code:
            case 401 | 403 if self.key_variable:
                return ModelUnavailableError(
                    f"`{self.model}`: {self.place} refuses the key in `{self.key_variable}`: {said}"
                )
            case 401 | 403:
                return ModelUnavailableError(
                    f"`{self.model}`: {self.place} wants a key: name its variable as `key_variable` in "
                    f"providers.toml ({said})"
                )
            case 402:
                return ModelUnavailableError(f"`{self.model}`: the account at {self.place} is empty: {said}")
            case 404:
                return ModelUnavailableError(f"`{self.model}`: {self.place} does not serve it: {said}")
            case _ if error.code in _HOPELESS_CODES:
                return ModelUnavailableError(f"`{self.model}`: {said}")
            case 429:
                return ModelError(
                    f"`{self.model}`: rate limit of {self.place}{_after_retries(error)}; lower `concurrency` "
                    f"or set `requests_per_minute`: {said}"
                )
            case _:
                return ModelError(
                    f"`{self.model}`: {self.place} answers {error.status_code}{_after_retries(error)}: {said}"
                )

    def _detail(self, error: BaseException) -> str:
        text = error.message if isinstance(error, openai.APIError) else str(error)
        return self._redacted(" ".join(text.split()))[:_LONGEST_DETAIL]

    def _redacted(self, text: str) -> str:
        return text.replace(self.endpoint.key, "[key]") if self.key_variable else text


def refuses_schema(error: ClientError) -> bool:
    """Whether an endpoint refused a request because of the JSON schema in it."""
    if not isinstance(error, openai.APIStatusError) or error.status_code not in _BAD_REQUEST:
        return False
    said = f"{error.param or ''} {error.message}".casefold()
    return any(word in said for word in _ABOUT_SCHEMA)


def retries_taken(request: httpx2.Request) -> int:
    """How often the client had sent a request before, by the header in which it says so."""
    return int(request.headers.get("x-stainless-retry-count", "0"))


def _causes(error: BaseException | None) -> list[BaseException]:
    return [error, *_causes(error.__cause__)] if error is not None else []


def _after_retries(error: openai.APIError) -> str:
    count = retries_taken(error.request)
    return f" after {count} {'retry' if count == 1 else 'retries'}" if count else ""
