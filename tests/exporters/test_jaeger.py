"""Spans read back from Jaeger: from a real one, and from a newer one as its documentation has it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import Event

from interlab.errors import BackendError, ConfigurationError
from interlab_exporters import JaegerQuery, LiveExport, Span, find_traces, read_spans, resend
from tests.exporters.collectors import refusing_port
from tests.exporters.fake_jaeger import FakeJaeger, serving
from tests.exporters.made_spans import a_span

if TYPE_CHECKING:
    from tests.daemons import Jaeger

ALIASES = {"run": "interlab.run.id"}
NOW = time.time_ns()


def a_trace(number: int, run: str) -> list[Span]:
    """A root and its child, which alone carries the run's id."""
    root = a_span("root", {"n": number}, trace_id=number, span_id=1, start=NOW, service="interlab")
    child = a_span(
        "child",
        {"interlab.run.id": run, "text": "ä€", "yes": True, "x": 0.5, "list": ["a", 1]},
        trace_id=number,
        span_id=2,
        parent_id=1,
        start=NOW + 10,
        events=(Event("told", {"a": 1}, NOW + 20),),
    )
    return [Span.from_readable(root), Span.from_readable(child)]


def by_id(spans: list[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.trace_id, span.span_id))


@pytest.mark.jaeger
class TestARealJaeger:
    def test_what_was_sent_reads_as_itself(self, jaeger: Jaeger) -> None:
        wanted = [span for number in (11, 12) for span in a_trace(number, "r1")]
        resend([*wanted, *a_trace(13, "r2")], jaeger.otlp)
        source = jaeger.query.replace("http://", "jaeger://") + "?run=r1"
        assert by_id(list(read_spans(source, aliases=ALIASES))) == wanted

    def test_what_was_sent_twice_comes_once(self, jaeger: Jaeger) -> None:
        spans = a_trace(21, "twice")
        resend(spans, jaeger.otlp)
        resend(spans, jaeger.otlp)
        (trace,) = find_traces(JaegerQuery(jaeger.query, {"interlab.run.id": "twice"}))
        assert by_id(list(trace)) == spans

    def test_live_export_reaches_it(self, jaeger: Jaeger) -> None:
        export = LiveExport(jaeger.otlp)
        span = a_span("live", {"interlab.run.id": "live"}, trace_id=31, start=NOW)
        export.on_end(span)
        export.close()
        assert (export.sent, export.failure) == (1, "")
        assert list(find_traces(JaegerQuery(jaeger.query, {"interlab.run.id": "live"}))) == [
            (Span.from_readable(span),)
        ]

    def test_the_time_and_the_service_narrow_the_search(self, jaeger: Jaeger) -> None:
        resend(a_trace(41, "when"), jaeger.otlp)
        attributes = {"interlab.run.id": "when"}
        assert len(list(find_traces(JaegerQuery(jaeger.query, attributes, service="interlab")))) == 1
        with pytest.raises(BackendError, match="has no trace with"):
            list(find_traces(JaegerQuery(jaeger.query, attributes, service="nobody")))
        with pytest.raises(BackendError, match="has no trace with"):
            list(find_traces(JaegerQuery(jaeger.query, attributes, end=datetime.now(UTC) - timedelta(days=1))))

    def test_an_unknown_run_is_told(self, jaeger: Jaeger) -> None:
        resend(a_trace(51, "known"), jaeger.otlp)
        with pytest.raises(BackendError, match=r"has no trace with interlab\.run\.id=unknown"):
            list(find_traces(JaegerQuery(jaeger.query, {"interlab.run.id": "unknown"})))

    def test_more_traces_than_can_be_asked_for_are_read_all(self, jaeger: Jaeger) -> None:
        wanted = many(60, apart=1_000_000, run="many", first=1001)
        resend(wanted, jaeger.otlp)
        traces = list(find_traces(JaegerQuery(jaeger.query, {"interlab.run.id": "many"}, depth=20)))
        assert by_id([span for trace in traces for span in trace]) == by_id(wanted)

    def test_the_wrong_port_is_told(self, jaeger: Jaeger) -> None:
        with pytest.raises(BackendError, match=r"no Jaeger api_v3: it answered 404 Not Found"):
            list(find_traces(JaegerQuery(jaeger.otlp, {})))


OLD_AND_NEW = pytest.mark.parametrize("has_summaries", [False, True], ids=["whole traces", "summaries"])
SECOND = 1_000_000_000


