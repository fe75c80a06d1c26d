"""Errors of a mean over pairs of players, for claims that reach beyond the players that met here.

In a round robin every episode shares a player with many others, so episodes are not independent draws from all
the play there could be. The players are the sample, and there are few of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.clustering import Sample, standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_evals.statistics.clustering import Codes, Floats

FEWEST_MODELS = 3
FEW_MODELS = 6


@dataclass(frozen=True, slots=True)
class Dyads:
    """Rows of a round robin, each with who acted and who was the partner.

    Attributes:
        k: Shape (rows,): the numerator of each row; of a mean, its value.
        n: Shape (rows,): the denominator; of a mean, 1.
        focal: Shape (rows,): the player that the row is about, numbered from 0.
        partner: Shape (rows,): the other player, numbered likewise.
    """

    k: Floats
    n: Floats
    focal: Codes
    partner: Codes

    @classmethod
    def of(cls, k: Floats, n: Floats, focal: Sequence[str], partner: Sequence[str]) -> Dyads:
        """Number the players by name.

        Args:
            k: Shape (rows,), none NaN.
            n: Shape (rows,), above 0.
            focal: The name of each row's player.
            partner: The name of the other.
        """
        names = sorted({*focal, *partner})
        number = {name: place for place, name in enumerate(names)}
        codes = [np.array([number[name] for name in each], dtype=np.intp) for each in (focal, partner)]
        return cls(k, n, *codes)

    @property
    def models(self) -> int:
        """M: how many players there are."""
        return len(np.union1d(self.focal, self.partner))

    @property
    def value(self) -> float:
        """The pooled ratio."""
        return math.fsum(self.k) / math.fsum(self.n)

    def error_by(self, clusters: Codes) -> float:
        """The standard error clustered by a numbering of the rows."""
        codes = np.unique(clusters, return_inverse=True)[1].astype(np.intp)
        return standard_error(Sample.summed(self.k, self.n, codes))

    @property
    def pairs(self) -> Codes:
        """Shape (rows,): the unordered pair of players of each row."""
        low, high = np.minimum(self.focal, self.partner), np.maximum(self.focal, self.partner)
        return low * (high.max() + 1) + high

    @property
    def directed(self) -> Codes:
        """Shape (rows,): the ordered pair of players of each row."""
        return self.focal * (self.partner.max() + 1) + self.partner

    @property
    def two_way_variance(self) -> float:
        """Variance clustered by focal player and by partner; may come out below 0.

        Source:
            Cameron, Gelbach and Miller (2011): V_focal + V_partner - V_(focal and partner).
        """
        focal, partner, both = (self.error_by(each) for each in (self.focal, self.partner, self.directed))
        return focal**2 + partner**2 - both**2

    @property
    def dyadic_variance(self) -> float:
        """Variance that lets any two rows depend on each other that share a player; too small for few players.

        Source:
            Fafchamps and Gubert (2007); Aronow, Samii and Assenova (2015). Sum over players of the squared
            sum of scores of all rows with the player, less once over pairs (met twice), without correction
            for small M.
        """
        scores = (self.k - self.value * self.n) / self.n.sum()
        players = np.arange(int(max(self.focal.max(), self.partner.max())) + 1)
        sums = [scores[(self.focal == each) | (self.partner == each)].sum() for each in players]
        by_pair = np.bincount(np.unique(self.pairs, return_inverse=True)[1], scores)
        return float((np.array(sums) ** 2).sum() - (by_pair**2).sum())

    @property
    def jackknife_variance(self) -> float:
        """Variance from leaving out one player at a time, with all its rows: (M-1)/M sum (R_-m - mean)^2."""
        players = np.union1d(self.focal, self.partner)
        left_out: list[float] = []
        for each in players:
            kept = (self.focal != each) & (self.partner != each)
            left_out.append(float(self.k[kept].sum() / self.n[kept].sum()))
        spread = float(((np.array(left_out) - np.mean(left_out)) ** 2).sum())
        return (len(players) - 1) / len(players) * spread


class LargeError(NamedTuple):
    """A standard error for a population of players.

    Attributes:
        error: The standard error.
        models: How many players are the sample: all, or for one focal player its partners.
        two_way: Whether both the focal player and the partner count as drawn.
    """

    error: float
    models: int
    two_way: bool


def error_at_large(dyads: Dyads) -> LargeError:
    """Estimate the error of a mean over pairs when players are a sample of players.

    The greater of the two-way variance (focal player, partner) and the variance clustered by pair, with M-1
    degrees of freedom. For one focal player against several, only the partners are a sample.

    Raises:
        ParameterError: There are fewer than three players to go by.

    Source:
        The rule and its coverage (0.93 to 0.99 in 15 settings) are from simulation, see docs/statistics.md.
    """
    if len(np.unique(dyads.focal)) == 1:
        models = len(np.unique(dyads.partner))
        _suffice(models, "partners of one player")
        return LargeError(dyads.error_by(dyads.partner), models, two_way=False)
    _suffice(dyads.models, "players")
    variance = max(dyads.two_way_variance, dyads.error_by(dyads.pairs) ** 2)
    return LargeError(math.sqrt(variance), dyads.models, two_way=True)


def _suffice(models: int, what: str) -> None:
    if models < FEWEST_MODELS:
        raise ParameterError(
            f"{models} {what} say nothing about a population of players: it takes at least {FEWEST_MODELS}; "
            "the estimand `fixed` is about those that played"
        )
