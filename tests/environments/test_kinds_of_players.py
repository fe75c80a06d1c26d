"""Every scenario, as it stands on the shelf, with every kind of player in its seats keeps the contract."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import TYPE_CHECKING

import pytest

from interlab import registry
from interlab.actors.arbitrary import draw
from interlab.actors.base import InvalidPolicy
from interlab.actors.llm import LLMActor
from interlab.actors.players import player, source
from interlab.actors.reasoning import ChainOfThought
from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab.seeds import derive
from interlab.testing import EnvironmentContract, ScriptedModel

if TYPE_CHECKING:
    from interlab.actors.base import Actor
    from interlab.environments import Scenario
    from interlab.models import ChatRequest

SHELVES = ("strategy", "negotiator")


@cache
def programs(name: str) -> list[str]:
    """The programs that can play a scenario, without options that they need."""
    found = scenario(name)
    situation = found.environment.situation_in(found.parameters)
    able: list[str] = []
    for spec in (spec for shelf in SHELVES for spec in source(shelf).players()):
        try:
            plays = player(spec).plays
        except ParameterError:  # it needs an option
            continue
        if plays is not None and issubclass(situation, plays):
            able.append(spec)
    return able


class Speaker:
    """Says something valid that depends on what it is asked, now and then something invalid."""

    def __init__(self, forfeits: float) -> None:
        self._forfeits = forfeits

    def __call__(self, request: ChatRequest) -> str:
        said = "".join(message.content for message in request.messages)
        stream = random.Random(derive(0, said))
        if request.schema is None or stream.random() < self._forfeits:
            return "Let me think."
        return json.dumps(draw(request.schema.document, stream))


@pytest.mark.parametrize("name", registry.names("environments"))
def test_programs_can_play_every_scenario(name: str) -> None:
    assert len(programs(name)) >= 2


class OfTheShelf(EnvironmentContract):
    __test__ = False
    episodes = 1
    # That queries can be answered is asked of arbitrary actors, in test_environment_contract.py.
    test_queries_can_be_answered = None  # pyright: ignore[reportAssignmentType]

    @pytest.fixture(autouse=True, params=registry.names("environments"))
    def name(self, request: pytest.FixtureRequest) -> None:
        self._name = request.param

    def scenario(self) -> Scenario:
        return scenario(self._name)


class TestPrograms(OfTheShelf):
    """Which programs sit where depends on the seed."""

    __test__ = True

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        able = programs(self._name)
        spec = able[seed % len(able)]
        return player(spec).sit(role, seed, InvalidPolicy())

    # No program forfeits.
    test_forfeits_are_lived_with = None  # pyright: ignore[reportAssignmentType]


class TestLanguageModels(OfTheShelf):
    """One model answers at once, the other after a thought; both are invalid at times."""

    __test__ = True

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        model = ScriptedModel(Speaker(0.1 + 0.9 * forfeits))
        style = ChainOfThought() if seed % 2 else None
        return LLMActor(role, "scripted/scripted", model, style=style, policy=InvalidPolicy(attempts=2))
