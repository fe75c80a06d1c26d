"""The situation of a party to a one-sided exchange: ultimatum, dictator and trust games."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence

Exchange = Literal["ultimatum", "dictator", "trust"]
"""Name of the game."""

Stage = Literal["offer", "accept", "least", "send", "return"]
"""Decision: how much to offer (ultimatum, dictator), whether to accept, the least that would be accepted
(ultimatum), how much to send, how much of what arrived to return (trust)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSituation(Situation):
    """Information of a party before a decision. Histories hold played rounds only, oldest first.

    Attributes:
        game: Which game it is.
        stage: What is decided.
        most: The greatest amount that can be decided on; for ``accept`` the pie.
        offered: What the other party offered or sent this round, once it has.
        multiplier: What an amount sent is multiplied by on its way (1 but in the trust game).
        offers: Past offers or amounts sent.
        answers: Past answers: 1 or 0 for accepted or not, or amounts returned.
        round: The coming round, 1-based.
        horizon: Number of rounds, if the parties know it.
        endowments: What the first and the second mover have before anything is sent (trust game).
    """

    game: Exchange
    stage: Stage
    most: int
    offered: int | None
    multiplier: float
    offers: Sequence[int]
    answers: Sequence[float]
    round: int
    horizon: int | None
    endowments: tuple[int, int] = (0, 0)
