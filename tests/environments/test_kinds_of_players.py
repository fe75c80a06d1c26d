"""Every scenario with every kind of player in its seats, whatever is to happen to invalid answers."""

from __future__ import annotations

import asyncio
import json
import random
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

import pytest

from interlab import registry
from interlab.actors.base import InvalidPolicy
from interlab.actors.language import ActorOptions, Remembering, remember
from interlab.actors.llm import LLMActor
from interlab.actors.players import player, source
from interlab.actors.reasoning import style
from interlab.environments import scenario
from interlab.errors import InvalidAnswerError, ParameterError, UsageError
from interlab.models import ChatResponse
from interlab.models.base import Embedded
from interlab.queries import draw_json
from interlab.seeds import derive
from interlab.testing import EnvironmentContract, ScriptedModel, play

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.actors.base import Actor
    from interlab.environments import Scenario
    from interlab.models import ChatRequest
    from interlab.schema.episode import Episode, Handling, Json

SCENARIOS = registry.names("environments")
SHELVES = ("strategy", "negotiator")
STYLES = registry.names("styles")
MEMORIES: tuple[Remembering, ...] = get_args(Remembering)
POLICIES: Mapping[str, InvalidPolicy] = {
    then: InvalidPolicy(attempts=2, then=then) for then in ("forfeit", "default", "fail")
}
SHORT: Mapping[str, Json] = {"rounds": 2, "members": 3}


@cache
def programs(name: str) -> list[str]:
    """The programs that can play a scenario, without options that they need."""
    found = scenario(name)
    situation = found.environment.situation_in(found.parameters)
    opening = found.environment.opening(found.parameters, found.environment.roles(found.parameters)[0])
    able: list[str] = []
    for spec in (spec for shelf in SHELVES for spec in source(shelf).players()):
        try:
            made = player(spec)
            if made.plays is None or not issubclass(situation, made.plays):
                continue
            if opening is not None:
                made.validate_opening(opening)
        except (ParameterError, UsageError):  # it needs an option, or is not for this game
            continue
        able.append(spec)
    return able


