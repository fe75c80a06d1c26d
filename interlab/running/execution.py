"""Execute a plan: many episodes at once, in one event loop, into one directory.

What can stop a run, and what it leaves behind:

=====================  ==================================================================================
an episode fails       its trace says why, and the run goes on (or stops, if asked to)
model unavailable      the run stops; the directory can be resumed
record unwritable      the run stops; what had been written stays; the directory can be resumed
input ended            a person's input: the same, and the episode has not happened
budget spent           no further episode is begun, those under way end; the directory can be resumed
Ctrl-C, SIGTERM        episodes under way are dropped; the directory can be resumed
SIGKILL                the same, but ``run.json`` still says ``running``
=====================  ==================================================================================
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from interlab import registry
from interlab.actors.players import player
from interlab.environments import scenario as find_scenario
from interlab.errors import (
    EpisodeFailedError,
    InputEndedError,
    InterLabError,
    ModelError,
    ModelUnavailableError,
    RecordError,
    UsageError,
)
from interlab.running.episode import Stage, play
from interlab.running.live import check_endpoint
from interlab.running.recording import close_document, open_document, recording
from interlab.running.run import Run, resume_hint
from interlab_exporters.endpoints import without_user_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.actors.players import Player
    from interlab.environments import Parameters, Scenario
    from interlab.running.plan import Plan, PlannedEpisode
    from interlab.running.run import Execution, Watcher
    from interlab.running.store import Completion, RunDirectory
    from interlab.schema.episode import Metric
    from interlab_exporters import JsonlSpanProcessor


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
        UsageError: A player does not exist or cannot play the scenario it is put into; the live endpoint cannot be
            understood; the directory cannot be made; another process executes this run. Nothing was begun.
        ModelUnavailableError: A model cannot be called. Before the first episode, nothing was begun.
        RecordError: The record cannot be written.
        InputEndedError: A person was to answer, and the input had ended.
        EpisodeFailedError: An episode failed, under ``fail_fast``.
        asyncio.CancelledError: It was interrupted; the directory can be resumed.
    """
    players = find_players(plan)
    metrics = {name: find_metric(name) for each in plan.conditions for name in each.metrics}
    if execution.otlp:
        check_endpoint(execution.otlp)
    async with AsyncExitStack() as stack:
        for each in players.values():
            stack.push_async_callback(each.close)
        await asyncio.gather(*(each.check() for each in players.values()))
        directory.make()
        stack.enter_context(directory.locked())
        if any(each.at_terminal for each in players.values()):
            execution, watcher = replace(execution, concurrency=1), None
        run = _Execution(plan, directory, execution, watcher, players, metrics)
        return await run.finish(directory.completion())


def find_players(plan: Plan) -> dict[str, Player]:
    """Make every player that a plan names.

    Raises:
        UsageError: A player does not exist, or cannot play the scenario it is put into.
    """
    players: dict[str, Player] = {}
    for condition in plan.conditions:
        scenario = find_scenario(condition.scenario)
        parameters = scenario.configure(condition.parameters)
        for role, spec in condition.players.items():
            if spec not in players:
                players[spec] = player(spec)
            _rehearse(players[spec], scenario, parameters, role)
    return players


def _rehearse(player: Player, scenario: Scenario, parameters: Parameters, role: str) -> None:
    """See whether a player can play a scenario with these parameters in this role, as far as can be told.

    Raises:
        UsageError: It cannot.
    """
    cannot = f"`{player.spec}` cannot play `{scenario.name}`"
    plays = player.plays
    if plays is not None and not issubclass(scenario.environment.situation_in(parameters), plays):
        raise UsageError(f"{cannot}: it is made for {plays.games}")
    opening = scenario.environment.opening(parameters, role)
    if player.rehearse is None or opening is None:
        return
    try:
        player.rehearse(opening)
    except UsageError as error:
        raise UsageError(f"{cannot} as it is given: {error}") from None


