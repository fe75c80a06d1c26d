"""Execute a plan: many episodes at once, in one event loop, into one directory.

What can stop a run, and what it leaves behind:

=====================  ==================================================================================
an episode fails       its trace says why, and the run goes on (or stops, if asked to)
model unavailable      the run stops; the directory can be resumed
record unwritable      the run stops; what had been written stays; the directory can be resumed
budget spent           no further episode is begun, those under way end; the directory can be resumed
Ctrl-C, SIGTERM        episodes under way are dropped; the directory can be resumed
SIGKILL                the same, but ``run.json`` still says ``running``
=====================  ==================================================================================
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, cast

from interlab import registry
from interlab.actors.players import player
from interlab.environments import scenario as find_scenario
from interlab.errors import InterLabError, ModelError, ModelUnavailableError, RecordError, UsageError
from interlab.running.episode import Stage, play
from interlab.running.manifest import describe, now
from interlab.tracing import names
from interlab.tracing.recorder import record_run
from interlab.tracing.telemetry import Spending, Telemetry, TraceBuffer, resource
from interlab_exporters import JsonlLogWriter, JsonlSpanProcessor, LiveExport

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.actors.players import Player
    from interlab.running.plan import Plan, PlannedEpisode
    from interlab.running.store import Completion, RunDirectory, Status
    from interlab.tracing.episodes import Metric


CONCURRENCY: Final = 32
"""Episodes under way at once, unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How to execute a plan; nothing here changes what is played.

    Attributes:
        concurrency: Episodes under way at once.
        retries: How often an episode that failed because of its model is begun again.
        fail_fast: Whether the first failed episode stops the run.
        max_usd: Stop beginning episodes once this much is spent.
        max_tokens: Stop beginning episodes once this many tokens are used.
        otlp: Endpoint that spans are sent to live, beside the file.
    """

    concurrency: int = CONCURRENCY
    retries: int = 1
    fail_fast: bool = False
    max_usd: float | None = None
    max_tokens: int | None = None
    otlp: str | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """A run: where it is and how far it has come.

    Attributes:
        path: Its directory.
        planned: How many episodes the plan has.
        done: How many of them have succeeded.
        failures: Why episodes failed in this execution: message -> how many.
        status: How the execution ended.
        spending: What the model calls of this execution used up.
        otlp: Where spans went live, if anywhere.
        spans_lost: How many of them did not arrive there.
        loss_reason: Why.
    """

    path: Path
    planned: int
    done: int = 0
    failures: Counter[str] = field(default_factory=Counter[str])
    status: Status = "running"
    spending: Spending = field(default_factory=Spending)
    otlp: str | None = None
    spans_lost: int = 0
    loss_reason: str | None = None

    @property
    def id(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def failed(self) -> int:
        """How many episodes failed in this execution."""
        return self.failures.total()


class Watcher(Protocol):
    """Who is told how a run goes."""

    def began(self, run: Run) -> None:
        """The run begins, or goes on."""
        ...

    def advanced(self, run: Run) -> None:
        """An episode has ended."""
        ...

    def ended(self, run: Run) -> None:
        """Nothing more will come."""
        ...


async def execute(
    plan: Plan, directory: RunDirectory, execution: Execution, watcher: Watcher | None = None
) -> Run:
    """Play every episode of a plan that the directory does not hold yet.

    Args:
        plan: What to play.
        directory: Where the record goes; it may hold part of the run already.
        execution: How.
        watcher: Who is told how it goes.

    Returns:
        The run, with status ``completed`` or ``budget``.

    Raises:
        ModelUnavailableError: A model cannot be called.
        RecordError: The record cannot be written.
        UsageError: A player cannot play the scenario it is put into.
        InterLabError: An episode failed, under ``fail_fast``.
        asyncio.CancelledError: It was interrupted; the directory can be resumed.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(directory.locked())
        completion = directory.completion()
        players = find_players(plan)
        for each in players.values():
            stack.push_async_callback(each.close)
        await asyncio.gather(*(each.check() for each in players.values()))
        return await _Execution(plan, directory, execution, watcher, players).run(completion)


def find_players(plan: Plan) -> dict[str, Player]:
    """Make every player that a plan names.

    Raises:
        UsageError: A player does not exist, or cannot play the scenario it is put into.
    """
    players: dict[str, Player] = {}
    for condition in plan.conditions:
        scenario = find_scenario(condition.scenario)
        for spec in condition.players.values():
            if spec not in players:
                players[spec] = player(spec)
            plays = players[spec].plays
            if plays is not None and not issubclass(scenario.environment.situation, plays):
                raise UsageError(f"`{spec}` cannot play `{scenario.name}`: it is made for other games")
    return players


