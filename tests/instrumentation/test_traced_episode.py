"""What an episode that is told by hand says, read back from its spans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import pytest

import interlab as il
from interlab.errors import ParameterError, UsageError
from tests.instrumentation.recorded import assert_whole, only_episode, spans, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from interlab.instrumentation import TracedEpisode, TracedRun

PLAYERS = {"alice": "my/bot", "bob": "my/other"}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[TracedRun]:
    with il.trace.run("study", out=tmp_path) as run:
        yield run


def test_a_whole_episode(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS, models={"alice": "openai/gpt-5-mini"}, seed=7) as episode:
        with episode.turn("alice", prompt="Any plans?", purpose="thought") as turn:
            turn.answered("to win", thought="obviously")
        for first, second in (("C", "D"), ("D", "D")):
            with episode.round() as round_:
                round_.message("alice", "bob", "hello", announced_action="C")
                with round_.turn("alice", prompt="C or D?", observations=["it is late"]):
                    round_.action("alice", first)
                round_.action("bob", second)
                round_.facts({"weather": "fine"})
                round_.payoff({"bob": 5, "alice": 0.5})
        episode.message("bob", ["alice"], "bye")
        episode.outcome({"rounds": 2}, end_reason="deadline")

    assert_whole(spans(run.path))
    found = only_episode(run.path)
    assert (found.run, found.suite, found.scenario, found.seed) == (run.id, "study", "duel", 7)
    assert [(seat.role, seat.player, seat.kind, seat.model) for seat in found.seats] == [
        ("alice", "my/bot", "llm", "openai/gpt-5-mini"),
        ("bob", "my/other", "external", None),
    ]
    assert [dict(each.actions) for each in found.rounds] == [
        {"alice": "C", "bob": "D"},
        {"alice": "D", "bob": "D"},
    ]
    assert [list(each.payoffs) for each in found.rounds] == [["alice", "bob"]] * 2, "in the order of the seats"
    assert found.rounds[1].facts == {"weather": "fine"}
    assert found.payoffs == {"alice": 1.0, "bob": 10.0}
    assert (found.outcome, found.end_reason, found.error) == ({"rounds": 2}, "deadline", None)
    (message,) = found.rounds[0].messages
    assert (message.sender, message.receivers, message.text) == ("alice", ("bob",), "hello")
    assert message.announced_action == "C"
    (asked,) = found.rounds[1].turns
    assert (asked.prompt, asked.observations, asked.action) == ("C or D?", ("it is late",), "D")
    assert (asked.valid, asked.attempts, asked.handling) == (True, 1, "none")
    (plan,) = found.turns
    assert (plan.round, plan.purpose, plan.action, plan.thought) == (None, "thought", "to win", "obviously")
    (bye,) = found.messages
    assert (bye.sender, bye.text) == ("bob", "bye")


def test_totals_are_what_rounds_paid_and_what_else_there_was(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode:
        for _ in range(3):
            with episode.round() as round_:
                round_.payoff({"alice": 0.1})
                round_.payoff({"alice": 0.2, "bob": -1})
        episode.payoff({"bob": 100})
    found = only_episode(run.path)
    assert found.rounds[0].payoffs == {"alice": 0.1 + 0.2, "bob": -1.0}
    assert found.payoffs == {"alice": 0.1 + 0.2 + 0.1 + 0.2 + 0.1 + 0.2, "bob": 97.0}


def test_stated_totals_replace_the_sums(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode:
        with episode.round() as round_:
            round_.payoff({"alice": 3, "bob": 3})
        episode.outcome(payoffs={"bob": 1, "alice": 2})
    assert list(only_episode(run.path).payoffs.items()) == [("alice", 2.0), ("bob", 1.0)]


def test_without_payoffs_there_are_none(run: TracedRun) -> None:
    with run.episode("talk", players=PLAYERS) as episode:
        episode.message("alice", "bob", "hello")
    found = only_episode(run.path)
    assert found.payoffs == {}
    assert (found.outcome, found.end_reason, found.rounds) == ({}, "completed", ())


def test_a_role_without_a_valid_move_has_none(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round() as round_:
        with round_.turn("alice") as turn:
            turn.answered(None, valid=False, attempts=3, handling="forfeit")
            round_.action("alice", None)
        round_.action("bob", "D")
    (found,) = only_episode(run.path).rounds
    assert found.actions == {"alice": None, "bob": "D"}
    assert [(turn.valid, turn.attempts, turn.handling) for turn in found.turns] == [(False, 3, "forfeit")]


def test_what_a_turn_was_told_is_not_overwritten_by_the_action(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round() as round_, round_.turn("alice") as turn:
        turn.answered({"choice": "X"}, thought="hm")
        round_.action("alice", "C")
    (found,) = only_episode(run.path).rounds
    assert (found.turns[0].action, found.actions["alice"]) == ({"choice": "X"}, "C")


class Move(Enum):
    UP = "up"


@dataclass
class Offer:
    price: float
    move: Move


def test_actions_may_be_values_of_ones_own(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round() as round_:
        round_.action("alice", Offer(2.5, Move.UP))
        round_.action("bob", (1, 2))
    assert only_episode(run.path).rounds[0].actions == {"alice": {"price": 2.5, "move": "up"}, "bob": [1, 2]}


def test_the_functions_act_on_what_is_current(run: TracedRun) -> None:
    def choose(role: str, action: str) -> None:
        with il.trace.turn(role, prompt="C or D?"):
            il.trace.action(role, action)

    with il.trace.episode("duel", players=PLAYERS):
        with il.trace.round():
            choose("alice", "C")
            choose("bob", "D")
            il.trace.message("alice", "bob", "ouch")
            il.trace.facts({"weather": "fine"})
            il.trace.payoff({"alice": 0, "bob": 5})
        il.trace.payoff({"alice": 1})
        il.trace.message("bob", "alice", "sorry")
        with il.trace.turn("bob", purpose="thought"):
            pass
        il.trace.outcome({"rounds": 1}, end_reason="collapse")
    found = only_episode(run.path)
    (round_,) = found.rounds
    assert (round_.actions, round_.facts) == ({"alice": "C", "bob": "D"}, {"weather": "fine"})
    assert [turn.action for turn in round_.turns] == ["C", "D"]
    assert [message.text for message in (*round_.messages, *found.messages)] == ["ouch", "sorry"]
    assert (found.payoffs, found.outcome, found.end_reason) == (
        {"alice": 1.0, "bob": 5.0},
        {"rounds": 1},
        "collapse",
    )
    assert [turn.purpose for turn in found.turns] == ["thought"]


def test_in_a_process_without_episodes_the_functions_do_nothing() -> None:
    with il.trace.round() as round_, il.trace.turn("anybody", prompt="?") as turn:
        turn.answered("C")
        il.trace.action("anybody", "C")
        il.trace.message("anybody", "somebody", "hello")
        round_.action("anybody", "D")
    with il.trace.turn("anybody"):
        il.trace.action("anybody", "C")
    il.trace.action("anybody", "C")
    il.trace.facts({"a": 1})
    il.trace.payoff({"anybody": 1})
    il.trace.outcome({})


def test_what_is_recorded_in_a_turn_nests_below_it(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode, episode.round() as round_:
        with round_.turn("alice"), round_.turn("bob"):
            pass
        round_.message("alice", "bob", "hello")
    assert tree(spans(run.path)) == [
        "invoke_workflow duel [INTERNAL interlab OK]",
        "  round 1 [INTERNAL interlab UNSET]",
        "    invoke_agent alice [INTERNAL alice UNSET]",
        "      invoke_agent bob [INTERNAL bob UNSET]",
        "    send alice -> bob [PRODUCER alice UNSET]",
        "      receive bob [CONSUMER bob UNSET]",
    ]


def after_its_round(episode: TracedEpisode) -> None:
    with episode.round() as round_:
        pass
    round_.action("alice", "C")


def two_rounds_at_once(episode: TracedEpisode) -> None:
    with episode.round(), episode.round():
        pass


def unspeakable_action(episode: TracedEpisode) -> None:
    with episode.round() as round_:
        round_.action("alice", object())


def payoff_of_nobody(episode: TracedEpisode) -> None:
    with episode.round() as round_:
        round_.payoff({"carol": 1})


def undefined_payoff(episode: TracedEpisode) -> None:
    episode.payoff({"alice": float("nan")})


def action_outside_of_rounds(_: TracedEpisode) -> None:
    il.trace.action("alice", "C")


def message_to_nobody(episode: TracedEpisode) -> None:
    episode.message("alice", ["bob", "carol"], "hello")


def unknown_reason(episode: TracedEpisode) -> None:
    episode.outcome({}, end_reason="boredom")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (after_its_round, "round 1 has ended"),
        (two_rounds_at_once, "round 1 has not ended"),
        (unspeakable_action, "the action of `alice` cannot be recorded"),
        (payoff_of_nobody, "no one plays `carol`: the players of this episode are `alice`, `bob`"),
        (undefined_payoff, "the payoff of `alice` is `nan`"),
        (action_outside_of_rounds, "is in no round: begin one"),
        (message_to_nobody, "no one plays `carol`"),
        (unknown_reason, "`boredom` is no reason for an end: give one of `completed`"),
    ],
)
def test_a_mistake_is_told_in_one_line_and_fails_the_episode(
    run: TracedRun, mistake: Callable[[TracedEpisode], None], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as raised, run.episode("duel", players=PLAYERS) as episode:
        mistake(episode)
    assert "\n" not in str(raised.value)
    assert only_episode(run.path).error == str(raised.value)


def test_nothing_is_taken_after_the_end(run: TracedRun) -> None:
    with run.episode("duel", players=PLAYERS) as episode:
        pass
    for late in (
        lambda: episode.outcome({}),
        lambda: episode.payoff({"bob": 1}),
        lambda: episode.round().__enter__(),
    ):
        with pytest.raises(UsageError, match="has ended"):
            late()


def test_without_content_there_are_figures_and_no_texts(tmp_path: Path) -> None:
    secret = "the secret words"
    with (
        il.trace.run("study", out=tmp_path, content="none") as run,
        run.episode("duel", players=PLAYERS) as episode,
        episode.round() as round_,
    ):
        with round_.turn("alice", prompt=secret, observations=[secret]) as turn:
            turn.answered({"price": 3, "message": secret}, thought=secret)
        round_.message("alice", "bob", secret, announced_action="C")
        round_.action("alice", "C")
        round_.action("bob", {"price": 4, "message": secret})
    assert secret not in repr(spans(run.path))
    assert only_episode(run.path).rounds[0].actions == {"alice": "C", "bob": {"price": 4}}


def test_a_payoff_that_is_none_is_refused(run: TracedRun) -> None:
    with (
        pytest.raises(ParameterError, match="give a finite number"),
        run.episode("duel", players=PLAYERS) as episode,
    ):
        episode.payoff({"alice": "many"})  # pyright: ignore[reportArgumentType]
