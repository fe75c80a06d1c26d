"""A step-level public good: a prize for all, once enough members of a group pay for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from pydantic import Field, model_validator

from interlab.environments.balances import Balance, paid
from interlab.environments.base import PROMISES, Scenario
from interlab.environments.choices import METRICS, ChoiceGame, check_labels, labelled
from interlab.environments.groups import NAMES, GroupParameters
from interlab.wording import measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from interlab.schema.episode import Episode, Json


class CollectiveActionParameters(GroupParameters):
    """Parameters of a step-level public good; money in points."""

    members: int = Field(default=5, ge=2, le=len(NAMES))
    threshold: int = Field(default=3, ge=1)
    """Number of contributions needed."""
    cost: float = Field(default=5, gt=0)
    """Cost of contributing, whether the threshold is met or not."""
    prize: float = Field(default=10, gt=0)
    """Payment to each member if the threshold is met."""
    endowment: float = Field(default=5, ge=0)
    """Endowment of each member in each round."""
    labels: dict[str, str] = Field(default_factory=lambda: {"C": "X", "D": "Y"})
    """Names that the members see for contributing (C) and not contributing (D)."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.threshold > self.members:
            raise ValueError(f"threshold must not be above the number of members ({self.members})")
        check_labels(("C", "D"), self.labels)
        return self


class CollectiveAction(ChoiceGame[CollectiveActionParameters]):
    """A prize for all, once enough of them pay for it."""

    cooperate = "C"

    @classmethod
    def game(cls, parameters: CollectiveActionParameters) -> dict[str, Json]:
        """Return the threshold, and the smallest and largest joint payoff of a round."""
        members, threshold, cost = parameters.members, parameters.threshold, parameters.cost
        sums = [
            members * (parameters.endowment + (parameters.prize if paid >= threshold else 0)) - paid * cost
            for paid in range(members + 1)
        ]
        return {
            "kind": "n-player-choice",
            "actions": ["C", "D"],
            "players": members,
            "cooperate": "C",
            "threshold": threshold,
            "welfare": [min(sums), max(sums)],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    @classmethod
    def further_metrics(cls, parameters: CollectiveActionParameters) -> tuple[str, ...]:
        """Return the metrics of promises, if there is talk."""
        return PROMISES if parameters.talk else ()

    @classmethod
    def balances(cls, parameters: CollectiveActionParameters, episode: Episode) -> Iterator[Balance]:
        """A round pays the endowments, and the prizes if there are any, less the costs."""
        for each in episode.rounds:
            paying = list(each.actions.values()).count("C")
            prize = parameters.prize if paying >= parameters.threshold else 0.0
            yield paid(each, parameters.members * (parameters.endowment + prize) - paying * parameters.cost)

    @property
    def labels(self) -> dict[str, str]:
        """Contribute or not."""
        return labelled(("C", "D"), self.parameters.labels)

    def explain(self, role: str) -> list[str]:
        """Return the decisions and payoffs, the same for all members."""
        parameters, labels, unit = self.parameters, self.labels, self.parameters.unit
        return [
            f"In each round, every member has {measured(parameters.endowment, unit)} and chooses between "
            f"{labels['C']} and {labels['D']}. All members choose at the same time. Choosing {labels['C']} costs "
            f"{measured(parameters.cost, unit)}. Choosing {labels['D']} costs nothing.",
            f"If at least {parameters.threshold} of the {parameters.members} members choose {labels['C']}, every "
            f"member gets another {measured(parameters.prize, unit)}, regardless of their own choice. Otherwise, "
            "no one gets anything more, and the costs are not refunded.",
        ]

    def question(self, role: str) -> str:
        """Return the question."""
        return "Which option do you choose?"

    def paid(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, float]:
        """Endowment, prize if there is one, less the cost. Who forfeits pays no cost."""
        parameters = self.parameters
        prize = parameters.prize if counts["C"] >= parameters.threshold else 0.0
        return {
            role: parameters.endowment + prize - (parameters.cost if choices.get(role) == "C" else 0.0)
            for role in self.members
        }

    def facts(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, Json]:
        """Return the fact that enough members contributed, or not."""
        return {"met": counts["C"] >= self.parameters.threshold}


COLLECTIVE_ACTION: Final = Scenario(
    name="collective-action",
    example=("strategy/volunteer?p=0.6",),
    summary="A prize for everybody if enough members pay for it; each would rather have the others pay.",
    environment=CollectiveAction,
    parameters=CollectiveActionParameters(),
    metrics=("collective_success", "cooperation_rate", *METRICS),
    source="Palfrey, T. & Rosenthal, H. (1984). Participation and the provision of discrete public goods. "
    "Journal of Public Economics 24, 171-193.",
)
