"""Strategies for any matrix game: they reply best to what they believe the other does."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from interlab.actors.strategies.shelf import choose
from interlab.situations import MatrixSituation

if TYPE_CHECKING:
    from collections.abc import Mapping

Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@choose("best-response", "Cournot (1838)")
def best_response(situation: MatrixSituation, stream: Random) -> str:
    """Replies best to what the other does, or else did last; first, to each of its actions as likely."""
    expected = situation.seen or (situation.other[-1] if situation.other else None)
    if expected is None:
        return reply_to(situation, dict.fromkeys(situation.other_actions, 1.0))
    return reply_to(situation, {expected: 1.0})


@choose("fictitious-play", "Brown (1951)")
def fictitious_play(situation: MatrixSituation, stream: Random, *, prior: Weight = 1.0) -> str:
    """Replies best to how often the other did what so far, each action counted `prior` times in advance."""
    if situation.seen is not None:
        return reply_to(situation, {situation.seen: 1.0})
    counts = {action: prior + list(situation.other).count(action) for action in situation.other_actions}
    return reply_to(situation, counts)


def reply_to(situation: MatrixSituation, weights: Mapping[str, float]) -> str:
    """The own action that pays best against a mixture of the other's; the first of several.

    Args:
        situation: Whose payoffs.
        weights: The other's action -> its weight; they need not add up to 1.
    """

    def pays(action: str) -> float:
        return sum(weight * situation.payoffs[action, other][0] for other, weight in weights.items())

    return max(situation.actions, key=pays)
