"""Scoring a run from its directory: what is read, what is written, what is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import interlab_evals as ev
from interlab.errors import ConfigurationError, RecordError, SpanFormatError, UnknownNameError, UsageError
from interlab.running.store import RunDirectory
from interlab_evals.measures.cooperation import cooperation_rate, mutual_cooperation
from tests.evals.handmade import dilemma, negotiation
from tests.evals.stored import store

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.schema.episode import Episode

METRICS = ("cooperation_rate", "mutual_cooperation")
DERIVED = ["episodes.parquet", "turns.parquet", "calls.parquet", "metrics.parquet", "evaluations.jsonl"]


def games() -> list[Episode]:
    return [
        dilemma("CCD", "CDD", index=0),
        dilemma("CC-", "CCC", index=1),
        dilemma("D", "D", index=2, error="no answer", end_reason="error"),
        dilemma("DDD", "CCC", index=2, attempt=2),
    ]


def events(path: Path) -> list[dict[str, Any]]:
    """The log records of a file of OTLP JSON lines."""
    documents = [json.loads(line) for line in (path / "evaluations.jsonl").read_text().splitlines()]
    return [
        record
        for document in documents
        for resource in document["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]


def test_a_score_is_the_summary_of_the_spans(tmp_path: Path) -> None:
    scored = ev.score(store(tmp_path, *games(), metrics=METRICS))
    (scenario,) = scored.summary.scenarios
    assert (scenario.n_completed, scenario.n_failed, scored.summary.n_superseded) == (3, 0, 1)
    found = {(each.metric, each.player): each.estimate for each in scenario.metrics}
    assert (found["cooperation_rate", "strategy/a"].k, found["cooperation_rate", "strategy/a"].n) == (4, 8)
    assert (found["mutual_cooperation", "strategy/b"].k, found["mutual_cooperation", "strategy/b"].n) == (3, 8)


def test_what_is_derived_is_written_beside_the_spans(tmp_path: Path) -> None:
    scored = ev.score(store(tmp_path, *games(), metrics=METRICS))
    assert [path.name for path in scored.files] == DERIVED
    for name in ("episodes", "turns", "calls", "metrics"):
        made = getattr(ev, name)(tmp_path)
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"{name}.parquet"), made)
    assert sorted(path.name for path in tmp_path.glob("*.new")) == []
    document = json.loads(json.dumps(scored.document(), allow_nan=False))
    assert document["files"] == [str(path) for path in scored.files]


def test_evaluations_are_events_on_the_roots_of_the_final_attempts(tmp_path: Path) -> None:
    store(tmp_path, *games(), metrics=METRICS)
    record = ev.read(tmp_path)
    ev.score(tmp_path)
    written = events(tmp_path)
    assert len(written) == 3 * 3
    assert {each["eventName"] for each in written} == {"gen_ai.evaluation.result"}
    roots = {(each.trace_id, record.roots[each.trace_id].span_id) for each in record.episodes}
    assert {(each["traceId"], each["spanId"]) for each in written} == roots
    first = {entry["key"]: next(iter(entry["value"].values())) for entry in written[0]["attributes"]}
    assert first["gen_ai.evaluation.name"] == "cooperation_rate"
    assert first["interlab.run.id"] == "run"
    assert first["gen_ai.agent.name"] == "alice"
    assert first["gen_ai.evaluation.score.value"] == pytest.approx(2 / 3)


def test_scoring_twice_changes_nothing(tmp_path: Path) -> None:
    store(tmp_path, *games(), metrics=METRICS)
    before = ev.score(tmp_path), events(tmp_path)
    after = ev.score(tmp_path), events(tmp_path)
    assert repr(before) == repr(after)


def test_the_plan_decides_which_metrics_judge(tmp_path: Path) -> None:
    played = dilemma("CC", "CC")
    judged = replace(played, measurements=cooperation_rate.measure(played))
    store(tmp_path, judged, metrics=["mutual_cooperation"])
    assert set(ev.metrics(tmp_path)["metric"]) == {"mutual_cooperation"}


@pytest.mark.parametrize("place", ["spans", "spans/000.jsonl"])
def test_spans_alone_are_enough(tmp_path: Path, place: str) -> None:
    played = dilemma("CC", "CD")
    measured = (*cooperation_rate.measure(played), *mutual_cooperation.measure(played))
    store(tmp_path, replace(played, measurements=measured))
    scored = ev.score(tmp_path / place)
    assert scored.files == ()
    assert {each.metric for each in scored.summary.scenarios[0].metrics} == set(METRICS)


def test_a_run_is_known_by_its_path(tmp_path: Path) -> None:
    store(tmp_path, *games(), metrics=METRICS)
    assert len(ev.episodes(RunDirectory(tmp_path))) == 6


def test_undefined_measurements_have_no_score(tmp_path: Path) -> None:
    ev.score(store(tmp_path, negotiation(None), metrics=["surplus_share"]))
    keys = [{entry["key"] for entry in each["attributes"]} for each in events(tmp_path)]
    assert len(keys) == 2
    assert all("gen_ai.evaluation.score.value" not in each for each in keys)
    assert math.isnan(ev.metrics(tmp_path)["value"].iloc[0])


def test_a_path_with_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"no run at `.*absent`"):
        ev.score(tmp_path / "absent")


def test_a_file_that_holds_no_spans(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    with pytest.raises(SpanFormatError, match=r"notes\.txt"):
        ev.score(tmp_path / "notes.txt")


def test_a_broken_run_json(tmp_path: Path) -> None:
    store(tmp_path, dilemma("C", "C"))
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"run\.json` is not valid JSON"):
        ev.score(tmp_path)


def test_a_metric_that_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no metric is called `kindness`"):
        ev.score(store(tmp_path, dilemma("C", "C"), metrics=["kindness"]))


def test_a_run_that_is_being_executed_is_not_written_to(tmp_path: Path) -> None:
    store(tmp_path, dilemma("C", "C"), metrics=METRICS)
    with RunDirectory(tmp_path).locked(), pytest.raises(UsageError, match="executed"):
        ev.score(tmp_path)
    assert not (tmp_path / "metrics.parquet").exists()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    store(tmp_path, dilemma("C", "C"), metrics=METRICS)
    (tmp_path / "turns.parquet").mkdir()
    with pytest.raises(RecordError, match=r"turns\.parquet` cannot be written"):
        ev.score(tmp_path)
    assert list(tmp_path.glob("*.new")) == []
