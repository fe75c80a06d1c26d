"""What holds for every metric, whatever was played."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from handmade import call, dilemma, episode, negotiation, public_good, turn
from hypothesis import given, settings
from hypothesis import strategies as st

from interlab import registry
from interlab.errors import ConfigurationError, UnknownNameError
from interlab_evals.measures.declaration import Count, DeclaredMetric, metric
from interlab_evals.measures.lookup import declaration, metric_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab.tracing.episodes import Episode, Measurement

OURS = [
    "agreement_rate",
    "contribution_rate",
    "cooperation_rate",
    "free_riding_rate",
    "input_tokens",
    "invalid_action_rate",
    "ir_violation",
    "latency",
    "mean_payoff",
    "memory_one",
    "mutual_cooperation",
    "output_tokens",
    "payoff_efficiency",
    "surplus_efficiency",
    "surplus_share",
    "usd",
]
METRICS = [declaration(name) for name in OURS]

money = st.floats(-100, 100).map(lambda amount: round(amount, 2))
gifts = st.lists(st.none() | st.floats(0, 20), min_size=3, max_size=3)
turns = st.lists(
    st.builds(
        turn,
        st.sampled_from(["alice", "bob"]),
        valid=st.booleans(),
        purpose=st.sampled_from(["action", "message", "thought"]),
        calls=st.lists(
            st.builds(
                call,
                ok=st.booleans(),
                usd=st.floats(0, 1) | st.just(math.nan),
                input_tokens=st.integers(0, 9),
                latency=st.floats(0, 9),
            ),
            max_size=2,
        ).map(tuple),
    ),
    max_size=5,
).map(tuple)
matrix_games = st.integers(0, 8).flatmap(
    lambda rounds: st.builds(
        dilemma,
        st.text("CD-", min_size=rounds, max_size=rounds),
        st.text("CD-", min_size=rounds, max_size=rounds),
        turns=turns,
    )
)
episodes = st.one_of(
    st.builds(episode, turns=turns),
    matrix_games,
    st.builds(negotiation, st.none() | st.tuples(money, money), best=st.none() | st.floats(0, 200)),
    st.builds(public_good, gifts, gifts, gifts, endowment=st.sampled_from([0, 20])),
)


def relabelled(played: Episode, names: dict[str, str]) -> Episode:
    """The same episode, its roles called otherwise."""

    def keys(mapping: Any) -> dict[str, Any]:
        return {names[role]: value for role, value in mapping.items()}

    game = dict(played.game)
    if "disagreement" in game:
        game["disagreement"] = keys(game["disagreement"])
    return replace(
        played,
        game=game,
        seats=tuple(replace(seat, role=names[seat.role]) for seat in played.seats),
        payoffs=keys(played.payoffs),
        turns=tuple(replace(each, role=names[each.role]) for each in played.turns),
        rounds=tuple(
            replace(each, actions=keys(each.actions), payoffs=keys(each.payoffs)) for each in played.rounds
        ),
    )


def without_role(measurement: Measurement) -> str:
    return repr(replace(measurement, role=None))


def test_every_metric_of_ours_is_registered_under_its_name() -> None:
    assert set(OURS) <= set(registry.names("metrics"))
    assert [each.name for each in METRICS] == OURS


@pytest.mark.parametrize("judge", METRICS, ids=lambda each: each.name)
def test_every_metric_declares_itself(judge: DeclaredMetric) -> None:
    assert judge.range[0] < judge.range[1]
    assert all((judge.unit, judge.undefined, judge.source, judge.formula))
    if judge.kind == "rate":
        assert judge.range == (0.0, 1.0)


@pytest.mark.parametrize("judge", METRICS, ids=lambda each: each.name)
@settings(max_examples=40, deadline=None)
@given(played=episodes)
def test_a_metric_always_answers_within_its_range(judge: DeclaredMetric, played: Episode) -> None:
    found = judge.measure(played)
    about = {each.role for each in found}
    assert about == ({None} if judge.level == "episode" else set(played.roles))
    least, most = judge.range
    for each in found:
        assert each.metric.partition(".")[0] == judge.name
        assert math.isnan(each.value) or least <= each.value <= most + 1e-9 or judge.name == "surplus_efficiency"
        assert (each.k is None) == (each.n is None)
        if each.k is not None and each.n is not None:
            assert math.isnan(each.value) if each.n == 0 else each.value == each.k / each.n
        if judge.kind == "rate":
            assert (each.k, each.n) in {(0, 0), (0, 1), (1, 1)}


@pytest.mark.parametrize("judge", METRICS, ids=lambda each: each.name)
@settings(max_examples=40, deadline=None)
@given(played=episodes)
def test_what_roles_are_called_does_not_matter(judge: DeclaredMetric, played: Episode) -> None:
    names = {role: f"role {number}" for number, role in enumerate(played.roles)}
    before, after = judge.measure(played), judge.measure(relabelled(played, names))
    assert [without_role(each) for each in before] == [without_role(each) for each in after]
    assert [each.role and names[each.role] for each in before] == [each.role for each in after]


@settings(max_examples=40, deadline=None)
@given(played=matrix_games)
def test_matrix_metrics_are_undefined_exactly_when_declared(played: Episode) -> None:
    whole = [each for each in played.rounds if None not in each.actions.values()]
    for role in played.roles:
        moved = any(each.actions[role] is not None for each in played.rounds)
        assert is_defined("cooperation_rate", played, role) == moved
        assert is_defined("mean_payoff", played, role) == bool(whole)
        asked = any(each.role == role and each.purpose == "action" for each in played.turns)
        assert is_defined("invalid_action_rate", played, role) == asked
        called = [each for turned in played.turns if turned.role == role for each in turned.calls]
        assert is_defined("latency", played, role) == bool(called)
        assert is_defined("usd", played, role) == all(not each.ok or each.usd >= 0 for each in called)
        assert is_defined("input_tokens", played, role)
    assert is_defined("mutual_cooperation", played, None) == bool(whole)
    assert is_defined("payoff_efficiency", played, None) == bool(whole)


def is_defined(name: str, played: Episode, role: str | None) -> bool:
    (found,) = [each for each in metric_named(name).measure(played) if each.role == role]
    return not math.isnan(found.value)


def always(found: object) -> Callable[[str, str], object]:
    """A shelf on which everything is the same thing."""

    def load(kind: str, name: str) -> object:
        return found

    return load


def test_a_component_belongs_to_its_metric() -> None:
    assert metric_named("memory_one.cd") is metric_named("memory_one")


def test_an_unknown_metric_is_told_with_near_misses() -> None:
    with pytest.raises(UnknownNameError, match="did you mean `cooperation_rate`"):
        metric_named("cooperation_rat")


def test_what_is_no_metric_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", always(object()))
    with pytest.raises(ConfigurationError, match="`odd` has no method `measure`"):
        metric_named("odd")


def test_a_metric_that_declares_nothing_is_an_unbounded_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        name = "bare"

        def measure(self, episode: Episode) -> list[Measurement]:
            return []

    monkeypatch.setattr(registry, "load", always(Bare()))
    assert declaration("bare").kind == "unbounded mean"


def test_a_metric_of_ones_own_takes_a_decorator() -> None:
    @metric(
        kind="ratio",
        unit="1",
        range=(0.0, 1.0),
        direction="higher",
        level="episode",
        undefined="no round",
        source="me",
    )
    def void_rounds(episode: Episode) -> Count:
        """Share of void rounds."""
        return Count(sum(not each.payoffs for each in episode.rounds), len(episode.rounds))

    (found,) = void_rounds.measure(dilemma("C-", "CC"))
    assert (found.metric, found.role, found.k, found.n, found.value) == ("void_rounds", None, 1, 2, 0.5)
    assert void_rounds.formula == "Share of void rounds."
