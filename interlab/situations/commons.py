"""The situation of a member of a group that harvests a common resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonsSituation(Situation):
    """Information of a member before a harvest. Histories hold past harvests only, oldest first.

    Attributes:
        stock: What there is of the resource.
        capacity: The most there can be.
        growth: What the stock is multiplied by after each harvest, up to the capacity.
        collapse_below: The resource is lost when a harvest leaves less than this.
        sustainable: The largest total harvest after which the stock grows back to what it is now.
        most: The most that a member can ask for.
        members: Size of the group.
        own: What the member itself received so far.
        others: What the other members received on average, harvest by harvest.
        round: The coming harvest, 1-based.
        horizon: Number of harvests, if the members know it.
    """

    stock: float
    capacity: int
    growth: float
    collapse_below: float
    sustainable: float
    most: int
    members: int
    own: Sequence[float]
    others: Sequence[float]
    round: int
    horizon: int | None
