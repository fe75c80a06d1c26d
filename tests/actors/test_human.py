"""A person in a seat is told and asked like any other actor, and asked again as long as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from interlab.actors.base import InvalidPolicy
from interlab.actors.human import using_interfaces
from interlab.actors.players import player
from interlab.errors import InputEndedError, InvalidAnswerError, ParameterError
from interlab.situations import Observation, Query
from interlab.testing import ScriptedInterfaces, record

if TYPE_CHECKING:
    from interlab.actors.base import Actor

MOVE = Query(prompt="C or D?", expected_type=Literal["C", "D"], default="D")


@dataclass(frozen=True)
class Reasoned:
    thought: str
    move: Literal["C", "D"]


def sit(room: ScriptedInterfaces, spec: str = "human", policy: InvalidPolicy | None = None) -> Actor:
    with using_interfaces(room):
        return player(spec).create_actor("alice", 1, policy or InvalidPolicy())


async def test_a_person_is_told_and_asked() -> None:
    room = ScriptedInterfaces(['{"answer": "C"}', "I choose D."])
    actor = sit(room)
    actor.observe(Observation("The rules.", kind="rules"))
    actor.observe(Observation("Bob waves."))
    with record() as recording:
        assert await actor.query(MOVE) == "C"
        assert await actor.query(MOVE) == "D"
    (interface,) = room.interfaces
    assert interface.shown == ["The rules.", "Bob waves."]
    first, second = recording.episode.turns
    assert (first.prompt, first.observations, first.action) == ("C or D?", ("The rules.", "Bob waves."), "C")
    assert (first.valid, first.attempts, first.handling, first.calls) == (True, 1, "none", ())
    assert second.observations == ()


async def test_an_invalid_answer_is_asked_for_again_with_the_reason_as_often_as_it_takes() -> None:
    room = ScriptedInterfaces([*["perhaps"] * 10, "D"])
    actor = sit(room, policy=InvalidPolicy(attempts=3))
    with record() as recording:
        assert await actor.query(MOVE) == "D"
    (turn,) = recording.episode.turns
    assert (turn.valid, turn.attempts, turn.handling) == (False, 11, "retried")
    first, second, *_ = room.interfaces[0].asked
    assert (first.complaint, first.attempts) == (None, None)
    assert second.complaint == "no JSON object found: answer with one JSON object and nothing else"


@pytest.mark.parametrize(
    ("then", "value", "handling"), [("forfeit", None, "forfeit"), ("default", "D", "default")]
)
async def test_attempts_can_be_limited(
    then: Literal["forfeit", "default"], value: str | None, handling: str
) -> None:
    room = ScriptedInterfaces(["perhaps"] * 2)
    actor = sit(room, "human?attempts=2", InvalidPolicy(then=then))
    with record() as recording:
        assert await actor.query(MOVE) == value
    (turn,) = recording.episode.turns
    assert (turn.valid, turn.attempts, turn.handling) == (False, 2, handling)
    assert [question.attempts for question in room.interfaces[0].asked] == [2, 1]


async def test_a_policy_to_fail_is_kept() -> None:
    actor = sit(ScriptedInterfaces(["perhaps"]), "human?attempts=1", InvalidPolicy(then="fail"))
    with pytest.raises(InvalidAnswerError, match="`alice` \\(human\\?attempts=1\\) gave no valid answer in 1"):
        await actor.query(MOVE)


async def test_a_thought_goes_into_the_record() -> None:
    actor = sit(ScriptedInterfaces(['{"thought": "They may defect.", "move": "D"}']))
    with record() as recording:
        await actor.query(Query(prompt="?", expected_type=Reasoned))
    assert recording.episode.turns[0].thought == "They may defect."


async def test_nobody_there() -> None:
    with pytest.raises(InputEndedError, match=r"the script has no answer to: C or D\?"):
        await sit(ScriptedInterfaces([])).query(MOVE)


async def test_people_are_told_apart_by_name() -> None:
    assert sit(ScriptedInterfaces([]), "human/ann").player == "human/ann"
    assert player("human").kind == player("human/ann").kind == "human"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("human?attempts=0", "option `attempts`: Input should be greater than or equal to 1"),
        ("human?mood=good", "`human?mood=good` has no option `mood`; known are `attempts`"),
    ],
)
def test_options_that_cannot_be_read(spec: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message.replace("?", r"\?")) as raised:
        player(spec)
    assert "\n" not in str(raised.value)


def test_people_need_the_terminal_unless_there_is_another_room() -> None:
    assert player("human").at_terminal
    with using_interfaces(ScriptedInterfaces([])):
        assert not player("human").at_terminal
