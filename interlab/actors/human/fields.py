"""Fields of a form: they read an entry for a value of a JSON schema.

An entry that could mean two things is rejected, as in answers of models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from interlab.errors import InvalidAnswerError
from interlab.queries.parsing import number_in, read_json
from interlab.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.schema.episode import Json

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


class FieldKind(Protocol):
    """A kind of value that is entered in one line."""

    @property
    def hint(self) -> str:
        """Short description of a valid entry."""
        ...

    def read(self, entry: str) -> Json:
        """Read an entry.

        Raises:
            InvalidAnswerError: The entry is invalid; the message says what to enter.
        """
        ...


@dataclass(frozen=True, slots=True)
class FormField:
    """A line of a form.

    Attributes:
        name: Name of the value; empty if the answer is a single value.
        about: Description.
        kind: Kind of value.
        optional: True if the entry may be empty, which is ``null``.
    """

    name: str
    about: str
    kind: FieldKind
    optional: bool = False

    @property
    def hint(self) -> str:
        """Short description of a valid entry."""
        return f"{self.kind.hint}; Enter leaves it out" if self.optional else self.kind.hint

    def read(self, entry: str) -> Json:
        """Read an entry.

        Raises:
            InvalidAnswerError: The entry is invalid.
        """
        return None if self.optional and not entry else self.kind.read(entry)


class ChoiceField:
    """One of several options, by its name, the beginning of its name, or its mark.

    Marks are numbers, or letters where an option begins like a number, or none where neither would be clear.

    Attributes:
        options: Mark -> option, in order; the marks are empty where there are none.

    Example:
        >>> ChoiceField(["offer", "walk_away"]).read("walk away"), ChoiceField(["9 am", "noon"]).options
        ('walk_away', [('a', '9 am'), ('b', 'noon')])
    """

    def __init__(self, values: Sequence[Json], names: Sequence[str] = ()) -> None:
        self._values = values
        self._names = [*(names or map(_named, values))]
        self.options = list(zip(_marks(self._names), self._names, strict=True))

    @property
    def hint(self) -> str:
        """Short description of a valid entry."""
        mark = self.options[0][0]
        return "the name of one" if not mark else f"a {'number' if mark.isdigit() else 'letter'} or a name"

    def read(self, entry: str) -> Json:
        """Read which option is meant."""
        wanted = _folded(entry)
        for alike in (
            [number for number, name in enumerate(self._names) if name == entry.strip()],
            [number for number, name in enumerate(self._names) if _folded(name) == wanted],
            [number for number, (mark, _) in enumerate(self.options) if mark == wanted.rstrip(".)")],
            [number for number, name in enumerate(self._names) if wanted and _folded(name).startswith(wanted)],
        ):
            if len(alike) == 1:
                return self._values[alike[0]]
        named = ", ".join(f"{mark} ({name})" if mark else name for mark, name in self.options)
        raise InvalidAnswerError(f"choose one of {named}")


def _named(value: Json) -> str:
    return value if isinstance(value, str) else str(value)


def _folded(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").split()).casefold()


def _marks(names: Sequence[str]) -> list[str]:
    if not any(name[:1].isdigit() for name in names):
        return [str(number) for number in range(1, len(names) + 1)]
    letters = _LETTERS[: len(names)]
    if len(letters) == len(names) and not any(name[:1].casefold() in letters for name in names):
        return list(letters)
    return [""] * len(names)


@dataclass(frozen=True, slots=True)
class NumberField:
    """A number within bounds.

    Attributes:
        least: The least it may be; minus infinity for any.
        most: The greatest it may be; infinity for any.
        whole: Whether it has no decimals.
        open_below: Whether it must be above the least.
        open_above: Whether it must be below the greatest.

    Example:
        >>> NumberField(0, 20, whole=True).hint, NumberField(0).read("12,000.50 dollars")
        ('a whole number from 0 to 20', 12000.5)
    """

    least: float = -math.inf
    most: float = math.inf
    whole: bool = False
    open_below: bool = False
    open_above: bool = False

    @property
    def hint(self) -> str:
        """Short description of a valid entry."""
        words = ["a whole number" if self.whole else "a number"]
        if self.least > -math.inf:
            words.append(f"{'above' if self.open_below else 'from'} {plain(self.least)}")
        if self.most < math.inf:
            words.append(f"{'below' if self.open_above else 'to'} {plain(self.most)}")
        return " ".join(words)

    def read(self, entry: str) -> Json:
        """Read the one number that there is in the entry."""
        for found in number_in(entry):
            number = cast("float", found)
            if self.whole and number != int(number):
                break
            if self.least <= number <= self.most and not self._is_open_end(number):
                return int(number) if self.whole else number
        raise InvalidAnswerError(f"enter {self.hint}")

    def _is_open_end(self, number: float) -> bool:
        return (self.open_below and number == self.least) or (self.open_above and number == self.most)


@dataclass(frozen=True, slots=True)
class TextField:
    """A line of text.

    Attributes:
        least: The fewest characters.
        most: The most characters, if there is a limit.
    """

    least: int = 0
    most: int | None = None

    @property
    def hint(self) -> str:
        """Short description of a valid entry."""
        limit = f", at most {self.most} characters" if self.most is not None else ""
        return f"text{limit}" if self.least else f"text{limit}; Enter for none"

    def read(self, entry: str) -> Json:
        """Take the text."""
        if len(entry) < self.least:
            raise InvalidAnswerError(f"write at least {self.least} character{'s' if self.least > 1 else ''}")
        if self.most is not None and len(entry) > self.most:
            raise InvalidAnswerError(f"write at most {self.most} characters; these are {len(entry)}")
        return entry


@dataclass(frozen=True, slots=True)
class BooleanField:
    """Yes or no."""

    hint: str = "yes or no"

    def read(self, entry: str) -> Json:
        """Read which of the two."""
        match _folded(entry):
            case "y" | "yes" | "true":
                return True
            case "n" | "no" | "false":
                return False
            case _:
                raise InvalidAnswerError("enter y (yes) or n (no)")


@dataclass(frozen=True, slots=True)
class JsonField:
    """A value that no other field is made for, as JSON."""

    hint: str = "JSON"

    def read(self, entry: str) -> Json:
        """Read the JSON."""
        try:
            return read_json(entry)
        except ValueError:
            raise InvalidAnswerError('enter JSON, such as {"name": "value"}') from None


def kind_of(schema: Mapping[str, Any]) -> FieldKind:
    """Find the kind of field for a schema that is neither an object nor a list."""
    if "enum" in schema or "const" in schema:
        return ChoiceField(schema.get("enum") or [schema["const"]])
    match schema.get("type"):
        case "integer" | "number" as name:
            return NumberField(
                least=schema.get("minimum", schema.get("exclusiveMinimum", -math.inf)),
                most=schema.get("maximum", schema.get("exclusiveMaximum", math.inf)),
                whole=name == "integer",
                open_below="exclusiveMinimum" in schema,
                open_above="exclusiveMaximum" in schema,
            )
        case "string":
            return TextField(schema.get("minLength", 0), schema.get("maxLength"))
        case "boolean":
            return BooleanField()
        case _:
            return JsonField()
