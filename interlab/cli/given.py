"""Arguments of the command line as ``[ROLE=]PLAYER``, ``NAME=VALUE`` and ``@FILE``, as values."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from interlab.errors import ParameterError


def read_players(given: Sequence[str]) -> list[str] | dict[str, str]:
    """Read ``PLAYER`` or ``ROLE=PLAYER``; an equals sign within the options of a player is none of ours."""
    pairs = [text.partition("=") for text in given]
    named = [bool(equals) and not {"/", "?"} & set(role) for role, equals, _ in pairs]
    if any(named) and not all(named):
        raise ParameterError("name the role of every player, or of none")
    if given and all(named):
        roles = [role for role, _, _ in pairs]
        if len(set(roles)) < len(roles):
            raise ParameterError("a role is named twice; give each role one player")
        return {role: player for role, _, player in pairs}
    return list(given)


_READERS: Final[dict[str, Callable[[str], Any]]] = {".toml": tomllib.loads, ".json": orjson.loads}


def read_parameters(given: Sequence[str]) -> dict[str, Any]:
    """Read ``NAME=VALUE``; a value that begins like a JSON list or object is read as one.

    ``@FILE`` stands for all parameters in a TOML or JSON file; what is given later counts.
    """
    parameters: dict[str, Any] = {}
    for text in given:
        if text.startswith("@"):
            parameters |= _file(Path(text[1:]))
            continue
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"`-p {text}`: write `-p name=value`")
        parameters[name] = _value(name, value)
    return parameters


def _file(path: Path) -> dict[str, Any]:
    read = _READERS.get(path.suffix)
    if read is None:
        raise ParameterError(f"`-p @{path}`: parameters are read from files `*.toml` and `*.json`")
    try:
        document = read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"`-p @{path}` cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ParameterError(f"`-p @{path}` is not valid {path.suffix[1:].upper()}: {error}") from None
    if not isinstance(document, dict):
        raise ParameterError(f"`-p @{path}` must hold an object, name of a parameter -> value")
    return dict[str, Any](document)  # pyright: ignore[reportUnknownArgumentType]


def _value(name: str, text: str) -> Any:
    if text == "null":
        return None
    if not text.startswith(("[", "{")):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ParameterError(f"`-p {name}=...` is not valid JSON: {error}") from None
