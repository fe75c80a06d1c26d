"""What a comparison of few items can find: the power of t, and what an exact test cannot show however large."""

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
    """

    variance: float
    paired: bool
    power: float
    level: float

    @property
    def least(self) -> int:
        """How many items (per arm) the exact test takes to reach alpha at all.

        Exchanging the arms of G pairs gives no p below 2/2^G, permuting the labels of 2n episodes none below
        2/(2n choose n).
        """
        alpha = 1 - self.level
        if self.paired:
            return first(lambda n: 2.0 ** (1 - n) > alpha, 2)
        return first(lambda n: 2 / math.comb(2 * n, n) > alpha, 2)

    def items(self, difference: float) -> int:
        """How many items (per arm) it takes to find a difference, not 0; never fewer than :attr:`least`."""
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
