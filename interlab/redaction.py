"""Secrets: values that cannot be printed, and texts without the keys and passwords that stood in them.

Every error that InterLab raises on purpose passes its message through :func:`hidden`, so that no command, no span
and no log repeats a key that stood in an address or in the name of a player.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn, final

HIDDEN: Final = "[hidden]"
"""Stands where a secret was."""

_SECRET_NAME: Final = re.compile(
    r"(?:^|[_.-])(?:api[_-]?key|apikey|key|token|secret|pass(?:word|wd|phrase)?|pwd|auth(?:orization)?|credentials?"
    r"|sig(?:nature)?|bearer)$",
    re.IGNORECASE,
)
_BEFORE_AT: Final = re.compile(r"(?<=://)[^\s`'\"<>]*@")
"""All of an address up to its last ``@``: a password may wrongly hold slashes and question marks."""
_HOST: Final = re.compile(r"[^@:/?#]+(?::\d+)?(?=[/?#])")
"""A host and port, behind which an ``@`` belongs to a path or a query."""
_QUERY_VALUE: Final = re.compile(r"(?<=[?&;])([\w.%-]+)=([^&;\s`'\"#<>]+)")
_KEYS: Final = re.compile(
    r"\b(?:(?:sk|pk|rk|xai)-[A-Za-z0-9_-]{8,}|(?:gsk|hf)_[A-Za-z0-9]{16,}|AIza[0-9A-Za-z_-]{30,}"
    r"|A(?:KI|SI)A[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|xox[abprs]-[A-Za-z0-9-]{10,})"
)
"""Keys whose form gives them away."""


@final
class Secret:
    """A key or a password: it can be used, and neither printed, formatted, pickled nor written as JSON.

    Example:
        >>> key = Secret("sk-test-0123456789")
        >>> print(key, repr(key), f"{key}")
        [hidden] Secret([hidden]) [hidden]
        >>> key.reveal()[:7]
        'sk-test'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the one place that sends it."""
        return self._value

    def __str__(self) -> str:
        return HIDDEN

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


def is_secret_name(name: str) -> bool:
    """Tell whether an option or a parameter of this name holds a secret.

    Example:
        >>> is_secret_name("api_key"), is_secret_name("max_tokens")
        (True, False)
    """
    return _SECRET_NAME.search(name) is not None


def hidden(text: str) -> str:
    """Return a text without passwords in addresses, secrets in queries, and keys of a known form.

    Example:
        >>> hidden("`https://me:pass@host/v1?tenant=a&api_key=abc` is not reached with sk-0123456789abc")
        '`https://[hidden]@host/v1?tenant=a&api_key=[hidden]` is not reached with [hidden]'
    """
    if "://" in text:
        text = _BEFORE_AT.sub(_user_info, text)
    if "=" in text:
        text = _QUERY_VALUE.sub(_value, text)
    return _KEYS.sub(HIDDEN, text)


def without_secrets(address: str) -> str:
    """Return an address that can be shown and stored: no user, no password, no secret in its query.

    Example:
        >>> without_secrets("https://me:secret@collector:4318/v1/traces?token=abc&tenant=a")
        'https://collector:4318/v1/traces?token=[hidden]&tenant=a'
    """
    address = " ".join(address.split())
    whole = address if "://" in address else f"http://{address}"
    shown = hidden(whole).replace(f"{HIDDEN}@", "")
    return shown if "://" in address else shown.removeprefix("http://")


def _user_info(found: re.Match[str]) -> str:
    return found[0] if _HOST.match(found[0]) else f"{HIDDEN}@"


def _value(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    return f"{name}={HIDDEN if is_secret_name(name) else value}"
