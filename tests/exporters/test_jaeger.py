"""Spans read back from Jaeger: from a real one, and from a newer one as its documentation has it."""

from __future__ import annotations

import time
from base64 import b64encode
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from collectors import refusing_port
from made_spans import a_span
from opentelemetry.sdk.trace import Event

from interlab.errors import BackendError, ConfigurationError
from interlab_exporters import JaegerQuery, LiveExport, Span, find_traces, read_spans, resend
from interlab_exporters.encoding import SpanEncoder

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.conftest import Jaeger

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
        (trace,) = find_traces(jaeger.query, {"interlab.run.id": "twice"})
        assert by_id(list(trace)) == spans

    def test_live_export_reaches_it(self, jaeger: Jaeger) -> None:
        export = LiveExport(jaeger.otlp)
        span = a_span("live", {"interlab.run.id": "live"}, trace_id=31, start=NOW)
        export.on_end(span)
        export.close()
        assert (export.sent, export.failure) == (1, "")
        assert list(find_traces(jaeger.query, {"interlab.run.id": "live"})) == [(Span.from_readable(span),)]

    def test_the_time_and_the_service_narrow_the_search(self, jaeger: Jaeger) -> None:
        resend(a_trace(41, "when"), jaeger.otlp)
        attributes = {"interlab.run.id": "when"}
        assert len(list(find_traces(jaeger.query, attributes, service="interlab"))) == 1
        with pytest.raises(BackendError, match="has no trace with"):
            list(find_traces(jaeger.query, attributes, service="nobody"))
        with pytest.raises(BackendError, match="has no trace with"):
            list(find_traces(jaeger.query, attributes, end=datetime.now(UTC) - timedelta(days=1)))

    def test_an_unknown_run_is_told(self, jaeger: Jaeger) -> None:
        resend(a_trace(51, "known"), jaeger.otlp)
        with pytest.raises(BackendError, match=r"has no trace with interlab\.run\.id=unknown"):
            list(find_traces(jaeger.query, {"interlab.run.id": "unknown"}))

    def test_the_wrong_port_is_told(self, jaeger: Jaeger) -> None:
        with pytest.raises(BackendError, match=r"no Jaeger api_v3: it answered 404 Not Found"):
            list(find_traces(jaeger.otlp, {}))


class NewJaeger(ThreadingHTTPServer):
    """What Jaeger 2.19 and later answer: summaries first, then each trace."""

    daemon_threads = True

    def __init__(self, traces: dict[str, list[bytes]], *, announced: int = 2, max_depth: int = 100_000) -> None:
        super().__init__(("127.0.0.1", 0), _NewJaegerHandler)
        self.traces = traces
        self.announced = announced
        self.max_depth = max_depth
        self.queries: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str) -> tuple[int, object]:
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        if parts.path == "/api/v3/trace-summaries":
            self.queries.append(query)
            if int(query["query.searchDepth"][0]) > self.max_depth:
                return 500, {"error": {"httpCode": 500, "message": "search depth must be less than max traces"}}
            return 200, {"summaries": [{"traceId": key, "spanCount": self.announced} for key in self.traces]}
        trace_id = parts.path.rpartition("/")[2]
        groups = [orjson.loads(line)["resourceSpans"][0] for line in self.traces[trace_id]]
        return 200, {"result": {"resourceSpans": groups}}


class _NewJaegerHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = cast("NewJaeger", self.server).answer(self.path)
        content = orjson.dumps(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Say nothing."""


@contextmanager
def serving(server: NewJaeger) -> Generator[NewJaeger]:
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def stored_traces(count: int) -> dict[str, list[bytes]]:
    encode = SpanEncoder().encode
    return {
        f"{number:032x}": [encode(a_span(trace_id=number, span_id=span)) for span in (1, 2)]
        for number in range(1, count + 1)
    }


class TestANewJaeger:
    def test_all_traces_of_the_summaries_are_read(self) -> None:
        with serving(NewJaeger(stored_traces(100))) as server:
            traces = list(find_traces(server.url, {"interlab.run.id": "r"}, service="interlab"))
            (query,) = server.queries
        assert [trace[0].trace_id for trace in traces] == [f"{number:032x}" for number in range(1, 101)]
        assert {len(trace) for trace in traces} == {2}
        assert query["query.attributes"] == ['{"interlab.run.id":"r"}']
        assert query["query.serviceName"] == ["interlab"]

    def test_a_trace_with_fewer_spans_than_announced_is_told(self) -> None:
        with (
            serving(NewJaeger(stored_traces(1), announced=3)) as server,
            pytest.raises(BackendError, match="gave 2 of the 3 spans of trace"),
        ):
            list(find_traces(server.url, {}))

    def test_it_asks_for_as_many_traces_as_it_may(self) -> None:
        with serving(NewJaeger(stored_traces(5), max_depth=10_000)) as server:
            assert len(list(find_traces(server.url, {}))) == 5
            assert len(server.queries) > 1

    def test_more_traces_than_can_be_asked_for_are_told(self) -> None:
        with (
            serving(NewJaeger(stored_traces(5), max_depth=3)) as server,
            pytest.raises(BackendError, match="has 3 traces or more in that time; narrow"),
        ):
            list(find_traces(server.url, {}))

    def test_an_unknown_run_is_told(self) -> None:
        with (
            serving(NewJaeger({})) as server,
            pytest.raises(BackendError, match=r"has no trace with interlab\.run\.id=r"),
        ):
            list(find_traces(server.url, {"interlab.run.id": "r"}))

    def test_ids_in_base64_are_understood(self) -> None:
        (number,) = stored_traces(1)
        server = NewJaeger(stored_traces(1))
        server.traces = {b64encode(bytes.fromhex(number)).decode(): [], **server.traces}
        with serving(server):
            (first, second) = find_traces(server.url, {})
        assert first == second


class TestAddresses:
    def test_every_part_is_understood(self) -> None:
        query = JaegerQuery.parse(
            "jaegers://host/base?run=r1&color=red&service=alice&start=2026-01-02T03:04:05Z", aliases=ALIASES
        )
        assert query.url == "https://host:16686/base"
        assert query.attributes == {"interlab.run.id": "r1", "color": "red"}
        assert query.service == "alice"
        assert query.start == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert query.end is None

    @pytest.mark.parametrize("address", ["http://host", "jaeger://", "jaeger://host:x", "jaeger://h?start=noon"])
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        with pytest.raises(ConfigurationError, match=address.replace("?", r"\?")):
            JaegerQuery.parse(address)

    def test_nothing_listening_is_told(self) -> None:
        with pytest.raises(BackendError, match="nothing is listening there"):
            list(read_spans(f"jaeger://127.0.0.1:{refusing_port()}?run=r"))
