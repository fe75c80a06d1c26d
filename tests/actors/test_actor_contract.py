"""Every program on every shelf, and a language model's actor, keep the contract of an actor."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import count, product
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from interlab.actors.base import Actor, InvalidPolicy
from interlab.actors.llm import LLMActor
from interlab.actors.negotiators import NEGOTIATORS
from interlab.actors.players import player
from interlab.actors.strategies import STRATEGIES
from interlab.environments import scenario
from interlab.situations import (
    AuctionSituation,
    BargainingSituation,
    ChoiceSituation,
    CommonsSituation,
    ContributionSituation,
    CooperationSituation,
    ExchangeSituation,
    MatrixSituation,
    NegotiationSituation,
    PriceSituation,
    Query,
    ReciprocitySituation,
    Situation,
)
from interlab.testing import ActorContract, ArbitraryActor, ModelContract, ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.models import ChatRequest
    from interlab.situations import Observation

GAMES: Mapping[type, tuple[str, dict[str, Any]]] = {
    Situation: ("trust", {"rounds": 6}),
    MatrixSituation: ("rock-paper-scissors", {"rounds": 6, "talk": True}),
    CooperationSituation: ("chicken", {"rounds": 6, "history": "own", "talk": True}),
    ReciprocitySituation: ("prisoners-dilemma", {"rounds": 6, "noise": 0.2, "talk": True}),
    NegotiationSituation: ("information-leak", {"rounds": 6}),
    AuctionSituation: ("auction", {"rounds": 6, "talk": True}),
    ContributionSituation: ("public-goods", {"rounds": 6, "talk": True, "punishment": True}),
    CommonsSituation: ("commons-fishery", {"talk": True, "collapse_below": 0}),
    ChoiceSituation: ("collective-action", {"rounds": 6, "talk": True}),
    ExchangeSituation: ("ultimatum", {"rounds": 6}),
    PriceSituation: ("price-negotiation", {"rounds": 6}),
    BargainingSituation: ("bargaining", {"domain": "random?sizes=4x3&parties=3", "rounds": 6}),
}
OPTIONS = {
    "strategy/always": "?action=rock",
    "strategy/memory-one": "?p=0.9,0.1,0.8,0.2",
    "strategy/zd-set": "?kappa=2",
}
"""Of the programs that need some."""
PROGRAMS = {
    spec + OPTIONS.get(spec, ""): program.plays
    for shelf in (STRATEGIES, NEGOTIATORS)
    for spec, program in zip(shelf.players(), map(shelf.programs.__getitem__, sorted(shelf.programs)), strict=True)
}


class Clerk(ArbitraryActor):
    """Plays at random and writes down what it is told and asked."""

    def __init__(self, role: str, seed: int) -> None:
        super().__init__(role, seed)
        self.script: list[Observation | Query] = []

    def observe(self, observation: Observation) -> None:
        super().observe(observation)
        self.script.append(observation)

    async def query(self, query: Query) -> Any:
        self.script.append(replace(query, situation=deepcopy(query.situation)))
        return await super().query(query)


@cache
def script(situation: type) -> Sequence[Observation | Query]:
    """What the second role is told and asked in an episode of some length in which all play at random."""
    scripts = (_script(situation, seed) for seed in count(5))
    return next(each for each in scripts if sum(isinstance(line, Query) for line in each) >= 4)


def _script(situation: type, seed: int) -> Sequence[Observation | Query]:
    name, changes = GAMES[situation]
    found = scenario(name)
    parameters = found.configure(changes)
    clerks = {role: Clerk(role, seed) for role in found.environment.roles(parameters)}
    environment = found.environment(parameters, clerks, 1)

    async def play() -> None:
        environment.start()
        while not environment.is_finished:
            await environment.step()

    asyncio.run(play())
    return tuple(list(clerks.values())[1].script)


class TestPrograms(ActorContract):
    @pytest.fixture(autouse=True, params=list(PROGRAMS))
    def program(self, request: pytest.FixtureRequest) -> None:
        self._spec = request.param

    def actor(self, role: str, seed: int) -> Actor:
        return player(self._spec).create_actor(role, seed, InvalidPolicy())

    def script(self) -> Sequence[Observation | Query]:
        return script(PROGRAMS[self._spec])


class TestNegotiators(ActorContract):
    """What negotiators play beside deliberation."""

    @pytest.fixture(
        autouse=True, params=list(product(NEGOTIATORS.players(), (PriceSituation, BargainingSituation))), ids=str
    )
    def game(self, request: pytest.FixtureRequest) -> None:
        self._spec, self._situation = request.param

    def actor(self, role: str, seed: int) -> Actor:
        return player(self._spec).create_actor(role, seed, InvalidPolicy())

    def script(self) -> Sequence[Observation | Query]:
        return script(self._situation)


def a_move(request: ChatRequest) -> str:
    """Some answer that depends on all that was said, and is not always valid."""
    said = sum(len(message.content) for message in request.messages)
    assert request.schema is not None
    properties = request.schema.document["properties"]
    assert isinstance(properties, dict)
    if said % 5 == 0:
        return "hm"
    if "answer" in properties:
        return orjson.dumps({"answer": "XY"[said % 2]}).decode()
    return orjson.dumps({"message": f"after {said}", "announced_action": "XY"[said % 2]}).decode()


class TestLanguageModel(ActorContract):
    def actor(self, role: str, seed: int) -> Actor:
        return LLMActor(role, "scripted/scripted", ScriptedModel(a_move), persona="You are kind.")

    def script(self) -> Sequence[Observation | Query]:
        return script(ReciprocitySituation)


class TestScriptedModel(ModelContract):
    def model(self) -> ScriptedModel:
        return ScriptedModel(a_word)


class TestScriptedModelWithoutSchemas(ModelContract):
    def model(self) -> ScriptedModel:
        return ScriptedModel(a_word, takes_schema=False)


def a_word(_: ChatRequest) -> str:
    return "C"


class Forgetful(ActorContract):
    """An actor whose copies share their state."""

    __test__ = False

    def actor(self, role: str, seed: int) -> Actor:
        class Shared(ArbitraryActor):
            def copy(self) -> Shared:
                return self

        return Shared(role, seed)

    def script(self) -> Sequence[Observation | Query]:
        return script(ReciprocitySituation)


def test_the_contract_notices_a_copy_that_is_none() -> None:
    with pytest.raises(AssertionError, match="the copy's play changed the original"):
        Forgetful().test_a_copy_plays_on_alike_and_independently()
