"""Strategies of members of a group that harvests a common resource."""

from __future__ import annotations

from random import Random

from interlab.actors.strategies.shelf import STRATEGIES, Share
from interlab.situations import Announcement, CommonsSituation, Query


def _harvest(query: Query, amount: float) -> int | Announcement:
    """Answer with a whole amount that there is."""
    situation = query.situation
    assert isinstance(situation, CommonsSituation)
    whole = min(situation.most, max(0, int(amount)))
    if query.purpose == "message":
        return Announcement(f"I will take {whole}.", whole)
    return whole


def _tremble(situation: CommonsSituation, amount: float, stream: Random) -> int:
    return stream.randint(0, situation.most)


def _commons(name: str, source: str):
    return STRATEGIES.rule(name, plays=CommonsSituation, speak=_harvest, source=source, tremble=_tremble)


@_commons("sustainable-harvester", "Piatti et al. (2024)")
def sustainable_harvester(situation: CommonsSituation, stream: Random) -> float:
    """Takes an equal share of what grows back."""
    return situation.sustainable / situation.members


@_commons("greedy-harvester", "Hardin (1968)")
def greedy_harvester(situation: CommonsSituation, stream: Random) -> float:
    """Takes an equal share of all there is."""
    return situation.stock / situation.members


@_commons("fixed-harvester", "Piatti et al. (2024)")
def fixed_harvester(situation: CommonsSituation, stream: Random, *, amount: Share = 10) -> float:
    """Takes `amount` every month."""
    return amount


@_commons("reciprocal-harvester", "after Ostrom (1990)")
def reciprocal_harvester(situation: CommonsSituation, stream: Random) -> float:
    """Takes an equal share of what grows back, or what the others took on average last month if that was more."""
    share = situation.sustainable / situation.members
    return max(share, situation.others[-1]) if situation.others else share


@_commons("random-harvester", "baseline")
def random_harvester(situation: CommonsSituation, stream: Random) -> float:
    """Takes any amount from nothing to an equal share of all there is, at random."""
    return stream.uniform(0, situation.stock / situation.members + 1)
