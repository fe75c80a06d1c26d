"""Strategies that try the other out, and those that look for their own kind."""

from __future__ import annotations

from random import Random

from interlab.actors.strategies.reciprocal import tit_for_tat
from interlab.actors.strategies.shelf import Probability, cooperate
from interlab.situations import ReciprocitySituation


@cooperate("prober", "Li, Hingston & Kendall (2011)")
def prober(situation: ReciprocitySituation, stream: Random) -> bool:
    """Opens with D C C; defects for ever on who cooperated in rounds 2 and 3, else plays tit-for-tat."""
    return _probe(situation, stream, "DCC", exploited=situation.other_cooperated[1:3] == [True, True])


@cooperate("prober-2", "PRISON (1998)")
def prober_2(situation: ReciprocitySituation, stream: Random) -> bool:
    """Opens with D C C; cooperates for ever with who then played D and C, else plays tit-for-tat."""
    if len(situation.own) > 2 and situation.other_cooperated[1:3] == [False, True]:
        return True
    return _probe(situation, stream, "DCC", exploited=False)


@cooperate("prober-3", "PRISON (1998)")
def prober_3(situation: ReciprocitySituation, stream: Random) -> bool:
    """Opens with D C; defects for ever on who cooperated in round 2, else plays tit-for-tat."""
    return _probe(situation, stream, "DC", exploited=situation.other_cooperated[1:2] == [True])


@cooperate("hard-prober", "PRISON (1998)")
def hard_prober(situation: ReciprocitySituation, stream: Random) -> bool:
    """Opens with D D C C; defects for ever on who cooperated in rounds 2 and 3, else plays tit-for-tat."""
    return _probe(situation, stream, "DDCC", exploited=situation.other_cooperated[1:3] == [True, True])


def _probe(situation: ReciprocitySituation, stream: Random, opening: str, *, exploited: bool) -> bool:
    played = len(situation.own)
    if played < len(opening):
        return opening[played] == "C"
    return not exploited and tit_for_tat(situation, stream)


@cooperate("naive-prober", "Li, Hingston & Kendall (2011)")
def naive_prober(situation: ReciprocitySituation, stream: Random, *, p: Probability = 0.1) -> bool:
    """Tit-for-tat that defects on a cooperator with probability p, but for the first round."""
    return not situation.other or (tit_for_tat(situation, stream) and stream.random() >= p)


@cooperate("handshake", "Robson (1990)")
def handshake(situation: ReciprocitySituation, stream: Random) -> bool:
    """Opens with C D; cooperates for ever with who opened alike, and defects on all others."""
    if len(situation.own) < 2:
        return not situation.own
    return situation.other_cooperated[:2] == [True, False]
