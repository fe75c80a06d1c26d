"""From a suite to a plan: conditions, ids, seeds."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from interlab import seeds
from interlab.environments import scenario
from interlab.errors import ParameterError, UnknownNameError, UsageError
from interlab.running.plan import Plan, make_plan
from interlab.running.suites import find_suite, suite_of

PLAYERS = ("strategy/tit-for-tat", "strategy/random")


def plan(*, episodes: int = 2, seed: int = 7, lineup: str = "round-robin", **parameters: Any) -> Plan:
    suite = suite_of("public-goods", players=PLAYERS, lineup=lineup, parameters={"members": 2, **parameters})
    return make_plan(suite, episodes=episodes, seed=seed)


def test_repeats_are_outermost_so_that_a_run_stopped_early_has_some_of_every_condition() -> None:
    ids = [each.id for each in plan()]
    assert len(ids) == len(set(ids)) == len(plan()) == 8
    assert [name.rpartition(".")[2] for name in ids] == ["0"] * 4 + ["1"] * 4


def test_ids_depend_on_nothing_but_scenario_parameters_and_lineup() -> None:
    conditions = [condition.id for condition in plan().conditions]
    assert [condition.id for condition in plan(episodes=9, seed=1).conditions] == conditions
    assert set(conditions).isdisjoint(condition.id for condition in plan(rounds=3).conditions)
    explicit = plan(rounds=10)
    assert [condition.id for condition in explicit.conditions] == conditions, (
        "a default spelled out is the default"
    )
    assert conditions[1:3] == [condition.id for condition in plan().conditions[1:3]]
    assert len(set(conditions)) == 4, "a seating and its rotation are two conditions"


def test_seeds_are_common_to_all_lineups_and_treatments_of_a_scenario() -> None:
    by_index = {each.index: each.seed for each in plan()}
    assert len(set(by_index.values())) == 2
    for other in (plan(), plan(rounds=3), plan(lineup="self", endowment=5)):
        assert all(each.seed == by_index[each.index] for each in other)
    assert set(by_index.values()).isdisjoint(each.seed for each in plan(seed=8))
    elsewhere = make_plan(suite_of("minority-game", players=PLAYERS[1:], lineup="self"), episodes=2, seed=7)
    assert set(by_index.values()).isdisjoint(each.seed for each in elsewhere)


def test_a_run_recorded_before_treatments_shared_seeds_goes_on_with_its_own() -> None:
    recorded = plan().model_dump(exclude={"common"})
    old = {each.index: each.seed for each in Plan.model_validate(recorded)}
    parameters = plan().conditions[0].parameters
    canonical = orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS).decode()
    assert old == {index: seeds.derive(7, "public-goods", canonical, index) for index in (0, 1)}


def test_the_seed_tree_is_golden() -> None:
    assert seeds.derive(0) == 4761921975702974394
    assert seeds.derive(1, "public-goods", 0) == 3518231376768223121
    assert seeds.derive(1, "a", "b") != seeds.derive(1, "ab")
    assert [seeds.stream(1, "x").random() for _ in range(2)] == [0.9436329086033118] * 2
    assert all(0 <= seeds.derive(number) < 2**63 for number in range(1000))


def test_all_parameters_are_spelled_out() -> None:
    (condition, *_) = plan(rounds=3).conditions
    assert condition.parameters["rounds"] == 3
    assert condition.parameters["endowment"] == 20
    assert list(condition.players) == ["alice", "bob"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"episodes": 0}, "`episodes`: Input should be greater than or equal to 1"),
        ({"seed": 2**63}, "`seed`: Input should be less than"),
        ({"attempts": 0}, "`attempts`: Input should be greater than or equal to 1"),
    ],
)
def test_fields_out_of_range(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make_plan(suite_of("public-goods", players=PLAYERS), **fields)


def test_a_number_that_no_record_can_hold() -> None:
    with pytest.raises(ParameterError, match="parameters of `public-goods` cannot be recorded"):
        plan(rounds=2**70)


def test_players_by_role_are_seated_by_role() -> None:
    players = {"seller": "negotiator/linear", "buyer": "negotiator/boulware"}
    (condition,) = make_plan(find_suite("price-negotiation", players=players)).conditions
    assert list(condition.players.items()) == [("buyer", "negotiator/boulware"), ("seller", "negotiator/linear")]


def test_a_suite_may_name_players_by_role() -> None:
    players = {"seller": "negotiator/linear", "buyer": "negotiator/boulware"}
    (condition,) = make_plan(suite_of("price-negotiation", players=players)).conditions
    assert list(condition.players) == ["buyer", "seller"]
    with pytest.raises(UsageError, match="no one plays `buyer` in `price-negotiation`"):
        make_plan(suite_of("price-negotiation", players={"seller": "x/y"}))


def test_a_plan_that_was_recorded_finds_its_scenarios_again() -> None:
    made = plan(rounds=3)
    read = Plan.model_validate_json(made.model_dump_json())
    assert read == made
    assert {each.parameters.model_dump()["rounds"] for each in read.scenarios.values()} == {3}
    unknown = made.model_dump_json().replace('"scenario":"public-goods"', '"scenario":"public-good"')
    with pytest.raises(UnknownNameError, match="did you mean `public-goods`"):
        Plan.model_validate_json(unknown)


@pytest.mark.parametrize(
    ("what", "changes", "error", "message"),
    [
        ("price-negotiation", {"players": {"buyr": "x/y"}}, UnknownNameError, "did you mean `buyer`"),
        ("price-negotiation", {"players": {"buyer": "x/y"}}, UsageError, "no one plays `seller`"),
        (
            "price-negotiation",
            {"players": {"buyer": "x/y", "seller": "x/y"}, "lineup": "self"},
            UsageError,
            "players are named by role",
        ),
        (
            "quickstart",
            {"players": {"buyer": "x/y"}},
            UsageError,
            "roles can be named for a single scenario only",
        ),
        ("quickstrat", {}, UnknownNameError, "did you mean `quickstart`"),
    ],
)
def test_changes_that_do_not_fit(what: str, changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make_plan(find_suite(what, **changes))


def test_a_suite_keeps_what_is_not_changed() -> None:
    suite = find_suite("quickstart")
    changed = find_suite("quickstart", players=["strategy/defector"], lineup="self", metrics=["mean_payoff"])
    assert suite.scenarios[0].players != ("strategy/defector",)
    assert all(entry.players == ("strategy/defector",) for entry in changed.scenarios)
    assert {entry.metrics for entry in changed.scenarios} == {("mean_payoff",)}
    assert all(set(entry.confirmatory) <= {"mean_payoff"} for entry in changed.scenarios)
    assert [entry.parameters for entry in changed.scenarios] == [entry.parameters for entry in suite.scenarios]


@pytest.mark.parametrize(
    ("name", "parameters", "further"),
    [
        ("prisoners-dilemma", {}, []),
        ("prisoners-dilemma", {"talk": True}, ["promise_keeping", "deception_rate", "message_action_consistency"]),
        ("coordination", {"talk": True}, ["message_action_consistency"]),
        ("collective-action", {"talk": True}, ["promise_keeping", "deception_rate", "message_action_consistency"]),
        ("public-goods", {"talk": 1, "punishment": 1}, ["message_action_consistency", "antisocial_punishment"]),
        ("commons-fishery", {"talk": True}, ["message_action_consistency"]),
    ],
)
def test_what_judges_a_scenario_follows_its_parameters(
    name: str, parameters: dict[str, Any], further: list[str]
) -> None:
    found = scenario(name)
    plan = make_plan(find_suite(name, players=["strategy/random"], lineup="self", parameters=parameters))
    assert plan.conditions[0].metrics == (*found.metrics, *further)
