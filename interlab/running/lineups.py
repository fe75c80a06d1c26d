"""Line-ups: which players sit together, and where."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Literal

from interlab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Lineup = Literal["seats", "self", "round-robin", "versus"]
"""Rule by which players are put into seats: player i in seat i; each player with itself; all pairs; every
player against every baseline."""


def seatings(
    lineup: Lineup | None, players: Sequence[str], baselines: Sequence[str], seats: int
) -> list[tuple[str, ...]]:
    """List who sits where, one tuple of players per condition.

    Args:
        lineup: How to put players into seats. By default ``seats`` if there are as many players as seats,
            ``versus`` if there are baselines, ``self`` for one player, ``round-robin`` otherwise.
        players: Player specs.
        baselines: Player specs of the opponents, for ``versus``.
        seats: Number of seats of the scenario.

    Returns:
        Distinct seatings in a stable order. ``round-robin`` holds every choice of players for the seats,
        self-play included, in each of its rotations: for two seats, every ordered pair.

    Raises:
        UsageError: The players do not fit the line-up.
    """
    chosen = lineup or _usual(players, baselines, seats)
    if not players:
        raise UsageError("no players: give at least one `--player`")
    if baselines and chosen != "versus":
        raise UsageError(f"baselines are for the line-up `versus`, not `{chosen}`")
    match chosen:
        case "seats":
            if len(players) != seats:
                raise UsageError(
                    f"{len(players)} players for {seats} seats: give {seats}, or choose a line-up "
                    "(`self`, `round-robin`, `versus`)"
                )
            rows = iter([tuple(players)])
        case "self":
            rows = ((player,) * seats for player in players)
        case "round-robin":
            rows = _rotations(combinations_with_replacement(players, seats))
        case "versus":
            if not baselines:
                raise UsageError("the line-up `versus` needs at least one `--baseline`")
            rows = _rotations((player, *(baseline,) * (seats - 1)) for player in players for baseline in baselines)
    return list(dict.fromkeys(rows))


def _usual(players: Sequence[str], baselines: Sequence[str], seats: int) -> Lineup:
    if baselines:
        return "versus"
    if len(players) == seats:
        return "seats"
    return "self" if len(players) == 1 else "round-robin"


def _rotations(groups: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for group in groups:
        for shift in range(len(group)):
            yield group[shift:] + group[:shift]
