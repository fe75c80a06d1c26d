"""Strategies that do not look at what the other does."""

from __future__ import annotations

from random import Random
from typing import Annotated

from pydantic import Field

from interlab.actors.strategies.shelf import Probability, choose, cooperate
from interlab.errors import UsageError
from interlab.situations import CooperationSituation, MatrixSituation

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


@choose("random", "Axelrod (1984)")
def random(situation: MatrixSituation, stream: Random, *, p: Probability | None = None) -> str:
    """Chooses each action as likely; with p, cooperates (else takes the first action) with probability p."""
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
        raise UsageError(f"`strategy/always?action={action}`: there is no such action here; there are {known}")
    return action
