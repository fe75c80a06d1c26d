"""The repeated matrix game: what players read, what a round pays, when it ends."""

from __future__ import annotations

from typing import Any, cast

import pytest

from interlab.environments import scenario
from interlab.errors import ParameterError
from interlab.queries import answer_type
from interlab.situations import Announcement, MatrixSituation
from interlab.testing import ArbitraryActor, play
from tests.environments.puppets import stage

NAME = "prisoners-dilemma"
TABLE = {"C,C": (3, 3), "C,D": (0, 5), "D,C": (5, 0), "D,D": (1, 1)}

RULES = """\
You are playing a game with one other player, bob.
In each round, both of you choose between X and Y, at the same time, without seeing the other's choice.
These are the payoffs of a round, in points:
- If you choose X and bob chooses X, you get 3 and bob gets 3.
- If you choose X and bob chooses Y, you get 0 and bob gets 5.
- If you choose Y and bob chooses X, you get 5 and bob gets 0.
- If you choose Y and bob chooses Y, you get 1 and bob gets 1.
The game lasts 10 rounds.
Your goal is to earn as many points as possible over the whole game."""

VARIANT = """\
bob, you and alice run two shops.
In each round, both of you choose between high and low, at the same time, without seeing the other's choice.
These are the payoffs of a round, in points:
- If you choose high and alice chooses high, you get 2000000 and alice gets 3.5.
- If you choose high and alice chooses low, you get 0 and alice gets 5.
- If you choose low and alice chooses high, you get 5 and alice gets -0.25.
- If you choose low and alice chooses low, you get 1 and alice gets 1.
After each round, there is another round with probability 0.9, up to 10 rounds in all.
Before each round, each of you may send one message to the other. Messages are not binding.
Your goal is to earn as many points as possible over the whole game."""


def test_the_rules_of_the_dilemma_as_alice_reads_them() -> None:
    _, players = stage(NAME)
    assert players["alice"].told == [RULES]
    assert players["bob"].told == [RULES.replace("bob", "alice")]


def test_the_rules_of_a_variant_as_the_second_player_reads_them() -> None:
    _, players = stage(
        NAME,
        changes={
            "payoffs": {"C,C": (3.5, 2_000_000), "C,D": (-0.25, 5), "D,C": (5, 0), "D,D": (1, 1)},
            "labels": {"C": "high", "D": "low"},
            "framing": "{role}, you and {other} run two shops.",
            "continuation": 0.9,
            "talk": True,
        },
    )
    assert players["bob"].told == [VARIANT]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"rounds": 1}, "The game lasts 1 round."),
        ({"horizon_known": False}, "You will not be told how many rounds there are."),
        (
            {"continuation": 0.5},
            "After each round, there is another round with probability 0.5, up to 10 rounds in all.",
        ),
    ],
)
def test_how_long_it_lasts(changes: dict[str, Any], line: str) -> None:
    _, players = stage(NAME, changes=changes)
    assert line in players["alice"].told[0].splitlines()


async def test_what_a_round_with_talk_asks_and_tells() -> None:
    game, players = stage(
        NAME,
        changes={"talk": True},
        alice=[Announcement("Let us both choose X.", "X"), "X"],
        bob=[Announcement("", None), "Y"],
    )
    step = await game.step()
    assert (step.actions, step.payoffs) == ({"alice": "C", "bob": "D"}, {"alice": 0, "bob": 5})
    assert players["alice"].asked == [
        "Round 1 of 10. What message do you send to bob before you both choose?",
        "Round 1 of 10. Which action do you choose?",
    ]
    assert players["alice"].told[1:] == [
        "Round 1: you chose X and bob chose Y. You got 0 points and bob got 5 points.",
    ]
    assert players["bob"].told[1:] == [
        'Message from alice: "Let us both choose X."',
        "Round 1: you chose Y and alice chose X. You got 5 points and alice got 0 points.",
    ]


async def test_what_is_announced_is_recorded_as_an_action() -> None:
    game, _ = stage(
        NAME,
        changes={"talk": True, "rounds": 1},
        alice=[Announcement("I will choose Y.", "Y"), "X"],
        bob=[Announcement("Hello.", "Z"), "X"],
    )
    (round_,) = (await play(game)).episode.rounds
    assert [(each.sender, each.receivers, each.text, each.announced_action) for each in round_.messages] == [
        ("alice", ("bob",), "I will choose Y.", "D"),
        ("bob", ("alice",), "Hello.", None),
    ]


async def test_an_announcement_is_held_to_the_labels() -> None:
    game, players = stage(NAME, changes={"talk": True, "labels": {"C": "blue", "D": "green"}})
    await game.step()
    wanted = answer_type(players["alice"].queries[0].expected_type)
    properties = cast("dict[str, Any]", wanted.schema.document["properties"])
    assert properties["announced_action"]["anyOf"] == [
        {"enum": ["blue", "green"], "type": "string"},
        {"type": "null"},
    ]
    assert wanted.schema.strict
    assert isinstance(wanted.parse('{"message": "hi", "announced_action": "blue"}').value, Announcement)


async def test_the_type_asked_for_is_the_same_in_every_episode() -> None:
    games = [stage(NAME, changes={"talk": True}) for _ in range(2)]
    for game, _ in games:
        await game.step()
    first, second = (players["alice"].queries[0].expected_type for _, players in games)
    assert first is second


