"""The situation of a member of a group in which everybody chooses one of several options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceSituation(Situation):
    """Information of a member before a round. Histories hold played rounds only, oldest first.

    Attributes:
        options: The options, by canonical names.
        labels: Option -> its name in answers.
        cooperate: The option that counts as cooperation, if one does.
        members: Size of the group.
        own: Own choices so far; ``None`` where no choice was valid.
        counts: Round by round, option -> how many chose it.
        round: The coming round, 1-based.
        horizon: Number of rounds, if the members know it.
    """

    options: Sequence[str]
    labels: Mapping[str, str]
    cooperate: str | None
    members: int
    own: Sequence[str | None]
    counts: Sequence[Mapping[str, int]]
    round: int
    horizon: int | None
