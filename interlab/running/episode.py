"""One episode: environment, actors, record, judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from interlab import registry, seeds
from interlab.actors.base import InvalidPolicy
from interlab.episodes.from_spans import episode_from_trace
from interlab.errors import InterLabError
from interlab.schema.episode import Seat
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.trace import SpanContext

    from interlab.actors.base import Player
    from interlab.running.plan import Plan, PlannedEpisode
    from interlab.schema.episode import Metric
    from interlab.tracing.recorder import EpisodeRecorder
    from interlab.tracing.telemetry import Telemetry


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
        seats=[_seat(role, stage.players[spec]) for role, spec in condition.players.items()],
    )
    with record_episode(stage.telemetry, header, stage.link, judged=bool(condition.metrics)) as recorder:
        environment.start()
        while not environment.is_finished:
            with record_round(environment.rounds_played + 1) as round_:
                step = await environment.step()
                round_.played(step.actions, step.payoffs, step.facts)
        environment.end()
        result = environment.result
        recorder.finished(result.outcome, result.payoffs, result.end_reason)
        if condition.metrics:
            judge(recorder, [stage.metrics[name] for name in condition.metrics])
    for actor in actors.values():
        await actor.goodbye()


def find_metric(name: str) -> Metric:
    """Find a metric by its registered name.

    Raises:
        UnknownNameError: No metric has this name.
    """
    return cast("Metric", registry.load("metrics", name))


def judge(recorder: EpisodeRecorder, metrics: Sequence[Metric]) -> None:
    """Judge an episode that has been played from its spans, on the record."""
    episode = episode_from_trace(recorder.spans)
    recorder.evaluated([measurement for metric in metrics for measurement in metric.measure(episode)])


def failure_reason(error: Exception) -> str:
    """Say in one line why an episode failed."""
    return str(error) if isinstance(error, InterLabError) else f"{type(error).__name__}: {error}"


def _seat(role: str, player: Player) -> Seat:
    return Seat(role=role, player=player.spec, kind=player.kind, model=player.model)
