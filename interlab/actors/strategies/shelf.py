"""Registration of rules as ``strategy/...``, and the texts of their decisions."""

from __future__ import annotations

from functools import wraps
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import Field

from interlab.actors.program import Shelf
from interlab.situations import (
    Announcement,
    CooperationSituation,
    MatrixSituation,
    Query,
    ReciprocitySituation,
)

if TYPE_CHECKING:
    from collections.abc import Callable

STRATEGIES: Final = Shelf("strategy")

Probability = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]

R = TypeVar("R", bound="Callable[..., bool]")


def choose(name: str, source: str):
    """Put on the shelf a rule that chooses an action in any matrix game."""
    return STRATEGIES.rule(name, plays=MatrixSituation, speak=speak, source=source, tremble=tremble)


def cooperate(
    name: str, source: str, *, plays: type[CooperationSituation] = ReciprocitySituation
) -> Callable[[R], R]:
    """Put on the shelf a rule that says whether to cooperate.

    Args:
        name: Its name.
        source: Where it comes from.
        plays: What it has to know.
    """

    def put(rule: R) -> R:
        @wraps(rule)
        def act(situation: CooperationSituation, stream: Random, **options: Any) -> str:
            return situation.cooperate if rule(situation, stream, **options) else situation.defect

        STRATEGIES.rule(name, plays=plays, speak=speak, source=source, tremble=tremble)(act)
        return rule

    return put


def speak(query: Query, action: str) -> str | Announcement:
    """Name an action, or announce it, as the players see it called."""
    situation = query.situation
    assert isinstance(situation, MatrixSituation)
    label = situation.labels[action]
    if query.purpose == "message":
        return Announcement(f"I will choose {label}.", label)
    return label


def tremble(situation: MatrixSituation, action: str, stream: Random) -> str:
    """Draw one of the other actions, each as likely."""
    return stream.choice([other for other in situation.actions if other != action])
