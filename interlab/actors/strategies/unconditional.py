"""Strategies that do not look at what the other does."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Annotated, Any

from pydantic import Field

from interlab.actors.strategies.shelf import STRATEGIES, Probability, choose, cooperate, speak, tremble
from interlab.errors import UsageError
from interlab.queries import draw_answer
from interlab.situations import (
    Announcement,
    CooperationSituation,
    MatrixSituation,
    Move,
    Query,
    Situation,
)

Cycle = Annotated[str, Field(pattern="^[CD]+$")]


@cooperate("cooperator", "Axelrod (1984)", plays=CooperationSituation)
def cooperator(situation: CooperationSituation, stream: Random) -> bool:
    """Always cooperates (ALLC)."""
    return True


@cooperate("defector", "Axelrod (1984)", plays=CooperationSituation)
def defector(situation: CooperationSituation, stream: Random) -> bool:
    """Always defects (ALLD)."""
    return False


@cooperate("alternator", "Axelrod (1984)", plays=CooperationSituation)
def alternator(situation: CooperationSituation, stream: Random) -> bool:
    """Cooperates and defects in turn, cooperation first."""
    return not any(situation.cooperated[-1:])


@cooperate("cycler", "Axelrod library", plays=CooperationSituation)
def cycler(situation: CooperationSituation, stream: Random, *, cycle: Cycle = "CCD") -> bool:
    """Goes through `cycle` again and again, whatever happens."""
    return cycle[len(situation.own) % len(cycle)] == "C"


@cooperate("worse-and-worse", "Axelrod library", plays=CooperationSituation)
def worse_and_worse(situation: CooperationSituation, stream: Random) -> bool:
    """Cooperates in round t with probability 1 - t/1000."""
    return stream.random() < 1 - (len(situation.own) + 1) / 1000


def _say_anything(query: Query, decision: str | int) -> Any:
    """Name an action of a matrix game; elsewhere draw a valid answer, and say nothing beside it."""
    if isinstance(decision, str):
        return speak(query, decision)
    answer = draw_answer(query.wanted, Random(decision))
    if isinstance(answer, str) and query.purpose == "message":
        return ""
    if isinstance(answer, Announcement):
        return replace(answer, message="")
    if isinstance(answer, Move):
        return answer.model_copy(update={"message": ""})
    return answer


def _tremble(situation: Situation, decision: str | int, stream: Random) -> str | int:
    if isinstance(decision, int):
        return stream.getrandbits(32)
    assert isinstance(situation, MatrixSituation)
    return tremble(situation, decision, stream)


@STRATEGIES.rule("random", plays=Situation, speak=_say_anything, source="Axelrod (1984)", tremble=_tremble)
def random(situation: Situation, stream: Random, *, p: Probability | None = None) -> str | int:
    """Plays any game by chance, each action as likely; with `p`, cooperates with probability p (matrix games)."""
    if not isinstance(situation, MatrixSituation):
        return stream.getrandbits(32)
    favourite = situation.cooperate if isinstance(situation, CooperationSituation) else situation.actions[0]
    others = [action for action in situation.actions if action != favourite]
    if stream.random() < (1 / len(situation.actions) if p is None else p):
        return favourite
    return others[0] if len(others) == 1 else stream.choice(others)


@choose("always", "a pure strategy of the stage game")
def always(situation: MatrixSituation, stream: Random, *, action: str) -> str:
    """Always chooses `action`, given by its canonical name."""
    if action not in situation.actions:
        known = ", ".join(f"`{each}`" for each in situation.actions)
        raise UsageError(f"there is no action `{action}`; there are {known}")
    return action
