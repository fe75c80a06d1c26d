"""Metrics are computed from the spans of an episode: what is counted, and by which attributes."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider

from interlab.errors import ModelError
from interlab.metering.instruments import INSTRUMENTS
from interlab.metering.span_metrics import Measuring
from interlab.schema import names
from interlab.schema.episode import Measurement, Seat
from interlab.testing import CountingIds, FakeClock
from interlab.tracing.recorder import (
    EpisodeHeader,
    Usage,
    record_call,
    record_episode,
    record_message,
    record_round,
    record_run,
    record_turn,
)
from interlab.tracing.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import Span

    from interlab.tracing.recorded import RecordedSpan

GAME = {names.SUITE: "nightly", names.SCENARIO: "dilemma"}
MODEL = {names.PROVIDER: "openai", names.REQUEST_MODEL: "gpt-5-mini"}
LLM = Seat(role="alice", player="openai/gpt-5-mini?temperature=0.7", kind="llm", model="openai/gpt-5-mini")
STRATEGY = Seat(role="bob", player="strategy/defector", kind="strategy")
ALICE = {**GAME, **MODEL, names.PLAYER: LLM.player}
BOB = {**GAME, names.PLAYER: STRATEGY.player}
CALL = {
    **GAME,
    **MODEL,
    names.OPERATION: "chat",
    names.RESPONSE_MODEL: "gpt-5-mini-2025-08-07",
    names.SERVER_ADDRESS: "api.openai.com",
    names.SERVER_PORT: 443,
}


@dataclass(frozen=True)
class Point:
    """A data point: its attributes, and its value or sum and count."""

    attributes: dict[str, Any]
    value: float
    count: int = 0


class Lab:
    """Telemetry that is measured, in memory."""

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)
        self.telemetry = Telemetry(
            [Measuring(self.provider.get_meter("test"))], ids=CountingIds(), clock=FakeClock(step=10_000_000)
        )

    def metrics(self) -> dict[str, Any]:
        data = self.reader.get_metrics_data()
        if data is None:
            return {}
        return {
            metric.name: metric
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def points(self, name: str) -> list[Point]:
        metric = self.metrics().get(name)
        return [_point(each) for each in metric.data.data_points] if metric else []


def _point(point: Any) -> Point:
    attributes = dict(point.attributes)
    if isinstance(point, HistogramDataPoint):
        return Point(attributes, point.sum, point.count)
    return Point(attributes, point.value)


@pytest.fixture
def lab() -> Lab:
    return Lab()


def header(*seats: Seat, run: str = "r1", id: str = "e1") -> EpisodeHeader:  # noqa: A002  the header's word
    return EpisodeHeader(
        run=run,
        suite="nightly",
        scenario="dilemma",
        condition=f"condition of {run}",
        id=id,
        index=0,
        seed=1,
        seats=seats or (LLM, STRATEGY),
    )


def call(*, error: Exception | None = None, usd: float = 0.5) -> None:
    with record_call(
        provider="openai", model="gpt-5-mini", messages=[], parameters={}, address=("api.openai.com", 443)
    ) as recorder:
        if error is not None:
            raise error
        usage = Usage(input_tokens=100, output_tokens=20)
        recorder.answered(text="C", model="gpt-5-mini-2025-08-07", usage=usage, usd=usd)


def decide(seat: Seat, *, valid: bool = True, calls: int = 0) -> None:
    with record_turn(seat.role, seat.player, purpose="action", prompt="C or D?") as turn:
        for _ in range(calls):
            call()
        turn.answered("C", valid=valid, attempts=1 if valid else 2, handling="none" if valid else "retried")


class TestModelCalls:
    def test_tokens_by_type_and_duration_and_cost(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()):
            decide(LLM, calls=2)
        assert lab.points(names.TOKEN_USAGE) == [
            Point({**CALL, names.TOKEN_TYPE: "input"}, 200, 2),
            Point({**CALL, names.TOKEN_TYPE: "output"}, 40, 2),
        ]
        assert lab.points(names.OPERATION_DURATION) == [Point(CALL, 0.02, 2)]
        assert lab.points(names.COST) == [Point({**GAME, **MODEL}, 1.0)]
        assert lab.points(names.UNPRICED_CALLS) == []

    def test_buckets_are_those_of_the_conventions(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()):
            decide(LLM, calls=1)
        metrics = lab.metrics()
        tokens = metrics[names.TOKEN_USAGE].data.data_points[0].explicit_bounds
        assert tokens[:4] == (1, 4, 16, 64)
        assert (len(tokens), tokens[-1]) == (14, 67_108_864)
        seconds = metrics[names.OPERATION_DURATION].data.data_points[0].explicit_bounds
        assert seconds[:4] == (0.01, 0.02, 0.04, 0.08)
        assert (len(seconds), seconds[-1]) == (14, 81.92)

    def test_they_are_measured_before_the_episode_ends(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()):
            decide(LLM, calls=1)
            assert lab.points(names.COST) == [Point({**GAME, **MODEL}, 0.5)]

    def test_one_that_fails_has_a_duration_with_its_error_and_neither_tokens_nor_cost(self, lab: Lab) -> None:
        with (
            pytest.raises(ModelError),
            record_episode(lab.telemetry, header()),
            record_turn("alice", LLM.player, purpose="action", prompt="?"),
        ):
            call(error=ModelError("gone"))
        (point,) = lab.points(names.OPERATION_DURATION)
        assert (point.attributes[names.ERROR_TYPE], point.count) == ("ModelError", 1)
        for name in (names.TOKEN_USAGE, names.COST, names.UNPRICED_CALLS):
            assert lab.points(name) == []

    def test_one_whose_price_is_unknown_is_counted_and_costs_nothing(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()):
            call(usd=math.nan)
        assert lab.points(names.COST) == []
        assert lab.points(names.UNPRICED_CALLS) == [Point({**GAME, **MODEL}, 1)]

    def test_one_inside_another_is_part_of_it(self, lab: Lab) -> None:
        """A framework's span around its client's, the spans between them included."""
        with (
            record_episode(lab.telemetry, header()),
            record_turn("alice", LLM.player, purpose="action", prompt="?"),
            record_call(provider="framework", model="m", messages=[], parameters={}) as outer,
        ):
            call()
            outer.answered(text="C", usage=Usage(input_tokens=1), usd=0.0)
        assert [point.attributes[names.PROVIDER] for point in lab.points(names.TOKEN_USAGE)] == ["framework"] * 2
        assert [point.count for point in lab.points(names.OPERATION_DURATION)] == [1]

    def test_one_outside_of_any_turn_counts_too(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()):
            call()
        assert [point.count for point in lab.points(names.OPERATION_DURATION)] == [1]

    async def test_turns_at_the_same_time_have_their_own(self, lab: Lab) -> None:
        both_began = asyncio.Barrier(2)

        async def ask(seat: Seat) -> None:
            with record_turn(seat.role, seat.player, purpose="action", prompt="?"):
                call()
                await both_began.wait()
                call()

        with record_episode(lab.telemetry, header()):
            await asyncio.gather(ask(LLM), ask(STRATEGY))
        assert [point.count for point in lab.points(names.OPERATION_DURATION)] == [4]


class TestEpisodes:
    def test_one_that_ends(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()) as episode:
            episode.finished({}, {}, "agreement")
        assert lab.points(names.EPISODES) == [
            Point({**GAME, names.EPISODE_STATUS: "done", names.END_REASON: "agreement"}, 1)
        ]

    def test_one_that_fails(self, lab: Lab) -> None:
        with pytest.raises(ModelError), record_episode(lab.telemetry, header()):
            raise ModelError("gone")
        assert lab.points(names.EPISODES) == [
            Point({**GAME, names.EPISODE_STATUS: "failed", names.END_REASON: "error"}, 1)
        ]

    def test_one_that_is_interrupted_has_not_happened(self, lab: Lab) -> None:
        with suppress(asyncio.CancelledError), record_episode(lab.telemetry, header()):
            decide(STRATEGY)
            raise asyncio.CancelledError
        assert lab.metrics() == {}

    def test_runs_and_episodes_are_not_told_apart(self, lab: Lab) -> None:
        for run in ("r1", "r2"):
            with record_run(lab.telemetry, run, "nightly") as link:
                for number in range(3):
                    with record_episode(lab.telemetry, header(run=run, id=f"e{number}"), link) as episode:
                        with record_round(1):
                            decide(LLM, calls=1)
                            decide(STRATEGY)
                            record_message("alice", ["bob"], "hi")
                        episode.evaluated([Measurement(metric="rate", role="alice", value=0.5, k=1, n=2)])
                        episode.finished({}, {}, "completed")
        assert [point.value for point in lab.points(names.EPISODES)] == [6]
        measured = lab.metrics()
        for name, metric in measured.items():
            assert len(metric.data.data_points) <= 2, name
            for point in metric.data.data_points:
                assert not {names.RUN_ID, names.EPISODE_ID, names.CONDITION, names.ROUND} & set(point.attributes)
        assert {each.name for each in INSTRUMENTS} - set(measured) == {names.UNPRICED_CALLS}


class TestDecisions:
    def test_those_asked_and_those_first_answered_invalidly(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()):
            decide(LLM)
            decide(LLM, valid=False)
            decide(STRATEGY)
        assert lab.points(names.DECISIONS) == [Point(ALICE, 2), Point(BOB, 1)]
        assert lab.points(names.INVALID_DECISIONS) == [Point(ALICE, 1), Point(BOB, 0)]

    def test_what_is_said_or_thought_is_no_move(self, lab: Lab) -> None:
        with record_episode(lab.telemetry, header()):
            for purpose in ("message", "thought"):
                with record_turn("alice", LLM.player, purpose=purpose, prompt="?") as turn:
                    turn.answered("hm", valid=False)
        assert lab.points(names.DECISIONS) == []

    def test_one_that_brings_the_episode_down_was_invalid(self, lab: Lab) -> None:
        with (
            pytest.raises(ModelError),
            record_episode(lab.telemetry, header()),
            record_turn("alice", LLM.player, purpose="action", prompt="?"),
        ):
            raise ModelError("gone")
        assert lab.points(names.INVALID_DECISIONS) == [Point(ALICE, 1)]


class TestEvaluations:
    @staticmethod
    def measured(lab: Lab, *measurements: Measurement, seats: Sequence[Seat] = ()) -> None:
        with record_episode(lab.telemetry, header(*seats)) as episode:
            episode.evaluated(measurements)

    def test_a_ratio_is_pooled_by_its_counts(self, lab: Lab) -> None:
        self.measured(lab, Measurement(metric="cooperation_rate", role="alice", value=1.0, k=1, n=1))
        self.measured(lab, Measurement(metric="cooperation_rate", role="alice", value=0.2, k=2, n=10))
        about = {**ALICE, names.EVALUATION_NAME: "cooperation_rate"}
        assert lab.points(names.EVALUATION_K) == [Point(about, 3)]
        assert lab.points(names.EVALUATION_N) == [Point(about, 11)]
        assert lab.points(names.EVALUATION_RESULTS) == [Point({**about, names.EVALUATION_DEFINED: True}, 2)]

    def test_a_value_is_averaged_over_episodes_and_may_be_negative(self, lab: Lab) -> None:
        for value in (-3.0, 1.0):
            self.measured(lab, Measurement(metric="surplus", role="bob", value=value))
        about = {**BOB, names.EVALUATION_NAME: "surplus"}
        assert lab.points(names.EVALUATION_K) == [Point(about, -2.0)]
        assert lab.points(names.EVALUATION_N) == [Point(about, 2)]

    def test_an_undefined_one_is_counted_as_such(self, lab: Lab) -> None:
        self.measured(lab, Measurement(metric="m", role="bob", value=math.nan, k=0, n=0))
        about = {**BOB, names.EVALUATION_NAME: "m"}
        assert lab.points(names.EVALUATION_K) == lab.points(names.EVALUATION_N) == []
        assert lab.points(names.EVALUATION_RESULTS) == [Point({**about, names.EVALUATION_DEFINED: False}, 1)]

    def test_one_of_the_whole_episode_counts_once_for_each_player(self, lab: Lab) -> None:
        agreed = Measurement(metric="agreement_rate", value=1.0, k=1, n=1)
        self.measured(lab, agreed)
        self.measured(
            lab, agreed, seats=(STRATEGY, Seat(role="carol", player="strategy/defector", kind="strategy"))
        )
        name = {names.EVALUATION_NAME: "agreement_rate"}
        assert lab.points(names.EVALUATION_N) == [Point({**ALICE, **name}, 1), Point({**BOB, **name}, 2)]


def test_a_model_whose_provider_is_unknown_has_a_name(lab: Lab) -> None:
    seat = Seat(role="alice", player="framework", kind="llm", model="some-model")
    with record_episode(lab.telemetry, header(seat)):
        decide(seat)
    assert lab.points(names.DECISIONS) == [
        Point({**GAME, names.PLAYER: "framework", names.REQUEST_MODEL: "some-model"}, 1)
    ]


def test_spans_of_other_libraries_pass_unmeasured(lab: Lab) -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("a library")
    with record_episode(lab.telemetry, header()):
        span = cast("Span", tracer.start_span("GET"))
        span.end()
        lab.telemetry.end(cast("RecordedSpan", span))
        decide(STRATEGY)
    assert set(lab.metrics()) == {names.EPISODES, names.DECISIONS, names.INVALID_DECISIONS}
