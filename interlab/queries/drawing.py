"""Random valid answers, drawn from the schema of an answer type."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING, Any, Final, TypeVar

import orjson

from interlab.errors import InvalidAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from interlab.queries.typed import AnswerType

T = TypeVar("T")

_TRIES: Final = 200


def draw_answer(wanted: AnswerType[T], stream: Random) -> T:
    """Draw a valid answer.

    Args:
        wanted: The answer type.
        stream: Random stream to draw from.

    Raises:
        AssertionError: No valid answer was found.

    Example:
        >>> from random import Random
        >>> from typing import Literal
        >>> from interlab.queries import answer_type
        >>> draw_answer(answer_type(Literal["C", "D"]), Random(1))
        'C'
    """
    problem = ""
    for _ in range(_TRIES):
        try:
            return wanted.parse(orjson.dumps(draw_json(wanted.schema.document, stream)).decode()).value
        except InvalidAnswerError as error:
            problem = str(error)
    raise AssertionError(f"no valid answer found: {problem}")


def draw_json(schema: Mapping[str, Any], stream: Random) -> Any:
    """Draw a JSON value that a schema allows; patterns and formats of strings are not taken into account.

    Args:
        schema: A JSON schema without references.
        stream: Random stream to draw from.

    Raises:
        AssertionError: The schema has a type that cannot be drawn.
    """
    for key in ("enum", "anyOf"):
        if key in schema:
            chosen = stream.choice(schema[key])
            return chosen if key == "enum" else draw_json(chosen, stream)
    if "const" in schema:
        return schema["const"]
    lowest = schema.get("minimum", schema.get("exclusiveMinimum", -100))
    highest = schema.get("maximum", schema.get("exclusiveMaximum", lowest + 200))
    match schema.get("type"):
        case "object":
            return {name: draw_json(each, stream) for name, each in schema.get("properties", {}).items()}
        case "array":
            least = schema.get("minItems", 0)
            length = stream.randint(least, schema.get("maxItems", least + 2))
            return [draw_json(schema["items"], stream) for _ in range(length)]
        case "integer":
            return stream.randint(math.ceil(lowest), math.floor(highest))
        case "number":
            return round(stream.uniform(lowest, highest), 2)
        case "boolean":
            return stream.random() < 0.5
        case "string":
            length = stream.randint(schema.get("minLength", 0), schema.get("maxLength", 8))
            return "".join(stream.choices(string.ascii_lowercase, k=length))
        case "null":
            return None
        case other:
            raise AssertionError(f"cannot draw a value of type `{other}`: give the contract an actor that can")
