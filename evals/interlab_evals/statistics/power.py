"""Power of a comparison of few items, by t, and the fewest items that can be significant at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from scipy import optimize
from scipy.special import ncfdtr, stdtrit

from interlab_evals.statistics.planning import first

_CERTAIN: Final = 30.0
"""Standard errors beyond which a difference is found for certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A comparison to be made.

    Attributes:
        variance: What one item adds to the variance of the difference: of its difference, for pairs; of an
            episode in one arm plus that of one in the other, for independent arms.
        paired: Whether items are in both arms.
        power: The chance of finding the difference, in (0, 1).
        level: 1 - alpha of the two-sided test, in (0, 1).
        least: The fewest items (per arm) that can be significant at all, at least 2.
    """

    variance: float
    paired: bool
    power: float
    level: float
    least: int = 2

    def items(self, difference: float) -> int:
        """Return the items (per arm) that it takes to find a difference, not 0; at least :attr:`least`."""
        return first(lambda n: self._power(n, abs(difference)) < self.power, self.least)

    def detectable(self, items: int) -> float:
        """The smallest difference that so many items (per arm) find; infinite below :attr:`least`."""
        if items < self.least:
            return math.inf
        if self.variance == 0:
            return 0.0
        most = _CERTAIN * math.sqrt(self.variance / items)
        missing: Any = optimize.brentq(lambda size: self._power(items, size) - self.power, 0, most)
        return float(missing)

    def _power(self, items: int, difference: float) -> float:
        """The power of Student's t, paired or of two samples: its square has the noncentral F distribution."""
        freedom = items - 1 if self.paired else 2 * (items - 1)
        shift = min(_CERTAIN, difference / math.sqrt(self.variance / items)) if self.variance else _CERTAIN
        beyond = float(stdtrit(freedom, (1 + self.level) / 2))
        return 1 - float(ncfdtr(1, freedom, shift**2, beyond**2))
