"""Conserved quantities of a game, as accounts that must balance on the record of every episode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from interlab.schema.episode import Json, Round

_TOLERANCE: Final = 1e-9


class Balance(NamedTuple):
    """An amount that the rules fix.

    Attributes:
        what: Which amount, for a message.
        found: What it is on the record.
        due: What it has to be.
    """

    what: str
    found: float
    due: float

    @property
    def is_even(self) -> bool:
        """True if both sides are the same, up to rounding."""
        return math.isclose(self.found, self.due, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def paid(played: Round, due: float) -> Balance:
    """Return the account of the joint payoff of a round."""
    return Balance(f"what round {played.number} paid to all", math.fsum(played.payoffs.values()), due)


def amount(value: Json) -> float:
    """Return a number on the record; 0 for anything else."""
    return float(value) if isinstance(value, int | float) else 0.0


def amounts(value: Json) -> dict[str, float]:
    """Return numbers by name on the record; empty for anything else."""
    return {name: amount(each) for name, each in value.items()} if isinstance(value, dict) else {}
