"""A trace that is too long to be looked at with ease says so; with default parameters none is."""

from __future__ import annotations

import asyncio

import pytest

from interlab import registry
from interlab.environments import scenario
from interlab.schema import names
from interlab.testing import Recording, play, record
from interlab.testing.arbitrary import ArbitraryActor
from interlab.tracing.recorder import LONG_TRACE_SPANS, record_round


def recorded(rounds: int) -> Recording:
    with record() as recording:
        for number in range(1, rounds + 1):
            with record_round(number):
                pass
    return recording


def mark(recording: Recording) -> object:
    return recording.spans[-1].attributes.get(names.LONG_TRACE)


def test_the_limit_itself_is_not_long() -> None:
    recording = recorded(LONG_TRACE_SPANS - 1)
    assert len(recording.spans) == LONG_TRACE_SPANS
    assert mark(recording) is None


def test_one_span_more_is() -> None:
    assert mark(recorded(LONG_TRACE_SPANS)) is True


@pytest.mark.parametrize("name", registry.names("environments"))
def test_no_scenario_is_long_by_default(name: str) -> None:
    game = scenario(name)
    actors = {role: ArbitraryActor(role, 1) for role in game.environment.roles(game.parameters)}
    recording = asyncio.run(play(game.environment(game.parameters, actors, 1)))
    assert mark(recording) is None
    assert 4 * len(recording.spans) < LONG_TRACE_SPANS, "with a model in every seat and retries it would be"
