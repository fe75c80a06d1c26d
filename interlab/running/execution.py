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
from typing import TYPE_CHECKING

from interlab.actors.players import player
from interlab.errors import (
    EpisodeFailedError,
    InputEndedError,
    InterLabError,
    ModelError,
    ModelUnavailableError,
    RecordError,
    UsageError,
)
from interlab.running.episode import Stage, failure_reason, find_metric, play
from interlab.running.live import check_endpoint
from interlab.running.recording import recording
from interlab.running.run import Run, resume_hint, warn_of_losses
from interlab.tasks import run_together
from interlab_exporters.endpoints import without_user_info

if TYPE_CHECKING:
    from interlab.actors.base import Player
    from interlab.environments import Scenario
    from interlab.running.plan import Plan, PlannedEpisode
    from interlab.running.run import Execution, Watcher
    from interlab.running.store import RunDirectory
    from interlab_exporters import JsonlSpanProcessor


async def execute(
    plan: Plan, directory: RunDirectory, execution: Execution, watcher: Watcher | None = None
) -> Run:
    """Play every episode of a plan that the directory does not hold yet.

    Args:
        plan: The plan.
        directory: Where the record goes; it may hold part of the run already.
        execution: Concurrency, budget, live export.
        watcher: Shows how it goes.

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
        otlp = without_user_info(execution.otlp) if execution.otlp else None
        run = Run(path=directory.path, planned=len(plan), otlp=otlp)
        completion = directory.completion()
        run.done = len(completion.done)
        stack.callback(warn_of_losses, run)
        try:
            with recording(plan, directory, run, execution.otlp) as record:
                if watcher is not None:
                    stack.callback(watcher.ended, run)
                    watcher.began(run)
                stage = Stage(
                    plan=plan,
                    run=run.id,
                    players=players,
                    metrics=metrics,
                    telemetry=record.telemetry,
                    link=record.link,
                )
                pending = [planned for planned in plan if planned.id not in completion.done]
                scheduler = _Scheduler(stage, run, execution, watcher, record.spans, completion.attempts)
                await scheduler.play_all(pending)
        except InterLabError as error:
            error.add_note(resume_hint(run.path))
            raise
        return run


def find_players(plan: Plan) -> dict[str, Player]:
    """Make every player that a plan names.

    Raises:
        UsageError: A player does not exist, or cannot play the scenario it is put into.
    """
    players: dict[str, Player] = {}
    for condition in plan.conditions:
        for role, spec in condition.players.items():
            if spec not in players:
                players[spec] = player(spec)
            _validate(players[spec], plan.scenarios[condition.id], role)
    return players


def _validate(player: Player, scenario: Scenario, role: str) -> None:
    """Find out, as far as that can be known beforehand, that a player can play a scenario in a role.

    Raises:
        UsageError: It cannot.
    """
    cannot = f"`{player.spec}` cannot play `{scenario.name}`"
    plays = player.plays
    if plays is not None and not issubclass(scenario.environment.situation_in(scenario.parameters), plays):
        raise UsageError(f"{cannot}: it is made for {plays.games}")
    opening = scenario.environment.opening(scenario.parameters, role)
    if opening is None:
        return
    try:
        player.validate_opening(opening)
    except UsageError as error:
        raise UsageError(f"{cannot} as it is given: {error}") from None


class _Scheduler:
    """Hands out episodes, plays those again that a model failed, and stops at the budget."""

    def __init__(
        self,
        stage: Stage,
        run: Run,
        execution: Execution,
        watcher: Watcher | None,
        spans: JsonlSpanProcessor,
        attempts: dict[str, int],
    ) -> None:
        self._stage = stage
        self._run = run
        self._execution = execution
        self._watcher = watcher
        self._spans = spans
        self._attempts = attempts

    async def play_all(self, pending: list[PlannedEpisode]) -> None:
        """Play episodes, as many at once as wanted, until they or the budget are spent."""
        remaining = iter(pending)

        async def work() -> None:
            for planned in remaining:
                if self._is_spent:
                    return
                await self._play(planned)
                await asyncio.to_thread(self._spans.sync)
                if self._watcher is not None:
                    self._watcher.advanced(self._run)

        await run_together(work() for _ in range(min(self._execution.concurrency, len(pending))))
        if self._is_spent and self._run.done + self._run.failed < self._run.planned:
            self._run.status = "budget"

    async def _play(self, planned: PlannedEpisode) -> None:
        """Play an episode, again if its model failed it; note how it went."""
        for retries_left in reversed(range(self._execution.retries + 1)):
            attempt = self._attempts[planned.id] = self._attempts.get(planned.id, 0) + 1
            try:
                await play(self._stage, planned, attempt)
            except (InputEndedError, RecordError, ModelUnavailableError):
                raise
            except Exception as error:
                if isinstance(error, ModelError) and retries_left:
                    continue
                why = failure_reason(error)
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
