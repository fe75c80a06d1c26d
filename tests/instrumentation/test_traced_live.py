"""Live telemetry of somebody else's code: it arrives while it happens, and a dead collector is in nobody's way."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

import interlab as il
from interlab.cli.app import main
from interlab.schema import names
from interlab_exporters import read_spans
from tests.exporters.collectors import collecting, refusing_port
from tests.instrumentation.recorded import spans

if TYPE_CHECKING:
    from pathlib import Path

PLAYERS = {"alice": "my/bot", "bob": "my/other"}


def play(run: il.trace.TracedRun) -> None:
    with run.episode("duel", players=PLAYERS, game={"cooperate": "C"}, metrics=["cooperation_rate"]) as episode:
        with episode.round() as round_:
            round_.action("alice", "C")
            round_.message("alice", "bob", "hello")
        tracer = il.trace.tracer_provider().get_tracer("some.library")
        with episode.turn("bob"), tracer.start_as_current_span("think"):
            pass


def test_every_span_arrives_with_the_service_of_its_role(tmp_path: Path) -> None:
    with collecting() as collector:
        with il.trace.run("study", otlp=collector.url, out=tmp_path) as run:
            play(run)
        stored = {(span.span_id, span.service, span.name) for span in read_spans(run.path / "spans")}
        arrived = {
            (span.span_id.hex(), group.resource.attributes[0].value.string_value, span.name)
            for group in collector.groups
            for scope in group.scope_spans
            for span in scope.spans
        }
        assert arrived == stored
        assert {"alice", "bob", "interlab"} == {service for _, service, _ in arrived}
        assert {record.event_name for record in collector.received.records} == {names.EVALUATION}


def test_a_dead_collector_is_told_of_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = f"http://127.0.0.1:{refusing_port()}"
    with (
        caplog.at_level(logging.WARNING, "interlab.running"),
        il.trace.run("study", otlp=nowhere, out=tmp_path) as run,
    ):
        play(run)
    kept = len(list(read_spans(run.path / "spans")))
    command = f"interlab export {run.path} --to otlp --endpoint {nowhere}"
    assert (
        f"{kept} spans did not reach {nowhere} (Connection refused); `{command}` sends them again" in caplog.text
    )
    assert run.done == 1


def test_a_run_of_ones_own_code_is_exported_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with il.trace.run("study", out=tmp_path) as run:
        play(run)
    with collecting() as collector:
        arguments = ["interlab", "export", str(run.path), "--to", "otlp", "--endpoint", collector.url]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        assert {span.span_id.hex() for span in collector.spans} >= {span.span_id for span in spans(run.path)}
