"""Broken variants of valid files: bytes, structure, and values of another kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_ODD_BYTES: Final = (
    *(b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\n"),
    *(b'"', b"{", b"}", b"[", b",", b"=", b"\\", b"/", b"@", b":"),
)
_DEEP: Final = "[" * 3000 + "]" * 3000
_ODD_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, -1, 0, 1.5, 10**30, -(10**30), 2**63, 2**64, 1e308, ""),
    *("NaN", "Infinity", "x" * 5000, "\x00", "\u202e", "é", [], {}, [[]], [None], {"": None}, "9" * 5000),
)
_ODD_TEXTS: Final = (
    *("1e999", "-1e999", "9" * 5000, '"\\ud800"', "nan", "[" * 200, _DEEP, '{"a":' * 500 + "1" + "}" * 500),
)


def mutate(seed: bytes, random: Random) -> bytes:
    """Break a file in one to three ways."""
    for _ in range(random.randint(1, 3)):
        seed = random.choice(_MUTATIONS)(seed, random)
    return seed


def _cut(seed: bytes, random: Random) -> bytes:
    return seed[: random.randint(0, len(seed))]


def _insert(seed: bytes, random: Random) -> bytes:
    place = random.choice((0, len(seed), random.randint(0, len(seed))))
    return seed[:place] + random.choice(_ODD_BYTES) * random.choice((1, 1, 3, 50)) + seed[place:]


def _replace(seed: bytes, random: Random) -> bytes:
    if not seed:
        return seed
    place = random.randrange(len(seed))
    return seed[:place] + bytes([random.randrange(256)]) + seed[place + 1 :]


def _repeat(seed: bytes, random: Random) -> bytes:
    start = random.randint(0, len(seed))
    part = seed[start : start + random.randint(1, 200)]
    return seed[:start] + part * random.choice((2, 5)) + seed[start:]


def _encode(seed: bytes, random: Random) -> bytes:
    text = seed.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-32", "latin-1", "cp1252")), "replace")


def _odd_value(seed: bytes, random: Random) -> bytes:
    """Put a value of another kind somewhere into a JSON line."""
    lines = seed.split(b"\n")
    place = random.randrange(len(lines))
    try:
        document = json.loads(lines[place])
    except (ValueError, RecursionError):
        return _odd_text(seed, random)
    spots = list(_spots(document))
    if not spots:
        return seed
    container, key = random.choice(spots)
    if random.random() < 0.15 and isinstance(container, dict):
        del container[key]
    else:
        container[key] = random.choice(_ODD_VALUES)
    lines[place] = json.dumps(document, separators=(",", ":")).encode()
    return b"\n".join(lines)


def _odd_text(seed: bytes, random: Random) -> bytes:
    """Replace a number or a quoted text by something odd, in whatever format."""
    pieces = seed.replace(b"\n", b" \n").split(b" ")
    place = random.randrange(len(pieces))
    pieces[place] = random.choice(_ODD_TEXTS).encode()
    return b" ".join(pieces)


def _spots(document: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    if isinstance(document, dict):
        for key, value in cast("dict[str, Any]", document).items():
            found += [(document, key), *_spots(value)]
    elif isinstance(document, list):
        for place, value in enumerate(cast("list[Any]", document)):
            found += [(document, place), *_spots(value)]
    return found


_MUTATIONS: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    *(_cut, _insert, _replace, _repeat, _encode, _odd_text),
    *(_odd_value,) * 6,
)
