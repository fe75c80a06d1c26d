"""A Jaeger in the test's own process, as the sources of Jaeger have it: the newer kind, or the older."""

from __future__ import annotations

from base64 import b64encode
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import orjson

from interlab_exporters.documents import document_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from interlab_exporters import Span

Answer = tuple[int, object]


class FakeJaeger(ThreadingHTTPServer):
    """Holds spans, and gives what is asked for by time and depth, the newer kind by attributes too.

    Args:
        spans: What it holds.
        has_summaries: Whether it is of the newer kind.
        announced: How many spans its summaries say that a trace has; by default the truth.
        max_depth: For how many traces one may ask.
        newest_first: In which order it gives traces, and which ones if there are more than asked for.
        late: How many times it gives a trace without the latest of its spans.
        base64_ids: Whether summaries have the ids of traces in base64, as protocol buffers write them.
        needs_service: Whether it looks for attributes in a named service only, as one on Badger.
    """

    daemon_threads = True

    def __init__(
        self,
        spans: list[Span],
        *,
        has_summaries: bool = True,
        announced: int | None = None,
        max_depth: int = 100_000,
        newest_first: bool = True,
        late: int = 0,
        base64_ids: bool = False,
        needs_service: bool = False,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.traces: dict[str, list[Span]] = {}
        for span in sorted(spans, key=lambda span: span.start, reverse=newest_first):
            self.traces.setdefault(span.trace_id, []).append(span)
        self.has_summaries = has_summaries
        self.announced = announced
        self.max_depth = max_depth
        self.late = late
        self.base64_ids = base64_ids
        self.needs_service = needs_service
        self.depths: list[int] = []
        self.services_asked_for: set[str] = set()
        self.answer: Callable[[str], Answer] = self._answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def _answer(self, path: str) -> Answer:
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        match parts.path.split("/")[3:]:
            case ["trace-summaries"] if self.has_summaries:
                return self._find(query, camel=True)
            case ["traces"] if not self.has_summaries:
                return self._find(query, camel=False)
            case ["traces", trace_id]:
                return 200, {"result": self._document(self.traces[trace_id])}
            case _:
                return 200, None

    def _find(self, query: dict[str, str], *, camel: bool) -> Answer:
        start, end, depth, service = (
            query.get(f"query.{names[0] if camel else names[1]}", "")
            for names in (
                ("startTimeMin", "start_time_min"),
                ("startTimeMax", "start_time_max"),
                ("searchDepth", "num_traces"),
                ("serviceName", "service_name"),
            )
        )
        self.depths.append(int(depth))
        self.services_asked_for.add(service)
        if int(depth) > self.max_depth:
            return 500, {"error": {"httpCode": 500, "message": "search depth must be less than max traces"}}
        if self.needs_service and "query.attributes" in query and not service:
            return 500, {"error": {"httpCode": 500, "message": "service name must be set"}}
        wanted: dict[str, str] = orjson.loads(query.get("query.attributes", "{}")) if camel else {}
        found = [
            spans
            for spans in self.traces.values()
            if any(
                _nanoseconds(start) <= span.start < _nanoseconds(end)
                and service in ("", span.service)
                and all(str(span.attributes.get(key)) == value for key, value in wanted.items())
                for span in spans
            )
        ][: int(depth)]
        if camel:
            return 200, {"summaries": [self._summary(spans) for spans in found]}
        if not found:
            return 404, {"error": {"httpCode": 404, "message": "No traces found"}}
        return 200, {"result": self._document([span for spans in found for span in spans])}

    def _summary(self, spans: list[Span]) -> dict[str, Any]:
        trace_id = spans[0].trace_id
        return {
            "traceId": b64encode(bytes.fromhex(trace_id)).decode() if self.base64_ids else trace_id,
            "minStartTimeUnixNano": str(min(span.start for span in spans)),
            "spanCount": len(spans) if self.announced is None else self.announced,
        }

    def _document(self, spans: list[Span]) -> object:
        if self.late:
            self.late -= 1
            spans = sorted(spans, key=lambda span: span.start)[:-1]
        return orjson.loads(b"".join(document_parts(spans)))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = cast("FakeJaeger", self.server).answer(self.path)
        match body:
            case None:
                content = b"<!doctype html>"
            case bytes():
                content = body
            case _:
                content = orjson.dumps(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Say nothing."""


@contextmanager
def serving(server: FakeJaeger) -> Generator[FakeJaeger]:
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _nanoseconds(text: str) -> int:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * 1_000_000_000 + int(fraction)
