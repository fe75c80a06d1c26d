"""Strategies of parties to one-sided exchanges: ultimatum, dictator and trust games."""

from __future__ import annotations

import math
from random import Random
from typing import Annotated, Any

from pydantic import Field

from interlab.actors.strategies.shelf import STRATEGIES, Probability, Share
from interlab.situations import ExchangeSituation, Query

Guilt = Annotated[float, Field(ge=0, lt=1)]
"""Cost of being ahead, per point; with a larger one a player would rather burn points than keep them."""


def _answer(query: Query, decided: Any) -> int | bool:
    """Answer with a verdict, or with a whole amount that there is."""
    situation = query.situation
    assert isinstance(situation, ExchangeSituation)
    if situation.stage == "accept":
        return bool(decided)
    return min(situation.most, max(0, math.floor(decided + 1e-9)))


def _tremble(situation: ExchangeSituation, decided: Any, stream: Random) -> float | bool:
    return not decided if situation.stage == "accept" else stream.randint(0, situation.most)


def _exchange(name: str, source: str):
    return STRATEGIES.rule(name, plays=ExchangeSituation, speak=_answer, source=source, tremble=_tremble)


@_exchange("fair-divider", "Güth, Schmittberger & Schwarze (1982)")
def fair_divider(
    situation: ExchangeSituation, stream: Random, *, share: Probability = 0.5, least: Probability = 0.3
) -> float | bool:
    """Gives, sends or returns `share` of what it has; accepts from `least` of the pie on."""
    match situation.stage:
        case "accept":
            assert situation.offered is not None
            return situation.offered >= least * situation.most
        case "least":
            return math.ceil(least * situation.most)
        case _:
            return share * situation.most


@_exchange("rational-divider", "Rubinstein (1982); Berg, Dickhaut & McCabe (1995)")
def rational_divider(situation: ExchangeSituation, stream: Random) -> float | bool:
    """Plays the subgame-perfect equilibrium: offers the least there is, accepts it, sends and returns nothing."""
    match situation.stage:
        case "accept":
            return bool(situation.offered)
        case "least":
            return 1
        case "offer":
            return 1 if situation.game == "ultimatum" else 0
        case _:
            return 0


@_exchange("inequity-averse", "Fehr & Schmidt (1999)")
def inequity_averse(
    situation: ExchangeSituation, stream: Random, *, alpha: Share = 0.85, beta: Guilt = 0.6
) -> float | bool:
    """Maximises its points less `alpha` times what it is behind and `beta`, under 1, times what it is ahead."""
    least = alpha * situation.most / (1 + 2 * alpha)
    match situation.stage:
        case "accept":
            assert situation.offered is not None
            return situation.offered >= least
        case "least":
            return math.ceil(least)
        case "offer" if beta <= 0.5:
            return math.ceil(least) if situation.game == "ultimatum" else 0
        case "offer":
            return situation.most / 2
        case "send":
            return situation.most if beta > 0.5 and situation.multiplier > 1 else 0
        case "return":
            return _equalising(situation) if beta > 0.5 else 0


@_exchange("trusting", "Berg, Dickhaut & McCabe (1995)")
def trusting(situation: ExchangeSituation, stream: Random, *, back: Probability = 0.5) -> float | bool:
    """Sends everything at first and while that pays, else half of it; returns `back` of what arrives."""
    match situation.stage:
        case "accept":
            return True
        case "least":
            return 0
        case "return":
            return back * situation.most
        case _:
            if not situation.offers or situation.game != "trust":
                return situation.most
            profitable = situation.answers[-1] >= situation.offers[-1]
            return situation.most if profitable else situation.most / 2


@_exchange("random-divider", "baseline")
def random_divider(situation: ExchangeSituation, stream: Random) -> float | bool:
    """Decides at random, every amount equally likely."""
    if situation.stage == "accept":
        return stream.random() < 0.5
    return stream.randint(0, situation.most)


def _equalising(situation: ExchangeSituation) -> float:
    """Return the amount that equalises both payoffs, of a received and s sent: (T - E + a + s) / 2."""
    assert situation.offered is not None
    investor, trustee = situation.endowments
    return (trustee - investor + situation.most + situation.offered) / 2
