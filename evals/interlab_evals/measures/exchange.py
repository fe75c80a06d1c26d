"""What became of a negotiation.

Notation: u_i the utility of the result to role i (its payoff), r_i its disagreement value
(``game["disagreement"]``). Without a deal everybody has the disagreement value, so the surplus is 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import Count, metric

if TYPE_CHECKING:
    from interlab.tracing.episodes import Episode


@metric(
    kind="rate",
    unit="1",
    range=(0.0, 1.0),
    direction="higher",
    level="episode",
    undefined="the episode's outcome does not tell whether there was an agreement",
    source="NegMAS `agreement_reached`; NegotiationArena",
)
def agreement_rate(episode: Episode) -> Count:
    """Whether the parties came to an agreement.

    k = 1[agreement], n = 1. Where there is no zone of agreement (``game["zopa"]`` is false), no deal is the
    right result and the right rate is 0; such games have parameters of their own and so never share a table
    row with the others.
    """
    agreement = episode.outcome.get("agreement")
    return Count(int(agreement), 1) if isinstance(agreement, bool) else Count(0, 0)


@metric(
    kind="rate",
    unit="1",
    range=(0.0, 1.0),
    direction="lower",
    level="actor",
    undefined="there was no agreement: the rate is over agreements",
    source="NegMAS `rationality`, inverted",
)
def ir_violation(episode: Episode) -> dict[str, Count]:
    """Whether a role agreed to a deal that left it worse off than no deal.

    k = 1[agreement and u_i < r_i], n = 1[agreement].
    """
    agreed = episode.outcome.get("agreement") is True
    surpluses = _surpluses(episode)
    return {
        role: Count(int(surpluses[role] < 0), 1) if agreed and role in surpluses else Count(0, 0)
        for role in episode.roles
    }


@metric(
    kind="unbounded mean",
    unit="1",
    range=(-math.inf, math.inf),
    direction="higher",
    level="actor",
    undefined="the parties' joint surplus is not above 0, as it is without an agreement",
    source="NegMAS `surplus_share`",
)
def surplus_share(episode: Episode) -> dict[str, float]:
    """A role's part of the joint surplus.

    (u_i - r_i) / sum_j (u_j - r_j), not clipped: it lies outside [0, 1] where somebody agreed to a loss. It
    presumes a common numeraire, as money is.
    """
    surpluses = _surpluses(episode)
    joint = math.fsum(surpluses.values())
    if joint <= 0 or len(surpluses) < len(episode.seats):
        return dict.fromkeys(episode.roles, math.nan)
    return {role: surplus / joint for role, surplus in surpluses.items()}


@metric(
    kind="unbounded mean",
    unit="1",
    range=(-math.inf, 1.0),
    direction="higher",
    level="episode",
    undefined="no individually rational deal has a joint surplus above 0 (there is no zone of agreement)",
    source="NegMAS `surplus_efficiency`",
)
def surplus_efficiency(episode: Episode) -> float:
    """How much of the attainable joint surplus was realised.

    sum_i (u_i - r_i) / best, with best = ``game["best_joint_surplus"]``, the greatest joint surplus of a
    feasible, individually rational deal. It is 0 without an agreement and below 0 after a deal that destroyed
    value.
    """
    surpluses = _surpluses(episode)
    best = episode.game.get("best_joint_surplus")
    if len(surpluses) < len(episode.seats) or not isinstance(best, (int, float)) or best <= 0:
        return math.nan
    return math.fsum(surpluses.values()) / best


def _surpluses(episode: Episode) -> dict[str, float]:
    """Give u_i - r_i for each role whose utility and disagreement value are both known."""
    disagreement = episode.game.get("disagreement")
    if not isinstance(disagreement, dict):
        return {}
    return {
        role: episode.payoffs[role] - reserve
        for role in episode.roles
        if role in episode.payoffs and isinstance(reserve := disagreement.get(role), (int, float))
    }
