"""Strategies that remember: what they answer a defection with depends on more than the last rounds."""

from __future__ import annotations

from random import Random
from typing import Final

from interlab.actors.strategies.reciprocal import tit_for_tat
from interlab.actors.strategies.shelf import cooperate
from interlab.situations import ReciprocitySituation


@cooperate("grudger", "Friedman (1971)")
def grudger(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates until the other has defected once, then defects for ever (GRIM)."""
    return all(situation.other_cooperated)


@cooperate("soft-grudger", "Li, Hingston & Kendall (2011)")
def soft_grudger(situation: ReciprocitySituation, stream: Random) -> bool:
    """Answers a defection with D D D D C C, deaf meanwhile."""
    answer = (False, False, False, True, True)
    left, cooperates = 0, True
    for cooperated in situation.other_cooperated:
        if left:
            cooperates = answer[-left]
            left -= 1
        else:
            cooperates = cooperated
            left = 0 if cooperated else len(answer)
    return cooperates


@cooperate("gradual", "Beaufils, Delahaye & Mathieu (1997), as in CRISTAL-SMAC (2018)")
def gradual(situation: ReciprocitySituation, stream: Random) -> bool:
    """Answers a defection with as many as there have been, then cooperates twice, deaf meanwhile."""
    defections = punish = calm = 0
    cooperates = True
    for cooperated in situation.other_cooperated:
        defections += not cooperated
        if punish:
            cooperates = False
            punish -= 1
        elif calm:
            cooperates = True
            calm -= 1
        else:
            cooperates = cooperated
            if not cooperated:
                punish, calm = defections - 1, 2
    return cooperates


@cooperate("appeaser", "Axelrod library")
def appeaser(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates first and changes its action whenever the other defects."""
    if not situation.own:
        return True
    return situation.cooperated[-1] == situation.other_cooperated[-1]


@cooperate("first-by-davis", "Axelrod (1980)")
def first_by_davis(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates for ten rounds, then exactly if the other never defected."""
    return len(situation.other) < 10 or all(situation.other_cooperated)


@cooperate("first-by-shubik", "Axelrod (1980)")
def first_by_shubik(situation: ReciprocitySituation, stream: Random) -> bool:
    """Answers a defection on its cooperation with one defection more than the time before."""
    length = left = 0
    cooperates = True
    for own, other in zip(situation.cooperated, situation.other_cooperated, strict=True):
        if not left and own and not other:
            length += 1
            left = length
        cooperates = not left
        left = max(0, left - 1)
    return cooperates


@cooperate("first-by-tullock", "Axelrod (1980)")
def first_by_tullock(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates for eleven rounds, then a tenth less often than the other did in the last ten."""
    if len(situation.other) < 11:
        return True
    return stream.random() < situation.other_cooperated[-10:].count(True) / 10 - 0.1


_OPPONENTS: Final = {
    (True,) * 6: "cooperative",
    (False,) * 6: "defector",
    (False, True) * 3: "suspicious tit-for-tat",
    (False, False, True) * 2: "pavlov",
}


@cooperate("adaptive-pavlov", "Li (2007)")
def adaptive_pavlov(situation: ReciprocitySituation, stream: Random) -> bool:
    """Plays tit-for-tat for six rounds, then says every six rounds what the other is, and plays what suits it."""
    other = situation.other_cooperated
    rounds = len(other)
    opponent = None
    for end in range(6, rounds + 1, 6):
        opponent = _OPPONENTS.get(tuple(other[end - 6 : end]), opponent or "random")
    match opponent:
        case None | "cooperative":
            return tit_for_tat(situation, stream)
        case "suspicious tit-for-tat":
            return rounds % 6 < 2 or tit_for_tat(situation, stream)
        case "pavlov":
            return rounds % 6 != 0
        case _:
            return False
