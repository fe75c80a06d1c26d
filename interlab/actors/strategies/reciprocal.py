"""Tit-for-tat and its relatives: they do to the other what the other did to them, sooner or later."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from interlab.actors.strategies.shelf import Probability, cooperate
from interlab.situations import ReciprocitySituation


@cooperate("tit-for-tat", "Axelrod (1984)")
def tit_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates first, then does what the other did last."""
    return not situation.other or situation.other[-1] == situation.cooperate


@cooperate("suspicious-tit-for-tat", "Beaufils et al. (1997)")
def suspicious_tit_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects first, then does what the other did last."""
    return any(situation.other_cooperated[-1:])


@cooperate("tit-for-2-tats", "Axelrod (1984)")
def tit_for_2_tats(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects only after two defections in a row."""
    return situation.other_cooperated[-2:] != [False, False]


@cooperate("two-tits-for-tat", "Axelrod (1984)")
def two_tits_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Answers each defection with two."""
    return all(situation.other_cooperated[-2:])


@cooperate("hard-tit-for-tat", "PRISON (1998)")
def hard_tit_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects if the other defected in any of the last three rounds."""
    return all(situation.other_cooperated[-3:])


@cooperate("hard-tit-for-2-tats", "Stewart & Plotkin (2012)")
def hard_tit_for_2_tats(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects if the other defected twice in a row within the last three rounds."""
    last = situation.other_cooperated[-3:]
    return [False, False] not in (last[:2], last[1:])


@cooperate("anti-tit-for-tat", "Hilbe, Nowak & Sigmund (2013)")
def anti_tit_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates first, then does the opposite of what the other did last."""
    return not any(situation.other_cooperated[-1:])


@cooperate("bully", "Nachbar (1992)")
def bully(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects first, then does the opposite of what the other did last."""
    return not all(situation.other_cooperated[-1:])


@cooperate("spiteful-tit-for-tat", "PRISON (1998)")
def spiteful_tit_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Tit-for-tat until the other has defected twice in a row, then defects for ever."""
    other = situation.other_cooperated
    return all(other[-1:]) and (False, False) not in pairwise(other)


@cooperate("contrite-tit-for-tat", "Wu & Axelrod (1995)")
def contrite_tit_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Tit-for-tat that, where noise made it defect on a cooperator, takes no offence until it has cooperated."""
    contrite, cooperates = False, True
    for own, chosen, other in zip(situation.cooperated, situation.chosen, situation.other_cooperated, strict=True):
        if contrite and own:
            contrite, cooperates = False, True
            continue
        slipped = own != (chosen == situation.cooperate)
        contrite = contrite or (slipped and not own and other)
        cooperates = other
    return cooperates


@cooperate("adaptive-tit-for-tat", "Tzafestas (2000)")
def adaptive_tit_for_tat(situation: ReciprocitySituation, stream: Random, *, rate: Probability = 0.5) -> bool:
    """Cooperates as long as its picture of the other, which each round moves by `rate`, is at least one half."""
    picture = rate
    for cooperated in situation.other_cooperated:
        picture += rate * (1 - picture) if cooperated else -rate * picture
    return not situation.other or picture >= 0.5


@cooperate("forgiver", "Axelrod library")
def forgiver(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects while the other has defected in more than a tenth of the rounds."""
    return situation.other_cooperated.count(False) <= len(situation.other) / 10


@cooperate("forgiving-tit-for-tat", "Axelrod library")
def forgiving_tit_for_tat(situation: ReciprocitySituation, stream: Random) -> bool:
    """Tit-for-tat while the other has defected in more than a tenth of the rounds; else cooperates."""
    return forgiver(situation, stream) or tit_for_tat(situation, stream)


@cooperate("go-by-majority", "Axelrod (1984)")
def go_by_majority(situation: ReciprocitySituation, stream: Random) -> bool:
    """Cooperates unless the other has defected more often than it cooperated (soft majority)."""
    other = situation.other_cooperated
    return other.count(False) <= other.count(True)


@cooperate("hard-go-by-majority", "Axelrod (1984)")
def hard_go_by_majority(situation: ReciprocitySituation, stream: Random) -> bool:
    """Defects unless the other has cooperated more often than it defected (hard majority)."""
    other = situation.other_cooperated
    return other.count(False) < other.count(True)
