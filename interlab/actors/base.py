"""What every actor is: it observes, and it answers queries on the record.

An actor of one's own derives from :class:`Actor` and implements :meth:`Actor.reply`; observing, recording and
the policy for invalid answers are here.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from interlab.errors import InvalidAnswerError
from interlab.queries import to_json
from interlab.tracing.recorder import record_told, record_turn

if TYPE_CHECKING:
    from interlab.schema.episode import Handling
    from interlab.situations import Observation, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidPolicy:
    """What happens when an actor gives no valid answer.

    Attributes:
        attempts: How often an actor may try, at least 1.
        then: After the last attempt: the role loses its move, the scenario's default action is taken, or the
            episode fails.
    """

    attempts: int = 3
    then: Literal["forfeit", "default", "fail"] = "forfeit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How an actor answered.

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
    """Whoever acts in a role.

    Args:
        role: The seat's name.
        player: The player spec that filled the seat.
        policy: What happens when there is no valid answer.
    """

    waits: ClassVar[bool] = True
    """Whether answering takes time."""

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
        """The episode is over and recorded; nothing to do for an actor that nobody watches."""
        return

    def reseed(self, seed: int) -> None:
        """Draw from another random stream from here on; nothing to do for an actor that draws from none."""
        del seed

    def copy(self) -> Self:
        """A copy that lives on independently; what is expensive and stateless may be shared."""
        return copy.deepcopy(self)
