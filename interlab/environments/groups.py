"""Base of group games: members, rounds, and talk before a decision."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import Field

from interlab.environments.base import WORDS, Environment, Parameters, Result
from interlab.environments.templates import template
from interlab.situations import Announcement, Query
from interlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import EndReason, Json
    from interlab.situations import Participant, Situation

NAMES: Final = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")
"""Names of members, in seat order."""


class GroupParameters(Parameters):
    """Parameters that every game of a group has."""

    members: int = Field(default=4, ge=2, le=len(NAMES))
    rounds: int = Field(default=10, ge=1)
    horizon_known: bool = True
    """State the number of rounds in the rules."""
    talk: bool = False
    """Let each member send a message to all others before each round, one after another."""
    framing: Annotated[str, template("role", "members", "names")] = (
        "You are {role}, one of the {members} members of a group: {names}."
    )
    """First words of the rules; ``{role}``, ``{members}`` and ``{names}`` are replaced."""
    unit: str = Field(default="points", min_length=1)
    """Unit of payoffs, in the plural."""
    aim: Annotated[str, template("role", "members", "names", "unit")] = (
        "Your goal is to earn as many {unit} as possible over the whole game."
    )
    """Last words of the rules; ``{role}``, ``{members}``, ``{names}`` and ``{unit}`` are replaced."""


G = TypeVar("G", bound=GroupParameters)


class GroupGame(Environment[G]):
    """A game of several members who decide at the same time, round after round."""

    round_word: str = "round"
    """Noun for a round in the members' texts."""

    def __init__(self, parameters: G, actors: dict[str, Participant], seed: int) -> None:
        super().__init__(parameters, actors, seed)
        self.members = self.roles(parameters)
        self.totals = dict.fromkeys(self.members, 0.0)

    @classmethod
    def roles(cls, parameters: G) -> tuple[str, ...]:
        """As many members as there are."""
        return NAMES[: parameters.members]

    @classmethod
    def further_metrics(cls, parameters: G) -> tuple[str, ...]:
        """Return the metrics of talk, if there is talk."""
        return WORDS if parameters.talk else ()

    @abstractmethod
    def explain(self, role: str) -> list[str]:
        """Return the rules between framing and duration, a paragraph each."""

    @abstractmethod
    def situation_of(self, role: str) -> Situation:
        """Return the situation of this member before it decides."""

    @abstractmethod
    def announced_by(self, role: str) -> Any:
        """Return the type of an announcement of an action, for talk."""

    def action_of(self, announced: Any) -> Json:
        """The action that an announcement names."""
        return announced

    def rules(self, role: str) -> str:
        """Return the rules: framing, decisions and payoffs, duration, aim."""
        parameters = self.parameters
        names = {"role": role, "members": parameters.members, "names": ", ".join(self.members)}
        lines = [
            parameters.framing.format(**names),
            *self.explain(role),
            self.duration(),
        ]
        if parameters.talk:
            lines.append(
                f"Before each {self.round_word}, each of you may send one message to all the others, one after "
                "another. Messages are not binding."
            )
        lines.append(parameters.aim.format(**names, unit=parameters.unit))
        return "\n".join(lines)

    def duration(self) -> str:
        """Return the sentence about the number of rounds."""
        if self.parameters.horizon_known:
            return f"The game lasts {counted(self.parameters.rounds, self.round_word)}."
        return f"You will not be told how many {self.round_word}s there are."

    def heading(self) -> str:
        """Return the number of the coming round, in words."""
        of = f" of {self.parameters.rounds}" if self.parameters.horizon_known else ""
        return f"{self.round_word.capitalize()} {self.rounds_played + 1}{of}."

    @property
    def horizon(self) -> int | None:
        """Number of rounds, if the members know it."""
        return self.parameters.rounds if self.parameters.horizon_known else None

    async def talk(self) -> None:
        """Let every member speak to all others, in an order that moves on by one seat each round."""
        if not self.parameters.talk:
            return
        first = self.rounds_played % len(self.members)
        for role in (*self.members[first:], *self.members[:first]):
            query = Query(
                prompt=f"{self.heading()} What message do you send to the others before everyone decides?",
                expected_type=self.announced_by(role),
                purpose="message",
                situation=self.situation_of(role),
            )
            said: Announcement | None = (await self.ask({role: query}))[role]
            if said is not None and said.message:
                announced = None if said.announced_action is None else self.action_of(said.announced_action)
                self.say(role, self.others(role), said.message, announced)

    def others(self, role: str) -> Sequence[str]:
        """The other members, in seat order."""
        return [other for other in self.members if other != role]

    def pay(self, payoffs: dict[str, float]) -> None:
        """Add a round's payoffs to the totals."""
        for role, payoff in payoffs.items():
            self.totals[role] += payoff

    @property
    def is_finished(self) -> bool:
        """After the last round."""
        return self.rounds_played >= self.parameters.rounds

    @property
    def end_reason(self) -> EndReason:
        """Reason of the end."""
        return "completed"

    @property
    def result(self) -> Result:
        """Total payoffs of all members."""
        return Result(outcome=self.outcome(), payoffs=dict(self.totals), end_reason=self.end_reason)

    def outcome(self) -> dict[str, Json]:
        """Return the outcome as JSON."""
        return {"rounds": self.rounds_played}
