"""Matrix games in all their variants: turns, noise, what is told of the past, tables of any shape."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.environments import scenario
from interlab.environments.matrix import MatrixParameters
from interlab.situations import CooperationSituation, MatrixSituation, ReciprocitySituation
from interlab.testing import ArbitraryActor, play
from tests.environments.puppets import stage

NAME = "prisoners-dilemma"
GIBBONS: dict[str, Any] = {
    "actions": ["up", "down"],
    "other_actions": ["left", "middle", "right"],
    "payoffs": [[[1, 0], [1, 2], [0, 1]], [[0, 3], [0, 1], [2, 0]]],
    "rounds": 1,
}
"""Gibbons (1992), Game Theory for Applied Economists, figure 1.1.1."""


def situation(players: dict[str, Any], role: str, query: int = -1) -> MatrixSituation:
    found = players[role].queries[query].situation
    assert isinstance(found, MatrixSituation)
    return found


async def test_who_moves_second_sees_what_the_first_has_chosen() -> None:
    game, players = stage(NAME, changes={"order": "sequential"}, alice=["Y", "X"], bob=["X", "X"])
    assert (
        "In each round, you choose first, between X and Y. Then bob sees what you chose and chooses"
        in (players["alice"].told[0])
    )
    assert (
        "In each round, alice chooses first, between X and Y. Then you see what alice chose and choose"
        in (players["bob"].told[0])
    )
    step = await game.step()
    assert step.actions == {"alice": "D", "bob": "C"}
    assert players["alice"].asked == [
        "Round 1 of 10. Which action do you choose?",
    ]
    assert players["bob"].asked == [
        "Round 1 of 10. Alice chose Y. Which action do you choose?",
    ]
    assert (situation(players, "alice").seen, situation(players, "bob").seen) == (None, "D")
    await game.step()
    assert situation(players, "bob").seen == "C"
    assert (situation(players, "bob").own, situation(players, "bob").other) == (["C", "C"], ["D", "C"])


async def test_a_round_that_the_first_does_not_begin_is_void_at_once() -> None:
    game, players = stage(NAME, changes={"order": "sequential"}, alice=[None], bob=["X"])
    step = await game.step()
    assert (step.actions, step.payoffs) == ({"alice": None, "bob": None}, {})
    assert players["bob"].asked == []
    assert players["bob"].told[1:] == [
        "Round 1 is void because at least one of you made no valid choice. Neither of you gets any points.",
    ]


async def test_what_noise_plays_counts_and_what_was_chosen_is_on_record() -> None:
    game, players = stage(NAME, changes={"noise": 1}, alice=["X"], bob=["Y"])
    assert (
        "With probability 1, independently for each of you, a different action is played instead of the chosen one"
        in players["alice"].told[0]
    )
    step = await game.step()
    assert step.actions == {"alice": "D", "bob": "C"}
    assert step.facts == {"intended": {"alice": "C", "bob": "D"}}
    assert step.payoffs == {"alice": 5, "bob": 0}
    assert players["alice"].told[1:] == [
        "Round 1: you chose X, but Y was played, and bob played X. You got 5 points and bob got 0 points."
    ]


async def test_players_know_their_own_slips_and_not_the_others() -> None:
    game, players = stage(NAME, changes={"noise": 1}, alice=["X"], bob=["Y"])
    for _ in range(2):
        await game.step()
    known = situation(players, "alice")
    assert (known.chosen, known.own, known.other) == (["C"], ["D"], ["C"])


def test_noise_may_be_kept_from_the_players() -> None:
    _, players = stage(NAME, changes={"noise": 0.1, "noise_known": False})
    assert "probability" not in players["alice"].told[0]
    assert "- If you play X and bob plays Y, you get 0 and bob gets 5." in players["alice"].told[0]


@pytest.mark.parametrize(("name", "actions"), [(NAME, 2), ("rock-paper-scissors", 3)])
async def test_noise_replaces_actions_as_often_as_it_says_and_each_other_one_as_often(
    name: str, actions: int
) -> None:
    rounds = 6000
    game, _ = stage(
        name, changes={"noise": 0.3, "rounds": rounds}, seed=3, alice=["X"] * rounds, bob=["X"] * rounds
    )
    first = game.parameters.actions[0]
    steps = [await game.step() for _ in range(rounds)]
    assert all(step.facts["intended"] == {"alice": first, "bob": first} for step in steps)
    played = Counter(action for step in steps for action in step.actions.values())
    assert played.pop(first) / (2 * rounds) == pytest.approx(0.7, abs=0.015)
    assert len(played) == actions - 1
    for count in played.values():
        assert count / (2 * rounds) == pytest.approx(0.3 / (actions - 1), abs=0.015)


async def test_noise_is_chance_by_the_seed_and_the_same_whoever_plays() -> None:
    async def slips(seed: int, answer: str) -> list[bool]:
        game, _ = stage(NAME, seed, {"noise": 0.5, "rounds": 40}, alice=[answer] * 40, bob=["X"] * 40)
        chosen = {"X": "C", "Y": "D"}[answer]
        return [(await game.step()).actions["alice"] != chosen for _ in range(40)]

    assert await slips(1, "X") == await slips(1, "X") == await slips(1, "Y")
    assert await slips(1, "X") != await slips(2, "X")


async def test_a_copy_slips_where_the_original_does_and_on_its_own() -> None:
    found = scenario(NAME)
    parameters = found.configure({"noise": 0.5, "rounds": 30})
    game = found.environment(parameters, {role: ArbitraryActor(role, 1) for role in ("alice", "bob")}, 1)
    for _ in range(10):
        await game.step()
    twin = game.copy()
    ahead = [(await twin.step()).actions for _ in range(20)]
    assert [(await game.step()).actions for _ in range(20)] == ahead


async def test_players_may_learn_their_own_payoff_only() -> None:
    game, players = stage(NAME, changes={"history": "own"}, alice=["X", "X"], bob=["Y", "X"])
    assert "After each round, you learn your own payoff, but not what bob chose." in players["alice"].told[0]
    for _ in range(2):
        await game.step()
    assert players["alice"].told[1:] == [
        "Round 1: you chose X. You got 0 points.",
        "Round 2: you chose X. You got 3 points.",
    ]
    known = situation(players, "alice")
    assert (known.own, known.other) == (["C", "C"], [])


async def test_players_may_learn_nothing() -> None:
    game, players = stage(NAME, changes={"history": "none", "noise": 1}, alice=["X", "X"], bob=["Y", "X"])
    assert "After each round, you learn neither what was played nor your payoff." in players["alice"].told[0]
    step = await game.step()
    await game.step()
    assert step.actions["alice"] == "D"
    assert players["alice"].told[1:] == ["Round 1 is over.", "Round 2 is over."]
    known = situation(players, "alice")
    assert (known.chosen, known.own, known.other) == (["C", "C"], ["C", "C"], []), "what was played is not known"


async def test_players_may_be_told_the_wrong_action() -> None:
    game, players = stage(NAME, changes={"misperception": 1}, alice=["X", "X"], bob=["Y", "X"])
    assert (
        "After each round, you learn what bob chose, but this information is wrong with probability 1. "
        "You do not learn your payoff." in (players["alice"].told[0])
    )
    step = await game.step()
    assert step.actions == {"alice": "C", "bob": "D"}
    assert step.payoffs == {"alice": 0, "bob": 5}
    assert step.facts == {"perceived": {"alice": "D", "bob": "C"}}
    assert players["alice"].told[1:] == ["Round 1: you chose X. According to your information, bob chose X."]
    await game.step()
    assert (situation(players, "alice").own, situation(players, "alice").other) == (["C", "C"], ["C", "D"])


@pytest.mark.parametrize(
    ("name", "changes", "kind"),
    [
        (NAME, {}, ReciprocitySituation),
        (NAME, {"order": "sequential", "noise": 0.1}, ReciprocitySituation),
        (NAME, {"history": "own"}, CooperationSituation),
        (NAME, {"history": "none"}, CooperationSituation),
        (NAME, {"cooperate": None}, MatrixSituation),
        ("matching-pennies", {}, MatrixSituation),
    ],
)
async def test_what_strategies_get_to_know_depends_on_the_game(
    name: str, changes: dict[str, Any], kind: type[MatrixSituation]
) -> None:
    game, players = stage(name, changes=changes)
    assert game.situation_in(game.parameters) is kind
    await game.step()
    assert type(situation(players, "alice")) is kind


async def test_players_may_have_different_actions() -> None:
    game, players = stage("matrix", changes=GIBBONS, alice=["up"], bob=["middle"])
    assert players["alice"].told[0].splitlines()[1:8] == [
        (
            "In each round, you choose between up and down and bob between left, middle and right, at "
            "the same time, without seeing the other's choice."
        ),
        "These are the payoffs of a round, in points:",
        "- If you choose up and bob chooses left, you get 1 and bob gets 0.",
        "- If you choose up and bob chooses middle, you get 1 and bob gets 2.",
        "- If you choose up and bob chooses right, you get 0 and bob gets 1.",
        "- If you choose down and bob chooses left, you get 0 and bob gets 3.",
        "- If you choose down and bob chooses middle, you get 0 and bob gets 1.",
    ]
    step = await game.step()
    assert (step.actions, step.payoffs) == ({"alice": "up", "bob": "middle"}, {"alice": 1, "bob": 2})
    bob = situation(players, "bob")
    assert (bob.actions, bob.other_actions) == (("left", "middle", "right"), ("up", "down"))
    assert bob.payoffs["left", "down"] == (3, 0)
    facts = game.game(game.parameters)
    assert facts["actions_by_role"] == {"alice": ["up", "down"], "bob": ["left", "middle", "right"]}
    assert facts["equilibria"] == [["up", "middle"]]


def test_a_table_may_be_given_by_rows() -> None:
    cells = {"C,C": (3, 3), "C,D": (0, 5), "D,C": (5, 0), "D,D": (1, 1)}
    found = scenario(NAME)
    assert found.configure({"payoffs": [[[3, 3], [0, 5]], [[5, 0], [1, 1]]]}) == found.configure(
        {"payoffs": cells}
    )


def test_the_words_can_be_changed() -> None:
    _, players = stage(NAME, changes={"unit": "euros"})
    assert players["alice"].told[0].endswith("Your goal is to earn as many euros as possible over the whole game.")
    _, players = stage(NAME, changes={"unit": "euros", "aim": "Do as you like, {role}."})
    assert "These are the payoffs of a round, in euros:" in players["bob"].told[0]
    assert players["bob"].told[0].endswith("\nDo as you like, bob.")


tables = st.integers(1, 3).flatmap(
    lambda columns: st.lists(
        st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=columns + 1, max_size=columns + 1),
        min_size=2,
        max_size=4,
    )
)


@given(tables)
def test_an_equilibrium_is_a_cell_that_nobody_wants_to_leave(table: list[list[tuple[int, int]]]) -> None:
    rows = tuple(f"r{i}" for i in range(len(table)))
    columns = tuple(f"c{j}" for j in range(len(table[0])))
    given = {"actions": rows, "other_actions": columns, "cooperate": None, "payoffs": table}
    found = set(MatrixParameters.model_validate(given).equilibria())
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            gains = [table[k][j][0] > table[i][j][0] for k in range(len(rows))]
            gains += [table[i][k][1] > table[i][j][1] for k in range(len(columns))]
            assert ((row, column) in found) == (not any(gains))


async def test_what_is_recorded_of_a_noisy_game_in_turns() -> None:
    game, _ = stage(NAME, changes={"order": "sequential", "noise": 1, "rounds": 1}, alice=["X"], bob=["X"])
    episode = (await play(game)).episode
    assert (episode.game["order"], episode.game["noise"]) == ("sequential", 1)
    (round_,) = episode.rounds
    assert round_.facts == {"intended": {"alice": "C", "bob": "C"}}
    assert round_.actions == {"alice": "D", "bob": "D"}
    assert episode.outcome == {"rounds": 1}
