"""Metrics by name, ours and other people's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from interlab import registry
from interlab.errors import ConfigurationError
from interlab_evals.measures.declaration import DeclaredMetric

if TYPE_CHECKING:
    from interlab.tracing.episodes import Metric


def metric_named(name: str) -> Metric:
    """Find the metric that a name, or the name of one of its components, belongs to.

    Args:
        name: E.g. ``cooperation_rate``, or ``memory_one.cd``.

    Raises:
        UnknownNameError: No such metric is registered.
        ConfigurationError: What is registered under the name is no metric.
    """
    base = name.partition(".")[0]
    found = registry.load("metrics", base)
    if not callable(getattr(found, "measure", None)):
        raise ConfigurationError(
            f"metric `{base}` has no method `measure`; its entry point must name a metric object"
        )
    return cast("Metric", found)


def declaration(name: str) -> DeclaredMetric:
    """Find what a metric declares, by its name or the name of one of its components.

    A metric that declares nothing is taken for an unbounded mean of no known unit.

    Raises:
        UnknownNameError: No such metric is registered.
        ConfigurationError: What is registered under the name is no metric.
    """
    found = metric_named(name)
    if isinstance(found, DeclaredMetric):
        return found
    return DeclaredMetric(
        name=found.name,
        kind="unbounded mean",
        unit="",
        range=(-math.inf, math.inf),
        direction="neutral",
        level="actor",
        undefined="undeclared",
        source="undeclared",
        find=lambda _: {},
    )
