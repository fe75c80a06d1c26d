"""The minority game: an odd number of members choose between two sides, and the smaller one wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import Field, model_validator

from interlab.environments.balances import Balance, paid
from interlab.environments.base import Scenario
from interlab.environments.choices import METRICS, ChoiceGame, check_labels, labelled
from interlab.environments.groups import NAMES, GroupParameters
from interlab.wording import listed, measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from interlab.schema.episode import Episode, Json


class MinorityParameters(GroupParameters):
    """Parameters of a minority game."""

    members: int = Field(default=5, ge=3, le=len(NAMES))
    labels: dict[str, str] = Field(default_factory=dict)
    """Names that the members see for the options A and B."""

    @model_validator(mode="after")
    def _odd(self) -> Self:
        if self.members % 2 == 0:
            raise ValueError("members must be odd, so that there is a minority")
        check_labels(("A", "B"), self.labels)
        return self


class MinorityGame(ChoiceGame[MinorityParameters]):
    """Two options; the members on the smaller side are paid."""

    @classmethod
    def game(cls, parameters: MinorityParameters) -> dict[str, Json]:
        """Return the options, and the smallest and largest joint payoff of a round."""
        return {
            "kind": "n-player-choice",
            "actions": ["A", "B"],
            "players": parameters.members,
            "cooperate": None,
            "welfare": [0.0, float((parameters.members - 1) // 2)],
            "horizon": parameters.rounds,
            "horizon_known": parameters.horizon_known,
        }

    @classmethod
    def balances(cls, parameters: MinorityParameters, episode: Episode) -> Iterator[Balance]:
        """A round pays one point to each on the smaller side."""
        for each in episode.rounds:
            sides = [list(each.actions.values()).count(side) for side in ("A", "B")]
            yield paid(each, 0 if sides[0] == sides[1] else min(sides))

    @property
    def labels(self) -> dict[str, str]:
        """Two sides."""
        return labelled(("A", "B"), self.parameters.labels)

    def explain(self, role: str) -> list[str]:
        """Return the decisions and payoffs, the same for all members."""
        return [
            f"In each round, every member chooses between {listed(list(self.labels.values()))}. All members "
            "choose at the same time. Every member who chose the option that fewer members chose gets "
            f"{measured(1, self.parameters.unit)}. All other members get 0."
        ]

    def question(self, role: str) -> str:
        """Return the question."""
        return "Which option do you choose?"

    def paid(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, float]:
        """One point for the smaller side; nothing when both are equally large."""
        winners = self._winners(choices, counts)
        return {role: float(role in winners) for role in self.members}

    def facts(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, Json]:
        """Return the members on the smaller side."""
        return {"winners": list[Any](self._winners(choices, counts))}

    def _winners(self, choices: Mapping[str, str], counts: Mapping[str, int]) -> list[str]:
        if counts["A"] == counts["B"]:
            return []
        smaller = "A" if counts["A"] < counts["B"] else "B"
        return [role for role, choice in choices.items() if choice == smaller]


MINORITY_GAME: Final = Scenario(
    name="minority-game",
    summary="An odd number of members choose between two sides; the smaller side wins.",
    example=("strategy/minority-seeker",),
    environment=MinorityGame,
    parameters=MinorityParameters(),
    metrics=("attendance_variance", *METRICS),
    source="Challet, D. & Zhang, Y.-C. (1997). Emergence of cooperation and organization in an evolutionary game. "
    "Physica A 246, 407-418.",
)
