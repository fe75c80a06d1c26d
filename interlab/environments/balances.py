"""What the rules of a game conserve, as accounts that must balance on the record of every episode."""

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
        """Whether both are the same, up to rounding."""
        return math.isclose(self.found, self.due, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def paid(played: Round, due: float) -> Balance:
    """What a round paid to all together."""
    return Balance(f"what round {played.number} paid to all", math.fsum(played.payoffs.values()), due)


def amount(value: Json) -> float:
    """A number on the record; nothing where there is none."""
    return float(value) if isinstance(value, int | float) else 0.0


def amounts(value: Json) -> dict[str, float]:
    """Numbers by name on the record; none where there are none."""
    return {name: amount(each) for name, each in value.items()} if isinstance(value, dict) else {}
