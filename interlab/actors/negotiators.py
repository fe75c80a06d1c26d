"""Negotiators with a fixed tactic, for every kind of negotiation: ``negotiator/...``.

A tactic decides how much it wants; what to offer for that, and whether to accept what is offered, follows. So
the same tactics haggle over a price, bargain over several issues, and propose and vote in a deliberation.

The time-dependent and the imitating tactics are those of Faratin, Sierra & Jennings (1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field

from interlab.actors.program import Shelf
from interlab.situations import (
    Accept,
    BargainingSituation,
    Deal,
    NegotiationSituation,
    PriceOffer,
    PriceSituation,
    Query,
    answers_about,
    in_words,
    terms_of,
)
from interlab.wording import plain

NEGOTIATORS: Final = Shelf("negotiator")
_FARATIN: Final = "Faratin, Sierra & Jennings (1998). Robotics and Autonomous Systems 24, 159-182"
_NEGMAS: Final = "the NegMAS library"
_ROUNDING: Final = 1e-9

Exponent = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Demand(NamedTuple):
    """Preferences of a party, in its own utility.

    Attributes:
        offer: What its own offer has to be worth.
        accept: What another's offer has to be worth.
        guesses: Role -> the guess at what it keeps to itself, of who guesses.
        deal: The very deal to offer, of who has one in mind.
    """

    offer: float
    accept: float
    guesses: Mapping[str, str] | None = None
    deal: Deal | None = None


def _speak(query: Query, demand: Demand) -> Any:
    """Say by a query's type what follows from the demand."""
    situation = query.situation
    assert isinstance(situation, NegotiationSituation)
    accepts = situation.offered is not None and situation.offered >= demand.accept - _ROUNDING
    if isinstance(situation, PriceSituation):
        return _haggle(situation, accepts=accepts, wanted=demand.offer)
    assert isinstance(situation, BargainingSituation), "every negotiation is one of the two"
    return _bargain(situation, demand, accepts=accepts)


def _haggle(situation: PriceSituation, *, accepts: bool, wanted: float) -> Any:
    if accepts:
        return Accept(message=f"I accept {plain(situation.standing or 0)}.")
    price = situation.price_worth(wanted)
    return PriceOffer(price=price, message=f"I offer {plain(price)}.")


def _bargain(situation: BargainingSituation, demand: Demand, *, accepts: bool) -> Any:
    issues = situation.preferences.issues
    match situation.task:
        case "move" if accepts:
            return Accept(message="I accept.")
        case "vote":
            return accepts
        case "guess":
            return dict.fromkeys(situation.others) | dict(demand.guesses or {})
        case "record":
            return None if situation.agreed is None else terms_of(issues, situation.agreed)
        case _:
            deal = demand.deal or situation.deal_worth(demand.offer)
    match situation.task:
        case "talk":
            return f"I would choose {in_words(issues, deal)}."
        case "propose":
            return terms_of(issues, deal)
        case _:
            return answers_about(issues).offer(offer=terms_of(issues, deal), message="This is my offer.")


def _tactic(name: str, source: str):
    return NEGOTIATORS.rule(name, plays=NegotiationSituation, speak=_speak, source=source)


@_tactic("boulware", _FARATIN)
def boulware(situation: NegotiationSituation, stream: Random, *, e: Exponent = 4.0) -> Demand:
    """Hardly concedes until the deadline is near."""
    return time_dependent(situation, e)


@_tactic("linear", _FARATIN)
def linear(situation: NegotiationSituation, stream: Random) -> Demand:
    """Concedes evenly."""
    return time_dependent(situation, 1.0)


@_tactic("conceder", _FARATIN)
def conceder(situation: NegotiationSituation, stream: Random, *, e: Exponent = 0.25) -> Demand:
    """Concedes early."""
    return time_dependent(situation, e)


@_tactic("tit-for-tat", _FARATIN)
def tit_for_tat(situation: NegotiationSituation, stream: Random) -> Demand:
    """Concedes as the other does: in the same proportion, and back again if the other goes back.

    Relative tit-for-tat in own utility. Between two offers of the other, the distance that is left to the own
    best deal shrinks by some factor; the own gain over no deal that is asked for shrinks by the same factor.
    All these factors together are the distance of the other's last offer over that of its first, so that what
    is lost in rounding to a deal that exists does not add up. Two of this kind never move.
    """
    distances = [situation.best - received for received in situation.received]
    kept = min(1.0, max(0.0, distances[-1] / distances[0])) if distances and distances[0] > 0 else 1.0
    wanted = situation.no_deal + kept * (situation.best - situation.no_deal)
    return Demand(wanted, wanted)


@_tactic("hardliner", _NEGMAS)
def hardliner(situation: NegotiationSituation, stream: Random) -> Demand:
    """Never concedes: offers, and accepts, nothing but its best deal."""
    return Demand(situation.best, situation.best)


@_tactic("agreeable", "individual rationality")
def agreeable(situation: NegotiationSituation, stream: Random) -> Demand:
    """Offers its best deal and accepts any that is no worse than no deal."""
    return Demand(situation.best, situation.no_deal)


@_tactic("guesser", "chance")
def guesser(situation: NegotiationSituation, stream: Random) -> Demand:
    """As agreeable, and guesses what others keep to themselves: any of the words there can be, as likely."""
    guesses: dict[str, str] = {}
    if isinstance(situation, BargainingSituation) and situation.words:
        guesses = {other: stream.choice(situation.words) for other in situation.others}
    return Demand(situation.best, situation.no_deal, guesses)


@_tactic("random", _NEGMAS)
def random(situation: NegotiationSituation, stream: Random) -> Demand:
    """Offers a random deal that is no worse than no deal, and accepts one that is no worse than that."""
    if isinstance(situation, BargainingSituation):
        deal = situation.draw_deal(stream)
        worth = situation.preferences.worth(deal)
        return Demand(worth, worth, deal=deal)
    drawn = situation.draw(stream)
    return Demand(drawn, drawn)


def time_dependent(situation: NegotiationSituation, exponent: float) -> Demand:
    """Want less as the deadline nears.

    The wanted utility is ``r + (1 - t**exponent) * (best - r)`` with ``t = round / (rounds + 1)``, where r is
    what no deal is worth.

    Args:
        situation: What the party knows.
        exponent: Above 1 concedes late, below 1 early.
    """
    time = situation.round / (situation.rounds + 1)
    wanted = situation.no_deal + (1 - time**exponent) * (situation.best - situation.no_deal)
    return Demand(wanted, wanted)
