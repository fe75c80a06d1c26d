"""Bases of actors and players.

An :class:`Actor` observes and answers queries for one episode; a :class:`Player` creates an actor for each
episode; a :class:`PlayerSource` makes the players of one prefix. A class of actors derives from :class:`Actor` and
implements :meth:`Actor.reply`; observing, recording and the policy for invalid answers are here.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, runtime_checkable

from interlab.errors import InvalidAnswerError, UsageError
from interlab.queries import to_json
from interlab.schema.episode import Seat
from interlab.tracing.recorder import record_told, record_turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.player_spec import PlayerSpec
    from interlab.schema.episode import Handling
    from interlab.situations import Observation, Query, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidPolicy:
    """Policy for actors that give no valid answer.

    Attributes:
        attempts: How often an actor may try, at least 1.
        then: After the last attempt: the role loses its move, the scenario's default action is taken, or the
            episode fails.
    """

    attempts: int = 3
    then: Literal["forfeit", "default", "fail"] = "forfeit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer of an actor with its attempts.

    Attributes:
        value: The typed answer, or ``None`` if no attempt was valid.
        attempts: How many attempts it took.
        valid: Whether the first was valid.
        thought: What the actor thought privately, if it says.
        problem: Why the last attempt was invalid.
    """

    value: Any
    attempts: int = 1
    valid: bool = True
    thought: str | None = None
    problem: str | None = None


class Actor(ABC):
    """An actor in a role.

    Args:
        role: The seat's name.
        player: The player spec that filled the seat.
        policy: What happens when there is no valid answer.
    """

    waits: ClassVar[bool] = True
    """True if answering takes time."""

    def __init__(self, role: str, player: str, policy: InvalidPolicy | None = None) -> None:
        self.role = role
        self.player = player
        self.policy = policy or InvalidPolicy()
        self._unread: list[str] = []

    def observe(self, observation: Observation) -> None:
        """Take something in."""
        self._unread.append(observation.text)

    async def query(self, query: Query) -> Any:
        """Answer a question, on the record.

        Returns:
            A value of the expected type, or ``None`` if the role forfeits.

        Raises:
            InvalidAnswerError: There was no valid answer and the policy is to fail.
        """
        unread, self._unread = self._unread, []
        with record_turn(
            self.role, self.player, purpose=query.purpose, prompt=query.prompt, observations=unread
        ) as turn:
            reply = await self.reply(query)
            value, handling = self._handle(query, reply)
            turn.answered(
                to_json(value),
                valid=reply.valid,
                attempts=reply.attempts,
                handling=handling,
                thought=reply.thought,
            )
            if handling == "fail":
                raise InvalidAnswerError(
                    f"`{self.role}` ({self.player}) gave no valid answer in {reply.attempts} attempts: "
                    f"{reply.problem}"
                )
        return value

    def leave(self) -> None:
        """Put on the record what it was told after its last question."""
        if self._unread:
            record_told(self.role, self.player, self._unread)
            self._unread = []

    def _handle(self, query: Query, reply: Reply) -> tuple[Any, Handling]:
        if reply.value is not None:
            return reply.value, "none" if reply.valid else "retried"
        if self.policy.then == "default" and query.default is not None:
            return query.default, "default"
        return None, "fail" if self.policy.then == "fail" else "forfeit"

    @abstractmethod
    async def reply(self, query: Query) -> Reply:
        """Find the answer to a query."""

    async def goodbye(self) -> None:
        """The episode is over and recorded; nothing to do for an actor that no one watches."""
        return

    def reseed(self, seed: int) -> None:
        """Draw from another random stream from here on; nothing to do for an actor that draws from none."""
        del seed

    def copy(self) -> Self:
        """A copy that lives on independently; what is expensive and stateless may be shared."""
        return copy.deepcopy(self)


class Player(ABC):
    """A player that can fill a seat, again and again.

    Attributes:
        spec: The player spec, as the user wrote it.
        kind: Kind of actor: ``llm``, ``strategy``, ``negotiator``, ``human``, ...
        model: Provider and model of a language model.
        plays: The situations it can decide in; ``None`` for any.
        at_terminal: Whether it needs the terminal: then it is one episode at a time, and no progress is shown.
    """

    model: str | None = None
    plays: type[Situation] | None = None
    at_terminal: bool = False

    def __init__(self, spec: str, kind: str) -> None:
        self.spec = spec
        self.kind = kind

    @abstractmethod
    def create_actor(self, role: str, seed: int, policy: InvalidPolicy) -> Actor:
        """Create the actor of one episode."""

    def seat(self, role: str) -> Seat:
        """Describe the player in a role, for the record."""
        return Seat(role=role, player=self.spec, kind=self.kind, model=self.model)

    def validate(self, scenario: str, situation: type[Situation], opening: Situation | None) -> None:
        """Make sure, as far as that can be known before, that the player can play a scenario.

        Args:
            scenario: The scenario's name, for the message.
            situation: The situations that it asks for decisions in.
            opening: Its first situation, where the parameters alone say what that is.

        Raises:
            UsageError: The player cannot play it.
        """
        cannot = f"`{self.spec}` cannot play `{scenario}`"
        if self.plays is not None and not issubclass(situation, self.plays):
            raise UsageError(f"{cannot}: it is made for {self.plays.games}")
        if opening is not None:
            try:
                self.validate_opening(opening)
            except UsageError as error:
                raise UsageError(f"{cannot} as it is given: {error}") from None

    def validate_opening(self, situation: Situation) -> None:
        """Try the opening of a game; by default, any will do.

        Raises:
            UsageError: The player cannot play it.
        """
        del situation

    def raise_if_unavailable(self) -> None:
        """Raise if an earlier call has shown that no call can succeed; by default, do nothing.

        Raises:
            ModelUnavailableError: The player cannot play further episodes.
        """
        return

    async def check(self) -> None:
        """Find out before a run whether the player can play; by default, it can.

        Raises:
            ModelUnavailableError: It cannot.
        """
        return

    async def close(self) -> None:
        """Release the player's resources; by default, it has none."""
        return


@runtime_checkable
class PlayerSource(Protocol):
    """Source of the players of one prefix: the object that an entry point of ``interlab.actors`` names."""

    def players(self) -> Mapping[str, str]:
        """Player spec -> summary, of those that can be listed."""
        ...

    def player(self, spec: PlayerSpec) -> Player:
        """Make a player.

        Raises:
            UsageError: There is no such player, or an option is wrong.
        """
        ...