def many(count: int, *, apart: int = SECOND, run: str = "r", first: int = 1) -> list[Span]:
    """Traces of two spans each, one after the other, the last of them just now."""
    return [
        span._replace(start=at, end=at + 1000)
        for number in range(count)
        for at in [NOW - (count - 1 - number) * apart]
        for span in a_trace(first + number, run)
    ]


@OLD_AND_NEW
class TestAnyJaeger:
    """What holds for a Jaeger that lists summaries, and for one that can only give whole traces."""

    def test_all_traces_of_a_run_are_read(self, has_summaries: bool) -> None:
        wanted, others = many(100), [*a_trace(901, "other"), *a_trace(902, "another")]
        with serving(FakeJaeger([*wanted, *others], has_summaries=has_summaries)) as server:
            traces = list(find_traces(JaegerQuery(server.url, {"interlab.run.id": "r"}, service="alice")))
        assert by_id([span for trace in traces for span in trace]) == by_id(wanted)
        assert server.services_asked_for == {"alice"}

    @settings(max_examples=25, deadline=None)
    @given(
        starts=st.lists(st.integers(0, 40) | st.integers(0, 10**15), min_size=1, max_size=40),
        depth=st.integers(1, 50),
        newest_first=st.booleans(),
    )
    def test_none_is_missed_however_few_can_be_asked_for(
        self, has_summaries: bool, starts: list[int], depth: int, newest_first: bool
    ) -> None:
        """Unless more of them begin in the same nanosecond, which is told."""
        spans = [
            span._replace(start=NOW - before, end=NOW - before + 1)
            for number, before in enumerate(starts, 1)
            for span in a_trace(number, "r")
        ]
        server = FakeJaeger(spans, has_summaries=has_summaries, newest_first=newest_first)
        crowd = max(Counter(starts).values())
        with serving(server):
            if crowd >= depth:
                with pytest.raises(BackendError, match=rf"has {depth} traces or more at the very moment \d{{4}}-"):
                    list(find_traces(JaegerQuery(server.url, {}, depth=depth)))
            else:
                traces = list(find_traces(JaegerQuery(server.url, {}, depth=depth)))
                assert sorted(trace[0].trace_id for trace in traces) == sorted({span.trace_id for span in spans})
        assert max(server.depths) <= depth

    def test_time_is_split_where_traces_are_and_not_in_the_void(self, has_summaries: bool) -> None:
        server = FakeJaeger(many(400), has_summaries=has_summaries)
        with serving(server):
            assert len(list(find_traces(JaegerQuery(server.url, {}, depth=40)))) == 400
        assert len(server.depths) < 4 * 400 / 40

    def test_it_asks_for_as_many_traces_as_it_may(self, has_summaries: bool) -> None:
        with serving(FakeJaeger(many(50), has_summaries=has_summaries, max_depth=20)) as server:
            assert len(list(find_traces(JaegerQuery(server.url, {})))) == 50
        assert set(server.depths) - {depth for depth in server.depths if depth > 20} == {15}

    def test_an_unknown_run_is_told_with_those_that_are_there(self, has_summaries: bool) -> None:
        spans = [*a_trace(1, "2026-a"), *a_trace(2, "2026-b")]
        with (
            serving(FakeJaeger(spans, has_summaries=has_summaries)) as server,
            pytest.raises(
                BackendError, match=r"no trace with interlab\.run\.id=r in that time; it has 2026-b, 2026-a; check"
            ),
        ):
            list(find_traces(JaegerQuery(server.url, {"interlab.run.id": "r"})))

    def test_an_empty_one_is_told(self, has_summaries: bool) -> None:
        with (
            serving(FakeJaeger([], has_summaries=has_summaries)) as server,
            pytest.raises(
                BackendError, match=r"has no trace with interlab\.run\.id=r in that time; check the name"
            ),
        ):
            list(find_traces(JaegerQuery(server.url, {"interlab.run.id": "r"})))

    def test_a_trace_with_fewer_spans_than_its_root_says_is_told(self, has_summaries: bool) -> None:
        root, child = a_trace(1, "r")
        root = root._replace(attributes={"spans": 3})
        with (
            serving(FakeJaeger([root, child], has_summaries=has_summaries)) as server,
            pytest.raises(BackendError, match=f"gave 2 of the 3 spans of trace `{root.trace_id}`"),
        ):
            list(find_traces(JaegerQuery(server.url, announced_by="spans")))

    def test_a_trace_that_is_still_coming_in_is_waited_for(self, has_summaries: bool) -> None:
        root, child = a_trace(1, "r")
        root = root._replace(attributes={"spans": 2})
        server = FakeJaeger([root, child], has_summaries=has_summaries, late=1)
        with serving(server):
            (trace,) = find_traces(JaegerQuery(server.url, announced_by="spans"))
        assert by_id(list(trace)) == [root, child]

    def test_copies_of_spans_do_not_make_up_for_missing_ones(self, has_summaries: bool) -> None:
        root = a_trace(1, "r")[0]._replace(attributes={"spans": 2})
        with (
            serving(FakeJaeger([root, root], has_summaries=has_summaries)) as server,
            pytest.raises(BackendError, match="gave 1 of the 2 spans"),
        ):
            list(find_traces(JaegerQuery(server.url, announced_by="spans")))

    def test_what_is_no_jaeger_is_told(self, has_summaries: bool) -> None:
        server = FakeJaeger([], has_summaries=has_summaries)
        server.answer = lambda path: (200, {"status": "well"})
        with serving(server), pytest.raises(BackendError, match="has no Jaeger api_v3: it answered 200 OK"):
            list(find_traces(JaegerQuery(server.url, {})))

    def test_what_it_refuses_is_told_in_its_words(self, has_summaries: bool) -> None:
        server = FakeJaeger([], has_summaries=has_summaries)
        server.answer = lambda path: (400, {"error": {"message": "service name is required"}})
        with serving(server), pytest.raises(BackendError, match="service name is required; add `service=NAME`"):
            list(find_traces(JaegerQuery(server.url, {})))


