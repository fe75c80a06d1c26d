"""Bodies of answers as JSON documents: lenient in encoding and framing, never in content.

Endpoints send byte order marks, Latin-1, ``NaN``, raw line breaks in strings, a stream of events that was not
requested, or the same document twice. All of these say plainly what they mean.
"""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Final, cast

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Json

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOST_DOCUMENTS: Final = 100_000
_QUOTED: Final = 200


def documents_in(content: bytes) -> list[Json]:
    """Read a body as the JSON documents that it holds, most often one.

    Raises:
        ValueError: It holds anything else.
    """
    try:
        return [cast("Json", orjson.loads(content))]
    except orjson.JSONDecodeError:
        return _leniently(text_of(content))


def text_of(content: bytes) -> str:
    """Decode a body: by its byte order mark, as UTF-8, or else as Latin-1."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def quoted(content: bytes) -> str:
    """Return the first 200 characters of a body on one line, for a message."""
    text = " ".join(text_of(content[: 8 * _QUOTED]).split())
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_QUOTED])
    return f"`{shown}`" if shown else "an empty body"


def _leniently(text: str) -> list[Json]:
    text = text.strip().strip("\0\N{ZERO WIDTH NO-BREAK SPACE}").removeprefix(")]}'").lstrip()
    lines = text.splitlines()
    if any(line.startswith(("data:", "event:")) for line in lines):
        events = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
        return [_one(event) for event in events if event and event != "[DONE]"]
    return list(_sequence(text))


def _sequence(text: str) -> Iterator[Json]:
    decoder = json.JSONDecoder(strict=False, parse_constant=_no_number)
    position = 0
    for _ in range(_MOST_DOCUMENTS):
        try:
            document, position = decoder.raw_decode(text, position)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        yield document
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            return
    raise ValueError("too many documents")


def _one(text: str) -> Json:
    try:
        return cast("Json", json.loads(text, strict=False, parse_constant=_no_number))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_number(_: str) -> None:
    """Read ``NaN`` and infinities, which only figures on the side hold, as missing."""
