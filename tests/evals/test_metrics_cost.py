"""Invalid answers, tokens, money and time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from interlab.schema.episode import Round
from interlab_evals.measures.cost import input_tokens, invalid_action_rate, output_tokens, usd
from interlab_evals.measures.health import latency
from tests.evals.handmade import by_role, call, dilemma, episode, turn, values

if TYPE_CHECKING:
    from interlab.schema.episode import Call


def with_calls(*calls: Call) -> list[float]:
    """What it cost alice, who called models before and in the only round: tokens, USD, latency."""
    judged = episode(
        turns=(turn("alice", calls=calls[:1], purpose="thought"),),
        rounds=(Round(number=1, turns=(turn("alice", calls=calls[1:]), turn("bob"))),),
    )
    return [by_role(metric, judged)["alice"].value for metric in (input_tokens, output_tokens, usd, latency)]


def test_invalid_actions_are_those_whose_first_answer_was() -> None:
    judged = episode(
        turns=(
            turn("alice", valid=True),
            turn("alice", valid=False, attempts=2, handling="retried"),
            turn("alice", valid=False, attempts=3, handling="forfeit"),
            turn("alice", valid=True),
            turn("alice", valid=False, purpose="message"),
        )
    )
    found = by_role(invalid_action_rate, judged)
    assert (found["alice"].k, found["alice"].n, found["alice"].value) == (2, 4, 0.5)
    assert (found["bob"].n, math.isnan(found["bob"].value)) == (0, True)


def test_calls_are_summed_over_all_turns_and_averaged_for_latency() -> None:
    found = with_calls(
        call(input_tokens=100, output_tokens=10, usd=0.01, latency=1.0),
        call(input_tokens=50, output_tokens=5, usd=0.02, latency=3.0),
    )
    assert found == pytest.approx([150, 15, 0.03, 2.0])


def test_without_calls_nothing_was_spent_and_there_is_no_latency() -> None:
    assert with_calls() == pytest.approx([0, 0, 0, math.nan], nan_ok=True)
    assert values(usd, dilemma("C", "C")) == [0.0, 0.0]


def test_one_unknown_price_makes_the_cost_unknown() -> None:
    assert math.isnan(with_calls(call(usd=0.01), call(usd=math.nan))[2])


def test_a_failed_call_that_states_no_cost_was_not_billed() -> None:
    assert with_calls(call(usd=0.01), call(ok=False, usd=math.nan, latency=5.0))[2:] == [0.01, 2.5]


def test_a_role_that_has_no_seat_is_passed_over() -> None:
    judged = episode(turns=(turn("referee", valid=False, calls=(call(input_tokens=9),)),))
    assert values(input_tokens, judged) == [0, 0]
    assert all(math.isnan(value) for value in values(invalid_action_rate, judged))
