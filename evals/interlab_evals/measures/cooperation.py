"""Cooperation in repeated games with an action called cooperation.

The cooperative action is named by the game (``game["cooperate"]``); where it names none, everything here is
undefined. Notation: own action a_t, the other's b_t, in {C, D}, where D is any action that is not C.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import NO_DURATION, UNDEFINED, Count, Duration, metric
from interlab_evals.measures.histories import histories, perspectives
from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from interlab.schema.episode import Episode

_STATES = {"cc": ("C", "C"), "cd": ("C", "D"), "dc": ("D", "C"), "dd": ("D", "D")}


@metric(
    kind="ratio",
    level="actor",
    undefined="the role made no valid move, or no action is cooperative",
    source="Axelrod (1984); `normalised_cooperation` of Axelrod-Python",
)
def cooperation_rate(episode: Episode) -> dict[str, Count]:
    """Share of a role's moves that cooperated.

    k/n with k = #{t: a_t = C} and n = #{t: a_t was made}.
    """
    return {role: _cooperation(own) for role, own in histories(episode).items()}


@metric(
    kind="rate",
    level="actor",
    undefined="the role made no valid move in the first round, or no action is cooperative",
    source="`initial_cooperation_rate` of Axelrod-Python",
)
def initial_cooperation(episode: Episode) -> dict[str, Count]:
    """Share of episodes that a role began by cooperating.

    k = 1[a_1 = C], n = 1.
    """
    return {role: _cooperation(own[:1]) for role, own in histories(episode).items()}


@metric(
    kind="ratio",
    level="episode",
    undefined="there was no round in which every role made a valid move, or no action is cooperative",
    source="`state_distribution` of Axelrod-Python, state CC",
)
def mutual_cooperation(episode: Episode) -> Count:
    """Share of rounds in which everybody cooperated.

    k/n with k = #{t: every role's action is C} and n = #{t: every role made a valid move}.
    """
    together = Counter(map(frozenset, zip(*histories(episode).values(), strict=True)))
    whole = sum(count for letters, count in together.items() if "-" not in letters)
    return Count(together[frozenset("C")], whole)


@metric(
    kind="share",
    level="actor",
    undefined="no round had two valid moves, there are not two roles, or no action is cooperative",
    source="`state_distribution` of Axelrod-Python",
)
def joint_outcomes(episode: Episode) -> dict[str, dict[str, Count]]:
    """Shares of the pairs of moves cc, cd, dc and dd.

    For each state s = (own, other): k_s/n with k_s = #{t: (a_t, b_t) = s} and n = #{t: both moves were made}.
    """
    return {
        role: {state: Count(counts[pair], counts.total()) for state, pair in _STATES.items()}
        for role, counts in _joint(episode).items()
    }


@metric(
    kind="ratio",
    level="actor",
    undefined="no round had two valid moves, there are not two roles, or no action is cooperative",
    source="`state_distribution` of Axelrod-Python, state DC",
)
def exploitation(episode: Episode) -> dict[str, Count]:
    """Share of rounds in which a role defected on a cooperating other.

    k/n with k = #{t: a_t = D, b_t = C} and n = #{t: both moves were made}.
    """
    return {role: Count(counts["D", "C"], counts.total()) for role, counts in _joint(episode).items()}


@metric(
    kind="ratio",
    level="actor",
    undefined="no round had two valid moves, there are not two roles, or no action is cooperative",
    source="`state_distribution` of Axelrod-Python, state CD",
)
def exploitation_suffered(episode: Episode) -> dict[str, Count]:
    """Share of rounds in which a role cooperated with a defecting other.

    k/n with k = #{t: a_t = C, b_t = D} and n = #{t: both moves were made}.
    """
    return {role: Count(counts["C", "D"], counts.total()) for role, counts in _joint(episode).items()}


@metric(
    kind="ratio",
    range=(-1.0, 1.0),
    level="actor",
    undefined="no round had two valid moves, there are not two roles, or no action is cooperative",
    source="Own definition: `exploitation` less `exploitation_suffered`",
    zero_sum=True,
)
def net_exploitation(episode: Episode) -> dict[str, Count]:
    """Rate of exploiting less the rate of being exploited.

    k/n with k = #{t: a_t = D, b_t = C} - #{t: a_t = C, b_t = D} and n = #{t: both moves were made}.
    """
    return {
        role: Count(counts["D", "C"] - counts["C", "D"], counts.total())
        for role, counts in _joint(episode).items()
    }


@metric(
    kind="time-to-event",
    unit="rounds",
    range=(1.0, math.inf),
    level="actor",
    undefined="the role made no valid move, or no action is cooperative",
    source="Axelrod (1984); survival analysis",
)
def first_defection(episode: Episode) -> dict[str, Duration]:
    """The round in which a role first defected.

    min {t: a_t = D}, counted from 1. A role that never did is censored at the last round played: it is not known
    when it would have. Neither that round nor the one after it is its first defection.
    """
    return {
        role: NO_DURATION
        if not own.strip("-")
        else Duration(found + 1, event=True)
        if (found := own.find("D")) >= 0
        else Duration(len(own), event=False)
        for role, own in histories(episode).items()
    }


@metric(
    kind="bounded mean",
    range=(-1.0, 1.0),
    level="actor",
    undefined="the horizon is not known to the players, was not reached, or is below 2; the role made no valid "
    "move in either part; or no action is cooperative",
    source="Own definition, after Selten & Stoecker (1986)",
)
def endgame_effect(episode: Episode) -> dict[str, float]:
    """Change of a role's cooperation towards a known end.

    The cooperation rate in the last k rounds less that in the rounds before, with k = ceil(T/10) of T rounds.
    """
    horizon = episode.game.get("horizon")
    known = episode.game.get("horizon_known") is True
    if not known or not isinstance(horizon, int) or horizon < 2 or len(episode.rounds) != horizon:
        return dict.fromkeys(episode.roles, math.nan)
    last = -math.ceil(horizon / 10)
    return {
        role: _cooperation(own[last:]).value - _cooperation(own[:last]).value
        for role, own in histories(episode).items()
    }


def _cooperation(history: str) -> Count:
    return Count(history.count("C"), len(history) - history.count("-")) if history else UNDEFINED


@once_per_episode
def _joint(episode: Episode) -> dict[str, Counter[tuple[str, str]]]:
    """Count the pairs of moves of the rounds in which both were made."""
    return {
        role: Counter(pair for pair in zip(*seen, strict=True) if "-" not in pair)
        for role, seen in perspectives(episode).items()
    }
