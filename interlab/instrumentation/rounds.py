"""Rounds as other code plays them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as otel_context

from interlab.errors import UsageError
from interlab.instrumentation.context import attached, within
from interlab.instrumentation.games import number as as_number
from interlab.instrumentation.games import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from interlab.instrumentation.turns import Table, TracedTurn
    from interlab.schema.episode import Purpose
    from interlab.tracing.recorder import RoundRecorder

ROUND: Final = otel_context.create_key("interlab.trace.round")


class TracedRound:
    """A round that other code plays; every method may be called from any thread.

    Attributes:
        number: Which round of its episode this is, from 1.
    """

    def __init__(self, number: int, table: Table, paid: Callable[[str, float], None]) -> None:
        self.number: Final = number
        self._table = table
        self._paid = paid
        self._context = otel_context.Context()
        self._actions: dict[str, Any] = {}
        self._payoffs: dict[str, float] = {}
        self._facts: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._is_over = False

    @contextmanager
    def turn(
        self,
        role: str,
        *,
        prompt: str | None = None,
        purpose: Purpose = "action",
        observations: Sequence[str] = (),
    ) -> Generator[TracedTurn]:
        """Record, for the length of the block, that a player is asked something.

        What other instrumentations record in the block nests below the turn; a model call there counts as the
        player's. A block that ends without :meth:`TracedTurn.answered` counts as answered, validly: by the
        player's :meth:`action` if that is told within the block.

        Args:
            role: Who is asked.
            prompt: What it is asked.
            purpose: ``action``, ``message`` or ``thought``.
            observations: What it has learnt since it was last asked.
        """
        self._check_open()
        with (
            self._here(),
            self._table.turn(role, prompt, purpose, observations) as turn,
        ):
            yield turn

    def action(self, role: str, action: object) -> None:
        """Say what a player did; ``None`` if it made no valid move.

        Args:
            role: Who.
            action: A name, a number or an object: plain values, a dataclass, a pydantic model.
        """
        self._table.check(role)
        value = plain(action, f"the action of `{role}`")
        with self._open():
            self._actions[role] = value
        turn = self._table.turn_of(role)
        if turn is not None and value is not None:
            turn.settle(value)

    def message(
        self, sender: str, receivers: str | Sequence[str], text: str, announced_action: object = None
    ) -> None:
        """Record that a player said something to others.

        Args:
            sender: Who.
            receivers: To whom.
            text: What.
            announced_action: The action that it said it would take, if it said so in a form that can be compared.
        """
        self._check_open()
        with self._here():
            self._table.say(sender, receivers, text, announced_action)

    def payoff(self, payoffs: Mapping[str, float]) -> None:
        """Say what the round paid; told several times, it adds up.

        Args:
            payoffs: Role -> payoff, in the game's own unit.
        """
        checked = {role: as_number(value, f"the payoff of `{role}`") for role, value in payoffs.items()}
        for role in checked:
            self._table.check(role)
        with self._open():
            for role, value in checked.items():
                self._payoffs[role] = self._payoffs.get(role, 0.0) + value
                self._paid(role, value)

    def facts(self, facts: Mapping[str, Any]) -> None:
        """Say what else happened in public: a stock, an offer on the table; told several times, it adds to it."""
        values = {key: plain(value, f"the fact `{key}`") for key, value in facts.items()}
        with self._open():
            self._facts |= values

    def entered(self) -> AbstractContextManager[None]:
        """Make the round current while the block runs."""
        self._context = otel_context.set_value(ROUND, self)
        return attached(self._context)

    def end(self, recorder: RoundRecorder) -> None:
        """Write down what was told, and take nothing more."""
        with self._lock:
            self._is_over = True
            if self._actions or self._payoffs or self._facts:
                order = self._table.in_order
                recorder.played(order(self._actions), order(self._payoffs), self._facts)

    @contextmanager
    def _open(self) -> Generator[None]:
        with self._lock:
            self._check_open()
            yield

    def _check_open(self) -> None:
        if self._is_over:
            raise UsageError(f"round {self.number} has ended: record within its block")

    def _here(self) -> AbstractContextManager[None]:
        return within(ROUND, self, self._context)
