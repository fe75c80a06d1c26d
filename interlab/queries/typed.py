"""An expected type, made ready to be asked for: its schema, its parser, its JSON."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model
from pydantic_core import to_json as encode
from pydantic_core import to_jsonable_python

from interlab.errors import InvalidAnswerError
from interlab.queries.parsing import Options, number_in, objects_in, read_json
from interlab.queries.schema import AnswerSchema
from interlab.queries.thinking import split_thinking
from interlab.validation import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeForm

    from interlab.schema.episode import Json

T = TypeVar("T")

_ANSWER: Final = "answer"
_LONGEST_COMPLAINT: Final = 300
_THOUGHTS: Final = ("thought", "reasoning")


@dataclasses.dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """An answer as read."""

    value: T
    repaired: bool
    """True if the text was not exactly the JSON asked for."""


class AnswerType(Generic[T]):
    """A type that an answer is expected to have.

    Dataclasses and pydantic models are asked for as they are; everything else (a ``Literal``, an ``Enum``, a
    number, a string, a union) as ``{"answer": ...}``, because endpoints want an object. The members of a
    union must be told apart by their fields.

    Attributes:
        schema: What the model is held to.
    """

    def __init__(self, expected: TypeForm[T]) -> None:
        """Prepare a type; :func:`answer_type` does so once per type."""
        inner = cast("dict[str, Json]", TypeAdapter(expected).json_schema(by_alias=True))
        # One closed wrapper around everything: plain dataclasses inherit its configuration.
        self._model: type[BaseModel] = create_model(
            "Answer", __config__=ConfigDict(allow_inf_nan=False), **cast("Any", {_ANSWER: (expected, ...)})
        )
        own = AnswerSchema.of(_name(expected), inner)
        self._wrapped = own.document.get("type") != "object" or "properties" not in own.document
        self.schema = (
            AnswerSchema.of(own.name, cast("dict[str, Json]", self._model.model_json_schema(by_alias=True)))
            if self._wrapped
            else own
        )
        self._in_words = _reader(own.document, expected) if self._wrapped else None
        # With open members, an offer that is out of range would pass for the member that has no fields.
        self._extra: Literal["forbid"] | None = "forbid" if _has_union_of_objects(self.schema.document) else None

    def parse(self, text: str) -> Parsed[T]:
        """Read an answer.

        Plain JSON is tried first, then JSON objects in prose (mended if need be), then an option or a number
        that the text names unambiguously.

        Raises:
            InvalidAnswerError: The text holds no valid answer, or several that differ. The message is short
                and fit for telling the model.
        """
        try:
            document = read_json(text)
        except ValueError:
            return Parsed(self._search(split_thinking(text).answer), repaired=True)
        if not self._wrapped or (isinstance(document, dict) and document.keys() == {_ANSWER}):
            answer = cast("dict[str, Json]", document)[_ANSWER] if self._wrapped else document
            try:
                return Parsed(self._validate(answer, strict=True), repaired=False)
            except ValueError:
                pass
        return Parsed(self._read(document), repaired=True)

    def parse_reasoning(self, text: str) -> Parsed[T]:
        """Read an answer that stands in private reasoning, where only a JSON object counts as one.

        Free text is never taken from there, because it could be shown to another role.

        Raises:
            InvalidAnswerError: The reasoning holds no valid JSON object, or several that differ.
        """
        documents = [each for each in objects_in(text) if isinstance(each, dict)]
        if self._wrapped:
            documents = [each for each in documents if each.keys() == {_ANSWER}]
        valid: list[T] = []
        for document in documents:
            try:
                valid.append(self._read(document))
            except InvalidAnswerError:
                continue
        if not valid or any(each != valid[0] for each in valid):
            raise InvalidAnswerError("the answer is empty")
        return Parsed(valid[0], repaired=True)

    def to_text(self, value: T) -> str:
        """Write a value as the answer that a perfect model would give; :meth:`parse` reads it back."""
        answer = to_json(value)
        return encode({_ANSWER: answer} if self._wrapped else answer).decode()

    def _search(self, text: str) -> T:
        if not text.strip():
            raise InvalidAnswerError("the answer is empty")
        complaint: InvalidAnswerError | None = None
        valid: list[T] = []
        for document in objects_in(text):
            try:
                valid.append(self._read(document))
            except InvalidAnswerError as error:
                complaint = error
        if not valid and complaint is None:
            return self._read_words(text)
        if not valid and complaint is not None:
            raise complaint
        if any(each != valid[0] for each in valid):
            raise InvalidAnswerError("there are several answers: give exactly one")
        return valid[0]

    def _read_words(self, text: str) -> T:
        for answer in self._in_words(text) if self._in_words else ():
            return self._validated(answer)
        raise InvalidAnswerError("no JSON object found: answer with one JSON object and nothing else")

    def _read(self, document: Json) -> T:
        """Read JSON that is not quite what was asked for."""
        if not self._wrapped:
            return self._validated(document)
        answer = document[_ANSWER] if isinstance(document, dict) and _ANSWER in document else document
        try:
            return self._validated(answer)
        except InvalidAnswerError:
            if self._in_words and isinstance(answer, str | int | float):
                for named in self._in_words(str(answer)):
                    return self._validated(named)
            raise

    def _validated(self, answer: Json) -> T:
        try:
            value = self._validate(answer, strict=False)
        except InvalidAnswerError:
            raise
        except ValidationError as error:
            raise InvalidAnswerError(_complaint(error, wrapped=self._wrapped)) from None
        except ValueError:
            raise InvalidAnswerError("the answer holds characters that JSON cannot carry") from None
        if _counts_a_boolean(answer, to_json(value)):
            raise InvalidAnswerError("a number was expected where the answer has true or false")
        return value

    def _validate(self, answer: Json, *, strict: bool) -> T:
        document = encode({_ANSWER: answer})
        model = self._model.model_validate_json(document, strict=strict, extra=self._extra)
        return cast("T", model.__dict__[_ANSWER])


_prepared: dict[object, AnswerType[Any]] = {}


def answer_type(expected: TypeForm[T]) -> AnswerType[T]:
    """Prepare an expected type; the same type is prepared only once.

    Example:
        >>> from typing import Literal
        >>> move = answer_type(Literal["C", "D"])
        >>> move.parse('{"answer": "D"}')
        Parsed(value='D', repaired=False)
        >>> move.parse("I will play D.").repaired
        True
    """
    # Literal["C", "D"] == Literal["D", "C"], but the order in which options are offered matters.
    key = expected if isinstance(expected, type) else (expected, repr(expected))
    prepared = _prepared.get(key)
    if prepared is None:
        prepared = _prepared[key] = AnswerType(expected)
    return prepared


def to_json(value: object) -> Json:
    """Write a typed value as plain JSON values, for the trace."""
    return cast("Json", to_jsonable_python(value, by_alias=True))


def thought_of(value: object) -> str | None:
    """The private reasoning that an answer carries in a field ``thought`` or ``reasoning``, if it does."""
    for name in _THOUGHTS:
        thought = cast("object", getattr(value, name, None))
        if isinstance(thought, str):
            return thought
    return None


def _name(expected: object) -> str:
    return expected.__name__ if isinstance(expected, type) else _ANSWER


def _reader(schema: Json, expected: object) -> Callable[[str], list[Json]] | None:
    """Return a reader of answers of this type in a sentence, if a safe one exists."""
    if not isinstance(schema, dict):
        return None
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(values, list):
        options = {str(value): value for value in values}
        return Options({**_members(expected), **options}).named_in
    match schema.get("type"):
        case "boolean":
            return Options({"true": True, "yes": True, "false": False, "no": False}).named_in
        case "integer" | "number":
            return number_in
        case "string" if "format" not in schema:
            return _prose
        case _:
            return None


def _prose(text: str) -> list[Json]:
    return [text.strip()]


def _members(expected: object) -> dict[str, Json]:
    while get_origin(expected) is Annotated:
        expected = get_args(expected)[0]
    if isinstance(expected, type) and issubclass(expected, Enum):
        return {member.name: to_json(member) for member in expected}
    return {}


def _has_union_of_objects(schema: Json) -> bool:
    if isinstance(schema, list):
        return any(_has_union_of_objects(each) for each in schema)
    if not isinstance(schema, dict):
        return False
    branches = schema.get("anyOf")
    if isinstance(branches, list):
        objects = [each for each in branches if isinstance(each, dict) and each.get("type") in {"object", None}]
        if len(objects) > 1:
            return True
    return any(_has_union_of_objects(each) for each in schema.values())


def _counts_a_boolean(answer: Json, value: Json) -> bool:
    """Tell if ``true`` was read as the number 1 somewhere, as pydantic does."""
    if isinstance(answer, dict) and isinstance(value, dict):
        return any(_counts_a_boolean(each, value.get(key)) for key, each in answer.items())
    if isinstance(answer, list) and isinstance(value, list):
        return any(_counts_a_boolean(*pair) for pair in zip(answer, value, strict=False))
    return isinstance(answer, bool) and isinstance(value, int | float) and not isinstance(value, bool)


def _complaint(error: ValidationError, *, wrapped: bool) -> str:
    found = problems(error)[:3]
    if not wrapped:
        found = [each._replace(place=each.place.partition(".")[2]) for each in found]
    # The names of unknown fields are the model's own words.
    text = " ".join("; ".join(map(str, found)).split())
    return text if len(text) <= _LONGEST_COMPLAINT else text[: _LONGEST_COMPLAINT - 1] + "…"
