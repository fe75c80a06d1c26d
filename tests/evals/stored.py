"""Runs on disk, recorded as real ones are, from episodes made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from interlab.errors import ModelError
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round
from interlab.tracing.telemetry import Telemetry
from interlab_exporters import JsonlSpanProcessor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from interlab.schema.episode import Episode


def store(path: Path, *episodes: Episode, metrics: Sequence[str] = ()) -> Path:
    """Record episodes in the directory of a run whose plan asks for these metrics."""
    telemetry = Telemetry([JsonlSpanProcessor(path / "spans" / "000.jsonl")])
    for each in episodes:
        _record(telemetry, each)
    telemetry.close()
    conditions: list[Mapping[str, Any]] = [
        {"id": name, "metrics": list(metrics)} for name in dict.fromkeys(each.condition for each in episodes)
    ]
    (path / "run.json").write_bytes(orjson.dumps({"format": 1, "plan": {"conditions": conditions}}))
    return path


def _record(telemetry: Telemetry, played: Episode) -> None:
    header = EpisodeHeader(
        run=played.run,
        suite=played.suite,
        scenario=played.scenario,
        condition=played.condition,
        id=played.id,
        index=played.index,
        seed=played.seed,
        seats=played.seats,
        attempt=played.attempt,
        parameters=played.parameters,
        game=played.game,
        texts=played.texts,
    )
    try:
        with record_episode(telemetry, header) as recorder:
            for each in played.rounds:
                with record_round(each.number) as round_:
                    round_.played(each.actions, each.payoffs, each.facts)
            if played.error is not None:
                raise ModelError(played.error)
            recorder.finished(played.outcome, played.payoffs, played.end_reason)
            recorder.evaluated(played.measurements)
    except ModelError:
        pass
