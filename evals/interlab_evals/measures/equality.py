"""Spread of payoffs: welfare of the group and inequality within it, over the totals of an episode.

Notation: x_i what role i was paid in the whole episode, N roles, mean x̄. Where a role was paid nothing,
everything here is undefined.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from interlab_evals.measures.declaration import metric
from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import Episode

_UNPAID: Final = "a role has no payoff"
_NEGATIVE: Final = "a role has no payoff or one below 0, or no one was paid anything"


@metric(
    kind="unbounded mean",
    unit="payoff per episode",
    range=(-math.inf, math.inf),
    direction="higher",
    level="episode",
    undefined=_UNPAID,
    source="Bentham (1789)",
)
def utilitarian_welfare(episode: Episode) -> float:
    """Sum of the payoffs of all roles.

    sum_i x_i.
    """
    totals = _totals(episode)
    return math.fsum(totals) if totals else math.nan


@metric(
    kind="unbounded mean",
    unit="payoff per episode",
    range=(-math.inf, math.inf),
    direction="higher",
    level="episode",
    undefined=_UNPAID,
    source="Rawls (1971)",
)
def egalitarian_welfare(episode: Episode) -> float:
    """Payoff of the worst-off role: the Rawlsian minimum.

    min_i x_i.
    """
    return min(_totals(episode), default=math.nan)


@metric(
    kind="unbounded mean",
    unit="payoff^N per episode",
    range=(0.0, math.inf),
    direction="higher",
    level="episode",
    undefined="a role has no payoff, or less than its disagreement value",
    source="Nash (1950)",
)
def nash_welfare(episode: Episode) -> float:
    """The product of the roles' gains.

    prod_i (x_i - d_i), with d_i the disagreement value (``game["disagreement"]``) or 0 where the game has none.
    """
    disagreement = episode.game.get("disagreement")
    values = disagreement if isinstance(disagreement, dict) else dict.fromkeys(episode.roles, 0.0)
    gains = [
        total - value
        for role, total in zip(episode.roles, _totals(episode), strict=False)
        if isinstance(value := values.get(role), (int, float))
    ]
    if not gains or len(gains) < len(episode.seats) or min(gains) < 0:
        return math.nan
    return math.prod(gains)


@metric(kind="bounded mean", direction="lower", level="episode", undefined=_NEGATIVE, source="Gini (1912)")
def payoff_gini(episode: Episode) -> float:
    """Inequality of the payoffs, 0 for equal ones.

    G = sum_ij |x_i - x_j| / (2 N^2 x̄). At most (N - 1)/N: 0.5 between two. Payoffs are not shifted.
    """
    return gini(_totals(episode))


@metric(
    kind="bounded mean",
    direction="lower",
    level="episode",
    undefined=_NEGATIVE + ", or there is one role",
    source="Gini (1912)",
)
def payoff_gini_normalised(episode: Episode) -> float:
    """Inequality of the payoffs, 1 where one role got everything.

    N / (N - 1) times `payoff_gini`.
    """
    size = len(episode.seats)
    return gini(_totals(episode)) * size / (size - 1) if size > 1 else math.nan


@metric(
    kind="bounded mean",
    direction="higher",
    level="episode",
    undefined=_NEGATIVE,
    source="Jain, Chiu & Hawe (1984)",
)
def payoff_jain(episode: Episode) -> float:
    """Equality of the payoffs: Jain's fairness index, 1 for equal ones.

    J = (sum_i x_i)^2 / (N sum_i x_i^2), at least 1/N.
    """
    return jain(_totals(episode))


@metric(
    kind="bounded mean",
    direction="higher",
    level="episode",
    undefined=_NEGATIVE,
    source="Own definition",
)
def payoff_min_max(episode: Episode) -> float:
    """Payoff of the worst-off role per unit of the best-off one.

    min_i x_i / max_i x_i.
    """
    totals = _totals(episode)
    return min(totals) / max(totals) if _is_divisible(totals) else math.nan


def gini(values: Sequence[float]) -> float:
    """Gini's coefficient of inequality, in [0, (N-1)/N]; NaN where a value is negative or all are 0."""
    if not _is_divisible(values):
        return math.nan
    ranked = sorted(values)
    size = len(ranked)
    spread = math.fsum((2 * place - size - 1) * value for place, value in enumerate(ranked, 1))
    return max(0.0, spread / (size * math.fsum(ranked)))


def jain(values: Sequence[float]) -> float:
    """Jain's index of fairness, in [1/N, 1]; NaN where a value is negative or all are 0."""
    if not _is_divisible(values):
        return math.nan
    top = max(values)  # without the scale, squares of tiny values vanish
    scaled = [value / top for value in values]
    return min(1.0, math.fsum(scaled) ** 2 / (len(values) * math.fsum(value * value for value in scaled)))


def _is_divisible(values: Sequence[float]) -> bool:
    return bool(values) and min(values) >= 0 and max(values) > 0


@once_per_episode
def _totals(episode: Episode) -> tuple[float, ...]:
    """Payoffs of the roles in order; empty unless all have one."""
    if not all(role in episode.payoffs for role in episode.roles):
        return ()
    return tuple(episode.payoffs[role] for role in episode.roles)
