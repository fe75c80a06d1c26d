"""Games of a group in which choices are counted: whether members choose alike, and whether they spread out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from interlab_evals.measures.declaration import Count, metric

if TYPE_CHECKING:
    from interlab.schema.episode import Episode

_UNCOUNTED: Final = "no round tells how many chose what"


@metric(
    kind="ratio",
    direction="neutral",
    level="episode",
    undefined=f"{_UNCOUNTED}, or never more than one chose",
    source="Mehta, Starmer & Sugden (1994), the coordination index",
)
def choice_agreement(episode: Episode) -> Count:
    """Share of pairs of members that chose the same.

    k/n with k = sum_t sum_a c_ta (c_ta - 1) and n = sum_t C_t (C_t - 1), c_ta = how many chose a
    (``facts["count"]``), C_t = how many chose: the chance that two members, drawn from a round, agree.
    """
    alike = pairs = 0.0
    for counts in _counts(episode):
        chose = sum(counts)
        alike += sum(count * (count - 1) for count in counts)
        pairs += chose * (chose - 1)
    return Count(alike, pairs)


@metric(
    kind="ratio",
    unit="members squared per member",
    range=(0.0, float("inf")),
    direction="lower",
    level="episode",
    undefined=f"{_UNCOUNTED}, or there are not two options",
    source="Challet & Zhang (1997); Savit, Manuca & Riolo (1999)",
)
def attendance_variance(episode: Episode) -> Count:
    """Deviation of attendance from half of the group: 1/4 if all choose at random, less if they take turns.

    k/n with k = sum_t (A_t - C_t/2)^2 and n = sum_t C_t, A_t = how many chose the first option
    (``facts["count"]``), C_t = how many chose.
    """
    found = [counts for counts in _counts(episode) if len(counts) == 2]
    return Count(sum((first - (first + second) / 2) ** 2 for first, second in found), sum(map(sum, found)))


def _counts(episode: Episode) -> list[list[float]]:
    told = [each.facts.get("count") for each in episode.rounds]
    return [
        [float(count) for count in counts.values() if isinstance(count, int | float)]
        for counts in told
        if isinstance(counts, dict)
    ]
