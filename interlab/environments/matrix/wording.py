"""Texts of a matrix game: rules, questions and reports, from the perspective of the player who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from interlab.environments.matrix.parameters import ROLES, MatrixParameters
from interlab.wording import counted, listed, measured, plain, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One player's side of a round.

    Attributes:
        chosen: What it chose.
        played: What was played, after noise.
        told: What the other is told it played.
    """

    chosen: str
    played: str
    told: str


@dataclass(frozen=True)
class Wording:
    """Texts for one player.

    Attributes:
        parameters: Of the game.
        seat: The player's, 0 or 1.
    """

    parameters: MatrixParameters
    seat: int

    @cached_property
    def role(self) -> str:
        """The player."""
        return ROLES[self.seat]

    @cached_property
    def other(self) -> str:
        """The other player."""
        return ROLES[1 - self.seat]

    def rules(self) -> str:
        """Return the rules with the whole payoff table."""
        parameters, names = self.parameters, {"role": self.role, "other": self.other}
        cells = [
            f"- If you {self._verb} {self._label(own)} and {self.other} {self._verb}s {self._label(other)}, "
            f"you get {plain(ours)} and {self.other} gets {plain(theirs)}."
            for (own, other), (ours, theirs) in parameters.cells(self.seat).items()
        ]
        lines = [
            parameters.framing.format(**names),
            self._order(),
            f"These are the payoffs of a round, in {parameters.unit}:",
            *cells,
            *self._uncertainty(),
            self._duration(),
        ]
        if parameters.talk:
            lines.append(
                "Before each round, each of you may send one message to the other. Messages are not binding."
            )
        lines.append(parameters.aim.format(**names, unit=parameters.unit))
        return "\n".join(lines)

    def heading(self, number: int) -> str:
        """Return the number of the round, in words."""
        return f"Round {number}{self._of}."

    def announcing(self, number: int) -> str:
        """Return the question for a message."""
        return f"{self.heading(number)} What message do you send to {self.other} before you both choose?"

    def choosing(self, number: int, seen: str | None) -> str:
        """Return the question for a choice.

        Args:
            number: The round, 1-based.
            seen: What the player sees that the other has played in it.
        """
        before = f"{sentence(self._others(seen))}. " if seen is not None else ""
        return f"{self.heading(number)} {before}Which action do you choose?"

    def void(self, number: int) -> str:
        """Return the report of a round in which a player made no valid choice."""
        return (
            f"Round {number} is void because at least one of you made no valid choice. Neither of you gets any "
            f"{self.parameters.unit}."
        )

    def report(self, number: int, own: Played, other: Played, paid: Sequence[float]) -> str:
        """Return the report of a round.

        Args:
            number: The round, 1-based.
            own: The player's side.
            other: The other's side.
            paid: Own payoff, the other's payoff.
        """
        parameters = self.parameters
        if parameters.history == "none":
            return f"Round {number} is over."
        chose = f"you chose {self._label(own.chosen)}"
        if own.played != own.chosen:
            chose += f", but {self._label(own.played)} was played"
        if parameters.history == "own":
            return f"Round {number}: {chose}. You got {self._paid(paid[0])}."
        if parameters.misperception:
            return f"Round {number}: {chose}. {sentence(self._others(other.told))}."
        join = ", and " if own.played != own.chosen else " and "
        report = f"Round {number}: {chose}{join}{self._others(other.told)}."
        return f"{report} You got {self._paid(paid[0])} and {self.other} got {self._paid(paid[1])}."

    def _order(self) -> str:
        own, others = (
            listed([self._label(action) for action in self.parameters.actions_by_seat[seat]])
            for seat in (self.seat, 1 - self.seat)
        )
        if self.parameters.order == "sequential":
            if self.seat == 0:
                return (
                    f"In each round, you choose first, between {own}. Then {self.other} sees what you "
                    f"{self._past} and chooses between {others}."
                )
            return (
                f"In each round, {self.other} chooses first, between {others}. Then you see what {self.other} "
                f"{self._past} and choose between {own}."
            )
        together = "at the same time, without seeing the other's choice"
        if self.parameters.other_actions is None:
            return f"In each round, both of you choose between {own}, {together}."
        return f"In each round, you choose between {own} and {self.other} between {others}, {together}."

    def _uncertainty(self) -> list[str]:
        parameters = self.parameters
        lines: list[str] = []
        if parameters.noise and parameters.noise_known:
            lines.append(
                f"With probability {plain(parameters.noise)}, independently for each of you, a different action "
                "is played instead of the chosen one. The actions that are played determine the payoffs."
            )
        match parameters.history:
            case "own":
                lines.append(
                    f"After each round, you learn your own payoff, but not what {self.other} {self._past}."
                )
            case "none":
                lines.append("After each round, you learn neither what was played nor your payoff.")
            case "public" if parameters.misperception:
                lines.append(
                    f"After each round, you learn what {self.other} {self._past}, but this information is wrong "
                    f"with probability {plain(parameters.misperception)}. You do not learn your payoff."
                )
            case "public":
                pass
        return lines

    def _duration(self) -> str:
        parameters = self.parameters
        if parameters.continuation is not None:
            probability = plain(parameters.continuation)
            most = counted(parameters.rounds, "round")
            return f"After each round, there is another round with probability {probability}, up to {most} in all."
        if parameters.horizon_known:
            return f"The game lasts {counted(parameters.rounds, 'round')}."
        return "You will not be told how many rounds there are."

    def _others(self, told: str) -> str:
        """Return the clause about the other player's action."""
        source = "according to your information, " if self.parameters.misperception else ""
        return f"{source}{self.other} {self._past} {self._label(told)}"

    def _paid(self, payoff: float) -> str:
        return measured(payoff, self.parameters.unit)

    @cached_property
    def _of(self) -> str:
        horizon = self.parameters.horizon
        return "" if horizon is None else f" of {horizon}"

    @cached_property
    def _verb(self) -> str:
        return "play" if self.parameters.noise else "choose"

    @cached_property
    def _past(self) -> str:
        return "played" if self.parameters.noise else "chose"

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {action: self.parameters.label(action) for action in self.parameters.all_actions}

    def _label(self, action: str) -> str:
        return self._labels[action]