class Talker(ScriptedModel):
    """Says something valid that depends on what it is asked; else nothing, or too little, or refuses.

    Args:
        invalid: How often it says nothing valid.
    """

    def __init__(self, invalid: float) -> None:
        super().__init__(())
        self._invalid = invalid

    async def _complete(self, request: ChatRequest) -> ChatResponse:
        said = "".join(message.content for message in request.messages)
        stream = random.Random(derive(0, said))
        if request.schema is None:
            return ChatResponse(text="Let me think.", finish_reason="stop")
        text = json.dumps(draw_json(request.schema.document, stream))
        if stream.random() >= self._invalid:
            return ChatResponse(text=text, finish_reason="stop")
        return stream.choice(
            [
                ChatResponse(text="", finish_reason="stop"),
                ChatResponse(text="", refusal="I cannot help with that.", finish_reason="content_filter"),
                ChatResponse(text=text[: len(text) // 2], finish_reason="length"),
                ChatResponse(text="Let me think.", finish_reason="stop"),
            ]
        )

    async def _embed(self, texts: Sequence[str]) -> Embedded:
        return Embedded(vectors=[[len(text), 1.0] for text in texts])


class Short(EnvironmentContract):
    """The contract of a scenario, made short."""

    __test__ = False
    episodes = 1

    def __init__(self, name: str) -> None:
        self._scenario = scenario(name)

    def scenario(self) -> Scenario:
        return self._scenario

    def changes(self) -> Mapping[str, Json]:
        known = type(self._scenario.parameters).model_fields
        return {name: value for name, value in SHORT.items() if name in known}


class WithProgram(Short):
    def __init__(self, name: str, spec: str) -> None:
        super().__init__(name)
        self._player = player(spec)

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        return self._player.create_actor(role, seed, InvalidPolicy())


class WithModel(Short):
    def __init__(
        self, name: str, policy: InvalidPolicy, *, style: str = "one-shot", memory: Remembering = "window"
    ) -> None:
        super().__init__(name)
        self._policy = policy
        self._style = style
        self._memory: Remembering = memory

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        model = Talker(0.3 + 0.7 * forfeits)
        memory = remember(ActorOptions(memory=self._memory, memory_tokens=200), model, model)
        return LLMActor(role, "scripted/x", model, style=style(self._style), memory=memory, policy=self._policy)


@pytest.mark.parametrize("name", SCENARIOS)
def test_programs_can_play_every_scenario(name: str) -> None:
    assert len(programs(name)) >= 3


@pytest.mark.parametrize(("name", "spec"), [(name, spec) for name in SCENARIOS for spec in programs(name)])
def test_every_program_that_is_able_keeps_the_contract(name: str, spec: str) -> None:
    """No program forfeits, so that it does not matter what happens to who does."""
    contract = WithProgram(name, spec)
    contract.test_an_episode_ends_and_pays()
    contract.test_same_seed_same_play()
    contract.test_private_information_stays_private()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_copy_of_programs_plays_on_alike(name: str) -> None:
    able = programs(name)
    for spec in able[:: len(able) // 3]:
        WithProgram(name, spec).test_a_copy_plays_on_alike_and_independently()


@pytest.mark.parametrize("then", ["forfeit", "default"])
@pytest.mark.parametrize("name", SCENARIOS)
class TestModels:
    @pytest.mark.parametrize("thinks", STYLES)
    def test_every_style_keeps_the_contract(self, name: str, thinks: str, then: str) -> None:
        contract = WithModel(name, POLICIES[then], style=thinks)
        contract.test_an_episode_ends_and_pays()
        contract.test_private_information_stays_private()

    @pytest.mark.parametrize("memory", MEMORIES)
    def test_every_memory_keeps_the_contract(self, name: str, memory: Remembering, then: str) -> None:
        WithModel(name, POLICIES[then], memory=memory).test_an_episode_ends_and_pays()

    def test_the_same_seed_is_the_same_play_and_a_copy_plays_on_alike(self, name: str, then: str) -> None:
        contract = WithModel(name, POLICIES[then], style="plan-act-reflect")
        contract.test_same_seed_same_play()
        contract.test_a_copy_plays_on_alike_and_independently()

    def test_who_is_never_valid_is_lived_with(self, name: str, then: str) -> None:
        contract = WithModel(name, POLICIES[then])
        if then == "forfeit":
            contract.test_forfeits_are_lived_with()
            return
        episode = self.played(contract, 1.0)
        moves = [turn for turn in episode.all_turns if turn.purpose == "action"]
        handled: set[Handling] = {turn.handling for turn in moves}
        assert handled <= {"default", "forfeit"}, "forfeit where the scenario has no default"
        assert not any(turn.valid for turn in moves)

    def played(self, contract: WithModel, forfeits: float) -> Episode:
        found = contract.scenario()
        parameters = found.configure(contract.changes())
        actors: dict[str, Any] = {
            role: contract.actor(role, 0, forfeits) for role in found.environment.roles(parameters)
        }
        return asyncio.run(play(found.environment(parameters, actors, 0))).episode


@pytest.mark.parametrize("thinks", STYLES)
@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_an_episode_fails_with_the_first_invalid_answer_if_it_is_to(
    name: str, memory: Remembering, thinks: str
) -> None:
    contract = WithModel(name, POLICIES["fail"], style=thinks, memory=memory)
    found = contract.scenario()
    parameters = found.configure(contract.changes())
    actors: dict[str, Any] = {role: contract.actor(role, 0, 1.0) for role in found.environment.roles(parameters)}
    with pytest.raises(InvalidAnswerError, match="gave no valid answer in 2 attempts"):
        asyncio.run(play(found.environment(parameters, actors, 0)))
