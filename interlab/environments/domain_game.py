"""Base of games over a domain: parties, private figures, offers, and payoffs of a deal."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import Field, model_validator

from interlab.environments.balances import Balance
from interlab.environments.base import Environment, Parameters
from interlab.environments.domains import DomainChoice, domain
from interlab.environments.groups import NAMES
from interlab.environments.templates import template
from interlab.situations import BargainingSituation, Offer, in_words
from interlab.wording import counted, listed, measured, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interlab.schema.episode import Episode, Json
    from interlab.situations import Deal, Participant


class DomainParameters(Parameters):
    """Parameters of a game over a domain."""

    domain: DomainChoice = "job-offer"
    """Issues, values and payoffs: a built-in domain, ``random?...``, or a JSON file."""
    rounds: int = Field(default=10, ge=1)
    """Deadline."""
    framing: Annotated[str, template("role", "others", "topic")] = (
        "You are negotiating about {topic}. You act as {role}, and you negotiate with {others}."
    )
    """First words of the rules; ``{role}``, ``{others}`` and ``{topic}`` are replaced."""
    stories: dict[str, str] = Field(default_factory=dict)
    """Role -> text that only this role reads with its figures, in place of the domain's story."""
    unit: str = "points"
    """Unit of payoffs, in the plural."""
    aim: Annotated[str, template("role", "others", "topic", "unit")] = (
        "Your goal is to earn as many {unit} as possible."
    )
    """Last words of the rules; ``{role}``, ``{others}``, ``{topic}`` and ``{unit}`` are replaced."""

    @model_validator(mode="after")
    def _roles_exist(self) -> Self:
        found = domain(self.domain)
        if not found.parties and len(found.reserves) > len(NAMES):
            raise ValueError(f"a domain of more than {len(NAMES)} parties must name them (`parties`)")
        if unknown := sorted(set(self.stories) - set(self.parties)):
            raise ValueError(f"stories: invalid role `{unknown[0]}`: expected one of {listed(self.parties)}")
        return self

    @property
    def parties(self) -> tuple[str, ...]:
        """The roles in seat order."""
        found = domain(self.domain)
        return found.parties or NAMES[: len(found.reserves)]


D = TypeVar("D", bound=DomainParameters)


