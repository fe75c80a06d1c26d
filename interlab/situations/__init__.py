"""What an environment and an actor say to each other.

An environment shows a role *observations* and puts *queries* to it. Every query carries the same situation
twice: as prose (the prompt), for language models and people, and as a typed value (the *situation*: what this
role may know when it is called to move, its information set), for programs. So a classic strategy is a
function of a situation, and neither side knows the other's classes.
"""

from interlab.situations.base import Announcement, Observation, Participant, Query, Situation, announcement_of
from interlab.situations.contribution import ContributionSituation
from interlab.situations.matrix import MatrixSituation
from interlab.situations.price import OpeningMove, PriceMove, PriceSituation

__all__ = [
    "Announcement",
    "ContributionSituation",
    "MatrixSituation",
    "Observation",
    "OpeningMove",
    "Participant",
    "PriceMove",
    "PriceSituation",
    "Query",
    "Situation",
    "announcement_of",
]
