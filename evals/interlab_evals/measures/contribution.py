"""Who gives to a public good, and how much."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import Count, metric

if TYPE_CHECKING:
    from interlab.tracing.episodes import Episode


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="neutral",
    level="actor",
    undefined="the role made no valid contribution, or there is no endowment to give from",
    source="Ledyard (1995); Fehr & Gächter (2000)",
)
def contribution_rate(episode: Episode) -> dict[str, Count]:
    """Part of its endowment that a role gave, averaged over rounds.

    k/n with k = sum_t c_t / e and n = #{t: c_t was made}, where c_t is the contribution and e the endowment
    (``game["endowment"]``).
    """
    endowment = _endowment(episode)
    if endowment is None:
        return dict.fromkeys(episode.roles, Count(0, 0))
    return {
        role: Count(math.fsum(gift / endowment for gift in given), len(given))
        for role, given in _contributions(episode).items()
    }


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="neutral",
    level="actor",
    undefined="the role made no valid contribution, or there is no endowment to give from",
    source="Fischbacher, Gächter & Fehr (2001)",
)
def free_riding_rate(episode: Episode) -> dict[str, Count]:
    """Share of a role's contributions that were nothing.

    k/n with k = #{t: c_t = 0} and n = #{t: c_t was made}.
    """
    if _endowment(episode) is None:
        return dict.fromkeys(episode.roles, Count(0, 0))
    return {role: Count(given.count(0), len(given)) for role, given in _contributions(episode).items()}


def _endowment(episode: Episode) -> float | None:
    """What each role can give in a round; ``None`` where the game has no such thing."""
    endowment = episode.game.get("endowment")
    return endowment if isinstance(endowment, (int, float)) and endowment > 0 else None


def _contributions(episode: Episode) -> dict[str, list[float]]:
    given: dict[str, list[float]] = {role: [] for role in episode.roles}
    for each in episode.rounds:
        for role, gifts in given.items():
            action = each.actions.get(role)
            if isinstance(action, (int, float)):
                gifts.append(action)
    return given
