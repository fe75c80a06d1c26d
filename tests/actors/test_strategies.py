"""Strategies as tables of actions: what was played so far -> what is played next."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.errors import ParameterError, UnknownNameError, UsageError
from interlab.situations import (
    Announcement,
    ContributionSituation,
    CooperationSituation,
    Query,
    ReciprocitySituation,
    Situation,
    announcement_of,
)
from tests.actors.asking import DILEMMA, answers, dilemma, frequency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def group(others: Sequence[float] = (), endowment: int = 20) -> ContributionSituation:
    return ContributionSituation(
        endowment=endowment,
        multiplier=1.6,
        members=4,
        own=[0] * len(others),
        others=others,
        round=len(others) + 1,
        horizon=10,
    )


# Own actions so far, the other's actions so far -> next action.
TABLES: Mapping[str, Mapping[tuple[str, str], str]] = {
    "cooperator": {("", ""): "C", ("C", "D"): "C", ("CC", "DD"): "C"},
    "defector": {("", ""): "D", ("D", "C"): "D", ("DD", "CC"): "D"},
    "tit-for-tat": {("", ""): "C", ("C", "C"): "C", ("C", "D"): "D", ("CD", "DC"): "C", ("CC", "CD"): "D"},
    "suspicious-tit-for-tat": {("", ""): "D", ("D", "C"): "C", ("D", "D"): "D", ("DC", "CC"): "C"},
    "tit-for-2-tats": {
        ("", ""): "C",
        ("C", "D"): "C",
        ("CC", "DD"): "D",
        ("CC", "DC"): "C",
        ("CC", "CD"): "C",
        ("CCD", "DDC"): "C",
        ("CCD", "DDD"): "D",
    },
    "grudger": {
        ("", ""): "C",
        ("C", "C"): "C",
        ("C", "D"): "D",
        ("CD", "DC"): "D",
        ("CDD", "DCC"): "D",
        ("CC", "DC"): "D",
        ("DD", "CC"): "C",
    },
    "win-stay-lose-shift": {
        ("", ""): "C",
        ("C", "C"): "C",
        ("C", "D"): "D",
        ("D", "C"): "D",
        ("D", "D"): "C",
    },
    "alternator": {("", ""): "C", ("C", "C"): "D", ("C", "D"): "D", ("D", "C"): "C", ("CD", "DD"): "C"},
    "appeaser": {("", ""): "C", ("C", "C"): "C", ("C", "D"): "D", ("D", "C"): "D", ("D", "D"): "C"},
}
CELLS = [(name, *history, action) for name, table in TABLES.items() for history, action in table.items()]


@pytest.mark.parametrize(("name", "own", "other", "action"), CELLS)
def test_what_is_played_next(name: str, own: str, other: str, action: str) -> None:
    assert answers(f"strategy/{name}", dilemma(own, other)) == [action]


@given(st.lists(st.sampled_from("CD"), max_size=30), st.booleans())
def test_a_grudger_defects_exactly_if_the_other_ever_did(other: list[str], betrayed: bool) -> None:
    own = ["D" if betrayed else "C"] * len(other)
    assert answers("strategy/grudger", dilemma(own, other)) == ["D" if "D" in other else "C"]


@pytest.mark.parametrize(
    ("spec", "p"), [("random", 0.5), ("random?p=0.3", 0.3), ("random?p=0", 0), ("random?p=1", 1)]
)
def test_random_cooperates_with_its_probability(spec: str, p: float) -> None:
    assert frequency(f"strategy/{spec}", dilemma()) == pytest.approx(p, abs=0.03)


@pytest.mark.parametrize(
    ("spec", "forgiveness"),
    [("generous-tit-for-tat", 1 / 3), ("generous-tit-for-tat?p=0.9", 0.9), ("generous-tit-for-tat?p=0", 0)],
)
def test_generosity(spec: str, forgiveness: float) -> None:
    """By default min(1 - (T-R)/(R-S), (R-P)/(T-P)), at R, S, T, P = 3, 0, 5, 1 that is 1/3."""
    assert frequency(f"strategy/{spec}", dilemma("C", "D")) == pytest.approx(forgiveness, abs=0.03)
    assert frequency(f"strategy/{spec}", dilemma("C", "C")) == 1
    assert frequency(f"strategy/{spec}", dilemma()) == 1


def test_generosity_is_undefined_where_its_formula_is() -> None:
    flat = dict.fromkeys(DILEMMA, (1, 1))
    with pytest.raises(UsageError, match="has no generosity of its own at these payoffs"):
        answers("strategy/generous-tit-for-tat", dilemma("C", "D", flat))
    assert answers("strategy/generous-tit-for-tat?p=1", dilemma("C", "D", flat)) == ["C"]


def test_the_same_seed_draws_the_same_actions() -> None:
    situations = [dilemma()] * 50
    assert answers("strategy/random", *situations, seed=3) == answers("strategy/random", *situations, seed=3)
    assert answers("strategy/random", *situations, seed=3) != answers("strategy/random", *situations, seed=4)


def test_actions_are_named_as_the_players_see_them() -> None:
    labelled = replace(dilemma(), labels={"C": "X", "D": "Y"})
    assert answers("strategy/defector", labelled) == ["Y"]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", ["random", "tit-for-tat", "generous-tit-for-tat"])
def test_what_is_announced_is_done(name: str, seed: int) -> None:
    actor = player(f"strategy/{name}").create_actor("alice", seed, InvalidPolicy())
    kind = announcement_of(("C", "D"))

    async def rounds() -> None:
        for own, other in (("", ""), ("C", "D"), ("CC", "DD"), ("CCD", "DDC")):
            situation = dilemma(own, other)
            said = await actor.query(
                Query(prompt="say", expected_type=kind, purpose="message", situation=situation)
            )
            done = await actor.query(Query(prompt="do", expected_type=str, situation=situation))
            assert said == Announcement(f"I will choose {done}.", done)

    asyncio.run(rounds())


@pytest.mark.parametrize(
    ("spec", "others", "points"),
    [
        ("free-rider", (), 0),
        ("free-rider", (20.0,), 0),
        ("full-contributor", (), 20),
        ("full-contributor", (0.0,), 20),
        ("conditional-cooperator", (), 20),
        ("conditional-cooperator", (5.0, 12.4), 12),
        ("conditional-cooperator?first=0.5", (), 10),
        ("conditional-cooperator?slope=0.5", (10.0,), 5),
        ("conditional-cooperator?slope=3", (10.0,), 20),
    ],
)
def test_contributions(spec: str, others: Sequence[float], points: int) -> None:
    assert answers(f"strategy/{spec}", group(others)) == [points]


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("strategy/random?p=often", "`strategy/random?p=often`: option `p`: Input should be a valid number"),
        ("strategy/random?p=1.5", "option `p`: Input should be less than or equal to 1"),
        ("strategy/random?p=nan", "option `p`: Input should be"),
        ("strategy/random?q=1", "`strategy/random?q=1`: `q` is not an option; known are `noise`, `p`"),
        ("strategy/tit-for-tat?p=1", "`p` is not an option; known are `noise`"),
        ("strategy/conditional-cooperator?slope=-1", "option `slope`: Input should be greater"),
        ("negotiator/boulware?e=0", "option `e`: Input should be greater than 0"),
        ("negotiator/boulware?e=inf", "option `e`: Input should be a finite number"),
        ("strategy/random?p", "write options as `?name=value&name=value`"),
        ("strategy/random?p=0.1&p=0.2", "gives an option twice"),
    ],
)
def test_bad_options_are_told_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(ParameterError) as caught:
        player(spec)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("strategy/tit-for-tatt", "no strategy is called `tit-for-tatt`; did you mean `tit-for-tat`"),
        (
            "negotiator/zzz",
            "no negotiator is called `zzz`; known are `agreeable`, `boulware`",
        ),
        ("stratgy/random", "`stratgy` is neither a source of players nor a provider; did you mean `strategy`"),
    ],
)
def test_unknown_players_are_told_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        player(spec)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_spec_needs_both_parts() -> None:
    with pytest.raises(ParameterError):
        player("random")


def test_a_player_knows_what_it_plays() -> None:
    assert player("strategy/random?p=0.3").spec == "strategy/random?p=0.3"
    assert (player("strategy/random").kind, player("negotiator/linear").kind) == ("strategy", "negotiator")
    assert player("strategy/random").plays is Situation
    assert player("strategy/defector").plays is CooperationSituation
    assert player("strategy/tit-for-tat").plays is ReciprocitySituation
    assert player("strategy/free-rider").plays is ContributionSituation


def test_a_program_in_the_wrong_game_says_so() -> None:
    with pytest.raises(UsageError, match="`strategy/bully` plays games with a ReciprocitySituation; this is none"):
        answers("strategy/bully", group())
