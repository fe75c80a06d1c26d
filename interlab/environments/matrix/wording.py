"""The words of a matrix game: rules, questions and reports, in the perspective of the player who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from interlab.environments.matrix.parameters import ROLES, MatrixParameters
from interlab.wording import counted, listed, plain

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
    """What one player reads.

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
        """The rules with the whole payoff table."""
        parameters, names = self.parameters, {"role": self.role, "other": self.other}
        cells = [
            f"- if you {self._verb} {self._label(own)} and {self.other} {self._verb}s {self._label(other)}, "
            f"you get {plain(ours)} and {self.other} gets {plain(theirs)}"
            for (own, other), (ours, theirs) in parameters.cells(self.seat).items()
        ]
        lines = [
            parameters.framing.format(**names),
            f"{self._order()} You are paid in {parameters.unit}:",
            ";\n".join(cells) + ".",
            *self._uncertainty(),
            self._duration(),
        ]
        if parameters.talk:
            lines.append("Before each round, each of you may say something to the other. It binds nobody.")
        lines.append(parameters.aim.format(**names, unit=parameters.unit))
        return "\n".join(lines)

    def heading(self, number: int) -> str:
        """Which round it is."""
        return f"Round {number}{self._of}."

    def announcing(self, number: int) -> str:
        """The question what to say."""
        return f"{self.heading(number)} What do you say to the other player before you both choose?"

    def choosing(self, number: int, seen: str | None) -> str:
        """The question what to choose.

        Args:
            number: The round, 1-based.
            seen: What the player sees that the other has played in it.
        """
        before = f"{self._others(seen)}. " if seen is not None else ""
        return f"{self.heading(number)} {before}Which do you choose?"

    def void(self, number: int) -> str:
        """The report of a round in which somebody made no valid choice."""
        return f"Round {number} is void: somebody made no valid choice."

    def report(self, number: int, own: Played, other: Played, paid: Sequence[float]) -> str:
        """The report of a round.

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
            return f"Round {number}: {chose}. You got {plain(paid[0])}."
        join = ", and " if own.played != own.chosen else ", "
        report = f"Round {number}: {chose}{join}{self._others(other.told)}."
        if parameters.misperception:
            return report
        return f"{report} You got {plain(paid[0])}, {self.other} got {plain(paid[1])}."

    def _order(self) -> str:
        own, others = (
            listed([self._label(action) for action in self.parameters.actions_by_seat[seat]])
            for seat in (self.seat, 1 - self.seat)
        )
        if self.parameters.order == "sequential":
            if self.seat == 0:
                return (
                    f"In each round you choose first, between {own}; then {self.other} sees what you "
                    f"{self._past} and chooses between {others}."
                )
            return (
                f"In each round {self.other} chooses first, between {others}; then you see what {self.other} "
                f"{self._past} and choose between {own}."
            )
        together = "In each round both of you choose at the same time, without seeing the other's choice,"
        if self.parameters.other_actions is None:
            return f"{together} between {own}."
        return f"{together} you between {own}, {self.other} between {others}."

    def _uncertainty(self) -> list[str]:
        parameters = self.parameters
        lines: list[str] = []
        if parameters.noise and parameters.noise_known:
            lines.append(
                f"With probability {plain(parameters.noise)}, another action than the one chosen is played, for "
                "each of you independently; what is played is what counts."
            )
        match parameters.history:
            case "own":
                lines.append(f"After a round you are told what you got, but not what {self.other} {self._past}.")
            case "none":
                lines.append("You are told neither what was played in a round nor what you got.")
            case "public" if parameters.misperception:
                lines.append(
                    f"What you are told of {self.other}'s action is wrong with probability "
                    f"{plain(parameters.misperception)}. You are not told what you got."
                )
            case "public":
                pass
        return lines

    def _duration(self) -> str:
        parameters = self.parameters
        if parameters.continuation is not None:
            probability = plain(parameters.continuation)
            most = counted(parameters.rounds, "round")
            return f"After each round there is another one with probability {probability}, up to {most}."
        if parameters.horizon_known:
            return f"The game lasts {counted(parameters.rounds, 'round')}."
        return "You are not told how many rounds there are."

    def _others(self, told: str) -> str:
        """What the player is told that the other did."""
        seems = "it seems that " if self.parameters.misperception else ""
        return f"{seems}{self.other} {self._past} {self._label(told)}"

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
