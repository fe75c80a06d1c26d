"""The situation of a member of a group that contributes to a common project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class ContributionSituation(Situation):
    """What a member knows before a round. Histories hold played rounds only, oldest first.

    Attributes:
        endowment: What each member has to divide, per round, in points.
        multiplier: What the project multiplies contributions by.
        members: Size of the group.
        own: Own contributions so far.
        others: Mean contribution of the other members, round by round.
        round: The coming round, 1-based.
        horizon: Number of rounds, if the members know it.
    """

    endowment: int
    multiplier: float
    members: int
    own: Sequence[int]
    others: Sequence[float]
    round: int
    horizon: int | None
