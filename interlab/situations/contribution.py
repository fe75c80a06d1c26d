"""The situations of a member of a group that contributes to a common project, and may punish."""

from __future__ import annotations

from dataclasses import dataclass, make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionSituation(Situation):
    """Information of a member before a round. Histories hold played rounds only, oldest first.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PunishmentSituation(ContributionSituation):
    """Information of a member that may assign deduction points after the contributions.

    Attributes:
        contributed: Role of each other member -> what it contributed this round.
        gave: What the member itself contributed this round.
        most: The most points that can be spent on each other member.
        cost: What a punishment point costs who spends it.
        impact: What it takes from who is punished.
    """

    contributed: Mapping[str, int]
    gave: int
    most: int
    cost: float
    impact: float


@cache
def punishment_of(others: tuple[str, ...], most: int) -> Any:
    """The type of a punishment: points for each other member, none by default.

    Args:
        others: The other members' roles.
        most: The most points that can be spent on each.
    """
    points = Annotated[int, Field(ge=0, le=most)]
    return make_dataclass(
        "Punishment",
        [(other, points) for other in others],
        namespace={"__module__": __name__, "__doc__": "Deduction points for each other member."},
        frozen=True,
    )
