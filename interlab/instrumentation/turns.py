"""Turns and messages as other code plays them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from interlab.errors import UsageError
from interlab.instrumentation.games import plain
from interlab.tracing.recorder import record_message, record_told, record_turn

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from interlab.schema.episode import Handling, Purpose


class TracedTurn:
    """One query to one player, while it is being answered."""

    def __init__(self, recorder: record_turn, purpose: Purpose) -> None:
        self.purpose: Final = purpose
        self._recorder = recorder
        self._is_answered = False

    def answered(
        self,
        action: object,
        *,
        valid: bool = True,
        attempts: int = 1,
        handling: Handling = "none",
        thought: str | None = None,
    ) -> None:
        """Say what the player answered, and how that was come by.

        Args:
            action: The answer: plain values, a dataclass, a pydantic model.
            valid: Whether the first attempt was valid.
            attempts: How many it took.
            handling: What became of an invalid answer.
            thought: The player's private reasoning.
        """
        self._is_answered = True
        self._recorder.answered(
            plain(action, "an answer"), valid=valid, attempts=attempts, handling=handling, thought=thought
        )

    def settle(self, action: object = None) -> None:
        """Take what was done, or a block that did not fail, for a valid answer, unless one was told."""
        if not self._is_answered:
            self.answered(action)


class Table:
    """Seats of a game and their records: the common part of a round and of the time between rounds.

    Args:
        players: Role -> player spec; ``None`` if no one knows, so that any role will do.
    """

    def __init__(self, players: Mapping[str, str] | None) -> None:
        self._players = players
        self._turns: dict[str, TracedTurn] = {}

    @contextmanager
    def turn(
        self, role: str, prompt: str | None, purpose: Purpose, observations: Sequence[str]
    ) -> Generator[TracedTurn]:
        """Record a turn below what is current."""
        self.check(role)
        player = (self._players or {}).get(role, "")
        with record_turn(role, player, purpose=purpose, prompt=prompt, observations=observations) as recorder:
            turn = self._turns[role] = TracedTurn(recorder, purpose)
            try:
                yield turn
                turn.settle()
            finally:
                if self._turns.get(role) is turn:
                    del self._turns[role]

    def turn_of(self, role: str) -> TracedTurn | None:
        """The turn in which a role is to act right now, if it is in any."""
        turn = self._turns.get(role)
        return turn if turn is not None and turn.purpose == "action" else None

    def say(self, sender: str, receivers: str | Sequence[str], text: str, announced_action: object) -> None:
        """Record a message below what is current."""
        hearers = (receivers,) if isinstance(receivers, str) else tuple(receivers)
        for role in (sender, *hearers):
            self.check(role)
        record_message(sender, hearers, text, plain(announced_action, "an announced action"))

    def tell(self, role: str, observations: Sequence[str]) -> None:
        """Record what a role was told after its last turn."""
        self.check(role)
        record_told(role, (self._players or {}).get(role, ""), observations)

    def check(self, role: str) -> None:
        """Refuse a role that no one plays.

        Raises:
            UsageError: No one does.
        """
        if self._players is not None and role not in self._players:
            known = ", ".join(f"`{each}`" for each in self._players)
            raise UsageError(f"no one plays `{role}`: the players of this episode are {known}")

    def in_order(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Texts reported to each role, in the order of the seats."""
        seats = told if self._players is None else self._players
        return {role: told[role] for role in seats if role in told}