@pytest.mark.parametrize("cell", TABLE)
async def test_every_cell_of_the_table_pays(cell: str) -> None:
    own, other = cell.split(",")
    labels = {"C": "X", "D": "Y"}
    game, _ = stage(NAME, alice=[labels[own]], bob=[labels[other]])
    step = await game.step()
    assert tuple(step.payoffs.values()) == TABLE[cell]
    assert game.result.payoffs == step.payoffs


async def test_each_player_sees_the_table_from_its_own_seat() -> None:
    game, players = stage(NAME, changes={"payoffs": TABLE | {"C,D": (-1, 7)}}, alice=["X"], bob=["Y"])
    for _ in range(2):
        await game.step()
    alice, bob = (players[role].queries[1].situation for role in ("alice", "bob"))
    assert isinstance(alice, MatrixSituation)
    assert isinstance(bob, MatrixSituation)
    assert (alice.own, alice.other, alice.round, alice.horizon) == (["C"], ["D"], 2, 10)
    assert (bob.own, bob.other) == (["D"], ["C"])
    assert alice.payoffs["C", "D"] == (-1, 7)
    assert bob.payoffs["D", "C"] == (7, -1)


async def test_a_round_in_which_somebody_forfeits_is_void() -> None:
    game, players = stage(NAME, changes={"rounds": 2}, alice=["X", "X"], bob=[None, "X"])
    step = await game.step()
    assert (step.actions, step.payoffs) == ({"alice": "C", "bob": None}, {})
    for player in players.values():
        assert player.told[1:] == [
            ("Round 1 is void because at least one of you made no valid choice. Neither of you gets any points."),
        ]
    await game.step()
    situation = players["alice"].queries[1].situation
    assert isinstance(situation, MatrixSituation)
    assert (situation.own, situation.round) == (["C"], 2), "a void round is no part of the history"
    assert game.is_finished
    assert game.result.payoffs == {"alice": 3, "bob": 3}


async def test_how_long_games_with_continuation_last_is_chance_by_the_seed() -> None:
    found = scenario(NAME)
    parameters = found.configure({"continuation": 0.75, "rounds": 1000})

    async def length(seed: int) -> int:
        actors = {role: ArbitraryActor(role, seed) for role in ("alice", "bob")}
        game = found.environment(parameters, actors, seed)
        while not game.is_finished:
            await game.step()
        return game.rounds_played

    lengths = [await length(seed) for seed in range(300)]
    assert lengths == [await length(seed) for seed in range(300)]
    assert sum(lengths) / len(lengths) == pytest.approx(1 / (1 - 0.75), abs=0.6)
    assert min(lengths) == 1


async def test_rounds_bound_a_game_with_continuation() -> None:
    game, _ = stage(NAME, changes={"continuation": 0.999, "rounds": 4})
    assert len((await play(game)).episode.rounds) == 4


def test_the_facts_that_metrics_need() -> None:
    found = scenario(NAME)
    assert found.environment.game(found.parameters) == {
        "kind": "matrix",
        "actions": ["C", "D"],
        "cooperate": "C",
        "payoffs": {cell: list(pair) for cell, pair in TABLE.items()},
        "equilibria": [["D", "D"]],
        "welfare": [2, 6],
        "horizon": 10,
        "horizon_known": True,
        "continuation": None,
        "order": "simultaneous",
        "noise": 0,
        "history": "public",
        "misperception": 0,
    }


def test_a_game_of_three_actions() -> None:
    actions = ("rock", "paper", "scissors")
    payoffs = {f"{a},{b}": (0.0, 0.0) for a in actions for b in actions}
    _, players = stage(
        NAME, changes={"actions": actions, "payoffs": payoffs, "cooperate": None, "labels": {}, "talk": True}
    )
    assert "between rock, paper and scissors, at the same time" in players["alice"].told[0]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rounds": 0}, "parameter `rounds` of `prisoners-dilemma`: Input should be greater than or equal to 1"),
        (
            {"round": 3},
            "`prisoners-dilemma` has no parameter `round`; did you mean `rounds`?",
        ),
        ({"continuation": 1}, "parameter `continuation` of `prisoners-dilemma`: Input should be less than 1"),
        ({"payoffs": {"C,C": (1, 1)}}, "payoffs must have exactly the cells C,C, C,D, D,C, D,D"),
        ({"payoffs": TABLE | {"C,C": (float("nan"), 1)}}, "parameter `payoffs.C,C.0` of `prisoners-dilemma`"),
        ({"payoffs": [[[3, 3], [0, 5]]]}, "the table must have 2 rows of 2 pairs of payoffs"),
        ({"cooperate": "E"}, "cooperate must be one of the actions C, D"),
        ({"actions": ("C", "D", "D")}, "an action is named twice"),
        ({"noise": 1.5}, "parameter `noise` of `prisoners-dilemma`: Input should be less than or equal to 1"),
        ({"history": "own", "order": "sequential"}, "order sequential needs history public"),
        ({"history": "none", "misperception": 0.1}, "misperception needs history public"),
        ({"labels": {"E": "x"}}, "labels name no action: E"),
        ({"labels": {"C": "x", "D": "x"}}, "labels must differ"),
        ({"labels": {"C": "", "D": "x"}}, "labels must not be empty"),
        ({"actions": ("a,b", "c")}, "actions need names without a comma"),
        ({"framing": "You are {name}."}, "only `{role}`, `{other}` can be filled in"),
        ({"framing": "Play {role"}, "a single `{` or `}`; write `{{` and `}}` for braces"),
        ({"framing": "{role.__class__}"}, "only `{role}`, `{other}` can be filled in"),
    ],
)
def test_bad_parameters_are_told_in_one_line(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        scenario(NAME).configure(changes)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
