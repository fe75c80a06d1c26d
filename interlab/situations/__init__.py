"""Types of the exchange between an environment and an actor.

An environment shows a role *observations* and puts *queries* to it. Every query carries the same situation
twice: as prose (the prompt), for language models and people, and as a typed value (the *situation*: what this
role may know when it is called to move, its information set), for programs. So a classic strategy is a
function of a situation, and neither side knows the other's classes.
"""

from interlab.situations.auction import AuctionSituation
from interlab.situations.bargaining import (
    BargainingSituation,
    Offer,
    answers_about,
    deal_of,
    guess_of,
    in_words,
    terms_of,
)
from interlab.situations.base import (
    Announcement,
    Observation,
    Participant,
    Query,
    Situation,
    amount_announcement,
    announcement_of,
)
from interlab.situations.choice import ChoiceSituation
from interlab.situations.commons import CommonsSituation
from interlab.situations.contribution import ContributionSituation, PunishmentSituation, punishment_of
from interlab.situations.domain import Deal, Domain, Issue, Preferences
from interlab.situations.exchange import ExchangeSituation
from interlab.situations.matrix import CooperationSituation, MatrixSituation, ReciprocitySituation
from interlab.situations.moves import (
    Accept,
    DealMove,
    DealOffer,
    Move,
    PriceMove,
    PriceOffer,
    PriceOpening,
    Reject,
    WalkAway,
)
from interlab.situations.negotiation import NegotiationSituation
from interlab.situations.price import PriceSituation

__all__ = [
    "Accept",
    "Announcement",
    "AuctionSituation",
    "BargainingSituation",
    "ChoiceSituation",
    "CommonsSituation",
    "ContributionSituation",
    "CooperationSituation",
    "Deal",
    "DealMove",
    "DealOffer",
    "Domain",
    "ExchangeSituation",
    "Issue",
    "MatrixSituation",
    "Move",
    "NegotiationSituation",
    "Observation",
    "Offer",
    "Participant",
    "Preferences",
    "PriceMove",
    "PriceOffer",
    "PriceOpening",
    "PriceSituation",
    "PunishmentSituation",
    "Query",
    "ReciprocitySituation",
    "Reject",
    "Situation",
    "WalkAway",
    "amount_announcement",
    "announcement_of",
    "answers_about",
    "deal_of",
    "guess_of",
    "in_words",
    "punishment_of",
    "terms_of",
]
