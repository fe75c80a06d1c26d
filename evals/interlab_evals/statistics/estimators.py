"""The one table from a metric's kind to its estimator, and what each makes of sums, times and pairs of players."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.dyads import FEW_MODELS, Dyads, error_at_large
from interlab_evals.statistics.estimates import Estimate
from interlab_evals.statistics.intervals import (
    CHOSEN,
    UNBOUNDED,
    Bounds,
    Interval,
    mean_interval,
    rate_interval,
    ratio_interval,
    share_interval,
    t_interval,
    waiting_interval,
)
from interlab_evals.statistics.survival import Durations, waiting_sample

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Codes, Floats, Sample
    from interlab_evals.statistics.intervals import Choice, Method

Estimator = Callable[["Sample", Bounds, float, int], Interval]
"""From a sample, the range of the quantity, the level and a seed to an interval."""

ESTIMATORS: Final[Mapping[Kind, Estimator]] = {
    "rate": rate_interval,
    "ratio": ratio_interval,
    "share": share_interval,
    "bounded mean": mean_interval,
    "unbounded mean": mean_interval,
}
"""The rule for every kind but ``time-to-event``, whose rows are not sums."""

FEW_CLUSTERS: Final = 10
_SKEWED: Final = 1.0


def estimate_sample(
    sample: Sample,
    kind: Kind,
    *,
    bounds: Bounds = UNBOUNDED,
    level: float = 0.95,
    method: Choice = "auto",
    seed: int = 0,
    n_episodes: int | None = None,
    n_invalid: int | None = None,
) -> Estimate:
    """Estimate one metric from its figures, summed by cluster.

    Args:
        sample: The figures.
        kind: The metric's kind, which picks the estimator.
        bounds: The metric's range.
        level: Nominal coverage, in (0, 1).
        method: Another interval than the rule's.
        seed: Of anything drawn.
        n_episodes: Episodes looked at; by default as many as there are clusters.
        n_invalid: Moves whose first answer was invalid.

    Raises:
        ParameterError: There is no such estimator for this kind, or the level is not a probability.
    """
    check_level(level)
    if kind not in ESTIMATORS:
        known = ", ".join(f"`{each}`" for each in ESTIMATORS)
        raise ParameterError(f"sums of figures of kind `{kind}` say nothing; estimators of sums take {known}")
    if method == "exact" and kind != "rate":
        raise ParameterError(f"an exact interval is for a rate; this metric is of kind `{kind}`")
    estimator = ESTIMATORS[kind] if method == "auto" else CHOSEN[method]
    interval = estimator(sample.ordered(), bounds, level, seed)
    return Estimate(
        value=sample.value,
        low=interval.low,
        high=interval.high,
        level=level,
        method=interval.method,
        n_episodes=sample.n_seen if n_episodes is None else n_episodes,
        n_clusters=sample.n_clusters,
        n_undefined=sample.n_undefined,
        n_invalid=n_invalid,
        k=sample.total_k,
        n=sample.total_n,
        seed=interval.seed,
        notes=tuple(_doubts(sample, interval.method, bounds)),
    )


def estimate_durations(
    times: Floats,
    events: Floats,
    clusters: Codes,
    *,
    bounds: Bounds = UNBOUNDED,
    level: float = 0.95,
    n_episodes: int | None = None,
    n_invalid: int | None = None,
) -> Estimate:
    """Estimate the mean time until an event: Kaplan-Meier, up to the longest time where that is censored.

    Args:
        times: Shape (rows,): the time of the event, or of the end of waiting; NaN where undefined.
        events: Shape (rows,): 1 where the event came, else 0.
        clusters: Shape (rows,): the cluster of each row, numbered from 0.
        bounds: The metric's range.
        level: Nominal coverage, in (0, 1).
        n_episodes: Episodes looked at; by default as many as there are clusters.
        n_invalid: Moves whose first answer was invalid.

    Raises:
        ParameterError: The level is not a probability.
    """
    check_level(level)
    defined = ~np.isnan(times)
    durations = Durations(times[defined], events[defined] > 0, clusters[defined])
    horizon, is_open = durations.horizon, math.isinf(durations.limit)
    sample = waiting_sample(durations, horizon).ordered()
    least = min(bounds[0] if math.isfinite(bounds[0]) else 0.0, sample.value)
    most = bounds[1] if is_open else horizon
    interval = waiting_interval(sample, (least, most), level, is_open=is_open and math.isinf(most))
    restricted = f"The mean is restricted to {horizon:g}, the longest time observed."
    return Estimate(
        value=sample.value,
        low=interval.low,
        high=interval.high,
        level=level,
        method=interval.method,
        n_episodes=len(np.unique(clusters)) if n_episodes is None else n_episodes,
        n_clusters=sample.n_clusters,
        n_undefined=int((~defined).sum()),
        n_invalid=n_invalid,
        k=float(durations.observed.sum()),
        n=float(len(durations)),
        notes=(restricted,) if len(durations) and not is_open else (),
    )


def estimate_dyads(dyads: Dyads, *, bounds: Bounds = UNBOUNDED, level: float = 0.95) -> Estimate:
    """Estimate a mean over pairs of players when the players are a sample of players.

    Args:
        dyads: Rows with a defined figure; at least one.
        bounds: The metric's range.
        level: Nominal coverage, in (0, 1).

    Raises:
        ParameterError: There are fewer than three players to go by.
    """
    error, models, two_way = error_at_large(dyads)
    method: Method = "two-way clustered t" if two_way else "partner-clustered t"
    interval = t_interval(dyads.value, error, models - 1, bounds, level, method)
    few = f"{models} models only: their sampling is hardly known, take the interval as a rough guide."
    return Estimate(
        value=dyads.value,
        low=interval.low,
        high=interval.high,
        level=level,
        method=interval.method,
        n_episodes=len(dyads.k),
        n_clusters=models,
        n_undefined=0,
        k=math.fsum(dyads.k),
        n=math.fsum(dyads.n),
        estimand="population",
        notes=(few,) if models < FEW_MODELS else (),
    )


def check_level(level: float) -> None:
    """Make sure that a level is a probability.

    Raises:
        ParameterError: It is not.
    """
    if not 0 < level < 1:
        raise ParameterError(f"`level` is {level:g}; it must lie between 0 and 1, e.g. 0.95")


def one_of(name: str, value: str, choices: object) -> None:
    """Make sure that a value is one of a literal type's.

    Raises:
        ParameterError: It is not.
    """
    known = get_args(choices)
    if value not in known:
        raise ParameterError(f"`{name}` is `{value}`; it is one of {', '.join(f'`{each}`' for each in known)}")


def _doubts(sample: Sample, method: Method, bounds: Bounds) -> list[str]:
    """Say where an interval deserves less trust than its level."""
    doubts: list[str] = []
    by_t = method in ("clustered t", "clustered ratio")
    if by_t and sample.n_clusters < FEW_CLUSTERS:
        doubts.append(
            f"{sample.n_clusters} clusters only: t leans on their being much alike; the wild cluster bootstrap "
            "(method `wild`) does not."
        )
    if by_t and math.isinf(bounds[1] - bounds[0]) and abs(_skewness(sample)) > _SKEWED and sample.n_clusters < 50:
        doubts.append(
            "Skewed and unbounded: with fewer than 50 clusters the interval covers less often than it says."
        )
    return doubts


def _skewness(sample: Sample) -> float:
    values = sample.cluster_values
    spread = float(values.std())
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0
