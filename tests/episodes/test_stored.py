"""Episodes left on disk are those that reading everything gives."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from interlab.episodes.from_spans import is_root
from interlab.episodes.stored import StoredRoots, stored_episodes
from interlab.testing.doubles import FakeClock
from interlab.tracing.telemetry import Telemetry
from interlab_exporters import JsonlSpanProcessor, read_spans
from tests.tracing.test_round_trip import compared, slow, some_episodes, write

if TYPE_CHECKING:
    import random

    from interlab.schema.episode import Episode


@slow
@given(some_episodes, st.randoms(use_true_random=False))
def test_any_episode_is_read_from_its_place(episodes: list[Episode], order: random.Random) -> None:
    """With the lines of all episodes shuffled together, too."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "000.jsonl"
        telemetry = Telemetry([JsonlSpanProcessor(path)], clock=FakeClock())
        for episode in episodes:
            write(telemetry, episode)
        telemetry.close()
        for _ in range(2):
            found = stored_episodes(directory, order=lambda attempt: attempt.id)
            assert found is not None
            assert compared(found.episodes) == compared(episodes)
            unmeasured = [replace(each, measurements=()) for each in episodes]
            assert compared(each.episode for each in found.episodes.unmeasured()) == compared(unmeasured)
            roots = {span.trace_id: span for span in read_spans(path) if is_root(span)}
            assert dict(StoredRoots(found.episodes)) == roots
            lines = path.read_bytes().splitlines(keepends=True)
            order.shuffle(lines)
            path.write_bytes(b"".join(lines))
