"""The points that theories of bargaining single out, and how far a deal is from them.

Notation: u_i utility, r_i reserve, M_i and m_i the best and the worst that any outcome gives party i, F the Pareto
frontier of the individually rational outcomes {o: u_i(o) >= r_i for all i}. Utilities are sums of products, and
so rounded: what is nearer to the reserve than 1e-9 of M_i - m_i is a gain of 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from interlab_evals.bargaining.domain import Domain
from interlab_evals.bargaining.frontier import pareto_frontier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from interlab.schema.episode import Json
    from interlab_evals.bargaining.domain import Floats

Concept = Literal["pareto", "nash", "kalai", "ks", "ks_negmas", "modified_kalai", "modified_ks", "max_welfare"]
"""A solution concept.

``pareto``: F itself. ``nash``: argmax_F prod (u_i - r_i). ``kalai``: argmax_F min (u_i - r_i), egalitarian.
``ks``: argmax_F min of (u_i - r_i)/(M_i - r_i), Kalai and Smorodinsky. ``ks_negmas``: argmin_F (max - min) of the
same ratios, as NegMAS has it; the two differ in a quarter of random discrete scenarios. ``modified_kalai`` and
``modified_ks``: NegMAS's, with r = 0. ``max_welfare``: argmax_F sum u_i.
"""

CONCEPTS: Final[tuple[Concept, ...]] = get_args(Concept)
_ROUNDING: Final = 1e-9
_TIE: Final = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class Solutions:
    """A domain, solved.

    Attributes:
        utilities: Shape (outcomes, parties).
        reserves: Shape (parties,).
        best: Shape (parties,): M_i, over all outcomes, rational or not.
        worst: Shape (parties,): m_i.
        points: Concept -> indices of the outcomes that it singles out, ties (within 1e-12 of the scale) included,
            one for each distinct vector of utilities. All empty where no outcome is individually rational.
        rational_fraction: Share of outcomes that are better than the reserve for every party.
        opposition: How far the rational outcome nearest to everybody's best is from it: min over the rational
            outcomes of sqrt(sum (1 - u_i/M_i)^2); infinite where there is none.
    """

    utilities: Floats
    reserves: Floats
    best: Floats
    worst: Floats
    points: Mapping[Concept, NDArray[np.intp]]
    rational_fraction: float
    opposition: float

    @property
    def has_zone(self) -> bool:
        """True if some outcome is individually rational."""
        return bool(len(self.points["pareto"]))

    @property
    def best_joint_surplus(self) -> float:
        """max_F sum (u_i - r_i); NaN where F is empty."""
        return math.fsum(self.gains(self.at("max_welfare")[0])) if self.has_zone else math.nan

    def gains(self, utilities: ArrayLike) -> Floats:
        """u_i - r_i, 0 where that is no more than rounding (1e-9 of M_i - m_i).

        Args:
            utilities: Shape (..., parties).
        """
        return gains_over(np.asarray(utilities, dtype=np.float64), self.reserves, self._spans)

    def at(self, concept: Concept) -> Floats:
        """Give the utilities of a concept's points, shape (points, parties)."""
        return self.utilities[self.points[concept]]

    def distance(self, concept: Concept, utilities: Sequence[float], *, normalise: bool = True) -> float:
        """Euclidean distance from the nearest point of a concept.

        Args:
            concept: Which one.
            utilities: What each party got.
            normalise: Measure with each party's utility scaled to [0, 1] over all outcomes, so that no party's
                scale dominates. NegMAS does not.

        Returns:
            The distance; NaN where the concept has no point.
        """
        points = self.at(concept)
        if not len(points):
            return math.nan
        difference = (points - np.asarray(utilities)) / (self._spans if normalise else 1.0)
        return float(np.sqrt((difference**2).sum(axis=1)).min())

    def optimality(self, concept: Concept, utilities: Sequence[float], *, normalise: bool = True) -> float:
        """Nearness to a concept: max(0, 1 - distance/D), D = sqrt(sum (M_i - m_i)^2).

        For ``max_welfare`` it is the ratio sum u_i / max_F sum u_i instead, as in NegMAS, and above 1 for a deal
        that buys welfare with the loss of a party; NaN where that maximum is 0.

        Args:
            concept: Which one.
            utilities: What each party got.
            normalise: As for :meth:`distance`; then D = sqrt(number of parties).

        Returns:
            The optimality; NaN where the concept has no point.
        """
        if concept == "max_welfare":
            most = self._greatest_welfare
            return math.fsum(utilities) / most if most else math.nan
        reach = math.hypot(*(((self.best - self.worst) / self._spans) if normalise else self.best - self.worst))
        if not reach:
            return math.nan if not self.has_zone else 1.0
        distance = self.distance(concept, utilities, normalise=normalise)
        return distance if math.isnan(distance) else max(0.0, 1 - distance / reach)

    def is_dominated(self, utilities: Sequence[float]) -> bool:
        """Tell whether some outcome is better for a party and worse for none (by more than rounding, 1e-9)."""
        difference = (self.utilities - np.asarray(utilities)) / self._spans
        no_worse, better = difference >= -_ROUNDING, difference > _ROUNDING
        return bool((no_worse.all(axis=1) & better.any(axis=1)).any())

    @property
    def _spans(self) -> Floats:
        return _spans(self.best, self.worst)

    @property
    def _greatest_welfare(self) -> float:
        points = self.at("max_welfare")
        return math.fsum(points[0]) if len(points) else math.nan


