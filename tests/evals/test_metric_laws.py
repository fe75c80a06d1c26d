"""What holds for every metric, whatever was played."""

from __future__ import annotations

import importlib
import math
import pkgutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings

from interlab import registry
from interlab.errors import ConfigurationError, UnknownNameError
from interlab_evals import measures
from interlab_evals.measures.declaration import Count, DeclaredMetric, metric
from interlab_evals.measures.lookup import declaration, metric_named
from tests.evals.games import any_episodes, plain_matrix_games
from tests.evals.handmade import dilemma

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from interlab.schema.episode import Episode, Measurement, Message, Turn


def declared() -> Iterator[DeclaredMetric]:
    """Every metric of the package, where it is defined."""
    for _, name, _ in pkgutil.iter_modules(measures.__path__, f"{measures.__name__}."):
        module = importlib.import_module(name)
        yield from (
            each
            for each in vars(module).values()
            if isinstance(each, DeclaredMetric) and each.find.__module__ == name
        )


METRICS = sorted(declared(), key=lambda each: each.name)
every_metric = pytest.mark.parametrize("judge", METRICS, ids=lambda each: each.name)
many_episodes = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def renamed(value: Any, names: dict[str, str]) -> Any:
    """The same JSON, its roles called otherwise."""
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return {names.get(key, key): renamed(each, names) for key, each in mapping.items()}
    if isinstance(value, list):
        return [renamed(each, names) for each in cast("list[Any]", value)]
    return names.get(value, value) if isinstance(value, str) else value


def relabelled(played: Episode, names: dict[str, str]) -> Episode:
    """The same episode, its roles called otherwise."""

    def messages(sent: Sequence[Message]) -> tuple[Message, ...]:
        return tuple(
            replace(each, sender=names[each.sender], receivers=tuple(names[role] for role in each.receivers))
            for each in sent
        )

    def asked(turns: Sequence[Turn]) -> tuple[Turn, ...]:
        return tuple(replace(each, role=names[each.role]) for each in turns)

    return replace(
        played,
        game=renamed(played.game, names),
        outcome=renamed(played.outcome, names),
        seats=tuple(replace(seat, role=names[seat.role]) for seat in played.seats),
        payoffs=renamed(played.payoffs, names),
        turns=asked(played.turns),
        rounds=tuple(
            replace(
                each,
                actions=renamed(each.actions, names),
                payoffs=renamed(each.payoffs, names),
                facts=renamed(each.facts, names),
                turns=asked(each.turns),
                messages=messages(each.messages),
            )
            for each in played.rounds
        ),
    )


def without_role(measurement: Measurement) -> str:
    return repr(replace(measurement, role=None))


def test_every_metric_of_ours_is_registered_under_its_name() -> None:
    assert len(METRICS) > 100
    for each in METRICS:
        assert metric_named(each.name) is each


@every_metric
def test_every_metric_declares_itself(judge: DeclaredMetric) -> None:
    assert "METRICS" not in judge.source, "a source has to be one that a reader can find"
    assert judge.range[0] < judge.range[1]
    assert all((judge.unit, judge.undefined, judge.source, judge.formula))
    if judge.kind == "rate":
        assert judge.range == (0.0, 1.0)


@every_metric
@many_episodes
@given(played=any_episodes)
def test_a_metric_always_answers_within_its_range(judge: DeclaredMetric, played: Episode) -> None:
    found = judge.measure(played)
    about = {each.role for each in found}
    assert about
    assert about == {None} if judge.level == "episode" else about <= set(played.roles)
    least, most = judge.range
    for each in found:
        assert each.metric.partition(".")[0] == judge.name
        assert math.isnan(each.value) or least - 1e-9 <= each.value <= most + 1e-9
        assert (each.k is None) == (each.n is None)
        assert (each.k is not None) == (judge.kind in {"rate", "ratio", "share", "time-to-event"})
        if judge.kind == "time-to-event":
            assert (each.k, each.n) in ({(0, 0)} if math.isnan(each.value) else {(0, 1), (1, 1)})
        elif each.k is not None and each.n is not None:
            assert math.isnan(each.value) if each.n == 0 else each.value == each.k / each.n
        if judge.kind == "rate":
            assert (each.k, each.n) in {(0, 0), (0, 1), (1, 1)}


