"""Agents with private scores talk, and vote on proposals until enough of them agree on one.

What there is to agree on is a domain: a list of options (one issue) or a deal over several issues. In every round
all speak in turn, one proposes, and the others vote at the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import Field, model_validator

from interlab.environments.base import HEALTH, Result, Scenario, Step
from interlab.environments.domain_game import DomainGame, DomainParameters
from interlab.environments.domains import DomainChoice, domain
from interlab.environments.templates import template
from interlab.situations import Offer, Query, answers_about, deal_of
from interlab.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.schema.episode import EndReason, Episode, Json
    from interlab.situations import Deal, Participant

_SPEECH: Final = Annotated[str, Field(description="Your message to all the others; leave it empty to send none.")]


class DeliberationParameters(DomainParameters):
    """Parameters of a deliberation."""

    domain: DomainChoice = "venue"
    """The options (or issues), and how each party scores them: a built-in domain, ``random?...``, or a file."""
    rounds: int = Field(default=5, ge=1)
    """Deadline; there is one proposal a round."""
    threshold: int | None = Field(default=None, ge=1)
    """Votes that decide, the proposer's among them; ``None`` for all."""
    talk: int = Field(default=1, ge=0)
    """Number of times that each party speaks before the proposal of a round."""
    chair: Literal["rotating", "first"] = "rotating"
    """Proposer: all parties in turn, or always the first."""
    framing: Annotated[str, template("role", "others", "topic")] = (
        "You have to decide about {topic}. You act as {role}, and you decide together with {others}."
    )
    """First words of the rules; ``{role}``, ``{others}`` and ``{topic}`` are replaced."""

    @model_validator(mode="after")
    def _threshold_can_be_met(self) -> Self:
        if self.votes > len(self.parties):
            raise ValueError(f"threshold: {self.votes} votes, where there are {len(self.parties)} parties")
        return self

    @property
    def votes(self) -> int:
        """Votes that decide."""
        return len(self.parties) if self.threshold is None else self.threshold


D = TypeVar("D", bound=DeliberationParameters)


