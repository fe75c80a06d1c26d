"""Negotiators play: against the traces of NegMAS, and beside language models in every kind of negotiation."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from interlab.actors.base import InvalidPolicy
from interlab.actors.llm import LLMActor
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.testing import ArbitraryActor, EnvironmentContract, ScriptedModel, play

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.actors.base import Actor
    from interlab.environments import Scenario
    from interlab.models import ChatRequest
    from interlab.schema.episode import Episode, Json

ORACLES = Path(__file__).parents[1] / "evals/oracles"
SESSIONS = json.loads((ORACLES / "negotiation_sessions.json").read_text())["sessions"]
DOMAINS = {
    each["name"]: each for each in json.loads((ORACLES / "negotiation_scenarios.json").read_text())["scenarios"]
}


@pytest.mark.parametrize("session", SESSIONS, ids=lambda each: f"{each['scenario']}-{each['A']}-{each['B']}")
def test_negmas_negotiators_make_the_same_offers(session: dict[str, Any]) -> None:
    fields = ("issues", "tables", "weights", "reserves")
    found = scenario("bargaining")
    parameters = found.configure(
        {"domain": {field: DOMAINS[session["scenario"]][field] for field in fields}, "rounds": session["n_steps"]}
    )
    actors = {
        role: player(f"negotiator/{session[party].lower()}").create_actor(role, 1, InvalidPolicy())
        for role, party in (("alice", "A"), ("bob", "B"))
    }
    episode = asyncio.run(play(found.environment(parameters, actors, 1))).episode
    assert offers_of(episode) == [
        (offer["step"], "AB"[offer["party"]], offer["offer"]) for offer in session["trace"]
    ]
    assert episode.outcome["deal"] == session["agreement"]
    if session["agreement"]:
        assert list(episode.payoffs.values()) == pytest.approx(session["agreement_utils"])


def offers_of(episode: Episode) -> list[tuple[int, str, Json]]:
    """Every offer: step from 0, party, values."""
    offers: list[tuple[int, str, Json]] = []
    for each in episode.rounds:
        moves: Any = each.facts["moves"]
        offers += [
            (each.number - 1, {"alice": "A", "bob": "B"}[move["by"]], move["outcome"])
            for move in moves
            if move["action"] == "offer"
        ]
    return offers


def a_careless_model(request: ChatRequest) -> str:
    """Offers the last value of every issue, accepts and votes for everything, and rambles at times."""
    assert request.schema is not None
    properties: Any = request.schema.document["properties"]
    if sum(len(message.content) for message in request.messages) % 7 == 0:
        return "Let me think."
    if "action" in properties:
        if "accept" in properties["action"]["enum"]:
            return '{"message": "Fine.", "action": "accept", "offer": null}'
        terms = {name: each["enum"][-1] for name, each in properties["offer"]["anyOf"][0]["properties"].items()}
        return orjson.dumps({"message": "How about this?", "action": "offer", "offer": terms}).decode()
    if not any("enum" in each or "type" in each for each in properties.values()):
        return orjson.dumps(dict.fromkeys(properties, "walnut")).decode()
    if "answer" in properties:
        is_vote = properties["answer"]["type"] == "boolean"
        return orjson.dumps({"answer": True if is_vote else "I am open."}).decode()
    return orjson.dumps({name: each["enum"][-1] for name, each in properties.items()}).decode()


PLAYED = [
    (name, changes, kind)
    for name, changes in (
        ("bargaining", {"domain": "car-sale"}),
        ("bargaining", {"domain": "wind-park", "rounds": 6}),
        ("deliberation", {"domain": "random?sizes=3x3&parties=3", "threshold": 2}),
        ("information-leak", {}),
    )
    for kind in ("negotiators", "a negotiator and language models")
]


class TestPlayed(EnvironmentContract):
    """The contract holds as well when negotiators and language models play, together."""

    @pytest.fixture(autouse=True, params=PLAYED, ids=str)
    def variant(self, request: pytest.FixtureRequest) -> None:
        self._name, self._changes, self._kind = request.param

    def scenario(self) -> Scenario:
        return scenario(self._name)

    def changes(self) -> Mapping[str, Json]:
        return self._changes

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        if forfeits:
            return ArbitraryActor(role, seed, forfeits=forfeits)
        seat = self._roles().index(role)
        if seat and "models" in self._kind:
            return LLMActor(role, "scripted/scripted", ScriptedModel(a_careless_model))
        names = ("boulware", "tit-for-tat", "conceder", "random", "agreeable")
        return player(f"negotiator/{names[seat]}").create_actor(role, seed, InvalidPolicy())
