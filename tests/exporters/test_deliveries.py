"""What an endpoint has acknowledged is not sent there again, whatever interrupted the sending."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlab.errors import BackendError, RecordError
from interlab_exporters import DeliveryLog, JsonlSpanProcessor, LiveExport, Resent, Span, resend
from tests.exporters.collectors import Answer, Collector, collecting, refusing_port
from tests.exporters.made_spans import a_span

if TYPE_CHECKING:
    from pathlib import Path

REFUSAL = Answer(400, b"enough")
LONG = "x" * 30_000
"""A hundred spans with it fill a batch."""


def spans_of(*traces: int, count: int = 3, text: str = "short") -> list[Span]:
    return [
        Span.from_readable(a_span(trace_id=trace, span_id=trace * 1000 + number, attributes={"text": text}))
        for trace in traces
        for number in range(1, count + 1)
    ]


def arrived(collector: Collector) -> Counter[str]:
    return Counter(span.span_id.hex() for span in collector.spans)


@pytest.fixture
def log(tmp_path: Path) -> DeliveryLog:
    return DeliveryLog(tmp_path / "exported.jsonl")


def test_a_second_time_sends_nothing(log: DeliveryLog) -> None:
    with collecting() as collector:
        first = resend(spans_of(1, 2), collector.url, log=log)
        second = resend(spans_of(1, 2), collector.url, log=log)
        assert len(collector.requests) == 1
    assert first == Resent(spans=6, traces=2, batches=1, planned=6)
    assert second == Resent(left_out=6, planned=0)


def test_asked_for_it_sends_all_again(log: DeliveryLog) -> None:
    with collecting() as collector:
        resend(spans_of(1), collector.url, log=log)
        assert resend(spans_of(1), collector.url, log=log, again=True).spans == 3
        assert set(arrived(collector).values()) == {2}
        assert resend(spans_of(1), collector.url, log=log).spans == 0


def test_what_is_new_is_sent_and_a_trace_that_has_grown_in_whole(log: DeliveryLog) -> None:
    with collecting() as collector:
        resend(spans_of(1, 2), collector.url, log=log)
        sent = resend([*spans_of(1), *spans_of(2, count=4), *spans_of(3)], collector.url, log=log)
    assert sent == Resent(spans=7, traces=2, batches=1, left_out=3, planned=7)


def test_each_endpoint_has_its_own_account(log: DeliveryLog) -> None:
    with collecting() as here, collecting() as there:
        resend(spans_of(1), here.url, log=log)
        assert resend(spans_of(1), there.url, log=log).spans == 3


def test_a_trace_counts_when_its_last_batch_is_acknowledged(log: DeliveryLog) -> None:
    large = spans_of(1, count=250, text=LONG)  # three batches
    with collecting(Answer(), Answer(), REFUSAL, Answer()) as collector:
        with pytest.raises(BackendError, match="400 Bad Request: enough"):
            resend([*spans_of(2), *large], collector.url, log=log)
        assert list(log.acknowledged(f"{collector.url}/v1/traces").traces.values()) == [3]
        sent = resend([*spans_of(2), *large], collector.url, log=log)
        assert (sent.spans, sent.left_out) == (250, 3)
        assert set(arrived(collector)) == {span.span_id for span in [*spans_of(2), *large]}


@settings(max_examples=20, deadline=None)
@given(
    order=st.permutations(spans_of(1, 2, 3, count=40, text=LONG)),
    answers=st.lists(st.sampled_from([Answer(), REFUSAL]), max_size=6),
)
def test_however_often_it_is_interrupted_all_arrives(
    order: list[Span], answers: list[Answer], tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = DeliveryLog(tmp_path_factory.mktemp("log") / "exported.jsonl")
    with collecting(*answers, Answer()) as collector:
        for _ in range(answers.count(REFUSAL)):
            try:
                resend(order, collector.url, log=log)
            except BackendError:
                continue
        resend(order, collector.url, log=log)
        assert set(arrived(collector)) == {span.span_id for span in order}
        assert resend(order, collector.url, log=log).spans == 0


def test_ctrl_c_loses_nothing_that_was_acknowledged(log: DeliveryLog) -> None:
    spans = [*spans_of(1, count=100, text=LONG), *spans_of(2, count=100, text=LONG)]

    def interrupt(sent: Resent) -> None:
        if sent.batches == 1:
            raise KeyboardInterrupt

    with collecting() as collector:
        with pytest.raises(KeyboardInterrupt):
            resend(spans, collector.url, log=log, progress=interrupt)
        assert len(arrived(collector)) >= 100
        sent = resend(spans, collector.url, log=log)
        assert sent.spans == 100
        assert set(arrived(collector).values()) == {1} or sent.left_out == 100


def test_a_torn_line_is_passed_over_and_cut_off(log: DeliveryLog) -> None:
    with collecting() as collector:
        resend(spans_of(1), collector.url, log=log)
        with log.path.open("ab") as file:
            file.write(b'{"endpoint":"http://')
        assert resend(spans_of(1, 2), collector.url, log=log).spans == 3
    lines = [orjson.loads(line) for line in log.path.read_bytes().splitlines()]
    assert [list(line["traces"].values()) for line in lines] == [[3], [3]]


@pytest.mark.parametrize("line", [b"no JSON\n", b"[]\n", b'{"traces":{}}\n'])
def test_a_file_of_something_else_is_told(log: DeliveryLog, line: bytes) -> None:
    log.path.write_bytes(line)
    with pytest.raises(RecordError, match=r"invalid line 1 of `.*exported\.jsonl`: delete the file"):
        resend(spans_of(1), f"http://127.0.0.1:{refusing_port()}", log=log)


def test_a_password_in_the_address_is_not_kept(log: DeliveryLog) -> None:
    log.acknowledge("http://me:secret@host:4318/v1/traces", {"a": 1})
    assert b"secret" not in log.path.read_bytes()
    assert log.acknowledged("http://me:secret@host:4318/v1/traces").traces == {"a": 1}
    assert log.acknowledged("http://host:4318/v1/traces").traces == {"a": 1}
    assert log.acknowledged("http://other:4318/v1/traces").traces == {}


def test_spans_that_arrived_are_left_out_of_a_trace_that_did_not(log: DeliveryLog) -> None:
    first, second, third = spans_of(1)
    with collecting() as collector:
        log.acknowledge(f"{collector.url}/v1/traces", spans={first.trace_id: [first.span_id]})
        log.acknowledge(f"{collector.url}/v1/traces", spans={first.trace_id: [third.span_id]})
        sent = resend(spans_of(1, 2), collector.url, log=log)
        assert set(arrived(collector)) == {second.span_id, *(span.span_id for span in spans_of(2))}
    assert sent == Resent(spans=4, traces=2, batches=1, left_out=2, planned=4)
    assert log.acknowledged(f"{collector.url}/v1/traces").traces == {
        first.trace_id: 3,
        spans_of(2)[0].trace_id: 3,
    }


class TestWhatWentLive:
    """Whoever sends the file after a live loss sends what is missing, and nothing twice."""

    @staticmethod
    def live_then_again(log: DeliveryLog, endpoint: str) -> LiveExport:
        export = LiveExport(endpoint)
        for trace in range(1, 1001):
            for number in (1, 2, 3):
                export.on_end(a_span(trace_id=trace, span_id=trace * 1000 + number, attributes={"text": "short"}))
        export.close()
        export.log_deliveries(log)
        return export

    def test_nothing_is_sent_again_where_all_arrived(self, log: DeliveryLog) -> None:
        with collecting() as collector:
            export = self.live_then_again(log, collector.url)
            assert (export.sent, export.lost) == (3000, 0)
            assert resend(spans_of(*range(1, 1001)), collector.url, log=log).left_out == 3000

    def test_only_what_was_refused_is_sent(self, log: DeliveryLog) -> None:
        with collecting(Answer(), Answer(400), Answer(), Answer(400), Answer()) as collector:
            export = self.live_then_again(log, collector.url)
            assert export.lost >= 2
            assert resend(spans_of(*range(1, 1001)), collector.url, log=log).spans == export.lost
            assert arrived(collector) == Counter(span.span_id for span in spans_of(*range(1, 1001)))

    def test_what_was_never_answered_is_sent_again(self, log: DeliveryLog) -> None:
        with collecting(Answer(), Answer(hangs=True)) as collector:
            export = self.live_then_again(log, collector.url)
            assert export.lost
            collector.answers[:] = [Answer()]
            assert resend(spans_of(*range(1, 1001)), collector.url, log=log).spans == export.lost

    def test_what_one_had_that_is_gone_counts_for_nothing(self, log: DeliveryLog) -> None:
        """It may come back with nothing, as a Jaeger does that keeps traces in memory."""
        with collecting(Answer(), Answer(hangs=True)) as collector:
            port = collector.server_address[1]
            export = LiveExport(collector.url)
            export.on_end(a_span(trace_id=1, span_id=1001))
            assert export.force_flush(5_000)
            collector.die()
        export.on_end(a_span(trace_id=1, span_id=1002))
        export.close()
        export.log_deliveries(log)
        assert (export.sent, export.lost) == (1, 1)
        with collecting(port=port) as revived:
            assert resend(spans_of(1), revived.url, log=log).spans == 3

    def test_with_nothing_acknowledged_there_is_no_file(self, log: DeliveryLog) -> None:
        self.live_then_again(log, f"http://127.0.0.1:{refusing_port()}")
        assert not log.path.exists()


def test_the_source_may_be_a_file(log: DeliveryLog, tmp_path: Path) -> None:
    processor = JsonlSpanProcessor(tmp_path / "0.jsonl")
    processor.on_end(a_span())
    processor.shutdown()
    told: list[Resent] = []
    with collecting() as collector:
        resend(tmp_path / "0.jsonl", collector.url, log=log, progress=told.append)
    assert told == [Resent(planned=1), Resent(spans=1, traces=1, batches=1, planned=1)]
