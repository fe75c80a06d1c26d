"""The spans that a play leaves, whole: names, kinds, services, parents, attributes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from interlab.actors.base import InvalidPolicy
from interlab.actors.llm import LLMActor
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.errors import ModelError
from interlab.schema import names
from interlab.situations import Query
from interlab.testing import ScriptedModel, play, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interlab.actors.base import Actor
    from interlab_exporters import Span

SHOWN = (
    names.OPERATION,
    names.ROUND,
    names.PURPOSE,
    names.PROMPT,
    names.ACTION,
    names.ACTIONS,
    names.PAYOFFS,
    names.ACTION_VALID,
    names.ATTEMPTS,
    names.ACTION_HANDLING,
    names.TEXT,
    names.ANNOUNCED_ACTION,
    names.PROVIDER,
    names.REQUEST_MODEL,
    names.INPUT_TOKENS,
    names.END_REASON,
    names.SPANS,
)


def drawn(spans: Sequence[Span]) -> str:
    """A trace as text: a span a line, with kind, service, id, start and what it says."""
    below: dict[str | None, list[Span]] = {}
    for span in sorted(spans, key=lambda each: each.start):
        below.setdefault(span.parent_id, []).append(span)

    def lines(parent: str | None, depth: int) -> Iterator[str]:
        for span in below.get(parent, ()):
            yield f"{'  ' * depth}{span.name} [{span.kind} {span.service} {span.status}]"
            for key in SHOWN:
                if key in span.attributes:
                    yield f"{'  ' * depth}  . {key.removeprefix('interlab.')} = {span.attributes[key]}"
            yield from lines(span.span_id, depth + 1)

    return "\n".join(lines(None, 0))


def game(rounds: int = 1, **changes: Any) -> Any:
    found = scenario("prisoners-dilemma")
    actors: dict[str, Actor] = {
        "alice": player("strategy/tit-for-tat").create_actor("alice", 1, InvalidPolicy()),
        "bob": player("strategy/defector").create_actor("bob", 2, InvalidPolicy()),
    }
    return found.environment(found.configure({"rounds": rounds, **changes}), actors, 1)


ROUND_WITH_TALK = """\
invoke_workflow MatrixGame [INTERNAL interlab OK]
  . gen_ai.operation.name = invoke_workflow
  . payoffs = {"alice":0.0,"bob":5.0}
  . end.reason = completed
  . trace.spans = 12
  round 1 [INTERNAL interlab UNSET]
    . round = 1
    . actions = {"alice":"C","bob":"D"}
    . payoffs = {"alice":0.0,"bob":5.0}
    invoke_agent alice [INTERNAL alice UNSET]
      . gen_ai.operation.name = invoke_agent
      . round = 1
      . purpose = message
      . prompt = Round 1 of 1. What message do you send to bob before you both choose?
      . action = {"message":"I will choose X.","announced_action":"X"}
      . action.valid = True
      . attempts = 1
      . action.handling = none
    invoke_agent bob [INTERNAL bob UNSET]
      . gen_ai.operation.name = invoke_agent
      . round = 1
      . purpose = message
      . prompt = Round 1 of 1. What message do you send to alice before you both choose?
      . action = {"message":"I will choose Y.","announced_action":"Y"}
      . action.valid = True
      . attempts = 1
      . action.handling = none
    send alice -> bob [PRODUCER alice UNSET]
      . round = 1
      . message.text = I will choose X.
      . message.announced_action = "C"
      receive bob [CONSUMER bob UNSET]
        . round = 1
    send bob -> alice [PRODUCER bob UNSET]
      . round = 1
      . message.text = I will choose Y.
      . message.announced_action = "D"
      receive alice [CONSUMER alice UNSET]
        . round = 1
    invoke_agent alice [INTERNAL alice UNSET]
      . gen_ai.operation.name = invoke_agent
      . round = 1
      . purpose = action
      . prompt = Round 1 of 1. Which action do you choose?
      . action = "X"
      . action.valid = True
      . attempts = 1
      . action.handling = none
    invoke_agent bob [INTERNAL bob UNSET]
      . gen_ai.operation.name = invoke_agent
      . round = 1
      . purpose = action
      . prompt = Round 1 of 1. Which action do you choose?
      . action = "Y"
      . action.valid = True
      . attempts = 1
      . action.handling = none
  observe alice [INTERNAL alice UNSET]
  observe bob [INTERNAL bob UNSET]"""


async def test_a_round_with_talk_between_two_strategies() -> None:
    recording = await play(game(talk=True))
    assert drawn(recording.spans) == ROUND_WITH_TALK


TURN_WITH_A_SECOND_ATTEMPT = """\
invoke_workflow scenario [INTERNAL interlab OK]
  . gen_ai.operation.name = invoke_workflow
  . trace.spans = 4
  invoke_agent alice [INTERNAL alice UNSET]
    . gen_ai.operation.name = invoke_agent
    . purpose = action
    . prompt = C or D?
    . action = "D"
    . action.valid = False
    . attempts = 2
    . action.handling = retried
    chat scripted [CLIENT alice UNSET]
      . gen_ai.operation.name = chat
      . gen_ai.provider.name = scripted
      . gen_ai.request.model = scripted
      . gen_ai.usage.input_tokens = 3
    chat scripted [CLIENT alice UNSET]
      . gen_ai.operation.name = chat
      . gen_ai.provider.name = scripted
      . gen_ai.request.model = scripted
      . gen_ai.usage.input_tokens = 25"""


async def test_a_turn_of_a_language_model_that_is_asked_again() -> None:
    actor = LLMActor("alice", "scripted/scripted", ScriptedModel(["hm, well", '{"answer": "D"}']))
    with record() as recording:
        assert await actor.query(Query(prompt="C or D?", expected_type=Literal["C", "D"])) == "D"
    assert drawn(recording.spans) == TURN_WITH_A_SECOND_ATTEMPT
    first, second = [span for span in recording.spans if span.kind == "CLIENT"]
    assert first.attributes[names.OUTPUT_MESSAGES] == (
        '[{"role":"assistant","parts":[{"type":"text","content":"hm, well"}],"finish_reason":"stop"}]'
    )
    assert first.attributes[names.PEER_SERVICE] == "scripted"
    assert "no JSON object found" in str(second.attributes[names.INPUT_MESSAGES])


async def test_a_failed_call_is_an_error_on_its_way_up() -> None:
    actor = LLMActor("alice", "scripted/scripted", ScriptedModel([], errors={0: ModelError("gone")}))
    recording = None
    try:
        with record() as recording:
            await actor.query(Query(prompt="?", expected_type=bool))
    except ModelError:
        pass
    assert recording is not None
    assert [(span.name, span.status, span.status_message) for span in recording.spans] == [
        ("chat scripted", "ERROR", "gone"),
        ("invoke_agent alice", "ERROR", "gone"),
        ("invoke_workflow scenario", "ERROR", "gone"),
    ]
    assert {str(span.attributes[names.ERROR_TYPE]) for span in recording.spans} == {"ModelError"}
    assert recording.episode.error == "gone"
    assert recording.episode.end_reason == "error"


async def test_two_recordings_of_the_same_play_are_equal() -> None:
    first, second = await asyncio.gather(play(game(rounds=3)), play(game(rounds=3)))
    assert first.spans == second.spans
