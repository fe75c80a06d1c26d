"""Failures of calls as our errors.

The texts of endpoints are passed on, without the key, which some endpoints repeat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from interlab.errors import ModelError, ModelUnavailableError
from interlab.models.documents import documents_in, quoted
from interlab.models.providers import address

if TYPE_CHECKING:
    from interlab.models.http import Endpoint, HttpAnswer, UnansweredError
    from interlab.schema.episode import Json

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
_ABOUT_SYSTEM: Final = (
    "system role",
    "system message",
    "system prompt",
    "role 'system'",
    'role "system"',
    "role system",
    "`system`",
    "developer instruction",
)
_BAD_REQUEST: Final = (400, 422)
_HOUR: Final = 3600


class Complaint(NamedTuple):
    """An error as an endpoint states it.

    Attributes:
        message: Its text, or the beginning of the body.
        code: Its code; empty if there is none.
        parameter: The parameter in question; empty if there is none.
    """

    message: str
    code: str = ""
    parameter: str = ""


class RefusedError(Exception):
    """An answer with a status that says the request failed.

    Attributes:
        answer: The answer.
        repeats: Number of times that the request had been repeated.
        rest: Seconds that the endpoint asks to wait, if that is longer than allowed.
    """

    def __init__(self, answer: HttpAnswer, repeats: int = 0, *, rest: float | None = None) -> None:
        super().__init__(answer.status)
        self.answer = answer
        self.repeats = repeats
        self.rest = rest


@dataclass(frozen=True, slots=True)
class Caller:
    """A model at an endpoint, for messages.

    Attributes:
        model: Provider and name, ``openai/gpt-5-mini``.
        endpoint: Where it is served.
        key_variable: Environment variable of the key; ``None`` if no key is needed.
    """

    model: str
    endpoint: Endpoint
    key_variable: str | None

    @property
    def place(self) -> str:
        """Host and port of the endpoint."""
        return "{}:{}".format(*address(self.endpoint.url))

    def failure(self, error: RefusedError | UnansweredError) -> ModelError:
        """Describe a failure; unavailable if every call will fail the same way."""
        return self._refused(error) if isinstance(error, RefusedError) else self._unanswered(error)

    def _unanswered(self, error: UnansweredError) -> ModelError:
        after = _after(error.repeats)
        match error.kind:
            case "unreachable":
                return ModelUnavailableError(
                    f"`{self.model}`: nothing answers at {self.place}: start the server, or correct its address"
                )
            case "timeout":
                return ModelError(f"`{self.model}`: {error.detail} from {self.place}{after}; set `timeout`")
            case "too large":
                return ModelError(f"`{self.model}`: the answer of {self.place} is not usable: {error.detail}")
            case _:
                detail = self._shown(error.detail)
                return ModelError(f"`{self.model}`: the connection to {self.place} broke{after}: {detail}")

    def _refused(self, error: RefusedError) -> ModelError:
        complaint = complaint_in(error.answer)
        said = self._shown(complaint.message)
        after = _after(error.repeats)
        if error.rest is not None:
            return ModelUnavailableError(
                f"`{self.model}`: {self.place} asks to wait {_duration(error.rest)}, longer than `max_wait`; "
                f"`interlab resume` plays the remaining episodes later: {said}"
            )
        match error.answer.status:
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
            case _ if complaint.code in _HOPELESS_CODES:
                return ModelUnavailableError(f"`{self.model}`: {said}")
            case 429:
                return ModelUnavailableError(
                    f"`{self.model}`: rate limit of {self.place}{after}; lower `concurrency` or set "
                    f"`requests_per_minute`; `interlab resume` plays the remaining episodes: {said}"
                )
            case status if 300 <= status < 400:
                where = self._shown(error.answer.headers.get("Location", "another address"))
                return ModelUnavailableError(
                    f"`{self.model}`: {self.place} redirects to {where}: correct its `base_url`"
                )
            case status:
                return ModelError(f"`{self.model}`: {self.place} answers {status}{after}: {said}")

    def _shown(self, text: str) -> str:
        line = " ".join(text.split())
        return (line.replace(self.endpoint.key.reveal(), "[key]") if self.key_variable else line)[:_LONGEST_DETAIL]


def complaint_in(answer: HttpAnswer) -> Complaint:
    """Read the error in a body, in any of the forms in use."""
    try:
        document = documents_in(answer.content)[0]
    except (ValueError, IndexError):
        return Complaint(quoted(answer.content))
    if isinstance(document, list) and document:
        document = document[0]
    if not isinstance(document, dict):
        return Complaint(quoted(answer.content))
    error = document.get("error", document)
    if not isinstance(error, dict):
        error = {**document, "message": error}
    message = next((_text(found) for name in _MESSAGES if (found := error.get(name))), "")
    return Complaint(
        message or quoted(answer.content), _text(error.get("code") or ""), _text(error.get("param") or "")
    )


_MESSAGES: Final = ("message", "detail", "msg", "error", "errors", "title")


def _text(value: Json) -> str:
    """Return a message in one line; FastAPI's list of problems as place and message of each."""
    match value:
        case str():
            return value
        case list():
            return "; ".join(_text(each) for each in value)
        case {"msg": message, "loc": list(place)}:
            return f"{'.'.join(map(str, place))}: {_text(message)}"
        case {"message": message} | {"msg": message} | {"detail": message}:
            return _text(message)
        case _:
            return str(value)


def is_hopeless(answer: HttpAnswer) -> bool:
    """Return True if the same request will fail every time."""
    return complaint_in(answer).code in _HOPELESS_CODES


def refuses_schema(error: RefusedError) -> bool:
    """Return True if an endpoint refused a request because of the JSON schema in it."""
    return _complains(error, _ABOUT_SCHEMA)


def refuses_system(error: RefusedError) -> bool:
    """Return True if an endpoint refused a request because of its system message."""
    return _complains(error, _ABOUT_SYSTEM)


def refused_option(error: RefusedError, options: set[str]) -> str:
    """Return the option that an endpoint refused in a request; empty if it complains about something else."""
    if error.answer.status not in _BAD_REQUEST:
        return ""
    complaint = complaint_in(error.answer)
    said = f"{complaint.parameter} {complaint.message}".casefold()
    if "context" in said:
        return ""  # a prompt that is too long, of this call only
    found = [each for each in options if each.casefold() in said]
    return max(found, key=len, default="")


def _complains(error: RefusedError, words: tuple[str, ...]) -> bool:
    if error.answer.status not in _BAD_REQUEST:
        return False
    complaint = complaint_in(error.answer)
    said = f"{complaint.parameter} {complaint.message}".casefold()
    return any(word in said for word in words)


def _after(repeats: int) -> str:
    return f" after {repeats} {'retry' if repeats == 1 else 'retries'}" if repeats else ""


def _duration(seconds: float) -> str:
    if seconds < 2 * _HOUR:
        return f"{math.ceil(seconds / 60)} min"
    return f"{seconds / _HOUR:.0f} h"
