"""Negotiators with a fixed tactic: ``negotiator/...``.

Time-dependent tactics of Faratin, Sierra & Jennings (1998): the wanted utility falls from the best to the
reservation value as the deadline nears, late (Boulware), evenly (linear) or early (conceder).
"""

from __future__ import annotations

import math
from random import Random
from typing import Annotated, Any, Final

from pydantic import Field

from interlab.actors.program import Shelf
from interlab.situations import OpeningMove, PriceMove, PriceSituation, Query
from interlab.situations.wording import plain

NEGOTIATORS: Final = Shelf("negotiator")
_SOURCE: Final = "Faratin, Sierra & Jennings (1998). Robotics and Autonomous Systems 24, 159-182"
_TOLERANCE: Final = 1e-9
_CENTS: Final = 100

Exponent = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _speak(query: Query, price: float | None) -> PriceMove | OpeningMove:
    """Offer a price, or accept where the decision is no price."""
    move: Any = query.expected_type
    situation = query.situation
    assert isinstance(situation, PriceSituation)
    if price is None:
        return move(action="accept", message=f"I accept {plain(situation.standing or 0)}.")
    return move(action="offer", price=price, message=f"I offer {plain(price)}.")


def _price(name: str):
    return NEGOTIATORS.rule(name, plays=PriceSituation, speak=_speak, source=_SOURCE)


@_price("boulware")
def boulware(situation: PriceSituation, stream: Random, *, e: Exponent = 4.0) -> float | None:
    """Hardly concedes until the deadline is near."""
    return time_dependent(situation, e)


@_price("linear")
def linear(situation: PriceSituation, stream: Random) -> float | None:
    """Concedes evenly."""
    return time_dependent(situation, 1.0)


@_price("conceder")
def conceder(situation: PriceSituation, stream: Random, *, e: Exponent = 0.25) -> float | None:
    """Concedes early."""
    return time_dependent(situation, e)


def time_dependent(situation: PriceSituation, exponent: float) -> float | None:
    """Decide by a time-dependent tactic.

    The wanted utility is ``(1 - t**exponent) * best`` with ``t = round / (rounds + 1)``, where ``best`` is the
    utility of the best plausible price; an offer worth at least that is accepted.

    Args:
        situation: What the party knows.
        exponent: Above 1 concedes late, below 1 early.

    Returns:
        The price to offer, in whole cents and never worth less than wanted, or ``None`` to accept.
    """
    best = max(0.0, situation.utility(situation.lowest if situation.side == "buyer" else situation.highest))
    time = situation.round / (situation.rounds + 1)
    wanted = (1 - time**exponent) * best
    if situation.standing is not None and situation.utility(situation.standing) >= wanted - _TOLERANCE:
        return None
    cents = round(situation.price(wanted) * _CENTS, 6)
    return (math.floor(cents) if situation.side == "buyer" else math.ceil(cents)) / _CENTS
