"""What a strategy answers in a situation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.situations import Query, ReciprocitySituation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.situations import MatrixSituation, Situation

DILEMMA = {("C", "C"): (3, 3), ("C", "D"): (0, 5), ("D", "C"): (5, 0), ("D", "D"): (1, 1)}


def dilemma(
    own: Sequence[str] = "",
    other: Sequence[str] = "",
    payoffs: Mapping[tuple[str, str], tuple[float, float]] = DILEMMA,
) -> ReciprocitySituation:
    return ReciprocitySituation(
        actions=("C", "D"),
        other_actions=("C", "D"),
        cooperate="C",
        defect="D",
        labels={"C": "C", "D": "D"},
        own=list(own),
        chosen=list(own),
        other=list(other),
        payoffs=payoffs,
        round=len(own) + 1,
        horizon=None,
    )


def answers(spec: str, *situations: Situation, seed: int = 1) -> list[Any]:
    actor = player(spec).create_actor("alice", seed, InvalidPolicy())

    async def ask() -> list[Any]:
        return [await actor.query(Query(prompt="?", expected_type=str, situation=each)) for each in situations]

    return asyncio.run(ask())


def frequency(spec: str, situation: MatrixSituation, action: str = "C", *, times: int = 4000) -> float:
    played = answers(spec, *[situation] * times)
    return played.count(action) / len(played)
