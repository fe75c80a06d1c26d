"""Episodes as other code plays them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, get_args

from opentelemetry import context as otel_context

from interlab.errors import UsageError
from interlab.instrumentation.context import attached, within
from interlab.instrumentation.games import number as as_number
from interlab.instrumentation.games import plain
from interlab.instrumentation.rounds import TracedRound
from interlab.instrumentation.turns import Table, TracedTurn
from interlab.schema.episode import EndReason
from interlab.tracing.recorder import record_round

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from interlab.schema.episode import Purpose
    from interlab.tracing.recorder import EpisodeRecorder

EPISODE: Final = otel_context.create_key("interlab.trace.episode")
_END_REASONS: Final = get_args(EndReason)


class RunHandle(Protocol):
    """The run of an episode, as the episode's code sees it."""

    @property
    def id(self) -> str:
        """The run's id."""
        ...

    @property
    def path(self) -> Path:
        """The run's directory."""
        ...


class TracedEpisode:
    """An episode that other code plays; every method may be called from any thread.

    Attributes:
        run: The run it belongs to; ``None`` if it is not recorded.
        id: Its id; empty for one that is not recorded.
        seed: Its seed, for whatever is drawn by chance in it.

    Args:
        run: The run.
        id: The episode's id.
        seed: Its seed.
        players: Role -> player spec, in seat order; ``None`` if no one knows.
    """

    def __init__(
        self,
        run: RunHandle | None = None,
        *,
        id: str = "",  # noqa: A002  as elsewhere
        seed: int = 0,
        players: Mapping[str, str] | None = None,
    ) -> None:
        self.run: Final = run
        self.id: Final = id
        self.seed: Final = seed
        self._table = Table(players)
        self._context = otel_context.Context()
        self._rounds = 0
        self._round: TracedRound | None = None
        self._totals: dict[str, float] = {}
        self._outcome: dict[str, Any] = {}
        self._stated_totals: dict[str, float] | None = None
        self._end_reason: EndReason = "completed"
        self._is_over = False
        self._lock = threading.Lock()

    @contextmanager
    def round(self) -> Generator[TracedRound]:
        """Record a round for the length of the block; the rounds of an episode follow each other.

        Raises:
            UsageError: The round before has not ended, or the episode has.
        """
        with self._lock:
            self._check_open()
            if self._round is not None:
                raise UsageError(
                    f"round {self._round.number} has not ended: rounds of an episode follow each other"
                )
            self._rounds += 1
            number = self._rounds
            self._round = TracedRound(number, self._table, self._paid)
            this = self._round
        try:
            with self._here(), record_round(number) as recorder, this.entered():
                try:
                    yield this
                finally:
                    this.end(recorder)
        finally:
            self._round = None

    @contextmanager
    def turn(
        self,
        role: str,
        *,
        prompt: str | None = None,
        purpose: Purpose = "action",
        observations: Sequence[str] = (),
    ) -> Generator[TracedTurn]:
        """Record a query to a player outside of any round; see :meth:`TracedRound.turn`."""
        self._check_open()
        with (
            self._here(),
            self._table.turn(role, prompt, purpose, observations) as turn,
        ):
            yield turn

    def message(
        self, sender: str, receivers: str | Sequence[str], text: str, announced_action: object = None
    ) -> None:
        """Record a message outside of any round; see :meth:`TracedRound.message`."""
        self._check_open()
        with self._here():
            self._table.say(sender, receivers, text, announced_action)

    def told(self, role: str, observations: Sequence[str]) -> None:
        """Record what a player was told after its last turn; what comes before a turn is told there.

        Args:
            role: Who was told.
            observations: The texts, oldest first.
        """
        self._check_open()
        with self._here():
            self._table.tell(role, observations)

    def payoff(self, payoffs: Mapping[str, float]) -> None:
        """Add to the totals what no single round paid.

        Args:
            payoffs: Role -> payoff, in the game's own unit.
        """
        self._check_open()
        for role, value in self._checked(payoffs).items():
            self._paid(role, value)

    def outcome(
        self,
        outcome: Mapping[str, Any] | None = None,
        *,
        payoffs: Mapping[str, float] | None = None,
        end_reason: EndReason = "completed",
    ) -> None:
        """Say what came of the episode; told again, it replaces what was told before.

        Args:
            outcome: The result in the game's own words, a JSON object.
            payoffs: Role -> total payoff, where it is not the sum of what rounds paid.
            end_reason: Why the episode ended.
        """
        if end_reason not in _END_REASONS:
            known = ", ".join(f"`{each}`" for each in _END_REASONS)
            raise UsageError(f"`{end_reason}` is no reason for an end: give one of {known}")
        found = {key: plain(value, f"the outcome's `{key}`") for key, value in (outcome or {}).items()}
        totals = None if payoffs is None else self._checked(payoffs)
        with self._lock:
            self._check_open()
            self._outcome, self._stated_totals, self._end_reason = found, totals, end_reason

    @property
    def current_round(self) -> TracedRound | None:
        """The round that is being played."""
        return self._round

    @contextmanager
    def entered(self) -> Generator[None]:
        """Make the episode current while the block runs, and take nothing more after it."""
        self._context = otel_context.set_value(EPISODE, self)
        try:
            with attached(self._context):
                yield
        finally:
            self._is_over = True

    def finish(self, recorder: EpisodeRecorder) -> None:
        """Write down what was told."""
        with self._lock:
            totals = self._totals if self._stated_totals is None else self._stated_totals
            recorder.finished(self._outcome, self._table.in_order(totals), self._end_reason)

    def _paid(self, role: str, value: float) -> None:
        with self._lock:
            self._totals[role] = self._totals.get(role, 0.0) + value

    def _checked(self, payoffs: Mapping[str, float]) -> dict[str, float]:
        for role in payoffs:
            self._table.check(role)
        return {role: as_number(value, f"the payoff of `{role}`") for role, value in payoffs.items()}

    def _check_open(self) -> None:
        if self._is_over:
            raise UsageError(f"episode `{self.id}` has ended: record within its block")

    def _here(self) -> AbstractContextManager[None]:
        return within(EPISODE, self, self._context)
