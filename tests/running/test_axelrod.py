"""Eight deterministic strategies, 200 rounds, everybody against everybody: exactly what the Axelrod library plays.

The oracle holds each pair once; a round-robin plays it in both seatings, and both must equal it.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.running.record import actions, episodes

if TYPE_CHECKING:
    from interlab.schema.episode import Episode

ORACLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "evals" / "oracles" / "axelrod_deterministic_200.json").read_bytes()
)
MATCHES: list[dict[str, Any]] = ORACLE["matches"]
STATES = ("CC", "CD", "DC", "DD")


def spec(name: str) -> str:
    """``TitFor2Tats`` -> ``strategy/tit-for-2-tats``."""
    return "strategy/" + "-".join(re.findall(r"[A-Z][a-z]*|\d+", name)).lower()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Episode]:
    """(player in the first seat, player in the second) -> episode, from the spans of one run of the command."""
    players = [argument for name in ORACLE["strategies"] for argument in ("--player", spec(name))]
    out = tmp_path_factory.mktemp("axelrod")
    command = ["run", "prisoners-dilemma", *players, "--lineup", "round-robin", "-p", "rounds=200"]
    ended = subprocess.run(
        [sys.executable, "-m", "interlab.cli.app", *command, "--episodes", "1", "--json", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    run = Path(json.loads(ended.stdout)["path"])
    assert set(episodes(run)) == set(actions(run))
    return {
        (episode.seat("alice").player, episode.seat("bob").player): episode for episode in episodes(run).values()
    }


def test_the_whole_file_is_played(played: dict[tuple[str, str], Episode]) -> None:
    assert len(MATCHES) == ORACLE["meta"]["n_pairs"] == 36
    pairs = {(spec(match["player"]), spec(match["opponent"])) for match in MATCHES}
    assert set(played) == pairs | {(second, first) for first, second in pairs}
    assert len(played) == 64


@pytest.mark.parametrize("match", MATCHES, ids=lambda match: f"{match['player']}-{match['opponent']}")
@pytest.mark.parametrize("seats", [("alice", "bob"), ("bob", "alice")], ids=["as listed", "seats swapped"])
def test_a_match_equals_the_oracle(
    match: dict[str, Any], seats: tuple[str, str], played: dict[tuple[str, str], Episode]
) -> None:
    players = dict(zip(seats, (spec(match["player"]), spec(match["opponent"])), strict=True))
    episode = played[players["alice"], players["bob"]]
    moves = ["".join(str(each.actions[role]) for each in episode.rounds) for role in seats]
    assert figures(moves) | {"scores": [episode.payoffs[role] for role in seats]} == {
        name: value for name, value in match.items() if name not in {"player", "opponent", "mean_score_per_turn"}
    }
    assert [sum(each.payoffs[role] for each in episode.rounds) / 200 for role in seats] == (
        match["mean_score_per_turn"]
    )


def figures(moves: list[str]) -> dict[str, Any]:
    """The oracle's figures of two strings of actions."""
    first, second = moves
    states = Counter(map("".join, zip(first, second, strict=True)))
    return {
        "cooperation_counts": [each.count("C") for each in moves],
        "joint_states": {state: states[state] for state in STATES},
        "first_defection_round_1based": [each.find("D") + 1 or None for each in moves],
        "memory_one_counts": [memory_one(first, second), memory_one(second, first)],
        "actions_first20": [each[:20] for each in moves],
        "actions_last5": [each[-5:] for each in moves],
        "actions_sha256": [hashlib.sha256(each.encode()).hexdigest() for each in moves],
    }


def memory_one(own: str, other: str) -> dict[str, list[int]]:
    """State of the round before -> [how often C followed, how often the state came before another round]."""
    followed = [(before[0] + before[1], after[0]) for before, after in pairwise(zip(own, other, strict=True))]
    return {
        state: [
            sum(before == state and after == "C" for before, after in followed),
            sum(before == state for before, _ in followed),
        ]
        for state in STATES
    }
