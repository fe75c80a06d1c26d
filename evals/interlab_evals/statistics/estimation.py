"""The one table from a metric's kind to its estimator."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from interlab.errors import ParameterError
from interlab.tracing.episodes import Measurement
from interlab_evals.statistics.clustering import Sample
from interlab_evals.statistics.intervals import (
    Bounds,
    Estimate,
    Interval,
    clustered_interval,
    wilson_interval,
)

if TYPE_CHECKING:
    import pandas as pd

    from interlab_evals.measures.declaration import Kind

Estimator = Callable[[Sample, Bounds, float], Interval]
"""From a sample, the range of the quantity and the level to an interval."""

ESTIMATORS: Final[Mapping[Kind, Estimator]] = {
    "rate": wilson_interval,
    "ratio": partial(clustered_interval, method="clustered ratio"),
    "share": partial(clustered_interval, method="clustered ratio"),
    "bounded mean": partial(clustered_interval, method="clustered t"),
    "unbounded mean": partial(clustered_interval, method="clustered t"),
}

UNBOUNDED: Final[Bounds] = (-math.inf, math.inf)


def estimate(
    rows: pd.DataFrame,
    kind: Kind,
    *,
    bounds: Bounds = UNBOUNDED,
    clusters: Sequence[str] = ("run", "episode"),
    level: float = 0.95,
) -> Estimate:
    """Estimate one metric from its rows.

    Args:
        rows: Rows of one metric of :func:`interlab_evals.metrics`: columns ``value``, ``k``, ``n``, ``run``,
            ``episode`` and those named by ``clusters``.
        kind: The metric's kind, which picks the estimator.
        bounds: The metric's range.
        clusters: The columns that tell independent units apart.
        level: Nominal coverage, in (0, 1).

    Returns:
        The pooled ratio or the mean, its interval, and the numbers behind both.

    Raises:
        ParameterError: There is no estimator for this kind, or the level is no probability.
    """
    figures = [
        Measurement(metric="", value=value, **({} if math.isnan(n) else {"k": k, "n": n}))
        for value, k, n in rows[["value", "k", "n"]].itertuples(index=False, name=None)
    ]
    units = rows[list(clusters)].itertuples(index=False, name=None)
    n_episodes = len(rows[["run", "episode"]].drop_duplicates())
    sample = Sample.of(zip(figures, units, strict=True))
    return estimate_sample(sample, kind, bounds=bounds, level=level, n_episodes=n_episodes)


def estimate_sample(
    sample: Sample,
    kind: Kind,
    *,
    bounds: Bounds = UNBOUNDED,
    level: float = 0.95,
    n_episodes: int | None = None,
) -> Estimate:
    """Estimate one metric from its figures, summed by cluster.

    Args:
        sample: The figures.
        kind: The metric's kind, which picks the estimator.
        bounds: The metric's range.
        level: Nominal coverage, in (0, 1).
        n_episodes: Episodes looked at; by default as many as there are clusters.

    Raises:
        ParameterError: There is no estimator for this kind, or the level is no probability.
    """
    if kind not in ESTIMATORS:
        known = ", ".join(f"`{each}`" for each in ESTIMATORS)
        raise ParameterError(f"no estimator takes metrics of kind `{kind}`; there are some for {known}")
    if not 0 < level < 1:
        raise ParameterError(f"`level` is {level:g}; it must lie between 0 and 1, e.g. 0.95")
    interval = ESTIMATORS[kind](sample, bounds, level)
    return Estimate(
        value=sample.value,
        low=interval.low,
        high=interval.high,
        level=level,
        method=interval.method,
        n_episodes=sample.n_seen if n_episodes is None else n_episodes,
        n_clusters=sample.n_clusters,
        n_undefined=sample.n_undefined,
        k=sample.total_k,
        n=sample.total_n,
    )
