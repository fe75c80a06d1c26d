"""Distance of a deal from the solutions of bargaining theory, in negotiations with a known domain.

A deal is judged by its utilities. The optimality of a concept is max(0, 1 - d/D), d the Euclidean distance to the
nearest point that the concept singles out, D the diagonal of the space, with each party's utility scaled to [0, 1]
over all outcomes; see :mod:`interlab_evals.bargaining.solutions` for the concepts. ``..._of_result`` judges an
episode without a deal too, by what everybody was left with.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

from interlab_evals.measures.declaration import UNDEFINED, Count, metric
from interlab_evals.measures.settlement import settlement

if TYPE_CHECKING:
    from interlab.schema.episode import Episode
    from interlab_evals.bargaining.solutions import Concept, Solutions

_NO_POINT: Final = "no outcome is individually rational, or the game states no domain"
_NO_DEAL: Final = f"there was no agreement; {_NO_POINT}"

_nearness = partial(metric, kind="bounded mean", direction="higher", level="episode")
_gap = partial(metric, kind="bounded mean", unit="diagonals", direction="lower", level="episode")


@_nearness(undefined=_NO_DEAL, source="NegMAS `pareto_optimality`, utilities normalised")
def pareto_optimality(episode: Episode) -> float:
    """Closeness of the deal to the Pareto frontier of the individually rational outcomes.

    1 - d/D. An efficient deal that is a loss to some party scores below 1.
    """
    return _optimality(episode, "pareto")


@_nearness(undefined=_NO_POINT, source="NegMAS `pareto_optimality`, utilities normalised")
def pareto_optimality_of_result(episode: Episode) -> float:
    """Closeness of the result to the Pareto frontier, no deal included.

    As `pareto_optimality`, with u_i = r_i without an agreement.
    """
    return _optimality(episode, "pareto", deals_only=False)


@_gap(undefined=_NO_DEAL, source="NegMAS `pareto_dist`, utilities normalised")
def pareto_distance(episode: Episode) -> float:
    """Distance of the deal from the Pareto frontier, as a share of the diagonal of the space.

    d/D, not cut at 1.
    """
    return _distance(episode, "pareto")


@metric(
    kind="rate",
    direction="lower",
    level="episode",
    undefined="there was no agreement, or the game states no domain",
    source="Own definition: Pareto dominance",
)
def pareto_dominated(episode: Episode) -> Count:
    """Share of deals for which another deal would have been better for one party and worse for none.

    k = 1[a feasible outcome dominates the deal], n = 1[agreement]; judged by utilities.
    """
    judged = _judged(episode, deals_only=True)
    return UNDEFINED if judged is None else Count(int(judged[0].is_dominated(judged[1])), 1)


@_nearness(undefined=_NO_DEAL, source="Nash (1950); NegMAS `nash_optimality`, utilities normalised")
def nash_optimality(episode: Episode) -> float:
    """Closeness of the deal to Nash's solution, the largest product of gains.

    1 - d/D, d to the nearest of argmax_F prod (u_i - r_i).
    """
    return _optimality(episode, "nash")


@_nearness(undefined=_NO_POINT, source="Nash (1950); NegMAS `nash_optimality`, utilities normalised")
def nash_optimality_of_result(episode: Episode) -> float:
    """Closeness of the result to Nash's solution, no deal included.

    As `nash_optimality`, with u_i = r_i without an agreement.
    """
    return _optimality(episode, "nash", deals_only=False)


@_gap(undefined=_NO_DEAL, source="Nash (1950); NegMAS `nash_dist`, utilities normalised")
def nash_distance(episode: Episode) -> float:
    """Distance of the deal from Nash's solution, as a share of the diagonal of the space.

    d/D, not cut at 1.
    """
    return _distance(episode, "nash")


@_nearness(undefined=_NO_DEAL, source="Kalai (1977); NegMAS `kalai_optimality`, utilities normalised")
def kalai_optimality(episode: Episode) -> float:
    """Closeness of the deal to Kalai's egalitarian solution.

    1 - d/D, d to the nearest of argmax_F min_i (u_i - r_i). That point depends on the parties' scales.
    """
    return _optimality(episode, "kalai")


@_nearness(undefined=_NO_DEAL, source="Kalai & Smorodinsky (1975)")
def ks_optimality(episode: Episode) -> float:
    """Closeness of the deal to the solution of Kalai and Smorodinsky.

    1 - d/D, d to the nearest of argmax_F min_i (u_i - r_i)/(M_i - r_i), M_i over all outcomes. See also
    `ks_negmas_optimality`.
    """
    return _optimality(episode, "ks")


@_nearness(undefined=_NO_DEAL, source="NegMAS `ks_optimality`, utilities normalised")
def ks_negmas_optimality(episode: Episode) -> float:
    """Closeness of the deal to the solution that NegMAS calls Kalai and Smorodinsky's.

    1 - d/D, d to the nearest of argmin_F of the range over i of (u_i - r_i)/(M_i - r_i); for comparison with
    `ks_optimality`, from which it differs in a quarter of random discrete domains.
    """
    return _optimality(episode, "ks_negmas")


@_nearness(undefined=_NO_DEAL, source="NegMAS `modified_kalai_optimality`, utilities normalised")
def modified_kalai_optimality(episode: Episode) -> float:
    """Closeness of the deal to Kalai's solution with all reservation values taken as 0.

    1 - d/D, d to the nearest of argmax_F min_i u_i.
    """
    return _optimality(episode, "modified_kalai")


@_nearness(undefined=_NO_DEAL, source="NegMAS `modified_ks_optimality`, utilities normalised")
def modified_ks_optimality(episode: Episode) -> float:
    """Closeness of the deal to NegMAS's Kalai-Smorodinsky solution with all reservation values taken as 0.

    1 - d/D, d to the nearest of argmin_F of the range over i of u_i/M_i.
    """
    return _optimality(episode, "modified_ks")


@metric(
    kind="unbounded mean",
    range=(-math.inf, math.inf),
    direction="higher",
    level="episode",
    undefined=f"{_NO_DEAL}; or the greatest welfare is 0",
    source="NegMAS `max_welfare_optimality`",
)
def max_welfare_optimality(episode: Episode) -> float:
    """The deal's welfare as a part of the greatest on the frontier.

    sum_i u_i / max_F sum_i u_i: a ratio and no distance, and no reserve subtracted; `surplus_efficiency` does.
    Above 1 only for a deal that is a loss to some party.
    """
    return _optimality(episode, "max_welfare")


@_nearness(undefined=_NO_DEAL, source="NegMAS `fairness`, utilities normalised")
def negmas_fairness(episode: Episode) -> float:
    """The greatest of the deal's optimalities by Nash, Kalai, and NegMAS's Kalai-Smorodinsky.

    It mixes concepts: a deal at any one of their solutions scores 1. For comparison only.
    """
    return max(_optimality(episode, "nash"), _optimality(episode, "kalai"), _optimality(episode, "ks_negmas"))


def _optimality(episode: Episode, concept: Concept, *, deals_only: bool = True) -> float:
    judged = _judged(episode, deals_only=deals_only)
    return math.nan if judged is None else judged[0].optimality(concept, judged[1])


def _distance(episode: Episode, concept: Concept) -> float:
    judged = _judged(episode, deals_only=True)
    if judged is None:
        return math.nan
    solved, utilities = judged
    return solved.distance(concept, utilities) / math.sqrt(len(utilities))


def _judged(episode: Episode, *, deals_only: bool) -> tuple[Solutions, list[float]] | None:
    """Give the solved domain and the utilities in its parties' order; ``None`` where there is nothing to judge."""
    found = settlement(episode)
    if found.space is None or not found.utilities or found.agreed is None or (deals_only and not found.agreed):
        return None
    return found.space.solutions, [found.utilities[party] for party in found.space.parties]
