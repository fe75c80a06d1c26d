"""What is given on the command line as ``[ROLE=]PLAYER`` and ``NAME=VALUE``, as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from interlab.errors import ParameterError


def read_players(given: Sequence[str]) -> list[str] | dict[str, str]:
    """Read ``PLAYER`` or ``ROLE=PLAYER``; an equals sign within the options of a player is none of ours."""
    pairs = [text.partition("=") for text in given]
    named = [bool(equals) and "/" not in role for role, equals, _ in pairs]
    if any(named) and not all(named):
        raise ParameterError("name the role of every player, or of none")
    if given and all(named):
        roles = [role for role, _, _ in pairs]
        if len(set(roles)) < len(roles):
            raise ParameterError("a role is named twice; give each role one player")
        return {role: player for role, _, player in pairs}
    return list(given)


def read_parameters(given: Sequence[str]) -> dict[str, Any]:
    """Read ``NAME=VALUE``; a value that begins like a JSON list or object is read as one."""
    parameters: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"`-p {text}`: write `-p name=value`")
        parameters[name] = _value(name, value)
    return parameters


def _value(name: str, text: str) -> Any:
    if text == "null":
        return None
    if not text.startswith(("[", "{")):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ParameterError(f"`-p {name}=...` is no valid JSON: {error}") from None
