"""A pure coordination game: members are paid for giving the same answer (Schelling points)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import Field, model_validator

from interlab.environments.balances import Balance, paid
from interlab.environments.base import Scenario
from interlab.environments.choices import METRICS, ChoiceGame
from interlab.environments.groups import NAMES, GroupParameters
from interlab.environments.templates import template
from interlab.wording import measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from interlab.environments.base import Step
    from interlab.schema.episode import Episode, Json
    from interlab.situations import Participant


Topic = tuple[Annotated[str, Field(min_length=1)], Annotated[tuple[str, ...], Field(min_length=2)]]

TOPICS: Final[tuple[Topic, ...]] = (
    ("Heads or tails?", ("heads", "tails")),
    (
        "You have lost each other in Paris. Where do you wait?",
        ("Louvre", "Eiffel Tower", "Gare du Nord", "Notre-Dame"),
    ),
    ("At what time do you meet?", ("9 am", "noon", "3 pm", "6 pm", "midnight")),
    ("Name a number.", ("1", "3", "7", "10", "13", "100")),
    ("Name a colour.", ("red", "blue", "green", "yellow", "black")),
)


class ShowParameters(GroupParameters):
    """Parameters of a show in which those who agree are paid."""

    members: int = Field(default=4, ge=2, le=len(NAMES))
    rounds: int = Field(default=len(TOPICS), ge=1)
    framing: Annotated[str, template("role", "members", "names")] = (
        "You are {role}, one of the {members} contestants in a show: {names}."
    )
    topics: tuple[Topic, ...] = Field(default=TOPICS, min_length=1)
    """Questions in order, each with its possible answers; after the last, the first is asked again."""
    shuffled: bool = True
    """Show each member the answers in a different order, so that the order does not help to agree."""
    match: float = Field(default=1, ge=0)
    """Points for each other member who gave the same answer."""
    unanimous: float = Field(default=5, ge=0)
    """Additional points for each member when all gave the same answer."""

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for question, options in self.topics:
            if len(set(options)) < len(options) or not all(options):
                raise ValueError(f"the answers to `{question}` must differ and not be empty")
        return self


class RealityShow(ChoiceGame[ShowParameters]):
    """A host asks questions without a right answer; members who give the same answer are paid."""

    def __init__(self, parameters: ShowParameters, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._orders: dict[str, list[str]] = {}

    @classmethod
    def game(cls, parameters: ShowParameters) -> dict[str, Json]:
        """Return the possible answers, and the smallest and largest joint payoff of a round."""
        members = parameters.members
        options = list(dict.fromkeys(option for _, each in parameters.topics for option in each))
        most = members * ((members - 1) * parameters.match + parameters.unanimous)
        return {
            "kind": "n-player-choice",
            "actions": list[Any](options),
            "players": members,
            "cooperate": None,
            "welfare": [0.0, most],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    @classmethod
    def balances(cls, parameters: ShowParameters, episode: Episode) -> Iterator[Balance]:
        """A round pays for every pair that agrees, twice, and the bonus to all if all do."""
        for each in episode.rounds:
            counts = Counter(str(action) for action in each.actions.values() if action is not None)
            pairs = sum(count * (count - 1) for count in counts.values())
            bonus = parameters.members * parameters.unanimous if parameters.members in counts.values() else 0.0
            yield paid(each, pairs * parameters.match + bonus)

    @property
    def _topic(self) -> int:
        return self.rounds_played % len(self.parameters.topics)

    @property
    def labels(self) -> dict[str, str]:
        """The answers to this round's question."""
        return {option: option for option in self.parameters.topics[self._topic][1]}

    def listed_to(self, role: str) -> list[str]:
        """Return the answers in the order in which this member sees them."""
        return self._orders.get(role) or super().listed_to(role)

    def explain(self, role: str) -> list[str]:
        """Return the decisions and payoffs, the same for all members."""
        parameters = self.parameters
        return [
            "In each round, the host asks a question that has no right or wrong answer, and every contestant "
            "chooses one of the answers that the host lists. All contestants choose at the same time.",
            f"You get {measured(parameters.match, parameters.unit)} for every other contestant who chooses the "
            f"same answer as you, and another {measured(parameters.unanimous, parameters.unit)} if all "
            "contestants choose the same answer.",
        ]

    def question(self, role: str) -> str:
        """Return the question of this round with its answers."""
        return f"{self.parameters.topics[self._topic][0]} Choose one: {', '.join(self.listed_to(role))}."

    async def step(self) -> Step:
        """Shuffle the answers for each member, then play the round."""
        if self.parameters.shuffled:
            options = list(self.labels)
            self._orders = {role: self.random.sample(options, len(options)) for role in self.members}
        return await super().step()

    def paid(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, float]:
        """Points for everyone who said the same, more if that were all."""
        parameters = self.parameters
        bonus = parameters.unanimous if max(counts.values()) == len(self.members) else 0.0
        return {role: (counts[choice] - 1) * parameters.match + bonus for role, choice in choices.items()}


REALITY_SHOW: Final = Scenario(
    name="reality-show",
    example=("strategy/salient-option", "strategy/salient-option", "strategy/random-option"),
    summary="Candidates answer questions that have no right answer, and are paid for answering alike.",
    environment=RealityShow,
    parameters=ShowParameters(),
    metrics=("choice_agreement", *METRICS),
    source="Schelling, T. (1960). The Strategy of Conflict. Harvard University Press.",
)