def solutions(domain: Domain | Mapping[str, Json]) -> Solutions:
    """Solve a domain: its Pareto frontier, the points of every concept, and what describes it.

    Args:
        domain: A :class:`Domain`, or one as a game states it (``game["domain"]``).

    Raises:
        ParameterError: The domain is not a whole one.

    Source:
        Nash (1950); Kalai & Smorodinsky (1975); Kalai (1977); NegMAS 0.16, whose numbers the tests reproduce.
    """
    stated = domain if isinstance(domain, Domain) else Domain.of(domain)
    utilities, reserves = stated.utilities, np.array(stated.reserves)
    best, worst = utilities.max(axis=0), utilities.min(axis=0)
    gains = gains_over(utilities, reserves, _spans(best, worst))
    rational = np.flatnonzero((gains >= 0).all(axis=1))
    frontier = rational[pareto_frontier(utilities[rational])]
    points = _singled_out(frontier, utilities[frontier], gains[frontier], best, reserves)
    return Solutions(
        utilities=utilities,
        reserves=reserves,
        best=best,
        worst=worst,
        points={"pareto": frontier, **points},
        rational_fraction=float((gains > 0).all(axis=1).mean()),
        opposition=_opposition(utilities[rational], best),
    )


def gains_over(utilities: Floats, reserves: Floats, spans: Floats) -> Floats:
    """u_i - r_i, 0 where that is no more than rounding (1e-9 of a party's span).

    Args:
        utilities: Shape (..., parties).
        reserves: Shape (parties,).
        spans: Shape (parties,): M_i - m_i.
    """
    gains = utilities - reserves
    return np.where(np.abs(gains) <= _ROUNDING * spans, 0.0, gains)


def _spans(best: Floats, worst: Floats) -> Floats:
    spans = best - worst
    return np.where(spans > 0, spans, 1.0)


def _singled_out(
    frontier: NDArray[np.intp], utilities: Floats, gains: Floats, best: Floats, reserves: Floats
) -> dict[Concept, NDArray[np.intp]]:
    """Find the points of each concept; products are of gains as parts of the greatest, and so without a scale."""
    if not len(frontier):
        return {concept: frontier for concept in CONCEPTS if concept != "pareto"}
    ratios, bare_ratios = _ratios(gains, best - reserves), _ratios(utilities, best)
    product = ratios.prod(axis=1) if (best > reserves).all() else np.zeros(len(gains))
    merit: dict[Concept, tuple[Floats, float]] = {
        "nash": (product, float(product.max())),
        "kalai": (gains.min(axis=1), float(np.abs(gains).max())),
        "ks": (ratios.min(axis=1), 1.0),
        "ks_negmas": (ratios.min(axis=1) - ratios.max(axis=1), 1.0),
        "modified_kalai": (utilities.min(axis=1), float(np.abs(utilities).max())),
        "modified_ks": (bare_ratios.min(axis=1) - bare_ratios.max(axis=1), 1.0),
        "max_welfare": (utilities.sum(axis=1), float(np.abs(utilities).sum(axis=1).max())),
    }
    return {concept: frontier[_greatest(*each)] for concept, each in merit.items()}


def _ratios(gains: Floats, most: Floats) -> Floats:
    """Divide each party's gain by its greatest; a party that can gain nothing has no say."""
    sayers = most > 0
    return gains[:, sayers] / most[sayers] if sayers.any() else np.zeros((len(gains), 1))


def _greatest(merit: Floats, scale: float) -> NDArray[np.bool_]:
    return merit >= merit.max() - _TIE * scale


def _opposition(rational: Floats, best: Floats) -> float:
    if not len(rational):
        return math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        shortfall = 1 - rational / best
    return float(np.sqrt((shortfall**2).sum(axis=1)).min())
