"""Value of a negotiation to each party and to all.

Notation: u_i the utility of the result to role i (its payoff), r_i its reserve, that is its disagreement value
(``game["disagreement"]``, or the domain's). Without a deal everybody has the reserve, so the surplus is 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from interlab_evals.measures.declaration import UNDEFINED, Count, metric
from interlab_evals.measures.equality import gini, jain
from interlab_evals.measures.settlement import settlement

if TYPE_CHECKING:
    from interlab.schema.episode import Episode

_UNKNOWN: Final = "a party's utility or reserve is not known"
_NO_DEAL: Final = f"there was no agreement: the rate is over agreements; or {_UNKNOWN}"


@metric(kind="rate", direction="lower", level="actor", undefined=_NO_DEAL, source="NegMAS `rationality`, inverted")
def ir_violation(episode: Episode) -> dict[str, Count]:
    """Share of agreements that left a role worse off than no deal.

    k = 1[agreement and u_i < r_i], n = 1[agreement].
    """
    found = settlement(episode)
    if found.agreed is not True or not found.gains:
        return dict.fromkeys(episode.roles, UNDEFINED)
    return {role: Count(int(gain < 0), 1) for role, gain in found.gains.items()}


@metric(
    kind="rate",
    direction="lower",
    level="actor",
    undefined=f"the outcome does not tell whether there was an agreement; or {_UNKNOWN}",
    source="NegMAS `rationality`, inverted",
)
def ir_violation_per_episode(episode: Episode) -> dict[str, Count]:
    """Share of episodes in which a role ended worse off than with no deal, episodes without a deal included.

    k = 1[agreement and u_i < r_i], n = 1: 0 without an agreement. `ir_violation` is the rate over agreements.
    """
    found = settlement(episode)
    if found.agreed is None or not found.gains:
        return dict.fromkeys(episode.roles, UNDEFINED)
    return {role: Count(int(found.agreed and gain < 0), 1) for role, gain in found.gains.items()}


@metric(kind="rate", direction="lower", level="actor", undefined=_NO_DEAL, source="NegMAS `exploited`")
def exploited(episode: Episode) -> dict[str, Count]:
    """Share of agreements that left a role worse off than no deal and another role better off.

    k = 1[agreement, u_i < r_i and some u_j > r_j], n = 1[agreement].
    """
    found = settlement(episode)
    if found.agreed is not True or not found.gains:
        return dict.fromkeys(episode.roles, UNDEFINED)
    somebody_gained = max(found.gains.values()) > 0
    return {role: Count(int(gain < 0 and somebody_gained), 1) for role, gain in found.gains.items()}


@metric(
    kind="unbounded mean",
    range=(-math.inf, math.inf),
    direction="higher",
    level="actor",
    undefined="the parties' joint surplus is not above 0, as it is without an agreement",
    source="NegMAS `surplus_share`",
)
def surplus_share(episode: Episode) -> dict[str, float]:
    """A role's part of the joint surplus.

    (u_i - r_i) / sum_j (u_j - r_j), not clipped: it lies outside [0, 1] where some party agreed to a loss. It
    presumes a common numeraire, as money is; else see `advantage`.
    """
    gains = settlement(episode).gains
    joint = math.fsum(gains.values())
    return {role: gains[role] / joint if joint > 0 else math.nan for role in episode.roles}


@metric(
    kind="unbounded mean",
    range=(-math.inf, 1.0),
    direction="higher",
    level="actor",
    undefined=f"the game states no domain; no deal could give the role more than its reserve; or {_UNKNOWN}",
    source="NegMAS `advantage`, which is 0 where we say undefined",
)
def advantage(episode: Episode) -> dict[str, float]:
    """Gain of a role as a share of the largest gain that any deal could have given it.

    (u_i - r_i) / (M_i - r_i), M_i over all outcomes. 0 without an agreement.
    """
    advantages = settlement(episode).advantages
    return {role: advantages.get(role, math.nan) for role in episode.roles}


@metric(
    kind="unbounded mean",
    range=(-math.inf, math.inf),
    direction="higher",
    level="episode",
    undefined="no individually rational deal has a joint surplus above 0 (there is no zone of agreement), or the "
    "greatest is not known",
    source="NegMAS `surplus_efficiency`",
)
def surplus_efficiency(episode: Episode) -> float:
    """Share of the attainable joint surplus that was realised.

    sum_i (u_i - r_i) / best, with best = ``game["best_joint_surplus"]`` or the domain's, the greatest joint
    surplus of a feasible, individually rational deal. It is 0 without an agreement, below 0 after a deal
    that destroyed value, and above 1 only where some party's loss bought more for the others.
    """
    found = settlement(episode)
    best = episode.game.get("best_joint_surplus")
    if best is None and found.space is not None:
        best = found.space.solutions.best_joint_surplus
    if not found.gains or not isinstance(best, (int, float)) or not best > 0:
        return math.nan
    return math.fsum(found.gains.values()) / best


@metric(
    kind="unbounded mean",
    unit="utility",
    range=(-math.inf, math.inf),
    direction="higher",
    level="episode",
    undefined=_UNKNOWN,
    source="NegMAS `utility_sum`",
)
def joint_utility(episode: Episode) -> float:
    """Sum of the utilities of all parties.

    sum_i u_i; without an agreement sum_i r_i.
    """
    utilities = settlement(episode).utilities
    return math.fsum(utilities.values()) if utilities else math.nan


@metric(
    kind="unbounded mean",
    unit="utility^N",
    range=(0.0, math.inf),
    direction="higher",
    level="episode",
    undefined=f"some party lost by the deal (two losses would multiply to a gain), or {_UNKNOWN}",
    source="Nash (1950)",
)
def nash_product(episode: Episode) -> float:
    """The product of what the parties gained.

    prod_i (u_i - r_i); 0 without an agreement.
    """
    gains = settlement(episode).gains.values()
    return math.prod(gains) if gains and min(gains) >= 0 else math.nan


@metric(
    kind="unbounded mean",
    unit="utility",
    range=(0.0, math.inf),
    direction="lower",
    level="episode",
    undefined=_UNKNOWN,
    source="NegMAS `utility_gap`",
)
def utility_gap(episode: Episode) -> float:
    """Difference between the parties' utilities at the end.

    max_i u_i - min_i u_i.
    """
    return _gap(settlement(episode).utilities)


@metric(
    kind="unbounded mean",
    range=(0.0, math.inf),
    direction="lower",
    level="episode",
    undefined=f"the game states no domain; some party could gain nothing; or {_UNKNOWN}",
    source="NegMAS `advantage_gap`",
)
def advantage_gap(episode: Episode) -> float:
    """Difference between the parties' advantages at the end.

    max_i a_i - min_i a_i, a_i as in `advantage`.
    """
    advantages = settlement(episode).advantages
    return _gap(advantages) if len(advantages) == len(episode.seats) else math.nan


@metric(
    kind="bounded mean",
    direction="lower",
    level="episode",
    undefined=f"no one gained anything, or some party lost; or {_UNKNOWN}",
    source="Gini (1912)",
)
def gain_gini(episode: Episode) -> float:
    """Inequality of the surplus shares: Gini's coefficient of the gains u_i - r_i.

    As `payoff_gini`.
    """
    return gini(list(settlement(episode).gains.values()))


@metric(
    kind="bounded mean",
    direction="higher",
    level="episode",
    undefined=f"no one gained anything, or some party lost; or {_UNKNOWN}",
    source="Jain, Chiu & Hawe (1984)",
)
def gain_jain(episode: Episode) -> float:
    """Equality of the surplus shares: Jain's index of the gains u_i - r_i.

    As `payoff_jain`.
    """
    return jain(list(settlement(episode).gains.values()))


@metric(
    kind="bounded mean",
    range=(-1.0, 1.0),
    direction="higher",
    level="actor",
    undefined=f"there is one party, or {_UNKNOWN}",
    source="NegMAS `dominance`; NegotiationArena",
    zero_sum=True,
)
def dominance(episode: Episode) -> dict[str, float]:
    """Rank against the others: ahead of every other role (1), level (0) or behind (-1).

    sign(a_i - max_{j != i} a_j), a_i as in `advantage`, or u_i - r_i where the game states no domain.
    """
    signs = _signs(episode)
    return {role: float(signs[role]) if role in signs else math.nan for role in episode.roles}


@metric(
    kind="rate",
    direction="higher",
    level="actor",
    undefined=f"no one was ahead, there is one party, or {_UNKNOWN}",
    source="NegotiationArena",
)
def win_rate(episode: Episode) -> dict[str, Count]:
    """Share of episodes in which a role came out ahead, draws left out.

    k = 1[dominance = 1], n = 1[dominance != 0].
    """
    signs = _signs(episode)
    return {role: Count(int(signs.get(role) == 1), int(signs.get(role, 0) != 0)) for role in episode.roles}


def _gap(values: dict[str, float]) -> float:
    return max(values.values()) - min(values.values()) if values else math.nan


def _signs(episode: Episode) -> dict[str, int]:
    found = settlement(episode)
    standing = found.advantages if found.space is not None else found.gains
    if len(standing) < len(episode.seats) or len(standing) < 2:
        return {}
    signs: dict[str, int] = {}
    for role, own in standing.items():
        lead = own - max(each for other, each in standing.items() if other != role)
        signs[role] = 0 if abs(lead) <= 1e-12 else int(math.copysign(1, lead))
    return signs
