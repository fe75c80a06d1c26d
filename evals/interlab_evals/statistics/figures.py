"""Estimates from measurements as they come, without a frame."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.clustering import Sample
from interlab_evals.statistics.dyads import Dyads
from interlab_evals.statistics.estimators import estimate_durations, estimate_dyads, estimate_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.tracing.episodes import Measurement
    from interlab_evals.measures.declaration import DeclaredMetric
    from interlab_evals.statistics.estimates import Estimand, Estimate


class Figure(NamedTuple):
    """A measurement, and what it is about.

    Attributes:
        measurement: The measurement.
        cluster: The run and the episode.
        partners: Who sat in the other seats.
    """

    measurement: Measurement
    cluster: tuple[str, str]
    partners: tuple[str, ...] = ()


def estimate_figures(
    figures: Sequence[Figure],
    declared: DeclaredMetric,
    *,
    level: float = 0.95,
    estimand: Estimand = "these models",
    n_invalid: int | None = None,
) -> Estimate:
    """Estimate one metric of one player.

    Args:
        figures: Measurements of one metric, all about the same player.
        declared: What the metric declares.
        level: Nominal coverage, in (0, 1).
        estimand: What the interval is about. For models at large it rests on the partners as a sample; where
            they are too few, or there is more than one in an episode, there is none, and a note says why.
        n_invalid: Moves of the player whose first answer was invalid.
    """
    if estimand == "models at large":
        found = _at_large(figures, declared, level)
    elif declared.kind == "time-to-event":
        found = _durations(figures, declared, level)
    else:
        sample = Sample.of((each.measurement, each.cluster) for each in figures)
        found = estimate_sample(sample, declared.kind, bounds=declared.range, level=level)
    n_episodes = len({each.cluster for each in figures})
    return replace(found, n_episodes=n_episodes, n_invalid=n_invalid)


def _durations(figures: Sequence[Figure], declared: DeclaredMetric, level: float) -> Estimate:
    numbers = {cluster: place for place, cluster in enumerate(dict.fromkeys(each.cluster for each in figures))}
    return estimate_durations(
        np.array([each.measurement.value for each in figures], dtype=np.float64),
        np.array([each.measurement.k or 0 for each in figures], dtype=np.float64),
        np.array([numbers[each.cluster] for each in figures], dtype=np.intp),
        bounds=declared.range,
        level=level,
    )


def _at_large(figures: Sequence[Figure], declared: DeclaredMetric, level: float) -> Estimate:
    usual = estimate_figures(figures, declared, level=level)
    none = replace(usual, low=math.nan, high=math.nan, method="none", seed=None, estimand="models at large")
    if declared.kind == "time-to-event" or any(len(each.partners) != 1 for each in figures):
        return replace(none, notes=("No interval for models at large: it takes sums of figures and two seats.",))
    counted = [(each, *_counts(each.measurement)) for each in figures]
    defined = [(each, k, n) for each, k, n in counted if n > 0]
    if not defined:
        return none
    dyads = Dyads.of(
        np.array([k for _, k, _ in defined], dtype=np.float64),
        np.array([n for _, _, n in defined], dtype=np.float64),
        [""] * len(defined),
        [each.partners[0] for each, _, _ in defined],
    )
    try:
        found = estimate_dyads(dyads, bounds=declared.range, level=level)
    except ParameterError as error:
        return replace(none, notes=(f"No interval for models at large: {error}.",))
    return replace(found, n_undefined=len(figures) - len(defined))


def _counts(measurement: Measurement) -> tuple[float, float]:
    if math.isnan(measurement.value):
        return 0.0, 0.0
    if measurement.k is None or measurement.n is None:
        return measurement.value, 1.0
    return measurement.k, measurement.n
