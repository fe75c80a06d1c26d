"""Evaluation of an episode at its end: its metrics, or the reason why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from interlab import registry
from interlab.episodes.from_spans import episode_from_trace
from interlab.errors import InterLabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import Metric
    from interlab.tracing.recorder import EpisodeRecorder


def find_metric(name: str) -> Metric:
    """Find a metric by its registered name.

    Raises:
        UnknownNameError: No metric has this name.
    """
    return cast("Metric", registry.load("metrics", name))


def evaluate(recorder: EpisodeRecorder, metrics: Sequence[Metric]) -> None:
    """Evaluate an episode that has been played, from its spans and on the record."""
    episode = episode_from_trace(recorder.spans)
    recorder.evaluated([measurement for metric in metrics for measurement in metric.measure(episode)])


def failure_reason(error: Exception) -> str:
    """Say in one line why an episode failed."""
    return str(error) if isinstance(error, InterLabError) else f"{type(error).__name__}: {error}"
