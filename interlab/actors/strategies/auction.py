"""Strategies of bidders in a sealed-bid auction."""

from __future__ import annotations

from random import Random

from interlab.actors.strategies.shelf import STRATEGIES
from interlab.situations import Announcement, AuctionSituation, Query


def _bid(query: Query, amount: float) -> float | Announcement:
    """Bid to the cent, no more than is allowed."""
    situation = query.situation
    assert isinstance(situation, AuctionSituation)
    if query.purpose == "message":
        return Announcement(f"I will bid {round(amount)}.", round(amount))
    return round(min(float(situation.highest), max(0.0, amount)), 2)


def _tremble(situation: AuctionSituation, amount: float, stream: Random) -> float:
    return stream.uniform(0, situation.highest)


def _bidder(name: str, source: str):
    return STRATEGIES.rule(name, plays=AuctionSituation, speak=_bid, source=source, tremble=_tremble)


@_bidder("truthful-bidder", "Vickrey (1961)")
def truthful_bidder(situation: AuctionSituation, stream: Random) -> float:
    """Bids what the item is worth to it: dominant where the winner pays the second price."""
    return situation.value


@_bidder("shading-bidder", "Vickrey (1961)")
def shading_bidder(situation: AuctionSituation, stream: Random) -> float:
    """Bids (n-1)/n of its value above the lowest: the equilibrium of n bidders who pay the first price."""
    share = (situation.bidders - 1) / situation.bidders
    return situation.lowest + share * (situation.value - situation.lowest)


@_bidder("random-bidder", "Gode & Sunder (1993), zero intelligence with a budget")
def random_bidder(situation: AuctionSituation, stream: Random) -> float:
    """Bids anything from nothing to its value, at random."""
    return stream.uniform(0, situation.value)
