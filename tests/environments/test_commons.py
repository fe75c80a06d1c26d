"""The commons: harvests, rationing, regrowth, collapse; GovSim's worked cases."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.environments import scenario
from interlab.environments.commons import draw_units
from interlab.errors import ParameterError
from interlab.situations import Announcement, CommonsSituation
from interlab.testing import play
from tests.environments.puppets import stage

ORACLE = json.loads((Path(__file__).parents[1] / "evals" / "oracles" / "misc_reference.json").read_bytes())
FISHERS = ("alice", "bob", "carol", "dave", "erin")

RULES = """\
You are alice, one of 5 fishers who fish in the same lake: alice, bob, carol, dave, erin.
The lake can hold at most 100 tons of fish, and it is full at the beginning. In each month, every fisher \
decides how many tons of fish to catch. All fishers decide at the same time. The amount of fish that remains\
 is then multiplied by 2, up to a maximum of 100 tons. If less than 5 tons of fish remain after the catch, \
the fish die out and the game ends.
If more tons of fish are asked for in total than are available, they are handed out one at a time, each to \
someone drawn at random from those who have not yet received all that they asked for, until no more are \
available.
The game lasts 12 months.
Your goal is to earn as many tons of fish as possible over the whole game."""


def test_the_rules_as_a_fisher_reads_them() -> None:
    _, fishers = stage("commons-fishery")
    assert fishers["alice"].told == [RULES]


async def test_what_a_month_asks_pays_and_tells() -> None:
    catches: dict[str, Any] = {role: [10] for role in FISHERS}
    game, fishers = stage("commons-fishery", **catches)
    step = await game.step()
    assert step.payoffs == dict.fromkeys(FISHERS, 10.0)
    assert step.facts == {
        "stock_before": 100.0,
        "stock_after": 50.0,
        "sustainable": 50.0,
        "wanted": dict.fromkeys(FISHERS, 10.0),
        "received": dict.fromkeys(FISHERS, 10.0),
    }
    assert fishers["bob"].asked == [
        "Month 1 of 12. There are 100 tons of fish in the lake. How many tons do you catch (0 to 100)?"
    ]
    assert fishers["bob"].told[1:] == [
        (
            "Month 1. You caught 10 tons of fish (all fishers: alice 10, bob 10, carol 10, dave 10, erin "
            "10). 50 tons of fish remained."
        ),
    ]


async def test_a_resource_is_lost_when_too_little_is_left() -> None:
    game, fishers = stage("commons-pasture", alice=[30], bob=[30], carol=[30], dave=[6], erin=[None])
    step = await game.step()
    assert step.facts["stock_after"] == 4.0
    assert step.actions["erin"] is None
    assert game.is_finished
    assert game.result.end_reason == "collapse"
    assert game.result.outcome == {"collapsed": True, "rounds": 1, "stock": 0.0}
    assert fishers["erin"].told[-1].endswith("This is too little, and the game ends.")


async def test_others_catches_can_be_hidden() -> None:
    game, fishers = stage("commons-fishery", changes={"others_seen": False}, alice=[7])
    await game.step()
    assert fishers["bob"].told[-1] == (
        "Month 1. You caught 0 tons of fish (all fishers: 7 in total). 93 tons of fish remained."
    )
    situation = fishers["alice"].queries[0].situation
    assert isinstance(situation, CommonsSituation)
    assert situation.others == ()


async def test_in_the_town_hall_members_speak_one_after_another() -> None:
    talk = {"members": 3, "talk": True, "rounds": 2}
    spoken = [Announcement("I take five.", 5), 5, Announcement("Me too."), 5]
    game, fishers = stage("commons-fishery", changes=talk, alice=spoken, bob=[None, 5, Announcement("No.", 9), 5])
    episode = (await play(game)).episode
    first, second = (each.messages for each in episode.rounds)
    assert [(each.sender, each.receivers, each.text, each.announced_action) for each in first] == [
        ("alice", ("bob", "carol"), "I take five.", 5)
    ]
    assert [(each.sender, each.announced_action) for each in second] == [("bob", 9), ("alice", None)]
    assert 'Message from alice: "I take five."' in fishers["carol"].told
    assert (
        fishers["alice"].asked[0]
        == "Month 1 of 2. What message do you send to the others before everyone decides?"
    )


@pytest.mark.parametrize("rationing", ["random", "proportional"])
async def test_a_resource_of_which_nothing_is_left_is_lost(rationing: str) -> None:
    """Whatever the threshold."""
    greedy: dict[str, Any] = {role: [33, 33] for role in FISHERS}
    changes = {"collapse_below": 0, "rationing": rationing}
    game, fishers = stage("commons-fishery", changes=changes, **greedy)
    assert "If no tons of fish remain after the catch, the fish die out" in fishers["alice"].told[0]
    step = await game.step()
    assert step.facts["stock_after"] == 0.0
    assert game.is_finished
    assert game.result.end_reason == "collapse"
    assert fishers["bob"].told[-1].endswith("This is too little, and the game ends.")


@given(
    st.dictionaries(st.sampled_from(FISHERS), st.integers(0, 60), min_size=1), st.integers(0, 100), st.integers()
)
def test_units_go_to_who_wants_them_and_none_is_made_up(wanted: dict[str, int], stock: int, seed: int) -> None:
    amounts = {role: float(amount) for role, amount in wanted.items()}
    received = draw_units(stock, amounts, Random(seed))
    assert sum(received.values()) == min(stock, sum(wanted.values()))
    assert all(0 <= received[role] <= amounts[role] for role in amounts)


def test_units_are_drawn_fairly() -> None:
    stream = Random(1)
    totals: Counter[str] = Counter()
    for _ in range(2000):
        totals.update(draw_units(5, {"alice": 10.0, "bob": 10.0}, stream))
    assert abs(totals["alice"] / 10_000 - 0.5) < 0.02


@pytest.mark.parametrize(
    ("case", "wants"),
    [
        ("all take 10", [10] * 5),
        ("all take 20 (collapse month 1)", [20] * 5),
        ("all take 15", [15] * 5),
        ("one takes 30, others 10", [30, 10, 10, 10, 10]),
    ],
)
async def test_the_worked_cases(case: str, wants: list[int]) -> None:
    """With proportional rationing, as in the reference."""
    expected = ORACLE["commons"]["cases"][case]
    answers: dict[str, Any] = {role: [want] * 12 for role, want in zip(FISHERS, wants, strict=True)}
    game, _ = stage("commons-fishery", changes={"rationing": "proportional"}, **answers)
    episode = (await play(game)).episode
    assert len(episode.rounds) == expected["survival_time"]
    assert (episode.end_reason == "completed") is expected["survived"]
    gains = [episode.payoffs[role] for role in FISHERS]
    assert gains == pytest.approx(expected["gain_per_agent"])
    stocks = [[each.facts["stock_before"], each.facts["stock_after"]] for each in episode.rounds]
    assert stocks == [pytest.approx(pair, abs=1e-9) for pair in expected["stock_before_after"]]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"growth": 1}, "parameter `growth` of `commons-fishery`: Input should be greater than 1"),
        ({"collapse_below": 101}, "collapse_below must not be above the capacity"),
        ({"story": "{stock}"}, "only `{capacity}`, `{growth}`, `{too_little}` can be filled in"),
        ({"rationing": "fair"}, "parameter `rationing` of `commons-fishery`: Input should be"),
    ],
)
def test_bad_parameters_are_told_in_one_line(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        scenario("commons-fishery").configure(changes)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
