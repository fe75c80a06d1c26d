"""The situation of a party that bargains over issues, and the types of its answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, cast

import numpy as np
from pydantic import ConfigDict, Field, create_model, with_config
from typing_extensions import TypedDict

from interlab.situations.moves import Accept, DealOffer, Reject, WalkAway
from interlab.situations.negotiation import NegotiationSituation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from interlab.situations.domain import Deal, Issue, Preferences

Task = Literal["move", "propose", "vote", "talk", "record", "guess"]
"""Decision that a party is asked for: a move in alternating offers, a proposal, a vote, a message, the record of
the deal, or a guess of the others' secrets."""

_TOLERANCE = 1e-4
"""By how much an offer may fall short of what is wanted, in utility; as NegMAS has it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer and the party that made it."""

    by: str
    deal: Deal


@dataclass(frozen=True, slots=True, kw_only=True)
class BargainingSituation(NegotiationSituation):
    """Information of a party that is asked.

    Attributes:
        role: The party.
        others: The other parties, in seat order.
        preferences: Its utilities of deals.
        task: The decision that it is asked for.
        offers: All offers so far, oldest first.
        standing: The offer on the table; ``None`` if no offer stands.
        agreed: The deal, once there is one.
        words: Possible secrets of the others, equally likely; empty if they are not known.
    """

    role: str
    others: Sequence[str]
    preferences: Preferences
    task: Task = "move"
    offers: Sequence[Offer] = ()
    standing: Offer | None = None
    agreed: Deal | None = None
    words: Sequence[str] = field(default=(), repr=False)

    @property
    def no_deal(self) -> float:
        """The reserve."""
        return self.preferences.reserve

    @property
    def best(self) -> float:
        """The utility of the best deal, and at least the reserve."""
        return max(self.no_deal, float(self.preferences.utilities.max()))

    @property
    def offered(self) -> float | None:
        """The utility of another's offer that stands."""
        if self.standing is None or self.standing.by == self.role:
            return None
        return self.preferences.worth(self.standing.deal)

    @property
    def received(self) -> Sequence[float]:
        """The utilities of the offers of the other who offered last."""
        others = [offer for offer in self.offers if offer.by != self.role]
        return [self.preferences.worth(offer.deal) for offer in others if offer.by == others[-1].by]

    def draw(self, stream: Random) -> float:
        """The utility of some deal that is no worse than the reserve, or of a best one if no deal is."""
        return self.preferences.worth(self.draw_deal(stream))

    def draw_deal(self, stream: Random) -> Deal:
        """Some deal that is no worse than the reserve, all equally likely; if no deal is, a best one."""
        utilities = self.preferences.utilities
        acceptable = np.flatnonzero(utilities >= min(self.no_deal, float(utilities.max())))
        return self.preferences.deal(int(acceptable[stream.randrange(len(acceptable))]))

    def deal_worth(self, wanted: float) -> Deal:
        """The deal with the lowest own utility that is at least what is wanted; the first of several."""
        utilities = self.preferences.utilities
        enough = np.where(utilities >= wanted - _TOLERANCE, utilities, np.inf)
        index = enough.argmin() if np.isfinite(enough).any() else utilities.argmax()
        return self.preferences.deal(int(index))


class Answers(NamedTuple):
    """The types of answers about a list of issues.

    Attributes:
        terms: A deal: issue -> value.
        offer: An offer of a deal.
        move: A move while another's offer stands.
        opening: A move while no offer of another stands.
    """

    terms: Any
    offer: type[DealOffer]
    move: Any
    opening: Any


@cache
def answers_about(issues: tuple[Issue, ...]) -> Answers:
    """Make the types of answers about issues; a model is held to the values of each.

    Args:
        issues: The issues.
    """
    fields = {issue.name: Literal[issue.values] for issue in issues}
    terms = cast("Any", with_config(ConfigDict(extra="forbid"))(TypedDict("Deal", fields)))  # pyright: ignore
    offer = create_model(
        "DealOffer", __base__=DealOffer, __doc__=DealOffer.__doc__, offer=(terms, DealOffer.model_fields["offer"])
    )
    tagged = Field(discriminator="action")
    return Answers(
        terms=terms,
        offer=offer,
        move=Annotated[offer | Accept | Reject | WalkAway, tagged],
        opening=Annotated[offer | WalkAway, tagged],
    )


@cache
def guess_of(others: tuple[str, ...]) -> Any:
    """Make the type of a guess at what each of the others keeps to itself."""
    said = Annotated[str | None, Field(description="Your guess, or null if you have none.")]
    return with_config(ConfigDict(extra="forbid"))(TypedDict("Guesses", dict.fromkeys(others, said)))  # pyright: ignore


def terms_of(issues: Sequence[Issue], deal: Deal) -> dict[str, str]:
    """Write a deal as an answer has it.

    Example:
        >>> from interlab.situations import Issue
        >>> terms_of([Issue("salary", ("low", "high")), Issue("days", ("2", "3"))], ("high", "2"))
        {'salary': 'high', 'days': '2'}
    """
    return {issue.name: value for issue, value in zip(issues, deal, strict=True)}


def deal_of(issues: Sequence[Issue], terms: Mapping[str, str]) -> Deal:
    """Read a deal from an answer."""
    return tuple(terms[issue.name] for issue in issues)


def in_words(issues: Sequence[Issue], deal: Deal) -> str:
    """Write a deal as people do.

    Example:
        >>> from interlab.situations import Issue
        >>> in_words([Issue("salary", ("low", "high")), Issue("days", ("2", "3"))], ("high", "2"))
        'salary: high, days: 2'
    """
    return ", ".join(f"{name}: {value}" for name, value in terms_of(issues, deal).items())
