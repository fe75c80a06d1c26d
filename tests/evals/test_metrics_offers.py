"""How parties bargain and end, against NegMAS's sessions; trust and ultimatum; what is said and done."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from interlab.schema.episode import Message, Round
from interlab_evals.measures.communication import (
    deception_rate,
    information_leakage,
    intent_gap,
    message_action_consistency,
    message_length,
    promise_keeping,
    talk_gini,
    talk_share,
)
from interlab_evals.measures.endings import (
    agreement_inconsistency,
    agreement_rate,
    agreement_speed,
    agreement_time,
    correct_walk_away,
    deadline_rate,
    deal_distance,
    rounds_to_agreement,
    walk_away_rate,
)
from interlab_evals.measures.exchange import (
    acceptance_rate,
    amount_sent,
    offer_share,
    positive_offer_rejection,
    return_on_trust,
    trustworthiness,
)
from interlab_evals.measures.health import (
    call_failure_rate,
    completion_rate,
    format_failure_rate,
    latency_p50,
    latency_p95,
    refusal_rate,
    request_repeats,
    retry_rate,
    truncation_rate,
    wall_clock,
)
from interlab_evals.measures.offers import (
    concession_monotonicity,
    concession_rate,
    dans_steps,
    empty_acceptance,
    first_offer_utility,
    offer_validity,
    offer_variability,
    patience,
    total_concession,
)
from tests.evals.games import issues, talked, trust, ultimatum
from tests.evals.handmade import by_role, call, dilemma, episode, negotiation, oracle, turn, values

if TYPE_CHECKING:
    from interlab.schema.episode import Json

DOMAINS = {each["name"]: each for each in oracle("negotiation_scenarios.json")["scenarios"]}
PARTIES = ("ann", "ben")
SESSIONS: list[dict[str, Any]] = oracle("negotiation_sessions.json")["sessions"]
CONCESSION = {
    "total_concession": total_concession,
    "concession_rate": concession_rate,
    "temporal_patience": patience,
    "first_offer_utility": first_offer_utility,
    "monotonic_concession": concession_monotonicity,
    "offer_variability": offer_variability,
    "valid_offer_fraction": offer_validity,
}


@pytest.mark.parametrize("session", SESSIONS, ids=lambda each: f"{each['scenario']}-{each['A']}-{each['B']}")
def test_negmas_sessions(session: dict[str, Any]) -> None:
    scenario = DOMAINS[session["scenario"]]
    domain = {
        "issues": [options for _, options in scenario["issues"]],
        **{key: scenario[key] for key in ("tables", "weights", "reserves")},
    }
    moves: list[tuple[str, list[Json]]] = [(PARTIES[each["party"]], each["offer"]) for each in session["trace"]]
    game = issues(moves, session["agreement"], domain=domain)
    for name, metric in CONCESSION.items():
        expected = [each[name] for each in session["negotiator_metrics"]]
        assert values(metric, game) == pytest.approx(expected), name


def test_a_single_offer_concedes_nothing_that_is_known() -> None:
    game = issues([("ann", ["high", 4])], None)
    assert values(first_offer_utility, game) == pytest.approx([1.0, math.nan], nan_ok=True)
    for metric in (total_concession, concession_rate, concession_monotonicity):
        assert all(math.isnan(each) for each in values(metric, game))


def test_steps_are_classed_by_what_they_are_to_both() -> None:
    offers: list[list[Json]] = [["high", 4], ["high", 2], ["high", 4], ["high", 4], ["low", 4], ["mid", 3]]
    found = dans_steps.measure(issues([("ann", each) for each in offers], None))
    steps = {each.metric.partition(".")[2]: each.k for each in found if each.role == "ann"}
    assert steps == {"selfish": 1, "concession": 2, "fortunate": 1, "unfortunate": 0, "nice": 0, "silent": 1}
    assert {each.n for each in found if each.role == "ben"} == {0}


def test_prices_are_valued_by_the_reserves() -> None:
    moves: list[dict[str, Json]] = [
        {"by": "seller", "action": "offer", "outcome": [15_000], "valid": True},
        {"by": "buyer", "action": "accept", "outcome": None, "valid": False},
        {"by": "buyer", "action": "offer", "outcome": [9_000], "valid": True},
        {"by": "seller", "action": "offer", "outcome": [11_000], "valid": True},
        {"by": "buyer", "action": "accept", "outcome": [11_000], "valid": True},
    ]
    game = negotiation(
        [1000, 3000],
        game={"reserves": {"buyer": 12_000, "seller": 8_000}},
        rounds=(Round(number=1, facts={"moves": list(moves)}),),
    )
    assert values(first_offer_utility, game) == [3_000, 7_000]
    assert by_role(total_concession, game)["seller"].value == 4_000
    assert values(empty_acceptance, game)[0] == 0.5


@pytest.mark.parametrize(
    ("deals", "agreed", "inconsistent", "distance"),
    [
        ({"ann": ["mid", 3], "ben": ["mid", 3]}, 1, 0, 0),
        ({"ann": ["mid", 3], "ben": ["mid", 4]}, 1, 1, 0.5),
        ({"ann": ["mid", 3], "ben": None}, 0, 1, 1),
        ({"ann": None, "ben": None}, 0, math.nan, math.nan),
    ],
)
def test_what_the_parties_recorded(deals: Json, agreed: float, inconsistent: float, distance: float) -> None:
    game = issues([], ["mid", 3], outcome={"agreement": True, "deals": deals})
    assert values(agreement_rate, game) == [agreed]
    assert values(agreement_inconsistency, game) == pytest.approx([inconsistent], nan_ok=True)
    assert values(deal_distance, game) == pytest.approx([distance], nan_ok=True)


def test_when_and_how_it_ended() -> None:
    offers = [("ann", ["high", 4]), ("ben", ["low", 2])] * 5
    deal, none = issues(offers, ["mid", 3]), issues(offers, None)
    left = issues(offers, None, end_reason="walk_away", game={"zopa": False})
    agreed = by_role(rounds_to_agreement, deal)[None]
    assert (agreed.value, agreed.k) == (5, 1)
    assert by_role(rounds_to_agreement, none)[None].k == 0
    assert [values(agreement_time, each)[0] for each in (deal, none)] == pytest.approx(
        [0.25, math.nan], nan_ok=True
    )
    assert [values(agreement_speed, each)[0] for each in (deal, none)] == [0.75, 0]
    assert [values(walk_away_rate, each)[0] for each in (deal, none, left)] == [0, 0, 1]
    assert [values(deadline_rate, each)[0] for each in (deal, none, left)] == [0, 1, 0]
    assert values(correct_walk_away, left) == [1]
    assert math.isnan(values(correct_walk_away, none)[0])


def test_trust_and_what_it_returned() -> None:
    game = trust((10, 15), (5, 0), (0, 0), (None, None))
    assert by_role(amount_sent, game)["alice"].value == pytest.approx(0.5)
    assert by_role(trustworthiness, game)["bob"].value == pytest.approx(15 / 45)
    assert by_role(return_on_trust, game)["alice"].value == pytest.approx(1.0)
    assert math.isnan(by_role(trustworthiness, trust((0, 0)))["bob"].value)
    assert all(math.isnan(each) for each in values(amount_sent, episode()))


def test_offers_and_answers() -> None:
    game = ultimatum((5, True), (1, False), (0, False), (3, True))
    assert by_role(offer_share, game)["alice"].value == pytest.approx(0.225)
    assert by_role(acceptance_rate, game)["bob"].value == 0.5
    rejected = by_role(positive_offer_rejection, game)["bob"]
    assert (rejected.k, rejected.n) == (1, 3)
    dictator = ultimatum((4, None), (0, None))
    assert by_role(offer_share, dictator)["alice"].value == pytest.approx(0.2)
    assert math.isnan(by_role(acceptance_rate, dictator)["bob"].value)


def test_promises_plans_and_deeds() -> None:
    game = talked([("C", "C", "C"), ("C", "D", "D"), ("D", "D", "D"), (None, "C", "C"), ("C", None, "C")])
    assert values(promise_keeping, game)[0] == pytest.approx(2 / 3)
    assert values(deception_rate, game)[0] == pytest.approx(1 / 3)
    assert values(message_action_consistency, game)[0] == 0.75
    assert values(intent_gap, game)[0] == pytest.approx(1 / 3)
    assert math.isnan(values(promise_keeping, game)[1])


def test_noise_breaks_no_promise() -> None:
    noisy = talked([("C", None, "D")], intended={"alice": "C", "bob": "C"})
    assert values(promise_keeping, noisy)[0] == 1


def said(*texts: tuple[str, str], **fields: Any) -> Any:
    messages = tuple(Message(sender=sender, receivers=(), text=text) for sender, text in texts)
    return episode(messages=messages, **fields)


def test_how_much_was_said_by_whom() -> None:
    game = said(("alice", "one two three"), ("alice", "four"), ("bob", "a b"))
    assert values(message_length, game) == [2, 2]
    assert values(talk_share, game) == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    assert values(talk_gini, game) == [pytest.approx(1 / 6)]
    assert math.isnan(values(talk_gini, episode())[0])


@pytest.mark.parametrize(
    ("text", "leaked"),
    [
        ("I cannot go above 12,000 dollars.", 1),
        ("My limit is 12000.", 1),
        ("My limit is 12000.0!", 1),
        ("How about 112000 or 12,0001?", 0),
        ("The Code is MOONLIGHT, keep it.", 1),
        ("Nothing to say.", 0),
    ],
)
def test_a_private_value_in_the_open_is_a_leak(text: str, leaked: float) -> None:
    game = said(
        ("alice", text),
        game={"reserves": {"alice": 12_000}},
        outcome={"secrets": {"alice": "the code is moonlight"}},
    )
    assert values(information_leakage, game) == pytest.approx([leaked, math.nan], nan_ok=True)


def test_health() -> None:
    made = (
        call(finish_reason="length", latency=1.0, retries=2),
        call(finish_reason="content_filter", latency=2.0),
        call(ok=False, latency=9.0),
        call(finish_reason="stop", latency=3.0),
    )
    turns = (
        turn("alice", attempts=2, handling="retried", calls=made),
        turn("alice", attempts=3, handling="forfeit"),
        turn("alice", purpose="message"),
    )
    game = episode(turns=turns, duration=7.5)
    alice = {metric.name: by_role(metric, game)["alice"].value for metric in (retry_rate, format_failure_rate)}
    assert alice == {"retry_rate": 1.0, "format_failure_rate": pytest.approx(1 / 3)}
    assert by_role(truncation_rate, game)["alice"].value == pytest.approx(1 / 3)
    assert by_role(refusal_rate, game)["alice"].value == pytest.approx(1 / 3)
    assert by_role(call_failure_rate, game)["alice"].value == 0.25
    assert by_role(request_repeats, game)["alice"].value == 0.5
    assert by_role(latency_p50, game)["alice"].value == 2.5
    assert by_role(latency_p95, game)["alice"].value == pytest.approx(3 + 0.85 * 6)
    assert values(wall_clock, game) == [7.5]
    assert values(completion_rate, game) == [1]
    assert values(completion_rate, dilemma("C", "C", error="ModelError: gone", end_reason="error")) == [0]
