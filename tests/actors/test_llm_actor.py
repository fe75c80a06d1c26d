"""A language model in a role: what it is told, how it is asked again, and what becomes of no answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from interlab.actors.base import InvalidPolicy
from interlab.actors.llm import LLMActor
from interlab.errors import InvalidAnswerError
from interlab.memory import WindowMemory
from interlab.models import ChatMessage
from interlab.situations import Observation, Query
from interlab.testing import Recording, ScriptedModel, record

RULES = Observation("These are the rules.", kind="rules")
MOVE = Query(prompt="C or D?", expected_type=Literal["C", "D"], default="D")
ANSWER = '{"answer":"C"}'


@dataclass(frozen=True)
class Considered:
    thought: str
    action: Literal["C", "D"]


def seated(*answers: str, **options: Any) -> tuple[LLMActor, ScriptedModel]:
    model = ScriptedModel(answers)
    return LLMActor("alice", "scripted/scripted", model, **options), model


def sent(model: ScriptedModel, call: int = -1) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in model.requests[call].messages]


async def recorded(actor: LLMActor, query: Query = MOVE) -> tuple[Any, Recording]:
    with record() as recording:
        answer = await actor.query(query)
    return answer, recording


async def test_a_model_is_told_persona_rules_memory_and_question() -> None:
    actor, model = seated(ANSWER, ANSWER, persona="You are kind.")
    actor.observe(RULES)
    actor.observe(Observation("It rains."))
    await actor.query(MOVE)
    assert sent(model) == [
        ("system", "You are kind.\n\nThese are the rules."),
        ("user", "It rains.\nC or D?"),
    ]
    actor.observe(Observation("Round 1: both chose C."))
    actor.observe(Observation("It still rains."))
    await actor.query(MOVE)
    assert sent(model) == [
        ("system", "You are kind.\n\nThese are the rules."),
        ("user", "It rains.\nC or D?"),
        ("assistant", ANSWER),
        ("user", "Round 1: both chose C.\nIt still rains.\nC or D?"),
    ]


async def test_without_rules_and_persona_there_is_no_system_prompt() -> None:
    actor, model = seated(ANSWER)
    await actor.query(MOVE)
    assert sent(model) == [("user", "C or D?")]


async def test_an_invalid_answer_is_asked_again_with_what_was_wrong_on_record() -> None:
    actor, model = seated('{"answer": "E"}', ANSWER)
    answer, recording = await recorded(actor)
    assert answer == "C"
    assert sent(model)[1:] == [
        ("assistant", '{"answer": "E"}'),
        ("user", "Your answer is not valid: `answer`: Input should be 'C' or 'D'. Please answer again."),
    ]
    (turn,) = recording.episode.turns
    assert (turn.action, turn.valid, turn.attempts, turn.handling) == ("C", False, 2, "retried")
    assert len(turn.calls) == 2
    assert "Input should be 'C' or 'D'" in str(turn.calls[1].input_messages)


async def test_only_the_valid_answer_is_remembered() -> None:
    actor, model = seated("hm", ANSWER, ANSWER)
    await actor.query(MOVE)
    await actor.query(MOVE)
    assert sent(model) == [("user", "C or D?"), ("assistant", ANSWER), ("user", "C or D?")]


@pytest.mark.parametrize(
    ("then", "answer", "handling"), [("forfeit", None, "forfeit"), ("default", "D", "default")]
)
async def test_what_becomes_of_no_valid_answer(
    then: Literal["forfeit", "default"], answer: str | None, handling: str
) -> None:
    actor, model = seated("hm", "hm", policy=InvalidPolicy(attempts=2, then=then))
    given, recording = await recorded(actor)
    assert given == answer
    assert len(model.requests) == 2
    (turn,) = recording.episode.turns
    assert (turn.action, turn.valid, turn.attempts, turn.handling) == (answer, False, 2, handling)


async def test_without_a_default_the_policy_default_forfeits() -> None:
    actor, _ = seated("hm", policy=InvalidPolicy(attempts=1, then="default"))
    given, recording = await recorded(actor, Query(prompt="?", expected_type=bool))
    assert given is None
    assert recording.episode.turns[0].handling == "forfeit"


async def test_no_valid_answer_can_fail_the_episode() -> None:
    actor, _ = seated("hm", "hm", policy=InvalidPolicy(attempts=2, then="fail"))
    with pytest.raises(InvalidAnswerError) as caught, record() as recording:
        await actor.query(MOVE)
    assert str(caught.value).startswith("`alice` (scripted/scripted) gave no valid answer in 2 attempts: ")
    episode = recording.episode
    assert episode.error == str(caught.value)
    assert (episode.turns[0].handling, episode.turns[0].action) == ("fail", None)


async def test_a_private_thought_is_recorded() -> None:
    actor, _ = seated('{"thought": "C seems best", "action": "C"}')
    given, recording = await recorded(actor, Query(prompt="?", expected_type=Considered))
    assert given == Considered("C seems best", "C")
    assert recording.episode.turns[0].thought == "C seems best"


async def test_observations_are_recorded_once() -> None:
    actor, _ = seated(ANSWER, ANSWER)
    actor.observe(RULES)
    with record() as recording:
        await actor.query(MOVE)
        await actor.query(MOVE)
    assert [turn.observations for turn in recording.episode.turns] == [("These are the rules.",), ()]


@pytest.mark.parametrize(
    "memory", [WindowMemory(items=1), WindowMemory(tokens=3, count=lambda text: len(text.split()))]
)
async def test_a_window_forgets_what_is_old_but_never_the_rules(memory: WindowMemory) -> None:
    actor, model = seated(ANSWER, memory=memory)
    actor.observe(RULES)
    actor.observe(Observation("It rains again."))
    actor.observe(Observation("It snows."))
    await actor.query(MOVE)
    assert sent(model) == [("system", "These are the rules."), ("user", "It snows.\nC or D?")]


async def test_a_copy_has_a_memory_of_its_own_and_asks_the_same_model() -> None:
    actor, model = seated(ANSWER, ANSWER)
    actor.observe(Observation("before"))
    twin = actor.copy()
    twin.observe(Observation("only the twin"))
    await actor.query(MOVE)
    assert sent(model) == [("user", "before\nC or D?")]
    await twin.query(MOVE)
    assert sent(model) == [("user", "before\nonly the twin\nC or D?")]


def test_questions_outside_of_an_episode_are_answered() -> None:
    actor, model = seated(ANSWER)
    assert asyncio.run(actor.query(MOVE)) == "C"
    assert model.requests[0].messages == (ChatMessage("user", "C or D?"),)
