"""Episodes: one from its environment to its evaluation, and the scheduler that hands them out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlab import seeds
from interlab.actors.base import InvalidPolicy
from interlab.errors import EpisodeFailedError, InputEndedError, ModelError, ModelUnavailableError, RecordError
from interlab.running.evaluation import evaluate, failure_reason
from interlab.tasks import run_together
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import SpanContext

    from interlab.actors.base import Player
    from interlab.running.plan import Plan, PlannedEpisode
    from interlab.running.run import Execution, Run, Watcher
    from interlab.schema.episode import Metric
    from interlab.tracing.telemetry import Telemetry
    from interlab_exporters import JsonlSpanProcessor


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that the episodes of one execution share.

    Attributes:
        plan: The plan, with its scenarios.
        run: The run's id.
        players: Player spec -> player.
        metrics: Metric name -> metric.
        telemetry: Where the spans go.
        link: The run's own trace, which the roots link to.
    """

    plan: Plan
    run: str
    players: Mapping[str, Player]
    metrics: Mapping[str, Metric]
    telemetry: Telemetry
    link: SpanContext | None = None


async def play(stage: Stage, planned: PlannedEpisode, attempt: int = 1) -> None:
    """Play an episode to its end, on the record, and judge it from its record.

    Args:
        stage: What all episodes of the execution share.
        planned: Which episode.
        attempt: 1 for the first attempt at this episode.

    Raises:
        InterLabError: The episode failed; its trace says so.
    """
    condition = planned.condition
    scenario = stage.plan.scenarios[condition.id]
    policy = InvalidPolicy(attempts=stage.plan.attempts, then=stage.plan.on_invalid)
    actors = {
        role: stage.players[spec].create_actor(role, seeds.derive(planned.seed, "role", role), policy)
        for role, spec in condition.players.items()
    }
    environment = scenario.environment(scenario.parameters, actors, planned.seed)
    header = EpisodeHeader(
        run=stage.run,
        suite=stage.plan.suite,
        scenario=scenario.name,
        condition=condition.id,
        id=planned.id,
        index=planned.index,
        seed=planned.seed,
        attempt=attempt,
        parameters=condition.parameters,
        game=scenario.game,
        texts=scenario.texts_version,
        seats=[stage.players[spec].seat(role) for role, spec in condition.players.items()],
    )
    with record_episode(stage.telemetry, header, stage.link, judged=bool(condition.metrics)) as recorder:
        for spec in condition.players.values():
            stage.players[spec].raise_if_unavailable()
        environment.start()
        while not environment.is_finished:
            with record_round(environment.rounds_played + 1) as round_:
                step = await environment.step()
                round_.played(step.actions, step.payoffs, step.facts)
        environment.end()
        result = environment.result
        recorder.finished(result.outcome, result.payoffs, result.end_reason)
        if condition.metrics:
            evaluate(recorder, [stage.metrics[name] for name in condition.metrics])
    for actor in actors.values():
        await actor.goodbye()


def is_passing(error: Exception) -> bool:
    """Return True for a failure of a model that another attempt may not meet."""
    return isinstance(error, ModelError) and not isinstance(error, ModelUnavailableError)


class Scheduler:
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
        at_once = min(self._execution.concurrency, len(pending))

        async def work() -> None:
            for planned in remaining:
                if self._is_spent:
                    return
                await self._play(planned)
                await asyncio.to_thread(self._spans.sync)
                if self._watcher is not None:
                    self._watcher.advanced(self._run)

        await run_together(work() for _ in range(at_once))
        if self._is_spent and self._run.done + self._run.failed < self._run.planned:
            self._run.status = "budget"

    async def _play(self, planned: PlannedEpisode) -> None:
        """Play an episode, again if its model failed it; note how it went."""
        for retries_left in reversed(range(self._execution.retries + 1)):
            attempt = self._attempts[planned.id] = self._attempts.get(planned.id, 0) + 1
            try:
                await play(self._stage, planned, attempt)
            except (InputEndedError, RecordError):
                raise
            except Exception as error:
                if is_passing(error) and retries_left:
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
