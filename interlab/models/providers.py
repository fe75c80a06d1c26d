"""Who serves models over HTTP: shipped presets, and the user's own providers laid over them."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from interlab.errors import ConfigurationError, ModelUnavailableError
from interlab.settings import settings
from interlab.validation import problems

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHIPPED: Final = "providers.toml"
_USUAL_PLACE: Final = Path("~/.config/interlab/providers.toml")
_NO_KEY: Final = "none"
_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_NAME: Final = 253
_NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?")
_BAD_PORT: Final = "the port is not a number from 1 to 65535"


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An OpenAI-compatible endpoint."""

    base_url: str
    """Where it is, up to and including ``/v1``."""
    base_url_variable: str | None = None
    """Environment variable that overrides ``base_url``."""
    key_variable: str | None = None
    """Environment variable that holds the key; without one, no key is needed."""
    key_check: str | None = None
    """Path whose reading needs the key, where reading ``/models`` does not."""
    key_optional: bool = False
    """True if the endpoint may also be open, without a key."""
    lists_models: bool = True
    """True if ``/models`` takes the key and lists every model, by the names that calls use."""
    prices: str | None = None
    """The provider's id in the list of prices; ``None`` for its own name."""
    link: str = ""
    """Address of the provider's documentation."""
    takes_schema: bool = True
    """Whether it holds answers to a JSON schema (``response_format``)."""
    limit_parameter: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What it calls the limit on the tokens of an answer."""
    free: bool = False
    """Whether calls cost nothing, as on one's own machine."""
    concurrency: int | None = None
    """Calls in flight to one of its models; ``None`` for ``INTERLAB_CONCURRENCY``."""

    def url(self) -> str:
        """Where it is, by the environment.

        Raises:
            ConfigurationError: The address is not http or https.
        """
        override = os.environ.get(self.base_url_variable) if self.base_url_variable else None
        url = (override or self.base_url).strip()
        if problem := _problem(url):
            where = f"`{self.base_url_variable}`" if override else "`base_url`"
            shown = f" `{url}`" if url.isprintable() and not {"@", "?", "#"} & {*url} else ""
            raise ConfigurationError(
                f"invalid {where}{shown}: {problem}; write an address such as `http://host:8000/v1`"
            )
        return url.rstrip("/")

    def key(self, model: str) -> str:
        """The key, by the environment; a placeholder if none is needed.

        Args:
            model: The spec of the model that needs it, for the message.

        Raises:
            ModelUnavailableError: It is not set, or cannot be a key.
        """
        if self.key_variable is None:
            return _NO_KEY
        key = os.environ.get(self.key_variable, "").strip()
        if not key and self.key_optional:
            return _NO_KEY
        if not key:
            raise ModelUnavailableError(
                f"`{model}` needs the environment variable `{self.key_variable}`: set it to your key, "
                "or choose a player that needs none, such as `local/smollm2`"
            )
        if not key.isascii() or not key.isprintable():
            raise ModelUnavailableError(f"`{self.key_variable}` holds invalid characters: set it again")
        return key


def _problem(url: str) -> str:
    """Return what is wrong with an address, without quoting it; empty if nothing is."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return (
            "the port is not a number from 1 to 65535" if "port" in str(error).lower() else "the host is invalid"
        )
    if parts.scheme not in _PORTS:
        return "it does not begin with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name or a password; put the key into the variable `key_variable` instead"
    if not host:
        return "it has no host"
    if port == 0:
        return _BAD_PORT
    if parts.query or parts.fragment:
        return "it has a query or a fragment"
    if not _is_host(host):
        return "the host is invalid"
    if any(character.isspace() or not character.isprintable() for character in url):
        return "it holds a space or a control character"
    return ""


def _is_host(host: str) -> bool:
    """Return True for a name or an IP address that could exist."""
    if ":" in host:
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return True
    try:
        name = host.encode("idna").decode()
    except UnicodeError:
        return False
    return (
        len(name) <= _LONGEST_NAME
        and re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?", name) is not None
    )


def address(url: str) -> tuple[str, int]:
    """Host and port of an address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)


def providers() -> Mapping[str, Provider]:
    """All providers by name: the shipped ones, and those of the user's file.

    Raises:
        ConfigurationError: The user's file cannot be read or understood; the message names file and field.
    """
    named = settings().providers
    path = named or _USUAL_PLACE.expanduser()
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        if named is not None:
            raise ConfigurationError(
                f"`INTERLAB_PROVIDERS` is `{path}`, which cannot be read: {error.strerror}"
            ) from None
        return _merged(None, 0)
    return _merged(path, changed)


@cache
def _merged(path: Path | None, changed: int) -> Mapping[str, Provider]:
    tables = tomllib.loads(files("interlab.models").joinpath(_SHIPPED).read_text("utf-8"))
    for name, table in _user_tables(path).items() if path else ():
        tables[name] = {**tables.get(name, {}), **table}
    try:
        return TypeAdapter(dict[str, Provider]).validate_python(tables)
    except ValidationError as error:
        first = problems(error)[0]
        provider, _, field = first.place.partition(".")
        raise ConfigurationError(f"`{path}`: `[{provider}] {field}`: {first.message}") from None


def _user_tables(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"`{path}` cannot be read: {error}") from None
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigurationError(f"`{path}`: `{name}` stands outside of any table: begin with `[provider]`")
    return tables