@pytest.mark.parametrize("judge", [each for each in METRICS if each.kind == "share"], ids=lambda each: each.name)
@many_episodes
@given(played=any_episodes)
def test_the_components_of_a_share_add_up(judge: DeclaredMetric, played: Episode) -> None:
    sums: dict[str | None, list[float]] = {}
    for each in judge.measure(played):
        sums.setdefault(each.role, []).append(each.value)
    assert all(math.isnan(math.fsum(each)) or math.fsum(each) == pytest.approx(1) for each in sums.values())


@every_metric
@many_episodes
@given(played=any_episodes)
def test_what_roles_are_called_does_not_matter(judge: DeclaredMetric, played: Episode) -> None:
    names = {role: f"role {number}" for number, role in enumerate(played.roles)}
    before, after = judge.measure(played), judge.measure(relabelled(played, names))
    assert [without_role(each) for each in before] == [without_role(each) for each in after]
    assert [each.role and names[each.role] for each in before] == [each.role for each in after]


@every_metric
@many_episodes
@given(played=any_episodes, other=any_episodes)
def test_judging_another_episode_in_between_changes_nothing(
    judge: DeclaredMetric, played: Episode, other: Episode
) -> None:
    before = repr(judge.measure(played))
    judge.measure(other)
    assert repr(judge.measure(played)) == before


@settings(max_examples=60, deadline=None)
@given(played=plain_matrix_games)
def test_matrix_metrics_are_undefined_exactly_when_declared(played: Episode) -> None:
    whole = [each for each in played.rounds if None not in each.actions.values()]
    for role, other in (played.roles, played.roles[::-1]):
        moves = [each.actions[role] for each in played.rounds]
        others = [each.actions[other] for each in played.rounds]
        moved = any(action is not None for action in moves)
        assert is_defined("cooperation_rate", played, role) == moved
        assert is_defined("first_defection", played, role) == moved
        assert is_defined("initial_cooperation", played, role) == (moves[:1] not in ([], [None]))
        assert is_defined("mean_payoff", played, role) == bool(whole)
        assert is_defined("exploitation", played, role) == bool(whole)
        assert is_defined("niceness", played, role) == bool(whole)
        assert is_defined("forgiveness", played, role) == ("D" in others)
        followed = [b for b, answer in zip(others, moves[1:], strict=False) if b and answer]
        assert is_defined("emulation", played, role) == bool(followed)
        provoked = any(
            b == "D" and answer and (t == 0 or moves[t - 1] == "C")
            for t, (b, answer) in enumerate(zip(others, moves[1:], strict=False))
        )
        assert is_defined("retaliation", played, role) == provoked
        asked = any(each.role == role and each.purpose == "action" for each in played.turns)
        assert is_defined("invalid_action_rate", played, role) == asked
        called = [each for turned in played.turns if turned.role == role for each in turned.calls]
        assert is_defined("latency", played, role) == bool(called)
        assert is_defined("latency_p95", played, role) == bool(called)
        assert is_defined("refusal_rate", played, role) == any(each.ok for each in called)
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


def test_a_metric_in_a_file_answers_to_its_own_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    found = metric_named(f"{file}:voids")
    assert [each.value for each in found.measure(dilemma("C-", "CC"))] == [0.5]
    assert metric_named("voids") is found
    assert declaration("voids").kind == "ratio"


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (None, "voids", "no file"),
        ("", "voids", "no metric is called `voids`"),
        ("import nothing_of_this_name", "voids", "cannot be imported: ModuleNotFoundError"),
        ("voids = 3", "voids", "the file must define a metric under this name"),
    ],
)
def test_a_file_without_the_metric_is_told(tmp_path: Path, text: str | None, name: str, message: str) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises((ConfigurationError, UnknownNameError), match=message):
        metric_named(f"{file}:{name}")


MINE = '''
from interlab_evals import Count, metric


@metric(kind="ratio", level="episode", undefined="no round", source="me")
def voids(episode):
    """Share of void rounds."""
    return Count(sum(not each.payoffs for each in episode.rounds), len(episode.rounds))
'''
