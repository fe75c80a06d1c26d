"""Declaration of a metric, next to the function that computes it.

The kind picks the estimator (:mod:`interlab_evals.statistics`), the range bounds its interval, direction and
unit tell a reader what the figure means, and ``undefined`` says when it is not defined.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from interlab.schema.episode import Episode, Measurement

Kind = Literal["rate", "ratio", "bounded mean", "unbounded mean", "share", "time-to-event"]
"""Kind of quantity of a metric.

``rate``: one yes or no per episode. ``ratio``: a sum over a sum, pooled over episodes. ``bounded mean`` and
``unbounded mean``: one value per episode. ``share``: a component of a distribution. ``time-to-event``: a
:class:`Duration`, which may be censored.
"""

Direction = Literal["higher", "lower", "neutral"]
"""Direction in which values are better."""

Level = Literal["actor", "episode"]
"""One value per role or one per episode."""


class Count(NamedTuple):
    """A ratio, kept as what it was made of."""

    k: float
    n: float

    @property
    def value(self) -> float:
        """``k / n``; NaN where ``n`` is 0."""
        return self.k / self.n if self.n else math.nan


UNDEFINED: Final = Count(0, 0)
"""The ratio of nothing to nothing."""


class Duration(NamedTuple):
    """Time until an event, or time observed without it.

    It is measured as ``value = time`` with ``k = 1`` where the event came and ``k = 0`` where the episode ended
    first (the time is censored), and ``n = 1``: for this kind alone the value is not ``k / n``. A duration that
    is undefined has a ``time`` of NaN and is measured with ``k = n = 0``.
    """

    time: float
    event: bool


NO_DURATION: Final = Duration(math.nan, event=False)
"""Value where the event cannot occur."""

Figure = Count | Duration | float
"""A ratio with its counts, a time with whether it was observed without the event, or a plain value."""

Findings = Figure | Mapping[str, Figure] | Mapping[str, Mapping[str, Figure]]
"""Result of a metric: one value or several named components, for the episode or for each role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredMetric:
    """A metric and its declaration; satisfies :class:`interlab.schema.episode.Metric`.

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
        zero_sum: Whether the figures of two roles of an episode add up to 0.
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
    zero_sum: bool = False

    @property
    def formula(self) -> str:
        """Computation of the metric: the function's docstring."""
        return inspect.getdoc(self.find) or ""

    @property
    def summary(self) -> str:
        """Description in one line: the first of the function's docstring."""
        return self.formula.partition("\n")[0]

    def measure(self, episode: Episode) -> tuple[Measurement, ...]:
        """Judge one episode: a measurement per role (or one for the episode) and component."""
        findings = self.find(episode)
        made: list[Measurement] = []
        if self.level == "episode":
            _measure(made, self.name, None, findings)
        else:
            assert isinstance(findings, Mapping), "a metric of the level `actor` finds something per role"
            for role, found in findings.items():
                _measure(made, self.name, role, found)
        return tuple(made)


def metric(
    *,
    kind: Kind,
    unit: str = "1",
    range: tuple[float, float] = (0.0, 1.0),  # noqa: A002 - the word for it; nothing here counts
    direction: Direction = "neutral",
    level: Level,
    undefined: str,
    source: str,
    zero_sum: bool = False,
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
        zero_sum: Whether the figures of two roles of an episode add up to 0, which makes them 0 in self-play.

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
            zero_sum=zero_sum,
        )

    return declare


def _measure(made: list[Measurement], name: str, role: str | None, found: Findings) -> None:
    """Append what was found; this runs for every figure of every episode."""
    if isinstance(found, Count):
        k, n = found
        made.append(Measurement(name, k / n if n else math.nan, role, k, n))
    elif isinstance(found, Duration):
        time, event = found
        observed = 0 if math.isnan(time) else 1
        made.append(Measurement(name, float(time), role, int(event and observed), observed))
    elif isinstance(found, (float, int)):
        made.append(Measurement(name, float(found), role))
    else:
        for component, figure in found.items():
            assert not isinstance(figure, Mapping), "components have no components"
            _measure(made, f"{name}.{component}", role, figure)