class Deliberation(DomainGame[D]):
    """Talk, a proposal, a vote; again until enough agree or the last round is over."""

    activity = "deliberation"

    course = "deliberation"

    def __init__(self, parameters: D, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._terms = answers_about(self.issues).terms

    @classmethod
    def game(cls, parameters: D) -> dict[str, Json]:
        """Return the options with all scores (one issue) or the domain, and the number of votes that decide."""
        facts: dict[str, Json] = {
            "kind": "deliberation",
            "threshold": parameters.votes,
            **super().game(parameters),
        }
        found = domain(parameters.domain)
        if len(found.issues) == 1:
            options = found.issues[0].values
            facts["options"] = list(options)
            facts["scores"] = {
                role: dict(zip(options, each.points[0], strict=True))
                for role, each in zip(parameters.parties, found.preferences, strict=True)
            }
        return facts

    @classmethod
    def agreed_in(cls, episode: Episode) -> Deal | None:
        """The choice in the outcome: an option, or a value per issue."""
        choice = episode.outcome.get("choice")
        if choice is None:
            return None
        return tuple(map(str, choice)) if isinstance(choice, list) else (str(choice),)

    def explain(self, role: str) -> Sequence[str]:
        """Return the rules of a round, the votes that decide, and the deadline."""
        parameters = self.parameters
        times = {1: "once", 2: "twice"}.get(parameters.talk, f"{parameters.talk} times")
        talk = f" each of you first speaks {times}, one after another. Then" if parameters.talk else ""
        who = "one of you, in turn," if parameters.chair == "rotating" else self.parties[0]
        decide = (
            "If all of you are in favour,"
            if parameters.votes == len(self.parties)
            else f"If at least {parameters.votes} of you, including the proposer, are in favour,"
        )
        return [
            f"In each round,{talk} {who} proposes a deal, and the others vote on it at the same time, without "
            f"seeing each other's votes. {decide} the proposal is adopted and becomes the deal for everyone.",
            self.deadline(),
        ]

    async def step(self) -> Step:
        """Talk, propose, vote."""
        self.rounds_played += 1
        await self._talk()
        rotating = self.parameters.chair == "rotating"
        proposer = self.parties[(self.rounds_played - 1) % len(self.parties) if rotating else 0]
        proposal = await self._propose(proposer)
        actions: dict[str, Json] = {proposer: None}
        facts: dict[str, Json] = {"proposer": proposer, "proposal": None, "votes": {}}
        if proposal is not None:
            votes = await self._vote(Offer(proposer, proposal))
            actions = {role: None if vote is None else {"vote": vote} for role, vote in votes.items()}
            actions[proposer] = {"proposal": self.written(proposal)}
            facts |= {"proposal": self.written(proposal), "votes": dict(votes)}
        if self.is_finished:
            await self.conclude()
        return Step(actions, self.payoffs() if self.is_finished else {}, facts)

    async def conclude(self) -> None:
        """Do what comes after the last round; by default nothing."""

    async def _talk(self) -> None:
        start = (self.rounds_played - 1) % len(self.parties)
        for _ in range(self.parameters.talk):
            for role in (*self.parties[start:], *self.parties[:start]):
                query = Query(
                    prompt=f"{self.heading} What do you say to {self.audience(role)}?",
                    expected_type=_SPEECH,
                    purpose="message",
                    situation=self.situation_of(role, task="talk"),
                )
                said: str | None = (await self.ask({role: query}))[role]
                if said:
                    self.say(role, self.others(role), said)

    async def _propose(self, proposer: str) -> Deal | None:
        query = Query(
            prompt=f"{self.heading} It is your turn to make a proposal. What do you propose?",
            expected_type=self._terms,
            situation=self.situation_of(proposer, task="propose"),
        )
        terms: Mapping[str, str] | None = (await self.ask({proposer: query}))[proposer]
        if terms is None:
            self.tell(self.parties, f"{proposer} made no valid proposal.")
            return None
        proposal = deal_of(self.issues, terms)
        self.offers.append(Offer(proposer, proposal))
        self.tell(self.others(proposer), f"{proposer} proposed a deal {self.said(proposal)}.")
        return proposal

    async def _vote(self, proposal: Offer) -> dict[str, bool | None]:
        """Let the others vote, and decide.

        Returns:
            Role -> whether it is for the proposal; ``None`` where it gave no valid vote, which counts as none.
        """
        said = self.said(proposal.deal)
        answers: dict[str, Any] = await self.ask(
            {
                role: Query(
                    prompt=f"{self.heading} {proposal.by} proposed a deal {said}, "
                    f"{self.worth(role, proposal.deal)}. Do you vote in favour of it?",
                    expected_type=bool,
                    situation=self.situation_of(role, task="vote", standing=proposal),
                )
                for role in self.others(proposal.by)
            }
        )
        votes = {role: True if role == proposal.by else answers[role] for role in self.parties}
        ayes = [role for role, vote in votes.items() if vote]
        rest = [role for role, vote in votes.items() if not vote]
        if len(ayes) >= self.parameters.votes:
            self.deal = proposal.deal
        against = f"; not in favour: {listed(rest)}" if rest else ""
        outcome = "The proposal is adopted." if self.deal else "The proposal is not adopted."
        self.tell(
            self.parties,
            f"Vote on the proposal from {proposal.by} {said}: in favour: {listed(ayes)}{against}. {outcome}",
        )
        return votes

    def written(self, deal: Deal) -> Json:
        """A deal as records have it: the option, or the values of all issues."""
        return deal[0] if len(deal) == 1 else list(deal)

    def payoffs(self) -> dict[str, float]:
        """Return the payoff of each party."""
        return self.utilities()

    @property
    def is_finished(self) -> bool:
        """True if enough parties have agreed, or the last round is over."""
        return self.deal is not None or self.rounds_played >= self.parameters.rounds

    def outcome(self) -> dict[str, Json]:
        """Return the outcome as JSON."""
        return {
            "agreement": self.deal is not None,
            "choice": None if self.deal is None else self.written(self.deal),
            "rounds": self.rounds_played,
        }

    @property
    def result(self) -> Result:
        """The decision, if any, and the payoffs."""
        reason: EndReason = "deadline" if self.deal is None else "agreement"
        return Result(outcome=self.outcome(), payoffs=self.payoffs(), end_reason=reason)


METRICS: Final = (
    "agreement_rate",
    "surplus_efficiency",
    "rounds_to_agreement",
    "talk_gini",
    "mean_payoff",
    *HEALTH,
)
"""Metrics of a deliberation."""

DELIBERATION: Final = Scenario(
    name="deliberation",
    summary="Several agents with private scores talk, propose and vote until enough agree on one option or deal.",
    environment=Deliberation,
    parameters=DeliberationParameters(),
    metrics=METRICS,
    source="after Abdelnabi et al. (2023), LLM-Deliberation: evaluating LLMs with interactive multi-agent "
    "negotiation games, arXiv:2309.17234",
)
