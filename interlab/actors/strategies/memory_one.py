"""Memory-one strategies: how likely they cooperate depends on the round before alone.

A vector is (P(C|CC), P(C|CD), P(C|DC), P(C|DD)) with states (own action, other's action), as in Nowak & Sigmund
(1993) and Press & Dyson (2012).
"""

from __future__ import annotations

from random import Random
from typing import Annotated, Any

from pydantic import BeforeValidator

from interlab.actors.strategies.shelf import Probability, cooperate
from interlab.errors import UsageError
from interlab.situations import ReciprocitySituation


def _split(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    parts = text.split(",")
    if len(parts) != 4:
        raise ValueError(f"write four probabilities with commas between, as 1,0,0,1; there are {len(parts)}")
    return parts


Vector = Annotated[tuple[Probability, Probability, Probability, Probability], BeforeValidator(_split)]


def play(
    situation: ReciprocitySituation,
    stream: Random,
    vector: tuple[float, float, float, float],
    first: float = 1.0,
) -> bool:
    """Return True to cooperate by this vector; certain moves draw no random number.

    Args:
        situation: What the player knows.
        stream: Where chance comes from.
        vector: Probability of cooperation after CC, CD, DC, DD.
        first: Probability of cooperation in the first round.
    """
    if situation.own:
        own, other = (actions[-1] == situation.cooperate for actions in (situation.own, situation.other))
        p = vector[2 * (not own) + (not other)]
    else:
        p = first
    return p == 1 or (p > 0 and stream.random() < p)


@cooperate("memory-one", "Nowak & Sigmund (1993)")
def memory_one(situation: ReciprocitySituation, stream: Random, *, p: Vector, first: Probability = 1.0) -> bool:
    """Cooperates after CC, CD, DC, DD with the four probabilities p, e.g. p=1,0,0,1; first with `first`."""
    return play(situation, stream, p, first)


@cooperate("win-stay-lose-shift", "Nowak & Sigmund (1993)")
def win_stay_lose_shift(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates first and then exactly after rounds in which both did the same (Pavlov)."""
    return play(situation, stream, (1, 0, 0, 1))


@cooperate("win-shift-lose-stay", "Li, Hingston & Kendall (2011)")
def win_shift_lose_stay(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects first and then exactly after rounds in which both did the same (reverse Pavlov)."""
    return play(situation, stream, (0, 1, 1, 0), first=0)


@cooperate("firm-but-fair", "Frean (1994)")
def firm_but_fair(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates except after being exploited, and after mutual defection with probability 2/3."""
    return play(situation, stream, (1, 0, 1, 2 / 3))


@cooperate("first-by-joss", "Axelrod (1980)")
def first_by_joss(situation: ReciprocitySituation, stream: Random, *, p: Probability = 0.9) -> bool:
    """Tit-for-tat that answers cooperation with cooperation with probability p only."""
    return play(situation, stream, (p, 0, p, 0))


@cooperate("generous-tit-for-tat", "Nowak & Sigmund (1992)")
def generous_tit_for_tat(situation: ReciprocitySituation, stream: Random, *, p: Probability | None = None) -> bool:
    """Tit-for-tat that forgives a defection with probability p, by default min(1 - (T-R)/(R-S), (R-P)/(T-P))."""
    generosity = _generosity(situation) if p is None else p
    if not situation.own or situation.other[-1] == situation.cooperate:
        return True
    return play(situation, stream, (1, generosity, 1, generosity))


def _generosity(situation: ReciprocitySituation) -> float:
    c, d = situation.cooperate, situation.defect
    reward, sucker, temptation, punishment = (
        situation.payoffs[cell][0] for cell in ((c, c), (c, d), (d, c), (d, d))
    )
    if reward == sucker or temptation == punishment:
        raise UsageError(
            "it has no generosity of its own at these payoffs (R = S or T = P); give it one: `?p=0.3`"
        )
    generosity = min(
        1 - (temptation - reward) / (reward - sucker),
        (reward - punishment) / (temptation - punishment),
    )
    return min(1.0, max(0.0, generosity))
