"""From an expected type to a schema, and from a text back to a value of the type."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from interlab.errors import InvalidAnswerError
from interlab.queries import AnswerType, answer_type, thought_of, to_json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from interlab.schema.episode import Json

Move = Literal["C", "D"]
Contribution = Annotated[int, Field(ge=0, le=20)]


class Colour(Enum):
    RED = "r"
    GREEN = "g"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Offer:
    price: float
    note: str = ""


@dataclass(frozen=True)
class Accept:
    pass


class Turn(BaseModel):
    thought: str
    action: Move
    offer: Offer | None = Field(default=None, description="what is on the table")
    tags: list[str] = []


class Tree(BaseModel):
    value: int
    children: list[Tree] = []


@dataclass(frozen=True)
class Ledger:
    entries: dict[str, int]
    history: tuple[Offer, ...] = field(default=())


finite = st.floats(allow_nan=False, allow_infinity=False)
offers = st.builds(Offer, finite, st.text())
CASES: dict[str, tuple[AnswerType[Any], SearchStrategy[Any]]] = {
    "literal": (answer_type(Move), st.sampled_from(["C", "D"])),
    "numbers to choose from": (answer_type(Literal[1, 2, 3]), st.sampled_from([1, 2, 3])),
    "enum": (answer_type(Colour), st.sampled_from(Colour)),
    "integer enum": (answer_type(Level), st.sampled_from(Level)),
    "integer": (answer_type(int), st.integers()),
    "integer in a range": (answer_type(Contribution), st.integers(0, 20)),
    "number": (answer_type(float), finite),
    "text": (answer_type(str), st.text()),
    "boolean": (answer_type(bool), st.booleans()),
    "optional": (answer_type(int | None), st.none() | st.integers()),
    "list": (answer_type(list[int]), st.lists(st.integers())),
    "dataclass": (answer_type(Offer), offers),
    "model": (
        answer_type(Turn),
        st.builds(
            Turn,
            thought=st.text(),
            action=st.sampled_from(["C", "D"]),
            offer=st.none() | offers,
            tags=st.lists(st.text()),
        ),
    ),
    "union": (answer_type(Offer | Accept), st.just(Accept()) | offers),
    "recursive": (
        answer_type(Tree),
        st.recursive(
            st.builds(Tree, value=st.integers()),
            lambda below: st.builds(Tree, value=st.integers(), children=st.lists(below, max_size=3)),
        ),
    ),
    "mapping inside": (
        answer_type(Ledger),
        st.builds(Ledger, st.dictionaries(st.text(), st.integers()), st.lists(offers).map(tuple)),
    ),
}
each_case = pytest.mark.parametrize("case", CASES)


@each_case
@given(data=st.data())
def test_a_value_written_as_an_answer_reads_back_unrepaired(case: str, data: st.DataObject) -> None:
    kind, values = CASES[case]
    value = data.draw(values)
    parsed = kind.parse(kind.to_text(value))
    assert parsed.value == value
    assert type(parsed.value) is type(value)
    assert not parsed.repaired


@each_case
@given(
    text=st.one_of(
        st.text(),
        st.text("{}[]\"':,answer CD123.tf\\\n`"),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda below: st.lists(below) | st.dictionaries(st.text(), below),
        ).map(json.dumps),
    )
)
@example(text="{" * 3_000)
@example(text='{"answer":' * 3_000)
@example(text='{"a":' * 500 + "1" + "}" * 499)
@example(text="[" * 100_000)
@example(text="{" + "[" * 100_000)
@example(text='{"answer": {"several\\nlines": 1}}')
@example(text='{"answer": "\\ud800"}')
@example(text="\ud800")
@example(text='{"answer": ' + "9" * 5_000 + "}")
def test_any_text_is_an_answer_or_invalid(case: str, text: str) -> None:
    kind, _ = CASES[case]
    complaint = "none"
    try:
        kind.parse(text)
    except InvalidAnswerError as error:
        complaint = str(error)
    assert 0 < len(complaint) <= 300
    assert "\n" not in complaint


@each_case
def test_the_schema_is_a_closed_object(case: str) -> None:
    schema = CASES[case][0].schema
    assert schema.document["type"] == "object"
    assert schema.document["additionalProperties"] is False
    assert schema.document["required"] == list(cast("dict[str, Json]", schema.document["properties"]))
    assert len(schema.name) <= 64
    assert json.dumps(schema.document, ensure_ascii=False) in schema.instructions


def test_scalars_are_wrapped_and_objects_are_not() -> None:
    assert answer_type(Move).schema.document == {
        "properties": {"answer": {"enum": ["C", "D"], "type": "string"}},
        "required": ["answer"],
        "type": "object",
        "additionalProperties": False,
    }
    assert answer_type(Offer).schema.document == {
        "properties": {"price": {"type": "number"}, "note": {"type": "string"}},
        "required": ["price", "note"],
        "type": "object",
        "additionalProperties": False,
    }


def test_a_model_reads_only_the_first_paragraph_of_a_docstring() -> None:
    @dataclass
    class Bid:
        """A bid in points.

        Attributes:
            amount: For developers.
        """

        amount: int

    assert answer_type(Bid).schema.document["description"] == "A bid in points."


def test_definitions_are_written_out_where_they_are_used() -> None:
    offer = cast("Any", answer_type(Turn).schema.document)["properties"]["offer"]
    assert offer["description"] == "what is on the table"
    assert offer["anyOf"][0]["properties"]["price"] == {"type": "number"}


def test_a_recursive_type_keeps_its_definition() -> None:
    document = cast("Any", answer_type(Tree).schema.document)
    assert document["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}
    assert document["$defs"]["Tree"]["required"] == ["value", "children"]


def test_properties_may_be_called_like_keywords() -> None:
    @dataclass
    class Book:
        title: str
        default: int

    properties = cast("dict[str, Json]", answer_type(Book).schema.document["properties"])
    assert list(properties) == ["title", "default"]


def test_the_order_of_options_is_that_of_the_type() -> None:
    def options(kind: AnswerType[Any]) -> list[str]:
        return cast("Any", kind.schema.document)["properties"]["answer"]["enum"]

    assert options(answer_type(Literal["C", "D"])) == ["C", "D"]
    assert options(answer_type(Literal["D", "C"])) == ["D", "C"]


def test_a_type_is_prepared_once() -> None:
    assert answer_type(Literal["C", "D"]) is answer_type(Literal["C", "D"])
    assert answer_type(Offer) is answer_type(Offer)


@pytest.mark.parametrize(
    ("kind", "strict"),
    [
        (answer_type(Move), True),
        (answer_type(Contribution), True),
        (answer_type(Turn), True),
        (answer_type(Tree), True),
        (answer_type(Offer | Accept), True),
        (answer_type(Annotated[str, Field(max_length=20)]), False),
        (answer_type(Ledger), False),
        (answer_type(tuple[int, str]), False),
        (answer_type(dict[str, int]), False),
    ],
)
def test_strict_mode_is_asked_for_where_openai_takes_the_schema(kind: AnswerType[Any], strict: bool) -> None:
    assert kind.schema.strict is strict


REPAIRED: list[tuple[AnswerType[Any], str, object]] = [
    # JSON that is not quite the JSON asked for
    (answer_type(Move), '"C"', "C"),
    (answer_type(Move), '{"answer": "c"}', "C"),
    (answer_type(Move), '{"answer": "C", "why": "trust"}', "C"),
    (answer_type(Contribution), '{"answer": "7"}', 7),
    (answer_type(Contribution), "7", 7),
    (answer_type(Offer | Accept), '{"price": 3}', Offer(3)),
    (answer_type(str), '{"answer": 5}', "5"),
    (answer_type(bool), '{"answer": "true"}', True),
    # JSON in prose and fences
    (answer_type(Move), 'Sure!\n```json\n{"answer": "D"}\n```\nGood luck!', "D"),
    (answer_type(Move), 'I answer {"answer": "C"}. Yes, {"answer": "C"}.', "C"),
    (
        answer_type(Offer),
        'My offer: {"price": 3, "note": "a {curly} \\" note"}',
        Offer(3, 'a {curly} " note'),
    ),
    (answer_type(Move), '<think>{"answer": "C"}? No.</think>\n{"answer": "D"}', "D"),
    # JSON in need of mending
    (answer_type(Move), "{answer: 'C'}", "C"),
    (answer_type(Offer), '{"price": 3, "note": "x",}', Offer(3, "x")),
    (answer_type(Offer), '```\n{"price": 3, // fair\n "note": "x"\n```', Offer(3, "x")),
    # words
    (answer_type(Move), "C", "C"),
    (answer_type(Move), "**d**", "D"),
    (answer_type(Move), "I choose D.", "D"),
    (answer_type(Literal["A", "B"]), "a", "A"),
    (answer_type(Literal["A", "B"]), "I choose A.", "A"),
    (answer_type(Literal["walk_away", "stay"]), "I will Walk Away!", "walk_away"),
    (answer_type(Literal["defect", "always defect"]), "always defect", "always defect"),
    (answer_type(Literal["no deal", "deal"]), "No deal.", "no deal"),
    (answer_type(Colour), "GREEN", Colour.GREEN),
    (answer_type(Colour), "my choice: r", Colour.RED),
    (answer_type(Level), "2", Level.HIGH),
    (answer_type(bool), "Yes.", True),
    (answer_type(bool), "no", False),
    (answer_type(Contribution), "I give 12 tokens.", 12),
    (answer_type(int), "$1,250", 1250),
    (answer_type(float), "It is worth -2.5 to me.", -2.5),
    (answer_type(str), " Hello there! ", "Hello there!"),
]


@pytest.mark.parametrize(("kind", "text", "value"), REPAIRED)
def test_what_was_clearly_meant_is_read_and_marked_as_repaired(
    kind: AnswerType[Any], text: str, value: object
) -> None:
    parsed = kind.parse(text)
    assert parsed.value == value
    assert type(parsed.value) is type(value)
    assert parsed.repaired


UNCLEAR: list[tuple[AnswerType[Any], str]] = [
    (answer_type(Move), "C or D?"),
    (answer_type(Move), "I will not play C."),
    (answer_type(Move), "I don't think D is wise."),
    (answer_type(Move), "If you play C"),
    (answer_type(Move), "I cooperate."),
    (answer_type(Move), '{"answer": "C"} ... or rather {"answer": "D"}'),
    (answer_type(Literal["A", "B"]), "A moment, please."),
    (answer_type(Literal["A", "B"]), "I would like a moment."),
    (answer_type(Literal["Stay", "Go"]), "I stayed and then I'm going."),
    (answer_type(Contribution), "between 2 and 3"),
    (answer_type(Contribution), "10%"),
    (answer_type(Contribution), "half of 20"),
    (answer_type(Contribution), "1.2.3"),
    (answer_type(Contribution), "1,5"),
    (answer_type(Contribution), "3.5"),
    (answer_type(Contribution), '{"answer": true}'),
    (answer_type(float), '{"answer": true}'),
    (answer_type(float), '{"answer": NaN}'),
    (answer_type(float), '{"answer": 1e999}'),
    (answer_type(float), '{"answer": "Infinity"}'),
    (answer_type(Offer), '{"price": NaN, "note": ""}'),
    (answer_type(Offer), "I offer 3."),
    (answer_type(bool), "yes and no"),
    (answer_type(str), "   "),
    (answer_type(str), '{"message": "hello"}'),
]


@pytest.mark.parametrize(("kind", "text"), UNCLEAR)
def test_what_could_mean_two_things_means_nothing(kind: AnswerType[Any], text: str) -> None:
    with pytest.raises(InvalidAnswerError):
        kind.parse(text)


COMPLAINTS: list[tuple[AnswerType[Any], str, str]] = [
    (answer_type(Move), '{"answer": "X"}', "`answer`: Input should be 'C' or 'D'"),
    (answer_type(Offer), '{"note": "x"}', "`price`: Field required"),
    (answer_type(Contribution), "99", "`answer`: Input should be less than or equal to 20"),
    (answer_type(Move), "", "the answer is empty"),
    (answer_type(Move), "<think>hm</think> ", "the answer is empty"),
    (answer_type(Move), "hm", "no JSON object found: answer with one JSON object and nothing else"),
    (
        answer_type(Contribution),
        '{"answer": true}',
        "a number was expected where the answer has true or false",
    ),
]


@pytest.mark.parametrize(("kind", "text", "complaint"), COMPLAINTS)
def test_a_complaint_is_fit_for_telling_the_model(kind: AnswerType[Any], text: str, complaint: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        kind.parse(text)
    assert str(caught.value) == complaint


def test_an_offer_out_of_range_does_not_pass_for_an_acceptance() -> None:
    @dataclass
    class Bid:
        price: Annotated[float, Field(le=100)]

    either = answer_type(Bid | Accept)
    assert either.parse('{"answer": {}}').value == Accept()
    for text in ('{"answer": {"price": 300}}', '{"answer": {"price": "much"}}', '{"price": 300}'):
        with pytest.raises(InvalidAnswerError):
            either.parse(text)


PLAIN: list[tuple[object, Json]] = [
    ("C", "C"),
    (Colour.RED, "r"),
    (Level.HIGH, 2),
    (Offer(3.0, "x"), {"price": 3.0, "note": "x"}),
    (Tree(value=1, children=[Tree(value=2)]), {"value": 1, "children": [{"value": 2, "children": []}]}),
    (None, None),
    ((1, "a"), [1, "a"]),
]


@pytest.mark.parametrize(("value", "expected"), PLAIN)
def test_a_typed_value_as_plain_json(value: object, expected: Json) -> None:
    assert to_json(value) == expected


def test_private_thought_is_a_field_like_any_other() -> None:
    @dataclass
    class Reasoned:
        reasoning: str
        answer: Move

    assert thought_of(Turn(thought="hm", action="C")) == "hm"
    assert thought_of(Reasoned("because", "C")) == "because"
    assert thought_of(Offer(3)) is None
    assert thought_of("C") is None
