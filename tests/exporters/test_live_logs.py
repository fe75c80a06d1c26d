"""Live log events: they arrive as they are in the file, or are counted; who takes no logs is left alone."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from interlab_exporters import JsonlLogWriter, LiveLogs, LogEvent
from tests.exporters.collectors import Answer, collecting, collecting_grpc, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

EVENT = LogEvent(
    "gen_ai.evaluation.result",
    1_700_000_000_000_000_123,
    {"name": "cooperation_rate", "value": 0.25, "n": 4, "defined": True, "roles": ("alice", "bob")},
    "0af7651916cd43dd8448eb211c80319c",
    "b7ad6b7169203331",
    "judged",
)


@pytest.fixture(autouse=True)
def no_log_output(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that an exporter has to say may reach a handler."""
    with caplog.at_level(logging.WARNING):
        yield
    assert caplog.messages == []


def live(endpoint: str, **options: Any) -> LiveLogs:
    return LiveLogs(endpoint, resource={"service.name": "lab"}, scope_name="lab", scope_version="1", **options)


def plain(record: LogRecord) -> dict[str, Any]:
    """A record as the file has it."""
    return {
        "timeUnixNano": str(record.time_unix_nano),
        "body": {"stringValue": record.body.string_value},
        "attributes": {
            pair.key: [item.string_value for item in pair.value.array_value.values]
            or getattr(pair.value, pair.value.WhichOneof("value") or "")
            for pair in record.attributes
        },
        "traceId": record.trace_id.hex(),
        "spanId": record.span_id.hex(),
        "eventName": record.event_name,
    }


def stored(event: LogEvent, path: Path) -> dict[str, Any]:
    with JsonlLogWriter(path, resource={"service.name": "lab"}, scope_name="lab") as writer:
        writer.write(event)
    record = orjson.loads(path.read_bytes())["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
    record["attributes"] = {pair["key"]: value_of(pair["value"]) for pair in record.get("attributes", ())}
    return record


def value_of(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "arrayValue":
        return [value_of(item) for item in content["values"]]
    return int(content) if kind == "intValue" else content


@pytest.mark.parametrize("event", [EVENT, LogEvent("bare", 7, body="said")])
def test_what_arrives_is_what_is_in_the_file(event: LogEvent, tmp_path: Path) -> None:
    with collecting() as collector:
        logs = live(collector.url)
        logs.write(event)
        logs.close()
        assert (logs.sent, logs.lost, logs.failure) == (1, 0, "")
        assert collector.paths == ["/v1/logs"]
        (record,) = collector.received.records
        assert {key: value for key, value in plain(record).items() if value} == {
            key: value for key, value in stored(event, tmp_path / "logs.jsonl").items() if value
        }
        (group,) = collector.received.log_requests[0].resource_logs
        assert [(pair.key, pair.value.string_value) for pair in group.resource.attributes] == [
            ("service.name", "lab")
        ]
        assert (group.scope_logs[0].scope.name, group.scope_logs[0].scope.version) == ("lab", "1")


def test_many_arrive_in_their_order() -> None:
    with collecting() as collector:
        logs = live(collector.url)
        for number in range(2000):
            logs.write(LogEvent("counted", number + 1))
        logs.close()
        assert logs.sent == 2000
        assert [record.time_unix_nano for record in collector.received.records] == list(range(1, 2001))


@pytest.mark.parametrize("status", [404, 405])
def test_who_takes_no_logs_is_asked_once_and_nothing_is_lost(status: int) -> None:
    with collecting(Answer(status)) as collector:
        logs = live(collector.url)
        for _ in range(2000):
            logs.write(EVENT)
        begun = time.perf_counter()
        while not collector.paths:
            time.sleep(0.01)
        logs.write(EVENT)
        logs.close()
        logs.write(EVENT)
        assert time.perf_counter() - begun < 1.5
        assert len(collector.paths) == 1
        assert (logs.sent, logs.lost, logs.failure) == (0, 0, "")


def test_grpc_takes_them_too() -> None:
    with collecting_grpc() as collector:
        logs = live(collector.url, protocol="grpc")
        logs.write(EVENT)
        logs.close()
        assert (logs.sent, logs.lost, logs.failure) == (1, 0, "")
        (record,) = collector.received.records
        assert (record.event_name, record.trace_id.hex()) == (EVENT.name, EVENT.trace_id)


def test_a_grpc_service_that_is_not_implemented_is_left_alone() -> None:
    with collecting_grpc(implemented=False) as collector:
        logs = live(collector.url, protocol="grpc")
        logs.write(EVENT)
        logs.close()
        assert (logs.sent, logs.lost, logs.failure) == (0, 0, "")


def test_a_dead_collector_is_counted_and_given_up_fast() -> None:
    logs = live(f"http://127.0.0.1:{refusing_port()}")
    for _ in range(10):
        logs.write(EVENT)
    begun = time.perf_counter()
    logs.close()
    assert time.perf_counter() - begun < 3.5
    assert (logs.sent, logs.lost) == (0, 10)
    assert "refused" in logs.failure


def test_a_collector_that_refuses_them_is_counted() -> None:
    with collecting(Answer(400)) as collector:
        logs = live(collector.url)
        logs.write(EVENT)
        logs.close()
        assert (logs.sent, logs.lost) == (0, 1)
        assert "400" in logs.failure


def test_a_hanging_collector_never_holds_up_the_caller() -> None:
    with collecting(Answer(hangs=True)) as collector:
        logs = live(collector.url)
        begun = time.perf_counter()
        for _ in range(2000):
            logs.write(EVENT)
        logs.close(timeout=0.5)
        assert time.perf_counter() - begun < 1.5
        assert (logs.lost, logs.failure) == (2000, "no answer within 0.5 s")
