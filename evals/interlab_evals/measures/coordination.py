"""Coordination on one of several pure equilibria, and turn-taking between them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import Count, metric
from interlab_evals.measures.sharing import once_per_episode
from interlab_evals.measures.tables import PayoffTable

if TYPE_CHECKING:
    from interlab.schema.episode import Episode
    from interlab_evals.measures.tables import Cell

_UNKNOWN = "the game states no payoff table of two roles, or none of its cells is a pure equilibrium"


@metric(
    kind="ratio",
    direction="higher",
    level="episode",
    undefined=f"no round had two valid moves; or {_UNKNOWN}",
    source="Own definition, after Akata et al. (2025)",
)
def coordination_rate(episode: Episode) -> Count:
    """Share of rounds that were played at a pure equilibrium of the one-shot game.

    k/n with k = #{t: (a_t, b_t) in E} and n = #{t: both moves were made}, E = ``game["equilibria"]``, or what
    the payoff table makes of it.
    """
    played = [each for each in _equilibria_played(episode) if each is not None]
    return Count(sum(bool(each) for each in played), len(played))


@metric(
    kind="ratio",
    direction="neutral",
    level="episode",
    undefined=f"no two successive rounds were coordinated; or {_UNKNOWN}",
    source="Own definition, after Akata et al. (2025)",
)
def alternation_rate(episode: Episode) -> Count:
    """Rate at which two who had coordinated coordinated on another equilibrium next.

    k/n with n = #{t >= 2: rounds t-1 and t both at an equilibrium} and k = #{those t: not the same one}. Read it
    beside `coordination_rate`: full alternation over two rounds means little.
    """
    followed = [(before, after) for before, after in pairwise(_equilibria_played(episode)) if before and after]
    return Count(sum(before != after for before, after in followed), len(followed))


@metric(
    kind="bounded mean",
    direction="neutral",
    level="episode",
    undefined="no round was coordinated, the game has not exactly two pure equilibria, or it states no payoff "
    "table of two roles",
    source="Own definition",
)
def equilibrium_balance(episode: Episode) -> float:
    """Balance between two equilibria, 1 if both were played equally often.

    1 - |n_A - n_B| / (n_A + n_B), with n_A and n_B the rounds at the one and at the other.
    """
    table = PayoffTable.of(episode.game)
    coordinated = [each for each in _equilibria_played(episode) if each]
    if table is None or len(table.equilibria) != 2 or not coordinated:
        return float("nan")
    at_first = coordinated.count(table.equilibria[0])
    return 1 - abs(2 * at_first - len(coordinated)) / len(coordinated)


@once_per_episode
def _equilibria_played(episode: Episode) -> list[Cell | tuple[()] | None]:
    """Give for each round its equilibrium, ``()`` where it was at none, ``None`` where a move was not made."""
    table = PayoffTable.of(episode.game)
    if table is None or not table.equilibria or len(episode.seats) != 2:
        return []
    row, column = episode.roles
    found: list[Cell | tuple[()] | None] = []
    for each in episode.rounds:
        match each.actions.get(row), each.actions.get(column):
            case (str() as own, str() as other):
                found.append((own, other) if (own, other) in table.equilibria else ())
            case _:
                found.append(None)
    return found
