"""How a metric is declared: what it is, beside the function that computes it.

The kind picks the estimator (:mod:`interlab_evals.statistics`), the range bounds its interval, direction and
unit tell a reader what the figure means, and ``undefined`` says when there is none.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from interlab.tracing.episodes import Episode, Measurement

Kind = Literal["rate", "ratio", "bounded mean", "unbounded mean", "share", "time-to-event"]
"""What sort of quantity a metric is.

``rate``: one yes or no per episode. ``ratio``: a sum over a sum, pooled over episodes. ``bounded mean`` and
``unbounded mean``: one value per episode. ``share``: a component of a distribution. ``time-to-event``: a
duration that may be censored.
"""

Direction = Literal["higher", "lower", "neutral"]
"""Which way is better."""

Level = Literal["actor", "episode"]
"""Whether there is one figure per role or one per episode."""


class Count(NamedTuple):
    """A ratio, kept as what it was made of."""

    k: float
    n: float

    @property
    def value(self) -> float:
        """``k / n``; NaN where ``n`` is 0."""
        return self.k / self.n if self.n else math.nan


Figure = Count | float
"""A ratio with its counts, or a plain value."""

Findings = Figure | Mapping[str, Figure] | Mapping[str, Mapping[str, Figure]]
"""What a metric finds: one figure for the episode, one per role, or several named components per role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredMetric:
    """A metric and its declaration; satisfies :class:`interlab.tracing.episodes.Metric`.

    Attributes:
        name: Snake case, e.g. ``cooperation_rate``. Components are measured as ``<name>.<component>``.
        kind: What sort of quantity it is.
        unit: What it is counted in; ``1`` for a pure number.
        range: The least and the greatest value it can take.
        direction: Which way is better.
        level: One figure per role or one per episode.
        undefined: When the value is NaN, in words.
        source: Whose definition it is.
        find: The pure function that looks at one episode.
    """

    name: str
    kind: Kind
    unit: str
    range: tuple[float, float]
    direction: Direction
    level: Level
    undefined: str
    source: str
    find: Callable[[Episode], Findings]

    @property
    def formula(self) -> str:
        """How it is computed: the function's docstring."""
        return inspect.getdoc(self.find) or ""

    @property
    def summary(self) -> str:
        """What it is, in one line: the first one of the function's docstring."""
        return self.formula.partition("\n")[0]

    def measure(self, episode: Episode) -> tuple[Measurement, ...]:
        """Judge one episode: a measurement per role and component, or one for the episode."""
        return tuple(self._measurements(self.find(episode)))

    def _measurements(self, findings: Findings) -> Iterator[Measurement]:
        if not isinstance(findings, Mapping):
            yield _measurement(self.name, None, findings)
            return
        for role, finding in findings.items():
            if not isinstance(finding, Mapping):
                yield _measurement(self.name, role, finding)
                continue
            for component, figure in finding.items():
                yield _measurement(f"{self.name}.{component}", role, figure)


def metric(
    *,
    kind: Kind,
    unit: str,
    range: tuple[float, float],  # noqa: A002 - the word for it; nothing here counts
    direction: Direction,
    level: Level,
    undefined: str,
    source: str,
) -> Callable[[Callable[[Episode], Findings]], DeclaredMetric]:
    """Declare the decorated function as a metric of its own name.

    Args:
        kind: What sort of quantity it is.
        unit: What it is counted in; ``1`` for a pure number.
        range: The least and the greatest value it can take.
        direction: Which way is better.
        level: One figure per role or one per episode.
        undefined: When the value is NaN, in words.
        source: Whose definition it is.

    Returns:
        The decorator.
    """

    def declare(find: Callable[[Episode], Findings]) -> DeclaredMetric:
        return DeclaredMetric(
            name=find.__name__,
            kind=kind,
            unit=unit,
            range=range,
            direction=direction,
            level=level,
            undefined=undefined,
            source=source,
            find=find,
        )

    return declare


def _measurement(name: str, role: str | None, figure: Figure) -> Measurement:
    if isinstance(figure, Count):
        return Measurement(metric=name, value=figure.value, role=role, k=figure.k, n=figure.n)
    return Measurement(metric=name, value=float(figure), role=role)
