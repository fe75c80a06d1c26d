"""Parties bargain over several issues by alternating offers.

In their turn, each offers a deal, accepts the offer on the table, rejects it, or walks away, with a message to all
others. An offer stands until it is rejected or another is made; it is the deal as soon as all others have accepted
it. With two parties these are Rubinstein's alternating offers, with more the stacked alternating offers protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from pydantic import model_validator

from interlab.environments.base import HEALTH, Result, Scenario, Step
from interlab.environments.domain_game import DomainGame, DomainParameters
from interlab.situations import Accept, DealOffer, Offer, Query, WalkAway, answers_about, deal_of, terms_of
from interlab.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import EndReason, Episode, Json
    from interlab.situations import Deal, DealMove, Participant


class BargainingParameters(DomainParameters):
    """Parameters of bargaining over issues."""

    first: str | None = None
    """Role that moves first; by default the first party of the domain."""
    records: bool = True
    """Ask each party, after an agreement, to write the deal down as it understood it."""

    @model_validator(mode="after")
    def _first_exists(self) -> Self:
        if self.first is not None and self.first not in self.parties:
            raise ValueError(f"first: invalid role `{self.first}`: expected one of {listed(self.parties)}")
        return self


class Bargaining(DomainGame[BargainingParameters]):
    """Alternating offers over a domain, with a deadline and the right to walk away."""

    def __init__(self, parameters: BargainingParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        first = self.parties.index(parameters.first) if parameters.first else 0
        self._order = (*self.parties[first:], *self.parties[:first])
        self._answers = answers_about(self.issues)
        self._standing: Offer | None = None
        self._acceptances: tuple[str, ...] = ()
        self._walked_away: str | None = None
        self._recorded: dict[str, Json] = {}

    @classmethod
    def game(cls, parameters: BargainingParameters) -> dict[str, Json]:
        """Return the facts of a negotiation over a domain."""
        return {"kind": "negotiation", **super().game(parameters)}

    @classmethod
    def agreed_in(cls, episode: Episode) -> Deal | None:
        """Return the deal in the outcome."""
        deal = episode.outcome.get("deal")
        return tuple(map(str, deal)) if isinstance(deal, list) else None

    def explain(self, role: str) -> Sequence[str]:
        """Return the rules of turns and moves, and the deadline."""
        final = (
            "Once an offer is accepted, it is final."
            if len(self.parties) == 2
            else "An offer stays on the table until someone rejects it or makes another offer. Once all other "
            "parties have accepted it, it is final."
        )
        return [
            f"You take turns in the order {listed(self._order)}, with one turn each per round. On your turn, you "
            f"may send a message to {self.audience(role)}, and you either offer a deal, accept the offer on the "
            "table, reject it, or walk away. Walking away ends the negotiation for everyone without a deal. "
            f"{final}",
            self.deadline(),
        ]

    async def step(self) -> Step:
        """Let each party move once, unless a move ends the negotiation."""
        self.rounds_played += 1
        actions: dict[str, Json] = {}
        moves: list[Json] = []
        for role in self._order:
            answers = await self.ask({role: self._query(role)})
            actions[role] = self._make(role, answers[role])
            moves.append(self._fact(role, answers[role]))
            if self._is_settled:
                break
        if self.deal is not None and self.parameters.records:
            await self._write_down()
        return Step(actions, self.utilities() if self.is_finished else {}, {"moves": moves})

    def _make(self, role: str, move: DealMove | None) -> Json:
        """Carry a move out, and write it as an action."""
        if move is None:
            self.tell(self.parties, f"{role} made no valid move and loses this turn.")
            return None
        others = self.others(role)
        if move.message:
            self.say(role, others, move.message)
        if isinstance(move, DealOffer):
            self._standing = Offer(role, deal_of(self.issues, move.offer))
            self._acceptances = ()
            self.offers.append(self._standing)
            self.tell(others, f"{role} offered a deal {self.said(self._standing.deal)}.")
            return {"action": "offer", "offer": dict(move.offer)}
        if isinstance(move, WalkAway):
            self._walked_away = role
            self.tell(others, f"{role} walked away. The negotiation ended without a deal.")
            return {"action": "walk_away"}
        assert self._standing is not None, "only an offer that stands can be answered"
        standing = self._standing
        if isinstance(move, Accept):
            self._acceptances += (role,)
            self.tell(others, f"{role} accepted the offer from {standing.by} {self.said(standing.deal)}.")
            if len(self._acceptances) == len(self.parties) - 1:
                self.deal = standing.deal
        else:
            self._standing, self._acceptances = None, ()
            self.tell(others, f"{role} rejected the offer from {standing.by}.")
        return {"action": move.action, "offer": dict(terms_of(self.issues, standing.deal))}

    def _fact(self, role: str, move: DealMove | None) -> Json:
        """Return a move as metrics read it."""
        if move is None:
            return {"by": role, "action": None, "outcome": None, "valid": False}
        deal: Sequence[str] | None = None
        if isinstance(move, DealOffer):
            deal = self.offers[-1].deal
        elif isinstance(move, Accept) and self._standing is not None:
            deal = self._standing.deal
        return {
            "by": role,
            "action": move.action,
            "outcome": None if deal is None else list(deal),
            "valid": True,
        }

    def _query(self, role: str) -> Query:
        standing = self._standing
        if standing is None:
            table = "No offer is on the table."
        elif standing.by == role:
            table = f"Your own offer {self.said(standing.deal)} is on the table. Not everyone has accepted it."
        else:
            worth = self.worth(role, standing.deal)
            accepted = f" Accepted so far by {listed(self._acceptances)}." if self._acceptances else ""
            table = f"On the table: the offer from {standing.by} {self.said(standing.deal)}, {worth}.{accepted}"
        own = next((offer.deal for offer in reversed(self.offers) if offer.by == role), None)
        reminder = ""
        if own is not None and (standing is None or standing.by != role):
            reminder = f" Your last offer was {self.said(own)}, {self.worth(role, own)}."
        answerable = standing is not None and standing.by != role
        return Query(
            prompt=f"{self.heading} {table}{reminder} It is your turn.",
            expected_type=self._answers.move if answerable else self._answers.opening,
            situation=self.situation_of(role, task="move", standing=standing),
        )

    async def _write_down(self) -> None:
        answers = await self.ask(
            {
                role: Query(
                    prompt="A deal has been reached. Write it down as you understand it, with the agreed value of "
                    "every issue.",
                    expected_type=self._answers.terms,
                    situation=self.situation_of(role, task="record", agreed=self.deal),
                )
                for role in self.parties
            }
        )
        for role, terms in answers.items():
            self._recorded[role] = None if terms is None else list(deal_of(self.issues, terms))

    @property
    def _is_settled(self) -> bool:
        return self.deal is not None or self._walked_away is not None

    @property
    def is_finished(self) -> bool:
        """True if there is a deal, a party has walked away, or the deadline has passed."""
        return self._is_settled or self.rounds_played >= self.parameters.rounds

    @property
    def result(self) -> Result:
        """The deal, if any, as it is and as each party recorded it, and the payoffs."""
        reason: EndReason = "deadline"
        if self.deal is not None:
            reason = "agreement"
        elif self._walked_away is not None:
            reason = "walk_away"
        outcome: dict[str, Json] = {
            "agreement": self.deal is not None,
            "deal": None if self.deal is None else list(self.deal),
            "accepted_by": None if self.deal is None else self._acceptances[-1],
            "walked_away": self._walked_away,
            "rounds": self.rounds_played,
        }
        if self.parameters.records:
            outcome["deals"] = dict(self._recorded)
        return Result(outcome=outcome, payoffs=self.utilities(), end_reason=reason)


BARGAINING: Final = Scenario(
    name="bargaining",
    summary="Two or more parties bargain over several issues with private tables of points, by a deadline.",
    environment=Bargaining,
    parameters=BargainingParameters(),
    metrics=(
        "agreement_rate",
        "advantage",
        "pareto_optimality",
        "nash_optimality",
        "surplus_efficiency",
        "ir_violation",
        "rounds_to_agreement",
        "concession_rate",
        "walk_away_rate",
        "agreement_inconsistency",
        "mean_payoff",
        *HEALTH,
    ),
    source="Rubinstein (1982), Econometrica 50(1), 97-109; with more than two parties Aydoğan, Festen, Hindriks & "
    "Jonker (2017), Alternating offers protocols for multilateral negotiation",
)
