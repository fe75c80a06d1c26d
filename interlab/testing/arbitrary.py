"""Double of an actor that gives arbitrary valid answers, and so can play any game."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, ClassVar

from interlab.actors.base import Actor, Reply
from interlab.queries import draw_answer

if TYPE_CHECKING:
    from interlab.situations import Query


class ArbitraryActor(Actor):
    """Answers every query with a random valid answer, or with none.

    Args:
        role: The role's name.
        seed: Seed of its answers.
        forfeits: Probability of giving no valid answer.

    Attributes:
        queries: Every query so far.
    """

    waits: ClassVar[bool] = False

    def __init__(self, role: str, seed: int, *, forfeits: float = 0.0) -> None:
        super().__init__(role, "test/arbitrary")
        self.queries: list[Query] = []
        self._random = random.Random(seed)
        self._forfeits = forfeits

    def reseed(self, seed: int) -> None:
        """Draw from another random stream from here on."""
        self._random = random.Random(seed)

    async def reply(self, query: Query) -> Reply:
        """Draw an answer."""
        self.queries.append(query)
        if self._random.random() < self._forfeits:
            return Reply(value=None, valid=False, problem="a forfeit")
        return Reply(value=draw_answer(query.wanted, self._random))
