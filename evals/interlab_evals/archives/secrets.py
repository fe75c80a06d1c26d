"""Search for keys and passwords in files that are about to be published."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NAMES: Final = re.compile(r"(API_?KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$", re.IGNORECASE)
"""Names of environment variables that hold secrets."""
_SHORTEST: Final = 8
"""Shorter values of such variables are too likely to be ordinary words."""
_OVERLAP: Final = 512
"""Bytes of the end of one block that are searched again with the next."""

_KINDS: Final[Mapping[str, bytes]] = {
    "an API key": rb"\b(?:(?:sk|pk|rk|xai)-[A-Za-z0-9_-]{20,}|(?:gsk|hf)_[A-Za-z0-9]{20,})",
    "a Google API key": rb"\bAIza[0-9A-Za-z_-]{35}",
    "an AWS key": rb"\bA(?:KI|SI)A[0-9A-Z]{16}\b",
    "a GitHub token": rb"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{30,}",
    "a Slack token": rb"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "an authorization header": rb"\b[Bb]earer [A-Za-z0-9._~+/=-]{20,}",
    "a private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a password in an address": rb"://[^/\s:@\"'<>]{1,100}:[^/\s:@\"'<>]{1,100}@",
}
_PATTERN: Final = re.compile(
    b"|".join(b"(?P<k%d>%b)" % (place, pattern) for place, pattern in enumerate(_KINDS.values()))
)


class Secret(NamedTuple):
    """Place of something that looks like a secret. It does not hold the secret."""

    line: int
    kind: str


def find_secrets(blocks: Iterable[bytes], environment: Mapping[str, str] = os.environ) -> Iterator[Secret]:
    """Yield the places of what looks like a secret.

    Args:
        blocks: The content of a file, in pieces.
        environment: Variables; the values of those named like a secret are searched for as they are.
    """
    values = {
        value.encode(errors="surrogateescape"): name
        for name, value in environment.items()
        if _NAMES.search(name) and len(value) >= _SHORTEST
    }
    line, kept, seen = 1, b"", set[Secret]()
    for block in blocks:
        text = kept + block
        for place, kind in _found(text, values):
            found = Secret(line + text.count(b"\n", 0, place), kind)
            if found not in seen:
                seen.add(found)
                yield found
        kept = text[-_OVERLAP:]
        line += text.count(b"\n", 0, len(text) - len(kept))


def _found(text: bytes, values: Mapping[bytes, str]) -> Iterator[tuple[int, str]]:
    kinds = list(_KINDS)
    for match in _PATTERN.finditer(text):
        if match.lastgroup is not None:
            yield match.start(), kinds[int(match.lastgroup[1:])]
    for value, name in values.items():
        if (place := text.find(value)) >= 0:
            yield place, f"the value of ${name}"
