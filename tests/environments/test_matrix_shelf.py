"""The matrix games on the shelf: each is the game it is called, and everybody can play it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from interlab import registry
from interlab.actors.base import InvalidPolicy
from interlab.actors.llm import LLMActor
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.environments.matrix import MatrixGame, MatrixParameters
from interlab.testing import ArbitraryActor, ScriptedModel, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab.actors.base import Actor
    from interlab.models.base import ChatRequest

NAMES = [name for name in registry.names("environments") if issubclass(scenario(name).environment, MatrixGame)]

EQUILIBRIA = {
    "battle-of-the-sexes": ["ballet,ballet", "fight,fight"],
    "chicken": ["swerve,straight", "straight,swerve"],
    "coordination": ["left,left", "right,right"],
    "deadlock": ["D,D"],
    "harmony": ["C,C"],
    "matching-pennies": [],
    "matrix": ["A,A", "B,B"],
    "prisoners-dilemma": ["D,D"],
    "rock-paper-scissors": [],
    "stag-hunt": ["stag,stag", "hare,hare"],
}


def parameters(name: str) -> MatrixParameters:
    found = scenario(name).parameters
    assert isinstance(found, MatrixParameters)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_its_pure_equilibria(name: str) -> None:
    assert [",".join(cell) for cell in parameters(name).equilibria()] == EQUILIBRIA[name]


ORDERS: dict[str, Callable[[float, float, float, float], bool]] = {
    "prisoners-dilemma": lambda r, s, t, p: t > r > p > s and 2 * r > t + s,
    "stag-hunt": lambda r, s, t, p: r > t > p > s and t + p > r + s,
    "chicken": lambda r, s, t, p: t > r > s > p,
    "deadlock": lambda r, s, t, p: t > p > r > s,
    "harmony": lambda r, s, t, p: r > t > s > p,
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_its_payoffs(name: str) -> None:
    """R for mutual cooperation, S for the sucker, T for the tempted, P for mutual defection."""
    given = parameters(name)
    c, d = given.actions
    assert given.cooperate == c
    (r, r2), (s, t2), (t, s2), (p, p2) = (
        given.payoffs[f"{a},{b}"] for a, b in itertools.product((c, d), repeat=2)
    )
    assert (r, s, t, p) == (r2, s2, t2, p2), "it is not symmetric"
    assert ORDERS[name](r, s, t, p)


@pytest.mark.parametrize("name", ["matching-pennies", "rock-paper-scissors"])
def test_what_one_wins_the_other_loses(name: str) -> None:
    assert {sum(pair) for pair in parameters(name).payoffs.values()} == {0}


@pytest.mark.parametrize("name", NAMES)
def test_its_words_are_neutral(name: str) -> None:
    """No name of an action or of the game reaches a player, who sees letters."""
    found = scenario(name)
    game = found.environment(found.parameters, {role: ArbitraryActor(role, 1) for role in ("alice", "bob")}, 1)
    rules = game.rules("alice").lower()
    hidden = {action.lower() for action in parameters(name).actions if len(action) > 1} | {name.replace("-", " ")}
    assert not [word for word in hidden if word in rules and word != "matrix"]


def model(_: str, seed: int) -> ScriptedModel:
    """A language model that answers as it is asked, with an announcement or a choice."""
    counter = itertools.count(seed)

    def answer(request: ChatRequest) -> str:
        assert request.schema is not None
        properties: Any = request.schema.document["properties"]
        if "answer" in properties:
            wanted = properties["answer"]["enum"]
            return orjson.dumps({"answer": wanted[next(counter) % len(wanted)]}).decode()
        return orjson.dumps({"message": "Hello.", "announced_action": None}).decode()

    return ScriptedModel(answer)


KINDS: dict[str, Callable[[str, int], Actor]] = {
    "anybody": ArbitraryActor,
    "model": lambda role, seed: LLMActor(role, "scripted/scripted", model(role, seed)),
    "random": lambda role, seed: player("strategy/random").create_actor(role, seed, InvalidPolicy()),
    "trembling": lambda role, seed: player("strategy/random?p=1&noise=0.2").create_actor(
        role, seed, InvalidPolicy()
    ),
    "best-response": lambda role, seed: player("strategy/best-response").create_actor(role, seed, InvalidPolicy()),
    "fictitious-play": lambda role, seed: player("strategy/fictitious-play").create_actor(
        role, seed, InvalidPolicy()
    ),
}
VARIANTS: list[dict[str, Any]] = [
    {},
    {"talk": True, "noise": 0.2},
    {"order": "sequential", "talk": True},
    {"history": "own"},
    {"misperception": 0.2},
]


@pytest.mark.parametrize("kinds", list(itertools.combinations_with_replacement(KINDS, 2)), ids="-".join)
@pytest.mark.parametrize("name", NAMES)
async def test_everybody_can_play_it(name: str, kinds: tuple[str, str]) -> None:
    found = scenario(name)
    for variant in VARIANTS:
        changed = found.configure({"rounds": 4, **variant})
        actors = {role: KINDS[kind](role, 7) for role, kind in zip(("alice", "bob"), kinds, strict=True)}
        episode = (await play(found.environment(changed, actors, 1))).episode
        assert len(episode.rounds) == 4
        assert all(turn.valid for turn in episode.all_turns)
        for round_ in episode.rounds:
            own, other = (round_.actions[role] for role in ("alice", "bob"))
            assert tuple(round_.payoffs.values()) == parameters(name).payoffs[f"{own},{other}"]
