"""Who cooperates, and after what: repeated games with an action called cooperation.

The cooperative action is named by the game (``game["cooperate"]``); where it names none, everything here is
undefined. Notation: own action a_t, the other's b_t, in {C, D}, where D is any action that is not C.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import Count, metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.tracing.episodes import Episode

_STATES = ("cc", "cd", "dc", "dd")


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="neutral",
    level="actor",
    undefined="the role made no valid move, or no action is cooperative",
    source="Axelrod (1984); `normalised_cooperation` of Axelrod-Python",
)
def cooperation_rate(episode: Episode) -> dict[str, Count]:
    """Share of a role's moves that cooperated.

    k/n with k = #{t: a_t = C} and n = #{t: a_t was made}.
    """
    moves = {role: [0, 0] for role in episode.roles}
    for cooperated in _rounds(episode):
        for role, did in cooperated.items():
            moves[role][0] += did
            moves[role][1] += 1
    return {role: Count(k, n) for role, (k, n) in moves.items()}


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="neutral",
    level="episode",
    undefined="there was no round in which every role made a valid move, or no action is cooperative",
    source="`state_distribution` of Axelrod-Python, state CC",
)
def mutual_cooperation(episode: Episode) -> Count:
    """Share of rounds in which everybody cooperated.

    k/n with k = #{t: every role's action is C} and n = #{t: every role made a valid move}.
    """
    whole = [cooperated for cooperated in _rounds(episode) if len(cooperated) == len(episode.seats)]
    return Count(sum(all(cooperated.values()) for cooperated in whole), len(whole))


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="neutral",
    level="actor",
    undefined="no valid move followed the state, there are not two roles, or no action is cooperative",
    source="Press & Dyson (2012); Nowak & Sigmund (1993)",
)
def memory_one(episode: Episode) -> dict[str, dict[str, Count]]:
    """How often a role cooperated after each state of the round before.

    Its memory-one strategy as played. For each state s = (own, other) in {cc, cd, dc, dd}: k_s/n_s with
    n_s = #{t >= 2: (a_{t-1}, b_{t-1}) = s and a_t was made} and k_s = #{those t: a_t = C}. The state is written
    (own, other) for both roles.
    """
    counts = {role: {state: [0, 0] for state in _STATES} for role in episode.roles}
    if len(episode.seats) == 2:
        first, second = episode.roles
        for before, after in pairwise(_rounds(episode)):
            if len(before) < len(episode.seats):
                continue
            for own, other in ((first, second), (second, first)):
                if own in after:
                    count = counts[own][_letter(before[own]) + _letter(before[other])]
                    count[0] += after[own]
                    count[1] += 1
    return {role: {state: Count(k, n) for state, (k, n) in states.items()} for role, states in counts.items()}


def _rounds(episode: Episode) -> Iterator[dict[str, bool]]:
    """Tell for each round who of those that moved cooperated."""
    cooperate = episode.game.get("cooperate")
    if cooperate is None:
        return
    roles = episode.roles
    for each in episode.rounds:
        yield {role: action == cooperate for role in roles if (action := each.actions.get(role)) is not None}


def _letter(cooperated: bool) -> str:
    return "c" if cooperated else "d"
