"""Who serves models over HTTP: shipped presets, and the user's own providers laid over them."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
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
        url = override or self.base_url
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            where = f"`{self.base_url_variable}`" if override else "`base_url`"
            raise ConfigurationError(f"{where} is `{url}`: write an address such as `http://host:8000/v1`")
        return url

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
        if not key:
            raise ModelUnavailableError(
                f"`{model}` needs the environment variable `{self.key_variable}`: set it to your key, "
                "or choose a player that needs none, such as `local/smollm2`"
            )
        if not key.isascii() or not key.isprintable():
            raise ModelUnavailableError(f"`{self.key_variable}` holds invalid characters: set it again")
        return key


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