class _Execution:
    """One execution of a plan, from its first pending episode to its end."""

    def __init__(
        self,
        plan: Plan,
        directory: RunDirectory,
        execution: Execution,
        watcher: Watcher | None,
        players: dict[str, Player],
    ) -> None:
        self._plan = plan
        self._directory = directory
        self._execution = execution
        self._watcher = watcher
        self._players = players
        self._metrics = {name: _metric(name) for each in plan.conditions for name in each.metrics}
        self._attempts: dict[str, int] = {}
        self._run = Run(path=directory.path, planned=len(plan), otlp=execution.otlp)

    async def run(self, completion: Completion) -> Run:
        run = self._run
        run.done = len(completion.done)
        self._attempts = completion.attempts
        document = self._open_document()
        self._directory.mend_evaluations()
        status: Status = "failed"
        self._tell("began")
        try:
            await self._record([planned for planned in self._plan if planned.id not in completion.done])
            status = "budget" if self._is_spent and run.done + run.failed < run.planned else "completed"
        except asyncio.CancelledError:
            status = "interrupted"
            raise
        finally:
            run.status = status
            self._tell("ended")
            self._close_document(document, status)
        return run

    async def _record(self, pending: list[PlannedEpisode]) -> None:
        spans = JsonlSpanProcessor(self._directory.new_shard())
        buffer = TraceBuffer()
        live = LiveExport(self._execution.otlp) if self._execution.otlp else None
        evaluations = JsonlLogWriter(
            self._directory.evaluations,
            resource=dict(resource(names.SERVICE).attributes),
            scope_name="interlab",
        )
        telemetry = Telemetry(
            [spans, buffer, *([live] if live else [])],
            evaluations=evaluations.write,
            content=self._plan.content,
        )
        self._run.spending = telemetry.spending
        try:
            with record_run(telemetry, self._run.id, self._plan.suite) as link:
                stage = Stage(
                    plan=self._plan,
                    run=self._run.id,
                    players=self._players,
                    metrics=self._metrics,
                    telemetry=telemetry,
                    buffer=buffer,
                    link=link,
                )
                await self._play_all(stage, spans, pending)
        finally:
            telemetry.close()
            evaluations.close()
            if live is not None:
                self._run.spans_lost, self._run.loss_reason = live.lost, live.failure

    async def _play_all(self, stage: Stage, spans: JsonlSpanProcessor, pending: list[PlannedEpisode]) -> None:
        remaining = iter(pending)

        async def work() -> None:
            for planned in remaining:
                if self._is_spent:
                    return
                await self._play(stage, planned)
                await asyncio.to_thread(spans.sync)
                self._tell("advanced")

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._execution.concurrency, len(pending))):
                    group.create_task(work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _play(self, stage: Stage, planned: PlannedEpisode) -> None:
        """Play an episode, again if its model failed it; note how it went."""
        for retries_left in reversed(range(self._execution.retries + 1)):
            attempt = self._attempts[planned.id] = self._attempts.get(planned.id, 0) + 1
            try:
                await play(stage, planned, attempt)
            except (RecordError, ModelUnavailableError):
                raise
            except Exception as error:
                if isinstance(error, ModelError) and retries_left:
                    continue
                self._run.failures[_describe(error)] += 1
                if self._execution.fail_fast:
                    raise
            else:
                self._run.done += 1
            return

    @property
    def _is_spent(self) -> bool:
        spending, execution = self._run.spending, self._execution
        return (execution.max_usd is not None and spending.usd >= execution.max_usd) or (
            execution.max_tokens is not None and spending.tokens >= execution.max_tokens
        )

    def _tell(self, event: str) -> None:
        if self._watcher is not None:
            getattr(self._watcher, event)(self._run)

    def _open_document(self) -> dict[str, object]:
        path = self._directory.path / "run.json"
        document = self._directory.read() if path.exists() else describe(self._plan, self._run.id)
        document |= {"status": "running", "otlp": self._execution.otlp}
        self._directory.write(document)
        return document

    def _close_document(self, document: dict[str, object], status: Status) -> None:
        document |= {"status": status, "ended": now()}
        try:
            self._directory.write(document)
        except RecordError:
            if status == "completed":
                raise


def _metric(name: str) -> Metric:
    return cast("Metric", registry.load("metrics", name))


def _describe(error: Exception) -> str:
    return str(error) if isinstance(error, InterLabError) else f"{type(error).__name__}: {error}"
