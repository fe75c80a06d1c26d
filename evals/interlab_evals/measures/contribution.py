"""Contributions to a public good: their size, and how they respond to others.

Notation: c_it what role i gave in round t, e the endowment (``game["endowment"]``), N roles. Without an endowment
everything here is undefined.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

from interlab_evals.measures.declaration import UNDEFINED, Count, metric
from interlab_evals.measures.payoff import payoff_efficiency
from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import Episode

_NOTHING: Final = "the role made no valid contribution, or there is no endowment to give from"
_FISCHBACHER: Final = "Fischbacher, Gächter & Fehr (2001)"


@metric(kind="ratio", level="actor", undefined=_NOTHING, source="Ledyard (1995); Fehr & Gächter (2000)")
def contribution_rate(episode: Episode) -> dict[str, Count]:
    """Part of its endowment that a role gave, averaged over rounds.

    k/n with k = sum_t c_t / e and n = #{t: c_t was made}, where c_t is the contribution and e the endowment
    (``game["endowment"]``).
    """
    endowment = _endowment(episode)
    return {
        role: Count(math.fsum(gift / endowment for gift in given), len(given)) if endowment else UNDEFINED
        for role, given in _contributions(episode).items()
    }


@metric(kind="ratio", level="actor", undefined=_NOTHING, source=_FISCHBACHER)
def free_riding_rate(episode: Episode) -> dict[str, Count]:
    """Share of a role's contributions that were nothing.

    k/n with k = #{t: c_t = 0} and n = #{t: c_t was made}.
    """
    return {role: Count(given.count(0), len(given)) for role, given in _contributions(episode).items()}


@metric(kind="ratio", level="actor", undefined=_NOTHING, source=_FISCHBACHER)
def near_free_riding_rate(episode: Episode) -> dict[str, Count]:
    """Share of a role's contributions that were next to nothing.

    k/n with k = #{t: c_t <= 0.05 e} and n = #{t: c_t was made}.
    """
    most = 0.05 * (_endowment(episode) or 0)
    return {
        role: Count(sum(gift <= most for gift in given), len(given))
        for role, given in _contributions(episode).items()
    }


@metric(
    kind="unbounded mean",
    range=(-math.inf, math.inf),
    level="actor",
    undefined="fewer than two contributions followed a round in which all others gave; the others never varied; "
    "or there is no endowment",
    source=_FISCHBACHER,
)
def conditional_contribution(episode: Episode) -> dict[str, float]:
    """Increase of a role's contribution per unit that the others had given more on average.

    The slope of the least-squares line of c_it on mean_{j != i} c_{j,t-1}, over the rounds t >= 2 in which i gave
    and all others had: near 1 for perfect conditional cooperation.
    """
    if _endowment(episode) is None or len(episode.seats) < 2:
        return dict.fromkeys(episode.roles, math.nan)
    slopes: dict[str, float] = {}
    for role in episode.roles:
        points: list[tuple[float, float]] = []
        for before, after in pairwise(_rounds(episode)):
            others = [gift for other, gift in before.items() if other != role]
            if role in after and len(others) == len(episode.seats) - 1:
                points.append((math.fsum(others) / len(others), after[role]))
        slopes[role] = slope(points)
    return slopes


@metric(
    kind="unbounded mean",
    unit="contribution per round",
    range=(-math.inf, math.inf),
    level="episode",
    undefined="fewer than three rounds had a contribution, or there is no endowment",
    source="Own definition, after Ledyard (1995)",
)
def contribution_decay(episode: Episode) -> float:
    """Slope of the group's mean contribution over rounds; below 0 where it decayed.

    The slope of the least-squares line of mean_i c_it on t.
    """
    points = [
        (float(number), math.fsum(given.values()) / len(given))
        for number, given in enumerate(_rounds(episode))
        if given
    ]
    return slope(points) if len(points) >= 3 else math.nan


@metric(
    kind="ratio",
    direction="higher",
    level="episode",
    undefined="the multiplier makes it no dilemma (r <= 1 or r >= N), no round paid, or there is no welfare range",
    source="Own definition, after Ledyard (1995)",
)
def group_efficiency(episode: Episode) -> Count:
    """Position of the group's payoff between no contribution and full contribution, in a true dilemma.

    `payoff_efficiency` where 1 < r < N, with r = ``game["multiplier"]``: otherwise giving everything or nothing is
    best for each, and there is nothing to be torn between.
    """
    multiplier = episode.game.get("multiplier")
    is_dilemma = isinstance(multiplier, (int, float)) and 1 < multiplier < len(episode.seats)
    found = payoff_efficiency.find(episode) if is_dilemma else UNDEFINED
    assert isinstance(found, Count)
    return found


@metric(
    kind="ratio",
    direction="lower",
    level="actor",
    undefined="the role punished no one whose contribution is known beside its own, or there is no punishment",
    source="Herrmann, Thöni & Gächter (2008)",
)
def antisocial_punishment(episode: Episode) -> dict[str, Count]:
    """Share of a role's punishment that hit members who had given at least as much as itself.

    k/n with n = the points that it dealt out (``facts["punishment"]``) to members who gave and k = those to
    members with c_jt >= c_it.
    """
    points: dict[str, list[float]] = {role: [0.0, 0.0] for role in episode.roles}
    for each, given in zip(episode.rounds, _rounds(episode), strict=False):
        punishment: Any = each.facts.get("punishment")
        if not isinstance(punishment, dict):
            continue
        dealt = cast("dict[str, dict[str, float]]", punishment)
        for punisher, own in given.items():
            for punished, cost in dealt.get(punisher, {}).items():
                if punished in given:
                    points[punisher][0] += cost * (given[punished] >= own)
                    points[punisher][1] += cost
    return {role: Count(k, n) for role, (k, n) in points.items()}


@metric(
    kind="ratio",
    direction="higher",
    level="episode",
    undefined="no round tells whether the threshold was met",
    source="Own definition, after Olson (1965)",
)
def collective_success(episode: Episode) -> Count:
    """Share of rounds in which enough took part.

    k/n with k = #{t: the threshold was met} and n = #{t: ``facts["met"]`` tells}.
    """
    told = [met for each in episode.rounds if isinstance(met := each.facts.get("met"), bool)]
    return Count(sum(told), len(told))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Slope of the least-squares line through (x, y); NaN where x does not vary."""
    if len(points) < 2:
        return math.nan
    x_mean = math.fsum(x for x, _ in points) / len(points)
    y_mean = math.fsum(y for _, y in points) / len(points)
    spread = math.fsum((x - x_mean) ** 2 for x, _ in points)
    if spread <= 1e-18 * max(1.0, x_mean * x_mean):
        return math.nan
    return math.fsum((x - x_mean) * (y - y_mean) for x, y in points) / spread


def _endowment(episode: Episode) -> float | None:
    """Endowment of each role in a round; ``None`` where the game has none."""
    endowment = episode.game.get("endowment")
    return endowment if isinstance(endowment, (int, float)) and endowment > 0 else None


@once_per_episode
def _rounds(episode: Episode) -> list[dict[str, float]]:
    """Give the contributions that were made, round by round; none where there is no endowment."""
    if _endowment(episode) is None:
        return []
    roles = episode.roles
    return [
        {role: action for role in roles if isinstance(action := each.actions.get(role), (int, float))}
        for each in episode.rounds
    ]


@once_per_episode
def _contributions(episode: Episode) -> dict[str, list[float]]:
    given: dict[str, list[float]] = {role: [] for role in episode.roles}
    for each in _rounds(episode):
        for role, gift in each.items():
            given[role].append(gift)
    return given
