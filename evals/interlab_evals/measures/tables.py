"""The payoff table of a matrix game, as ``game["payoffs"]`` and ``game["equilibria"]`` state it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.schema.episode import Json

Cell = tuple[str, str]
"""The actions of the row and of the column player."""


class Dilemma(NamedTuple):
    """The payoffs of a symmetric game of cooperation: reward, sucker's, temptation, punishment."""

    reward: float
    sucker: float
    temptation: float
    punishment: float


@dataclass(frozen=True, slots=True)
class PayoffTable:
    """Payoffs of the row and the column player for each pair of actions."""

    payoffs: Mapping[Cell, tuple[float, float]]
    equilibria: tuple[Cell, ...]

    @classmethod
    def of(cls, game: Mapping[str, Json]) -> PayoffTable | None:
        """Read the table of a game; ``None`` where it states none.

        Pure equilibria that the game does not state are found in the table.
        """
        table: Any = game.get("payoffs")
        if not isinstance(table, dict):
            return None
        payoffs: dict[Cell, tuple[float, float]] = {}
        for cell, paid in cast("dict[str, list[float]]", table).items():
            row, comma, column = cell.partition(",")
            if not comma or len(paid) != 2:
                return None
            payoffs[row, column] = (paid[0], paid[1])
        stated: Any = game.get("equilibria")
        if isinstance(stated, list):
            cells = cast("list[list[str]]", stated)
            return cls(payoffs, tuple((cell[0], cell[1]) for cell in cells))
        return cls(payoffs, tuple(cell for cell in payoffs if _is_equilibrium(payoffs, cell)))

    def welfare(self, cell: Cell) -> float:
        """The sum of what a cell pays."""
        return math.fsum(self.payoffs[cell])

    @property
    def most_welfare(self) -> float:
        """The greatest sum that a cell pays."""
        return max(map(math.fsum, self.payoffs.values()))

    def dilemma(self, cooperate: Json) -> Dilemma | None:
        """Read the table as a symmetric game of two actions; ``None`` where it is none."""
        actions = list(dict.fromkeys(row for row, _ in self.payoffs))
        if len(actions) != 2 or cooperate not in actions or len(self.payoffs) != 4:
            return None
        c, d = sorted(actions, key=lambda action: action != cooperate)
        if not all(self.payoffs.get((b, a)) == self.payoffs[a, b][::-1] for a, b in product((c, d), repeat=2)):
            return None
        return Dilemma(*(self.payoffs[cell][0] for cell in ((c, c), (c, d), (d, c), (d, d))))


def _is_equilibrium(payoffs: Mapping[Cell, tuple[float, float]], cell: Cell) -> bool:
    row, column = cell
    own, other = payoffs[cell]
    return all(
        (b != column or paid[0] <= own) and (a != row or paid[1] <= other) for (a, b), paid in payoffs.items()
    )
