"""The situations of a player in a repeated two-player matrix game, from the least it may know to the most.

A strategy says which of them it plays; a game that offers less than that is refused before a run starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from interlab.situations.base import Situation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixSituation(Situation):
    """Information of a player before it chooses. Histories hold played rounds only, oldest first.

    Attributes:
        actions: Own actions, by their canonical names.
        other_actions: The other player's actions.
        labels: How an answer names each action.
        own: Own actions so far, as they were played, as far as the player is told; else as it chose them.
        chosen: Own actions so far, as the player chose them: where there is noise, others may have been played.
        other: The other player's actions so far, as the player was told; empty if it is not told.
        seen: What the other player has chosen in this round, if that was before and can be seen.
        payoffs: (own action, other's action) -> (own payoff, other's payoff).
        round: The coming round, 1-based.
        horizon: Number of rounds, if the players know it.
    """

    games: ClassVar[str] = "matrix games"

    actions: Sequence[str]
    other_actions: Sequence[str]
    labels: Mapping[str, str]
    own: Sequence[str]
    chosen: Sequence[str]
    other: Sequence[str]
    seen: str | None = None
    payoffs: Mapping[tuple[str, str], tuple[float, float]]
    round: int
    horizon: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CooperationSituation(MatrixSituation):
    """Information of a player in a game in which one action, the same for both, counts as cooperation.

    Attributes:
        cooperate: That action; any other counts as a defection.
        defect: The first action that is not cooperation.
    """

    games: ClassVar[str] = "matrix games in which an action counts as cooperation"

    cooperate: str
    defect: str

    @property
    def cooperated(self) -> list[bool]:
        """True where the player's own actions cooperated, as :attr:`own`."""
        return [action == self.cooperate for action in self.own]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReciprocitySituation(CooperationSituation):
    """Information of a player in such a game if it observes the other's actions."""

    games: ClassVar[str] = (
        "matrix games in which an action counts as cooperation and each is told what the other did"
    )

    @property
    def other_cooperated(self) -> list[bool]:
        """True where the other's actions cooperated, as :attr:`other`."""
        return [action == self.cooperate for action in self.other]
