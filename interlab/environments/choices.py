"""Games in which all members of a group choose one of several options at once, and the counts pay."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from interlab.environments.base import HEALTH, Step
from interlab.environments.groups import GroupGame, GroupParameters
from interlab.situations import ChoiceSituation, Query, announcement_of
from interlab.wording import measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.schema.episode import Json
    from interlab.situations import Participant

METRICS: Final = ("mean_payoff", "payoff_efficiency", "payoff_gini", *HEALTH)
"""Metrics of every game of this kind."""

C = TypeVar("C", bound=GroupParameters)


class ChoiceGame(GroupGame[C]):
    """A group game of one choice per round. A member without a valid choice is not counted."""

    situation = ChoiceSituation
    cooperate: str | None = None
    """The option that counts as cooperation, if one does."""

    def __init__(self, parameters: C, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self._own: dict[str, list[str | None]] = {role: [] for role in self.members}
        self._counts: list[dict[str, int]] = []

    @property
    @abstractmethod
    def labels(self) -> dict[str, str]:
        """Options of this round: canonical name -> name that the members see."""

    def listed_to(self, role: str) -> list[str]:
        """Return the options in the order in which this member sees them."""
        return list(self.labels)

    @abstractmethod
    def question(self, role: str) -> str:
        """Return the question of this round."""

    @abstractmethod
    def paid(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, float]:
        """Return the payoffs of the round.

        Args:
            choices: Role -> option, of those who chose.
            counts: Option -> how many chose it.
        """

    def facts(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, Json]:
        """Return further facts of the round."""
        return {}

    def default(self) -> str | None:
        """Return the option that the policy "default" takes."""
        return self.cooperate and next(option for option in self.labels if option != self.cooperate)

    async def step(self) -> Step:
        """Talk, choose, count, pay and report."""
        await self.talk()
        labels = self.labels
        by_label = {label: option for option, label in labels.items()}
        default = self.default()
        answers = await self.ask(
            {
                role: Query(
                    prompt=f"{self.heading()} {self.question(role)}",
                    expected_type=Literal[self._labels_for(role)],
                    situation=self.situation_of(role),
                    default=None if default is None else labels[default],
                )
                for role in self.members
            }
        )
        actions = {role: None if answer is None else by_label[answer] for role, answer in answers.items()}
        choices = {role: action for role, action in actions.items() if action is not None}
        found = Counter(choices.values())
        counts = {option: found[option] for option in labels}
        payoffs = dict.fromkeys(self.members, 0.0) | self.paid(choices, counts)
        facts: dict[str, Json] = {"count": dict(counts.items()), **self.facts(choices, counts)}
        self._tell_counts(actions, counts, payoffs)
        self.rounds_played += 1
        self._counts.append(counts)
        for role, action in actions.items():
            self._own[role].append(action)
        self.pay(payoffs)
        return Step(dict(actions), payoffs, facts)

    def _labels_for(self, role: str) -> tuple[str, ...]:
        labels = self.labels
        return tuple(labels[option] for option in self.listed_to(role))

    def _tell_counts(
        self, actions: Mapping[str, str | None], counts: Mapping[str, int], payoffs: Mapping[str, float]
    ) -> None:
        labels = self.labels
        told = ", ".join(f"{labels[option]} {count}" for option, count in counts.items())
        for role, action in actions.items():
            chose = "made no valid choice" if action is None else f"chose {labels[action]}"
            self.tell(
                (role,),
                f"Round {self.rounds_played + 1}: you {chose}. Choices in this round: {told}. You got "
                f"{measured(payoffs[role], self.parameters.unit)}.",
            )

    def situation_of(self, role: str) -> ChoiceSituation:
        """Return the situation of a member before it chooses."""
        return ChoiceSituation(
            options=tuple(self.listed_to(role)),
            labels=self.labels,
            cooperate=self.cooperate,
            members=len(self.members),
            own=self._own[role],
            counts=self._counts,
            round=self.rounds_played + 1,
            horizon=self.horizon,
        )

    def announced_by(self, role: str) -> Any:
        """Return the type of a choice."""
        return announcement_of(self._labels_for(role))

    def action_of(self, announced: Any) -> Json:
        """Return the option with a label."""
        return next(option for option, label in self.labels.items() if label == announced)


def labelled(options: tuple[str, ...], labels: Mapping[str, str]) -> dict[str, str]:
    """Return the names that the members see: the option's name where it has no label."""
    return {option: labels.get(option, option) for option in options}


def check_labels(options: tuple[str, ...], labels: Mapping[str, str]) -> None:
    """Check the labels of options.

    Raises:
        ValueError: A label names no option, is empty, or is another's.
    """
    if unknown := set(labels) - set(options):
        raise ValueError(f"labels name no option: {', '.join(sorted(unknown))}")
    shown = labelled(options, labels).values()
    if len(set(shown)) < len(options) or not all(shown):
        raise ValueError("labels must differ and not be empty")
