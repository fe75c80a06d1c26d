"""The situation of a player in a repeated two-player matrix game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class MatrixSituation(Situation):
    """What a player knows before a round. Histories hold played rounds only, oldest first.

    Attributes:
        actions: Own actions, by their canonical names.
        cooperate: The action that counts as cooperation.
        defect: The action that counts as defection.
        labels: How an answer names each action.
        own: Own actions so far.
        other: The other player's actions so far.
        payoffs: (own action, other's action) -> (own payoff, other's payoff).
        round: The coming round, 1-based.
        horizon: Number of rounds, if the players know it.
    """

    actions: Sequence[str]
    cooperate: str
    defect: str
    labels: Mapping[str, str]
    own: Sequence[str]
    other: Sequence[str]
    payoffs: Mapping[tuple[str, str], tuple[float, float]]
    round: int
    horizon: int | None
