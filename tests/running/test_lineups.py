"""Who sits where."""

from __future__ import annotations

import pytest

from interlab.errors import UsageError
from interlab.running.lineups import Lineup, seatings


def seated(lineup: Lineup | None, players: str, baselines: str = "", seats: int = 2) -> list[str]:
    """Players and seatings as words: player ``a`` in seat 1 and ``b`` in seat 2 is ``ab``."""
    return ["".join(each) for each in seatings(lineup, list(players), list(baselines), seats)]


@pytest.mark.parametrize(
    ("lineup", "players", "baselines", "seats", "expected"),
    [
        ("seats", "ab", "", 2, "ab"),
        ("seats", "ba", "", 2, "ba"),
        ("seats", "aab", "", 3, "aab"),
        ("self", "a", "", 2, "aa"),
        ("self", "ab", "", 3, "aaa bbb"),
        ("round-robin", "a", "", 2, "aa"),
        ("round-robin", "ab", "", 2, "aa ab ba bb"),
        ("round-robin", "abc", "", 2, "aa ab ba ac ca bb bc cb cc"),
        ("round-robin", "ab", "", 3, "aaa aab aba baa abb bba bab bbb"),
        ("round-robin", "aba", "", 2, "aa ab ba bb"),
        ("versus", "a", "x", 2, "ax xa"),
        ("versus", "ab", "xy", 2, "ax xa ay ya bx xb by yb"),
        ("versus", "a", "x", 3, "axx xxa xax"),
        ("versus", "a", "a", 2, "aa"),
    ],
)
def test_seatings(lineup: Lineup, players: str, baselines: str, seats: int, expected: str) -> None:
    assert seated(lineup, players, baselines, seats) == expected.split()


@pytest.mark.parametrize(
    ("players", "baselines", "seats", "usual"),
    [
        ("ab", "", 2, "seats"),
        ("a", "", 1, "seats"),
        ("a", "", 2, "self"),
        ("abc", "", 2, "round-robin"),
        ("ab", "", 3, "round-robin"),
        ("ab", "x", 2, "versus"),
    ],
)
def test_the_usual_lineup(players: str, baselines: str, seats: int, usual: Lineup) -> None:
    assert seated(None, players, baselines, seats) == seated(usual, players, baselines, seats)


@pytest.mark.parametrize(
    ("lineup", "players", "baselines", "message"),
    [
        (None, "", "", "no players: give at least one `--player`"),
        ("versus", "", "x", "no players: give at least one `--player`"),
        ("seats", "abc", "", r"3 players for 2 seats: give 2, or choose a line-up"),
        ("versus", "a", "", "the line-up `versus` needs at least one `--baseline`"),
        ("self", "a", "x", "baselines are for the line-up `versus`, not `self`"),
    ],
)
def test_players_that_do_not_fit(lineup: Lineup | None, players: str, baselines: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        seated(lineup, players, baselines)
