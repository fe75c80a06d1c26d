"""Payoffs of each role and of all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import UNDEFINED, Count, metric
from interlab_evals.measures.sharing import once_per_episode
from interlab_evals.measures.tables import PayoffTable

if TYPE_CHECKING:
    from interlab.schema.episode import Episode


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
    """Payoff of a role per round that paid.

    k/n with k = sum_t pi_t over the rounds that paid the role and n = their number. A void round (some party
    forfeited) pays no one and is not counted. A game that pays only at its end, as a negotiation does, counts
    as one round: k = the episode's payoff, n = 1. A game that states a welfare range pays by the round.
    """
    return earnings(episode)


@metric(
    kind="ratio",
    unit="payoff per round",
    range=(-math.inf, math.inf),
    direction="higher",
    level="actor",
    undefined="a role was paid nothing, or the roles were paid for different numbers of rounds, or there is one",
    source="`score_diffs` of Axelrod-Python",
)
def score_difference(episode: Episode) -> dict[str, Count]:
    """Payoff of a role per round less the mean of the others.

    k/n with k = sum_t pi_t less the mean of the others' sums and n = the number of rounds that paid.
    """
    paid = earnings(episode)
    if len(paid) < 2 or len({n for _, n in paid.values()}) > 1:
        return dict.fromkeys(paid, UNDEFINED)
    total = math.fsum(k for k, _ in paid.values())
    return {role: Count(k - (total - k) / (len(paid) - 1), n) for role, (k, n) in paid.items()}


@metric(
    kind="share",
    level="actor",
    undefined="a role was paid nothing, or there is only one",
    source="`winners` of Axelrod-Python",
)
def game_result(episode: Episode) -> dict[str, dict[str, Count]]:
    """Result of a role as shares of wins, draws and losses: the components win, draw and loss.

    k = 1[total above every other's], 1[equal to the greatest of the others'], 1[below it]; n = 1. A tit for tat
    never wins a game and yet wins tournaments: see `mean_payoff`.
    """
    totals = {role: k for role, (k, n) in earnings(episode).items() if n}
    n = int(len(totals) == len(episode.seats) > 1)
    results: dict[str, dict[str, Count]] = {}
    for role in episode.roles:
        rival = max((total for other, total in totals.items() if other != role), default=0.0)
        own = totals.get(role, 0.0)
        results[role] = {
            "win": Count(n * (own > rival), n),
            "draw": Count(n * (own == rival), n),
            "loss": Count(n * (own < rival), n),
        }
    return results


@metric(
    kind="ratio",
    direction="higher",
    level="episode",
    undefined="no round paid, the game states no welfare range, or the range is a single point",
    source="Own definition: welfare, scaled to its range",
)
def payoff_efficiency(episode: Episode) -> Count:
    """Position of the joint payoff between the worst and the best of a round.

    k/n with k = sum_t (w_t - w_min) / (w_max - w_min) and n = the number of rounds that paid, where w_t is
    the sum of all roles' payoffs in round t and [w_min, w_max] = ``game["welfare"]``.
    """
    match episode.game.get("welfare"):
        case [int() | float() as least, int() | float() as most] if most > least:
            return _placed(episode, least, most)
        case _:
            return UNDEFINED


@metric(
    kind="ratio",
    range=(-math.inf, 1.0),
    direction="higher",
    level="episode",
    undefined="no round paid; the game states no payoff table; it has no pure equilibrium, or several of "
    "different welfare; or the equilibrium is already the best",
    source="Own definition: `payoff_efficiency` against the static Nash equilibrium",
)
def efficiency_over_equilibrium(episode: Episode) -> Count:
    """Share of the possible gain over the one-shot equilibrium that was realised.

    k/n with k = sum_t (w_t - w_NE) / (w_max - w_NE) and n = the number of rounds that paid, where w_NE is the
    welfare of the pure equilibria (``game["equilibria"]``) and w_max the greatest in ``game["payoffs"]``. Below
    0 where everybody would have done better in the equilibrium.
    """
    table = PayoffTable.of(episode.game)
    welfare = {table.welfare(each) for each in table.equilibria} if table else set[float]()
    if table is None or len(welfare) != 1 or (least := welfare.pop()) >= table.most_welfare:
        return UNDEFINED
    return _placed(episode, least, table.most_welfare)


@once_per_episode
def earnings(episode: Episode) -> dict[str, Count]:
    """Sum what each role was paid, and count the rounds that paid it; see `mean_payoff`."""
    paid = {role: [0.0, 0] for role in episode.roles}
    for each in episode.rounds:
        for role, payoff in each.payoffs.items():
            if role in paid:
                paid[role][0] += payoff
                paid[role][1] += 1
    if "welfare" not in episode.game and not any(n for _, n in paid.values()):
        paid |= {role: [payoff, 1] for role, payoff in episode.payoffs.items() if role in paid}
    return {role: Count(k, n) for role, (k, n) in paid.items()}


def _placed(episode: Episode, least: float, most: float) -> Count:
    """Sum where each round's welfare lay between two others."""
    welfare = [math.fsum(each.payoffs.values()) for each in episode.rounds if each.payoffs]
    return Count(math.fsum((w - least) / (most - least) for w in welfare), len(welfare))
