"""An actor that gives arbitrary valid answers: whatever the game, it can play it."""

from __future__ import annotations

import math
import random
import string
from typing import TYPE_CHECKING, Any, ClassVar, Final

import orjson

from interlab.actors.base import Actor, Reply
from interlab.errors import InvalidAnswerError
from interlab.queries import AnswerType, answer_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.situations import Query

_TRIES: Final = 200


class ArbitraryActor(Actor):
    """Answers every query with some valid answer, or with none: for environments, a player of any game.

    Args:
        role: The seat's name.
        seed: Seed of what it answers.
        forfeits: Probability of giving no valid answer.

    Attributes:
        queries: Every query so far.
    """

    waits: ClassVar[bool] = False

    def __init__(self, role: str, seed: int, *, forfeits: float = 0.0) -> None:
        super().__init__(role, "test/arbitrary")
        self.queries: list[Query] = []
        self._random = random.Random(seed)
        self._forfeits = forfeits

    def reseed(self, seed: int) -> None:
        """Draw from another random stream from here on."""
        self._random = random.Random(seed)

    async def reply(self, query: Query) -> Reply:
        """Draw an answer."""
        self.queries.append(query)
        if self._random.random() < self._forfeits:
            return Reply(value=None, valid=False, problem="a forfeit")
        return Reply(value=arbitrary_answer(query, self._random))


def arbitrary(expected_type: Any, stream: random.Random) -> Any:
    """Draw some valid answer of a type.

    Args:
        expected_type: As in a query.
        stream: Where chance comes from.

    Raises:
        AssertionError: None was found.

    Example:
        >>> from typing import Literal
        >>> arbitrary(Literal["C", "D"], random.Random(1))
        'C'
    """
    return _drawn(answer_type(expected_type), stream)


def arbitrary_answer(query: Query, stream: random.Random) -> Any:
    """Draw some valid answer to a query.

    Args:
        query: The question.
        stream: Where chance comes from.

    Raises:
        AssertionError: None was found.
    """
    return _drawn(query.wanted, stream)


def _drawn(wanted: AnswerType[Any], stream: random.Random) -> Any:
    complaint = ""
    for _ in range(_TRIES):
        try:
            return wanted.parse(orjson.dumps(draw(wanted.schema.document, stream)).decode()).value
        except InvalidAnswerError as error:
            complaint = str(error)
    raise AssertionError(f"no valid answer found: {complaint}")


def draw(schema: Mapping[str, Any], stream: random.Random) -> Any:
    """Draw a JSON value that a schema allows, as far as a schema can say.

    Args:
        schema: A JSON schema without references.
        stream: Where chance comes from.
    """
    for key in ("enum", "anyOf"):
        if key in schema:
            chosen = stream.choice(schema[key])
            return chosen if key == "enum" else draw(chosen, stream)
    if "const" in schema:
        return schema["const"]
    lowest = schema.get("minimum", schema.get("exclusiveMinimum", -100))
    highest = schema.get("maximum", schema.get("exclusiveMaximum", lowest + 200))
    match schema.get("type"):
        case "object":
            return {name: draw(each, stream) for name, each in schema.get("properties", {}).items()}
        case "array":
            least = schema.get("minItems", 0)
            return [
                draw(schema["items"], stream)
                for _ in range(stream.randint(least, schema.get("maxItems", least + 2)))
            ]
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
