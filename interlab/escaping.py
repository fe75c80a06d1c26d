r"""Texts from elsewhere (models, files, people), made safe for a terminal, a line, JSON and a spreadsheet.

Characters that move a cursor, change the direction of a text or hide in it are shown as escapes, such as ``\x1b``
and ``\u202e``, instead of being sent.

=====================  =========================================  ============================
function               for                                        line breaks
=====================  =========================================  ============================
:func:`for_terminal`   texts of several lines on a terminal       kept
:func:`for_line`       messages, cells of tables, names           blanks
:func:`for_json`       JSON, whose value stays the same           those of the document
:func:`for_csv`        cells that a spreadsheet opens             blanks
=====================  =========================================  ============================
"""

from __future__ import annotations

import json
import re
from typing import Final

import orjson

_UNSEEN: Final = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, apart from tab and line feed
    r"\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # direction, invisible
    r"\ud800-\udfff"  # halves of a surrogate pair, which cannot be written at all
    r"\U000e0000-\U000e007f"  # invisible tags
)
_JOINERS: Final = r"(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
"""Joiners belong between letters of several scripts and within emoji; between ASCII letters they only hide."""

_UNSAFE: Final = re.compile(f"[{_UNSEEN}]|{_JOINERS}")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that make a spreadsheet compute a text."""


def for_terminal(text: str) -> str:
    r"""Return a text whose control characters are shown as escapes; line breaks and tabs are kept.

    Example:
        >>> for_terminal("one\r\ntwo \x1b[2Jthree \u202efour")
        'one\ntwo \\x1b[2Jthree \\u202efour'
    """
    return _UNSAFE.sub(_escaped, text.replace("\r\n", "\n"))


def for_line(text: str) -> str:
    r"""Return a text on one line: line breaks and tabs become blanks, other control characters escapes.

    Example:
        >>> for_line("one\ntwo\x07")
        'one two\\x07'
    """
    return _UNSAFE.sub(_escaped, re.sub(r"\r\n|[\n\r\t]", " ", text))


def for_csv(text: str) -> str:
    """Return the text of a CSV cell: one line, with an apostrophe before what a spreadsheet would compute.

    Example:
        >>> for_csv("=1+1"), for_csv("no formula")
        ("'=1+1", 'no formula')
    """
    shown = for_line(text)
    return f"'{shown}" if text.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown


def for_json(value: object) -> str:
    r"""Return a value as indented JSON in which no control character is written raw.

    Example:
        >>> print(for_json({"text": "\x9b2J \u202e"}))
        {
          "text": "\u009b2J \u202e"
        }
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:  # half a surrogate pair, such as in the name of a file that is not UTF-8
        return json.dumps(value, indent=2)
    return json_escaped(text)


def json_escaped(text: str) -> str:
    """Return the text of a JSON document with escapes for its control characters; the document stays equal."""
    return _UNSAFE.sub(lambda found: json.dumps(found.group())[1:-1].replace("\x7f", "\\u007f"), text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code == 0x0D:
        return "\\r"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
