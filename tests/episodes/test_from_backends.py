"""Episodes read from spans as backends give them back: lists as JSON, long attributes cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from interlab.episodes.from_spans import episode_from_trace
from interlab.errors import SpanFormatError
from interlab.schema import names
from interlab.testing import Recording, record
from interlab.tracing.recorder import Usage, record_call, record_message, record_round, record_turn

if TYPE_CHECKING:
    from interlab_exporters import Span


@pytest.fixture
def recording() -> Recording:
    with record() as recording, record_round(1) as round_:
        with record_turn("alice", "p", purpose="action", prompt="?", observations=["seen"]) as turn:
            with record_call(provider="p", model="m", messages=[("user", "?")], parameters={}) as call:
                call.answered(text="C", finish_reason="stop", usage=Usage(), usd=0.0)
            turn.answered("C")
        record_message("alice", ["bob", "carol"], "hello")
        round_.played({"alice": "C"}, {"alice": 1.0})
    return recording


def with_json_lists(span: Span) -> Span:
    """As Jaeger's Badger store keeps it."""
    attributes = {
        key: orjson.dumps(value).decode() if isinstance(value, tuple) else value
        for key, value in span.attributes.items()
    }
    return span._replace(attributes=attributes)


def with_cut(span: Span, key: str) -> Span:
    if key not in span.attributes:
        return span
    return span._replace(attributes={**span.attributes, key: f"{str(span.attributes[key])[:-2]}… [cut: 9 bytes]"})


def test_lists_may_come_as_json(recording: Recording) -> None:
    episode = episode_from_trace([with_json_lists(span) for span in recording.spans])
    assert episode == recording.episode
    assert episode.rounds[0].messages[0].receivers == ("bob", "carol")
    assert episode.rounds[0].turns[0].calls[0].finish_reason == "stop"


def test_prose_that_was_cut_is_missing_and_nothing_else_is(recording: Recording) -> None:
    spans = [with_cut(with_cut(span, names.INPUT_MESSAGES), names.OBSERVATIONS) for span in recording.spans]
    (turn,) = episode_from_trace(spans).rounds[0].turns
    assert turn.observations == ()
    assert turn.calls[0].input_messages is None
    assert turn.calls[0].output_messages == recording.episode.rounds[0].turns[0].calls[0].output_messages
    assert turn.action == "C"


def test_what_figures_need_is_told_when_it_was_cut(recording: Recording) -> None:
    with pytest.raises(
        SpanFormatError, match=r"^`interlab\.actions` is not valid JSON: .* read the run's own files$"
    ):
        episode_from_trace([with_cut(span, names.ACTIONS) for span in recording.spans])