class TestSummaries:
    def test_a_trace_with_fewer_spans_than_its_summary_says_is_told(self) -> None:
        with (
            serving(FakeJaeger(a_trace(1, "r"), announced=3)) as server,
            pytest.raises(BackendError, match="gave 2 of the 3 spans of trace"),
        ):
            list(find_traces(JaegerQuery(server.url, {})))

    def test_ids_in_base64_are_understood(self) -> None:
        with serving(FakeJaeger(a_trace(1, "r"), base64_ids=True)) as server:
            (trace,) = find_traces(JaegerQuery(server.url, {}))
        assert by_id(list(trace)) == a_trace(1, "r")


class TestAddresses:
    def test_every_part_is_understood(self) -> None:
        query = JaegerQuery.parse(
            "jaegers://host/base?run=r1&color=red&service=alice&depth=7&start=2026-01-02T03:04:05Z",
            aliases=ALIASES,
        )
        assert query.url == "https://host:16686/base"
        assert query.attributes == {"interlab.run.id": "r1", "color": "red"}
        assert query.service == "alice"
        assert query.start == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert query.end is None
        assert query.depth == 7

    @pytest.mark.parametrize(
        ("written", "moment"),
        [
            ("2026-01-02T03:04:05+01:00", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
            ("2026-01-02T03:04:05%2B01:00", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
            ("2026-01-02+03:04:05.5+0100", datetime(2026, 1, 2, 2, 4, 5, 500_000, tzinfo=UTC)),
            ("2026-01-02T03:04:05-01:00", datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)),
        ],
    )
    def test_an_offset_may_have_a_plus(self, written: str, moment: datetime) -> None:
        assert JaegerQuery.parse(f"jaeger://host?start={written}").start == moment

    @pytest.mark.parametrize(
        ("query", "complaint"),
        [
            ("run=", "`run=` has no value"),
            ("run=%20", "has no value"),
            ("run=a&run=b", "`run` appears twice"),
            ("run=a&start=1&start=2", "`start` appears twice"),
            ("start=0001-01-01", "`start=0001-01-01` is "),
            ("end=1969-12-31", "`end=1969-12-31` is before 1970"),
        ],
    )
    def test_what_would_select_something_else_is_refused(self, query: str, complaint: str) -> None:
        with pytest.raises(ConfigurationError, match=complaint):
            JaegerQuery.parse(f"jaeger://host?{query}")

    def test_a_password_is_in_no_error(self) -> None:
        with pytest.raises(ConfigurationError) as told:
            JaegerQuery.parse("jaeger://me:secret@host?depth=0")
        with pytest.raises(BackendError) as failed:
            list(read_spans(f"jaeger://me:secret@127.0.0.1:{refusing_port()}?run=r"))
        assert "secret" not in f"{told.value} {failed.value}"

    @pytest.mark.parametrize(
        "address", ["http://host", "jaeger://", "jaeger://host:x", "jaeger://h?start=noon", "jaeger://h?depth=0"]
    )
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        with pytest.raises(ConfigurationError, match=address.replace("?", r"\?")):
            JaegerQuery.parse(address)

    def test_nothing_listening_is_told(self) -> None:
        with pytest.raises(BackendError, match="nothing is listening there"):
            list(read_spans(f"jaeger://127.0.0.1:{refusing_port()}?run=r"))
