"""A form follows the schema of an answer, whatever its kind, and turns back what it cannot read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from interlab.actors.human import Form, FormField, Question
from interlab.queries import answer_type
from interlab.situations import (
    Accept,
    DealOffer,
    Issue,
    PriceMove,
    PriceOffer,
    PriceOpening,
    WalkAway,
    announcement_of,
    answers_about,
)


class Script:
    """A page with the entries beforehand; keeps what was shown."""

    def __init__(self, *entries: str) -> None:
        self._entries = iter(entries)
        self.shown: list[str] = []

    def section(self, name: str, about: str) -> None:
        self.shown.append(f"{name}: {about}")

    async def enter(self, field: FormField, problem: str | None) -> str:
        self.shown.append(problem or f"{field.name} ({field.hint})".strip())
        return next(self._entries)

    @property
    def is_used_up(self) -> bool:
        return next(self._entries, None) is None


async def filled(kind: Any, *entries: str, attempts: int | None = None) -> tuple[Any, int, list[str]]:
    """Fill in the form of a type and read it: the value, the invalid_entries, what was shown."""
    wanted = answer_type(kind)
    page = Script(*entries)
    answer = await Form(Question(prompt="?", wanted=wanted, attempts=attempts), page).fill()
    assert page.is_used_up
    return wanted.parse(answer.text).value, answer.invalid_entries, page.shown


class Colour(Enum):
    RED = "red"
    DARK_BLUE = "dark blue"


@dataclass(frozen=True)
class Send:
    kind: Literal["send"]
    amount: int


@dataclass(frozen=True)
class Keep:
    kind: Literal["keep"]


class Order(BaseModel):
    dishes: Annotated[list[str], Field(min_length=1, max_length=3)]
    tip: Annotated[float, Field(gt=0, lt=1)] | None = None
    address: Send | None = None


NUMERIC = Literal["9 am", "noon", "6 pm"]
MIXED = Literal["3", "a"]
AMOUNT = Annotated[int, Field(ge=0, le=20)]
PRICE = Annotated[float, Field(ge=0)]


@pytest.mark.parametrize(
    ("kind", "entry", "value"),
    [
        (Literal["X", "Y"], "X", "X"),
        (Literal["X", "Y"], "y", "Y"),
        (Literal["X", "Y"], "2", "Y"),
        (Literal["X", "Y"], " 1) ", "X"),
        (Literal["offer", "accept", "walk_away"], "walk away", "walk_away"),
        (Literal["offer", "accept", "walk_away"], "a", "accept"),
        (Literal["offer", "accept", "walk_away"], "1", "offer"),
        (NUMERIC, "9 AM", "9 am"),
        (NUMERIC, "b", "noon"),
        (NUMERIC, "6", "6 pm"),
        (MIXED, "3", "3"),
        (MIXED, "a", "a"),
        (Literal["3", "1", "100"], "1", "1"),
        (Literal["3", "1", "100"], "a", "3"),
        (Literal[1, 2, 3], "2", 2),
        (Colour, "dark", Colour.DARK_BLUE),
        (bool, "y", True),
        (bool, "No", False),
        (AMOUNT, "7", 7),
        (AMOUNT, "7.0", 7),
        (AMOUNT, "20 points", 20),
        (PRICE, "$12,000.50", 12000.5),
        (float, "-3", -3.0),
        (str, "Hello, world!", "Hello, world!"),
        (str, "", ""),
        (int | None, "", None),
        (int | None, "4", 4),
        (Literal["X", "Y"] | None, "", None),
    ],
)
async def test_one_entry(kind: Any, entry: str, value: Any) -> None:
    assert (await filled(kind, entry))[:2] == (value, 0)


@pytest.mark.parametrize(
    ("kind", "wrong", "problem", "right"),
    [
        (Literal["X", "Y"], "Z", "choose one of 1 (X), 2 (Y)", "X"),
        (Literal["X", "Y"], "", "choose one of 1 (X), 2 (Y)", "X"),
        (Literal["stay", "start"], "st", "choose one of 1 (stay), 2 (start)", "stay"),
        (MIXED, "1", "choose one of 3, a", "3"),
        (Literal["3", "1", "100"], "10 or 3", "choose one of a (3), b (1), c (100)", "100"),
        (AMOUNT, "21", "enter a whole number from 0 to 20", "20"),
        (AMOUNT, "2.5", "enter a whole number from 0 to 20", "2"),
        (AMOUNT, "ten", "enter a whole number from 0 to 20", "10"),
        (AMOUNT, "5 or 6", "enter a whole number from 0 to 20", "5"),
        (PRICE, "-1", "enter a number from 0", "1"),
        (Annotated[float, Field(gt=0, lt=1)], "1", "enter a number above 0 below 1", "0.5"),
        (bool, "perhaps", "enter y (yes) or n (no)", "yes"),
        (Annotated[str, Field(min_length=1)], "", "write at least 1 character", "a"),
        (Annotated[str, Field(max_length=3)], "abcd", "write at most 3 characters; these are 4", "abc"),
    ],
)
async def test_a_slip_is_turned_back_with_what_to_enter(kind: Any, wrong: str, problem: str, right: str) -> None:
    _, invalid_entries, shown = await filled(kind, wrong, right)
    assert invalid_entries == 1
    assert shown[1] == problem


async def test_several_fields_one_after_the_other() -> None:
    announced, _, shown = await filled(announcement_of(("X", "Y")), "I am nice.", "")
    assert (announced.message, announced.announced_action) == ("I am nice.", None)
    assert shown == [
        "message (text; Enter for none)",
        "announced_action (a number or a name; Enter leaves it out)",
    ]


async def test_a_field_is_asked_for_only_where_it_belongs() -> None:
    walked, _, shown = await filled(PriceMove, "walk_away", "")
    assert walked == WalkAway()
    assert len(shown) == 2
    offered, invalid_entries, _ = await filled(PriceOpening, "offer", "", "9500", "Well.")
    assert offered == PriceOffer(price=9500, message="Well.")
    assert invalid_entries == 1, "a price that is needed cannot be left out"


async def test_a_deal_issue_by_issue() -> None:
    move = answers_about((Issue("salary", ("50,000", "60,000")), Issue("start", ("now", "later")))).move
    answer, _, shown = await filled(move, "offer", "b", "now", "")
    assert isinstance(answer, DealOffer)
    assert answer.offer == {"salary": "60,000", "start": "now"}
    assert shown[1:] == [
        "offer: The deal you offer.",
        "salary (a letter or a name)",
        "start (a number or a name)",
        "message (text; Enter for none)",
    ]
    assert (await filled(move, "accept", ""))[0] == Accept()


async def test_one_of_several_kinds_of_answers() -> None:
    assert (await filled(Send | Keep, "send", "4"))[0] == Send("send", 4)
    assert (await filled(Send | Keep, "2"))[0] == Keep("keep")


async def test_a_list_ends_where_no_more_is_wanted_or_allowed() -> None:
    assert (await filled(Order, "soup", "n", "", "n"))[0] == Order(dishes=["soup"])
    order, _, _ = await filled(Order, "soup", "y", "fish", "y", "ice", "0.1", "y", "3")
    assert order == Order(dishes=["soup", "fish", "ice"], tip=0.1, address=Send("send", 3))


async def test_what_no_blank_is_made_for_is_entered_as_json() -> None:
    assert (await filled(dict[str, int], "a: 1", '{"a": 1}'))[:2] == ({"a": 1}, 1)


async def test_an_exclamation_mark_begins_anew() -> None:
    answer, invalid_entries, _ = await filled(PriceOpening, "offer", "1", "!", "walk_away", "")
    assert answer == WalkAway()
    assert invalid_entries == 0


async def test_the_last_attempt_is_handed_in_as_it_is() -> None:
    wanted = answer_type(AMOUNT)
    answer = await Form(Question(prompt="?", wanted=wanted, attempts=2), Script("many", "99")).fill()
    assert (answer.text, answer.invalid_entries) == ("99", 1)
