"""What it paid, to each and to all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import Count, metric

if TYPE_CHECKING:
    from interlab.tracing.episodes import Episode


@metric(
    kind="ratio",
    unit="payoff per round",
    range=(-math.inf, math.inf),
    direction="higher",
    level="actor",
    undefined="the role was paid neither for a round nor for the episode",
    source="Axelrod (1984)",
)
def mean_payoff(episode: Episode) -> dict[str, Count]:
    """What a role was paid per round that paid.

    k/n with k = sum_t pi_t over the rounds that paid the role and n = their number. A void round (somebody
    forfeited) pays nobody and is not counted. A game that pays only at its end, as a negotiation does, counts
    as one round: k = the episode's payoff, n = 1. A game that states a welfare range pays by the round.
    """
    paid = {role: [0.0, 0] for role in episode.roles}
    for each in episode.rounds:
        for role in paid.keys() & each.payoffs.keys():
            paid[role][0] += each.payoffs[role]
            paid[role][1] += 1
    if "welfare" not in episode.game and not any(n for _, n in paid.values()):
        paid |= {role: [payoff, 1] for role, payoff in episode.payoffs.items() if role in paid}
    return {role: Count(k, n) for role, (k, n) in paid.items()}


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="higher",
    level="episode",
    undefined="no round paid, the game states no welfare range, or the range is a single point",
    source="welfare economics; METRICS 10",
)
def payoff_efficiency(episode: Episode) -> Count:
    """Where the joint payoff lay between the worst and the best of a round.

    k/n with k = sum_t (w_t - w_min) / (w_max - w_min) and n = the number of rounds that paid, where w_t is
    the sum of all roles' payoffs in round t and [w_min, w_max] = ``game["welfare"]``.
    """
    match episode.game.get("welfare"):
        case [int() | float() as least, int() | float() as most] if most > least:
            pass
        case _:
            return Count(0, 0)
    welfare = [math.fsum(each.payoffs.values()) for each in episode.rounds if each.payoffs]
    return Count(math.fsum((w - least) / (most - least) for w in welfare), len(welfare))
