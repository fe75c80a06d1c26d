"""Answers found in a text: JSON objects in prose, an option named in a sentence, the only number.

Everything here is cautious. A misread answer is worse than an invalid one: the invalid one is asked again and
counted, the misread one is a move that the player never made. So a text that could mean two things means nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import json_repair
from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from interlab.schema.episode import Json

_LONGEST_MENDED: Final = 10_000
"""Characters. Mending holds up the event loop, and nothing that long is an answer."""
_DEEP: Final = re.compile(r"(?:[{\[][^{}\[\]]*){50}")
"""Brackets within brackets, for which mending takes quadratic time."""
_TOKEN: Final = re.compile(r'\\.|["{}]', re.DOTALL)
_NUMBER: Final = re.compile(r"(?<![\w.,])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w%]|[.,]\d)")
_LONGEST_NUMBER: Final = 40
_DIGIT: Final = re.compile(r"\d")
_DOUBT: Final = re.compile(
    r"n['’]t\b|\b(?:not|no|none|nothing|never|neither|nor|or|if|unless|either|instead|rather|without|except"
    r"|avoid|refuse|cannot|half|percent)\b",
    re.IGNORECASE,
)
"""Words after which a named option or number need not be the one chosen."""
_MARGIN: Final = " \t\r\n.,:;!?\"'`*_()[]<>“”‘’"
_ENGLISH_LETTERS: Final = frozenset("AIai")
_ANNOUNCED: Final = r"(?:[\"'`*(\[“]|\b(?:option|action|answer|choice|choose|pick|select|play)(?:\s+is)?\s*:?\s+)"


def read_json(text: str) -> Json:
    """Read a text that is JSON and nothing else.

    Raises:
        ValueError: It is not, or it holds NaN or an infinity.
    """
    return cast("Json", from_json(text.encode(), allow_inf_nan=False))


def objects_in(text: str) -> Iterator[Json]:
    """Find the JSON objects in a text, mending those that are nearly JSON.

    Yields:
        The outermost objects from left to right; one that is never closed counts as well.
    """
    for passage in _braced(text):
        try:
            yield read_json(passage)
        except ValueError:
            mended = _mend(passage)
            if isinstance(mended, dict):
                yield mended


def _braced(text: str) -> Iterator[str]:
    depth, start, quoted = 0, 0, False
    for token in _TOKEN.finditer(text):
        character = token[0]
        if character == '"' and depth:
            quoted = not quoted
        elif quoted:
            continue
        elif character == "{":
            if depth == 0:
                start = token.start()
            depth += 1
        elif character == "}" and depth:
            depth -= 1
            if depth == 0:
                yield text[start : token.end()]
    if depth:
        yield text[start:]


def _mend(passage: str) -> Json:
    if len(passage) > _LONGEST_MENDED or _DEEP.search(passage):
        return None
    try:
        return cast("Json", json_repair.loads(passage, skip_json_loads=True))
    except (ValueError, RecursionError):
        return None


class Options:
    """A closed list of answers, to be recognised in a sentence."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        """Prepare to look for options.

        Args:
            values: What an option is called, and the answer it stands for.
        """
        self._values = values
        folded = [name.casefold() for name in values]
        self._any_case = len(set(folded)) == len(folded)
        self._by_folded = dict(zip(folded, values.values(), strict=True)) if self._any_case else {}
        self._names = sorted(filter(str.strip, values), key=len, reverse=True)
        self._pattern = re.compile("|".join(f"({self._spelling(name)})" for name in self._names) or r"(?!)")

    def _spelling(self, name: str) -> str:
        words = r"[\s_-]+".join(re.escape(word) for word in re.split(r"[\s_-]+", name))
        if len(name) == 1:
            announced = _ANNOUNCED if name in _ENGLISH_LETTERS else r"(?<![\w.'’-])"
            return announced + words + r"(?![\w'’]|-\w|\.\d)"
        bounded = rf"(?<![\w.-]){words}(?![\w]|-\w|\.\d)"
        return f"(?i:{bounded})" if self._any_case else bounded

    def named_in(self, text: str) -> list[Json]:
        """The one option that a text names, as a list of one; an empty list if it names none or several."""
        bare = text.strip(_MARGIN)
        if bare in self._values:
            return [self._values[bare]]
        if bare.casefold() in self._by_folded:
            return [self._by_folded[bare.casefold()]]
        named = [self._values[self._names[(match.lastindex or 1) - 1]] for match in self._pattern.finditer(text)]
        if not named or any(each != named[0] for each in named):
            return []
        return [] if _DOUBT.search(self._pattern.sub(" ", text)) else named[:1]


def number_in(text: str) -> list[Json]:
    """The one number that a text names, as a list of one; an empty list if it names none or several."""
    found = {match[0].replace(",", "") for match in _NUMBER.finditer(text)}
    if len(found) != 1 or _DIGIT.search(_NUMBER.sub(" ", text)) or _DOUBT.search(text):
        return []
    number = found.pop()
    if len(number) > _LONGEST_NUMBER:
        return []
    return [float(number) if "." in number else int(number)]
