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
from interlab.errors import InterLabError
from interlab.models.pacing import forget_rates
from interlab.redaction import without_secrets
from interlab.running.episode import Scheduler, Stage
from interlab.running.evaluation import find_metric
from interlab.running.live import check_endpoint
from interlab.running.recording import recording
from interlab.running.run import Run, resume_hint, warn_of_losses

if TYPE_CHECKING:
    from interlab.actors.base import Player
    from interlab.running.plan import Plan
    from interlab.running.run import Execution, Watcher
    from interlab.running.store import RunDirectory


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
    forget_rates()
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
        otlp = without_secrets(execution.otlp) if execution.otlp else None
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
                scheduler = Scheduler(stage, run, execution, watcher, record.spans, completion.attempts)
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
            scenario = plan.scenarios[condition.id]
            players[spec].validate(scenario.name, scenario.situation, scenario.opening(role))
    return players
