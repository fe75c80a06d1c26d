"""Classic strategies of repeated games: ``strategy/...``.

Those of games in which an action counts as cooperation follow the Axelrod library's definitions and, in kebab
case, its names. Any takes ``noise``, the probability that its hand trembles: ``strategy/tit-for-tat?noise=0.05``.
"""

from interlab.actors.strategies import (
    auction,
    choices,
    commons,
    contribution,
    exchange,
    grudging,
    learning,
    memory_one,
    probing,
    reciprocal,
    unconditional,
    zero_determinant,
)
from interlab.actors.strategies.shelf import STRATEGIES

__all__ = [
    "STRATEGIES",
    "auction",
    "choices",
    "commons",
    "contribution",
    "exchange",
    "grudging",
    "learning",
    "memory_one",
    "probing",
    "reciprocal",
    "unconditional",
    "zero_determinant",
]
