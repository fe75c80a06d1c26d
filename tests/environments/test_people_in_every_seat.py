"""People can sit in every seat of every scenario: those who write answers, and those who fill in forms."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from interlab import registry
from interlab.actors.base import InvalidPolicy
from interlab.actors.human import ScriptedInterface
from interlab.actors.people import HumanActor
from interlab.environments import scenario
from interlab.queries import draw_json
from interlab.seeds import derive
from interlab.testing import EnvironmentContract, play
from tests.actors.typist import TypingInterface
from tests.environments.test_environment_contract import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.actors.base import Actor
    from interlab.actors.human import Question
    from interlab.environments import Scenario
    from interlab.schema.episode import Json


class Writer:
    """Writes an answer that depends on what is asked, now and then an invalid one."""

    def __init__(self, role: str, forfeits: float) -> None:
        self._role = role
        self._forfeits = forfeits

    def __call__(self, question: Question) -> str:
        stream = random.Random(derive(0, self._role, question.prompt, question.complaint or ""))
        if stream.random() < self._forfeits:
            return "Let me think."
        return json.dumps(draw_json(question.wanted.schema.document, stream))


class TestPeopleWhoWrite(EnvironmentContract):
    """Everybody is a person, with two attempts."""

    episodes = 1

    @pytest.fixture(autouse=True, params=registry.names("environments"))
    def name(self, request: pytest.FixtureRequest) -> None:
        self._name = request.param

    def scenario(self) -> Scenario:
        return scenario(self._name)

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        interface = ScriptedInterface(role, Writer(role, 0.1 + 0.9 * forfeits))
        return HumanActor(role, "human", interface, attempts=2, policy=InvalidPolicy())


class TestPeopleAtForms:
    """In every variant of every scenario a form leads to a valid answer, whatever is entered."""

    @pytest.fixture(params=list(VARIANTS))
    def variant(self, request: pytest.FixtureRequest) -> tuple[Scenario, Mapping[str, Json]]:
        name, changes, _ = VARIANTS[request.param]
        return scenario(name), changes

    async def test_every_question_can_be_answered(self, variant: tuple[Scenario, Mapping[str, Json]]) -> None:
        found, changes = variant
        parameters = found.configure(changes)
        roles = found.environment.roles(parameters)
        interfaces = {role: TypingInterface(role, random.Random(derive(1, role))) for role in roles}
        people = {role: HumanActor(role, "human", interface) for role, interface in interfaces.items()}
        recording = await play(found.environment(parameters, people, 1))
        turns = recording.episode.all_turns
        assert turns
        assert [turn for turn in turns if not turn.valid] == [], "an entry that the form allowed was invalid"
        assert [problem for interface in interfaces.values() for problem in interface.typist.problems] == []