class DomainGame(Environment[D]):
    """A game whose parties look for one deal out of a domain."""

    situation = BargainingSituation
    course = "negotiation"
    """Noun for the game in the parties' texts."""

    def __init__(self, parameters: D, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self.parties = parameters.parties
        found = domain(parameters.domain)
        self.issues = found.issues
        self.preferences = dict(zip(self.parties, found.preferences, strict=True))
        self.stories = dict(zip(self.parties, found.stories, strict=True)) if found.stories else {}
        self.offers: list[Offer] = []
        self.deal: Deal | None = None

    @classmethod
    def roles(cls, parameters: D) -> tuple[str, ...]:
        """The parties of the domain."""
        return parameters.parties

    @classmethod
    def game(cls, parameters: D) -> dict[str, Json]:
        """Return the domain, the reservation value of each party, and the largest joint gain."""
        found = domain(parameters.domain)
        reserves: dict[str, Json] = dict(zip(parameters.parties, found.reserves, strict=True))
        written: dict[str, Json] = found.model_dump(mode="json", include={"tables", "weights", "reserves"})
        written["issue_names"] = [issue.name for issue in found.issues]
        written["issues"] = [list(issue.values) for issue in found.issues]
        return {
            "parties": list(parameters.parties),
            "reserves": reserves,
            "disagreement": reserves,
            "zopa": found.best_joint_surplus > 0,
            "best_joint_surplus": found.best_joint_surplus,
            "domain": written,
            "horizon": parameters.rounds,
            "horizon_known": True,
        }

    @classmethod
    def balances(cls, parameters: D, episode: Episode) -> Iterator[Balance]:
        """Check that the payoffs add up to those of the deal, or of no deal, and any extra payments."""
        found, deal = domain(parameters.domain), cls.agreed_in(episode)
        worth = [each.reserve if deal is None else each.worth(deal) for each in found.preferences]
        due = math.fsum(worth) + cls.extra_in(parameters, episode)
        yield Balance("what the end paid to all", math.fsum(episode.payoffs.values()), due)

    @classmethod
    @abstractmethod
    def agreed_in(cls, episode: Episode) -> Deal | None:
        """Return the deal of an episode, from its record."""

    @classmethod
    def extra_in(cls, parameters: D, episode: Episode) -> float:
        """Return the sum of payments other than those of the deal, from the record; by default 0."""
        return 0.0

    @abstractmethod
    def explain(self, role: str) -> Sequence[str]:
        """Return the rules of reaching a deal as this party reads them, a paragraph each."""

    def rules(self, role: str) -> str:
        """Return framing, this party's story and figures, and the rules of reaching a deal."""
        parameters = self.parameters
        topic = domain(parameters.domain).topic
        names = {"role": role, "others": listed(self.others(role)), "topic": topic}
        story = parameters.stories.get(role) or self.stories.get(role)
        unit = parameters.unit
        if len(self.issues) == 1:
            worth = f"A deal is one of the values below. The table shows how many {unit} each is worth to you."
        else:
            worth = (
                f"A deal settles every issue below with one of its values. The table shows how many {unit} each "
                f"value is worth to you. A deal is worth the sum of the {unit} of its values."
            )
        others = "The other party" if len(self.parties) == 2 else "Each of the others"
        no_deal = (
            f"If there is no deal, you receive {measured(self.preferences[role].reserve, unit)}. Only you know "
            f"these figures. {others} also has private figures, which may differ from yours."
        )
        return "\n".join(
            [
                parameters.framing.format(**names),
                *([story] if story else []),
                worth,
                self._table(role),
                no_deal,
                *self.explain(role),
                parameters.aim.format(**names, unit=unit),
            ]
        )

    def _table(self, role: str) -> str:
        preferences = self.preferences[role]
        rows = [
            f"| {issue.name} | {value} | {plain(number)} |"
            for issue, points in zip(preferences.issues, preferences.points, strict=True)
            for value, number in zip(issue.values, points, strict=True)
        ]
        return "\n".join([f"| issue | value | your {self.parameters.unit} |", "| --- | --- | --- |", *rows])

    def situation_of(self, role: str, **known: Any) -> BargainingSituation:
        """Return the situation of a party that is asked, with the facts of this question."""
        return BargainingSituation(
            role=role,
            others=self.others(role),
            preferences=self.preferences[role],
            offers=tuple(self.offers),
            round=self.rounds_played,
            rounds=self.parameters.rounds,
            **known,
        )

    @property
    def heading(self) -> str:
        """Number of the round, in words."""
        return f"Round {self.rounds_played} of {self.parameters.rounds}."

    def deadline(self) -> str:
        """Return the sentences about the deadline."""
        return (
            f"The {self.course} lasts at most {counted(self.parameters.rounds, 'round')}. If no deal is reached "
            "by then, it ends without a deal."
        )

    def others(self, role: str) -> tuple[str, ...]:
        """The other parties, in seat order."""
        return tuple(other for other in self.parties if other != role)

    def audience(self, role: str) -> str:
        """Return the receivers of a party's messages, in words."""
        others = self.others(role)
        return others[0] if len(others) == 1 else "the others"

    def said(self, deal: Deal) -> str:
        """Write a deal in words."""
        return f"({in_words(self.issues, deal)})"

    def worth(self, role: str, deal: Deal) -> str:
        """Return the payoff of a party from a deal, in words."""
        return f"worth {measured(self.preferences[role].worth(deal), self.parameters.unit)} to you"

    def utilities(self) -> dict[str, float]:
        """Return the payoff of each party, from the deal or from no deal."""
        return {
            role: each.reserve if self.deal is None else each.worth(self.deal)
            for role, each in self.preferences.items()
        }