class _Execution:
    """One execution of a plan, from its first pending episode to its end."""

    def __init__(
        self,
        plan: Plan,
        directory: RunDirectory,
        execution: Execution,
        watcher: Watcher | None,
        players: Mapping[str, Player],
        metrics: Mapping[str, Metric],
    ) -> None:
        self._plan = plan
        self._directory = directory
        self._execution = execution
        self._watcher = watcher
        self._players = players
        self._metrics = metrics
        self._attempts: dict[str, int] = {}
        otlp = without_user_info(execution.otlp) if execution.otlp else None
        self._run = Run(path=directory.path, planned=len(plan), otlp=otlp)

    async def finish(self, completion: Completion) -> Run:
        """Play what is not done yet."""
        run = self._run
        run.done = len(completion.done)
        self._attempts = completion.attempts
        document = open_document(self._plan, self._directory, run)
        self._directory.mend_evaluations()
        run.status = "failed"
        if self._watcher is not None:
            self._watcher.began(run)
        try:
            await self._record([planned for planned in self._plan if planned.id not in completion.done])
            run.status = "budget" if self._is_spent and run.done + run.failed < run.planned else "completed"
        except asyncio.CancelledError:
            run.status = "interrupted"
            raise
        except InterLabError as error:
            error.add_note(resume_hint(run.path))
            raise
        finally:
            if self._watcher is not None:
                self._watcher.ended(run)
            close_document(document, self._directory, run)
        return run

    async def _record(self, pending: list[PlannedEpisode]) -> None:
        with recording(self._plan, self._directory, self._run, self._execution.otlp) as record:
            stage = Stage(
                plan=self._plan,
                run=self._run.id,
                players=self._players,
                metrics=self._metrics,
                telemetry=record.telemetry,
                link=record.link,
            )
            await self._play_all(stage, record.spans, pending)

    async def _play_all(self, stage: Stage, spans: JsonlSpanProcessor, pending: list[PlannedEpisode]) -> None:
        remaining = iter(pending)

        async def work() -> None:
            for planned in remaining:
                if self._is_spent:
                    return
                await self._play(stage, planned)
                await asyncio.to_thread(spans.sync)
                if self._watcher is not None:
                    self._watcher.advanced(self._run)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._execution.concurrency, len(pending))):
                    group.create_task(work())
        except BaseExceptionGroup as failures:
            first = failures.exceptions[0]
            raise first from first.__cause__

    async def _play(self, stage: Stage, planned: PlannedEpisode) -> None:
        """Play an episode, again if its model failed it; note how it went."""
        for retries_left in reversed(range(self._execution.retries + 1)):
            attempt = self._attempts[planned.id] = self._attempts.get(planned.id, 0) + 1
            try:
                await play(stage, planned, attempt)
            except (InputEndedError, RecordError, ModelUnavailableError):
                raise
            except Exception as error:
                if isinstance(error, ModelError) and retries_left:
                    continue
                why = reason(error)
                self._run.failures[why] += 1
                if self._execution.fail_fast:
                    raise EpisodeFailedError(f"episode `{planned.id}` failed: {why}") from error
            else:
                self._run.done += 1
            return

    @property
    def _is_spent(self) -> bool:
        spending, execution = self._run.spending, self._execution
        if execution.max_tokens is not None and spending.tokens >= execution.max_tokens:
            return True
        # A price that is unknown (NaN) could be any: a budget that cannot be watched counts as spent.
        return execution.max_usd is not None and not spending.usd < execution.max_usd


def find_metric(name: str) -> Metric:
    """Find a metric on the shelf.

    Raises:
        UnknownNameError: There is none of this name.
    """
    return cast("Metric", registry.load("metrics", name))


def reason(error: Exception) -> str:
    """Say in one line why an episode failed."""
    return str(error) if isinstance(error, InterLabError) else f"{type(error).__name__}: {error}"
