"""Traces from a Jaeger, over HTTP and its ``api_v3``: summaries first where it has them, else whole traces.

Jaeger 2.19 and later lists the matching traces (``/api/v3/trace-summaries``) and then gives each as it is
(``/api/v3/traces/{id}``), so that they are fetched in parallel and their spans counted. Earlier ones (2.0 to
2.18) have a search over HTTP that ignores attributes and gives whole traces; they are read with it, and the
attributes are matched here.

No search gives more traces than it is asked for, and a Jaeger limits what it may be asked for. An answer that
is full is therefore taken as cut off: its time is split and both parts are searched, until none is full. (The
pagination that newer Jaegers prepare is off by default and known to Elasticsearch only; this works with all.)
"""

from __future__ import annotations

import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from interlab.errors import BackendError, SpanFormatError
from interlab_exporters.decoding import Json, SpanDecoder, json_object
from interlab_exporters.endpoints import without_user_info
from interlab_exporters.http_client import HttpClient, describe
from interlab_exporters.windows import Window, rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import httpx2

    from interlab_exporters.jaeger_query import JaegerQuery
    from interlab_exporters.spans import Span

_CONNECTIONS: Final = 4
_SUMMARIES_AT_ONCE: Final = 2_000
_TRACES_AT_ONCE: Final = 500
"""Whole ones come as one document, which has to fit into memory here and there."""
_PAUSES_S: Final = (0.0, 0.5, 2.0)
"""Before each try to get a whole trace, of which Jaeger may still be taking in spans."""
_EXAMPLES: Final = 8
"""Number of traces to look at for values that can be found there instead."""


class _Hit(NamedTuple):
    """A trace that a search gave: its spans, or only how many it has."""

    trace_id: str
    start: int
    size: int
    spans: tuple[Span, ...] | None = None


def find_traces(query: JaegerQuery) -> Iterator[tuple[Span, ...]]:
    """Find all traces that match a query, each as its spans without duplicates.

    Raises:
        BackendError: Nothing listens there, it is not a Jaeger with an ``api_v3``, no trace matches, a trace
            comes with fewer spans than were announced, or a single moment has more traces than it gives.
    """
    client = HttpClient(query.url.rstrip("/"), timeout=query.timeout, connections=_CONNECTIONS)
    try:
        yield from _Search(client, query).traces()
    finally:
        client.close()


class _Search:
    """One search of one Jaeger."""

    def __init__(self, client: HttpClient, query: JaegerQuery) -> None:
        self._client = client
        self._query = query
        self._url = without_user_info(query.url.rstrip("/"))
        self._window = Window.between(query.start, query.end)
        self._has_summaries = True
        self._depth = 0
        self._others: set[str] = set()

    def traces(self) -> Iterator[tuple[Span, ...]]:
        """Find all matching traces; see :func:`find_traces`."""
        found = False
        hits = self._matching_hits()
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            while some := list(islice(hits, _CONNECTIONS * 8)):
                found = True
                yield from pool.map(self._whole, some)
        if not found:
            raise self._nothing_found()

    def _matching_hits(self) -> Iterator[_Hit]:
        seen: set[str] = set()
        self._depth = self._query.depth or _SUMMARIES_AT_ONCE
        windows = [self._window]
        while windows:
            window = windows.pop()
            hits = self._ask(window)
            for hit in hits:
                if hit.trace_id not in seen:
                    seen.add(hit.trace_id)
                    if self._matches(hit):
                        yield hit
            if len(hits) >= self._depth:
                halves = window.halves([hit.start for hit in hits])
                if halves is None:
                    raise self._too_many_at(window)
                windows += reversed(halves)

    def _ask(self, window: Window) -> list[_Hit]:
        """Search a window, for as many traces as this Jaeger allows."""
        while True:
            hits = self._summaries(window) if self._has_summaries else self._search(window)
            if hits is not None:
                return hits

    def _summaries(self, window: Window) -> list[_Hit] | None:
        """List traces; None where that is to be tried in another way."""
        answer, body = self._get("/api/v3/trace-summaries", self._parameters(window))
        if answer.status_code == HTTPStatus.NOT_FOUND or not _answers(body, "summaries"):
            self._has_summaries = False
            self._depth = self._query.depth or _TRACES_AT_ONCE
            return None
        if self._is_too_deep(answer, body):
            return None
        self._check(answer, body)
        try:
            return [_summary(entry) for entry in (json_object(body) or {}).get("summaries") or ()]
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            raise BackendError(f"`{self._url}` gave a summary that cannot be read: {error}") from error

    def _search(self, window: Window) -> list[_Hit] | None:
        """Read whole traces; None where that is to be tried with a smaller depth."""
        answer, body = self._get("/api/v3/traces", self._parameters(window))
        if not _answers(body, "result"):
            raise BackendError(
                f"`{self._url}` has no Jaeger api_v3: it answered {describe(answer)}; "
                "give the address of the query service of a Jaeger 2 (port 16686)"
            )
        if self._is_too_deep(answer, body):
            return None
        if answer.status_code != HTTPStatus.NOT_FOUND:
            self._check(answer, body)
        traces: dict[str, list[Span]] = {}
        for span in self._decode(body):
            traces.setdefault(span.trace_id, []).append(span)
        return [
            _Hit(trace_id, min(span.start for span in spans), len(spans), _distinct(spans))
            for trace_id, spans in traces.items()
        ]

    def _is_too_deep(self, answer: httpx2.Response, body: Json) -> bool:
        """Ask for less the next time, if that is what this Jaeger wants."""
        refused = answer.status_code >= HTTPStatus.BAD_REQUEST and "search depth" in _complaint(body)
        if refused and self._depth > 1:
            self._depth //= 2
            return True
        return False

    def _matches(self, hit: _Hit) -> bool:
        """Match the attributes of a trace, unless the search was for summaries, which has matched them."""
        wanted = self._query.attributes
        if hit.spans is None or not wanted:
            return True
        for span in hit.spans:
            if all(_text(_attribute(span, key)) == value for key, value in wanted.items()):
                return True
        self._note_others(hit.spans)
        return False

    def _note_others(self, spans: Iterable[Span]) -> None:
        """Remember what could be found instead, where one attribute is looked for."""
        keys = list(self._query.attributes)
        if len(keys) == 1 and len(self._others) <= _EXAMPLES:
            values = (_attribute(span, keys[0]) for span in spans)
            self._others |= {_text(value) for value in values if value is not None}

    def _whole(self, hit: _Hit) -> tuple[Span, ...]:
        """Get the spans of a trace, again while some of them are missing."""
        spans, count = hit.spans or (), hit.size
        if hit.spans is not None and len(spans) >= (count := self._announced(spans)):
            return spans
        for pause in _PAUSES_S:
            time.sleep(pause)
            answer, body = self._get(f"/api/v3/traces/{hit.trace_id}", {"rawTraces": "true", "raw_traces": "true"})
            self._check(answer, body)
            copies = list(self._decode(body))
            spans = _distinct(copies)
            announced = self._announced(spans)
            if len(copies) >= hit.size and len(spans) >= announced:
                return spans
            count = announced or hit.size
        raise BackendError(
            f"`{self._url}` gave {len(spans)} of the {count} spans of trace `{hit.trace_id}`; "
            "try again when it has taken in all of them, or send it the missing ones with `interlab export`"
        )

    def _announced(self, spans: Iterable[Span]) -> int:
        """Number of spans of the trace according to its root; 0 if it has no such attribute, or is missing."""
        for span in spans:
            count = span.attributes.get(self._query.announced_by)
            if isinstance(count, int):
                return count
        return 0

    def _nothing_found(self) -> BackendError:
        wanted = self._query.attributes
        what = ", ".join(f"{key}={value}" for key, value in wanted.items()) or "any attributes"
        if self._has_summaries:
            self._look_around()
        others = sorted(self._others, reverse=True)[:_EXAMPLES]
        instead = f"; it has {', '.join(others)}" if others else ""
        return BackendError(
            f"`{self._url}` has no trace with {what} in that time{instead}; check the name and the time"
        )

    def _look_around(self) -> None:
        """Read a few traces without regard to their attributes."""
        parameters = self._parameters(self._window) | {"query.searchDepth": str(_EXAMPLES)}
        parameters.pop("query.attributes", None)
        _, body = self._get("/api/v3/trace-summaries", parameters)
        entries: list[Json] = (json_object(body) or {}).get("summaries") or []
        for entry in entries[:_EXAMPLES]:
            _, trace = self._get(f"/api/v3/traces/{_summary(entry).trace_id}", {"rawTraces": "true"})
            self._note_others(self._decode(json_object(trace) or {}))

    def _too_many_at(self, window: Window) -> BackendError:
        return BackendError(
            f"`{self._url}` has {self._depth} traces or more at the very moment {rfc3339(window.start)}, "
            "and gives no more at once; raise `depth` in the address or Jaeger's own limit, or look for "
            "something that fewer traces have"
        )

    def _parameters(self, window: Window) -> dict[str, str]:
        """Make the parameters of a search; Jaeger 2.18 and earlier know only the names with underscores."""
        named = {
            ("query.startTimeMin", "query.start_time_min"): rfc3339(window.start),
            ("query.startTimeMax", "query.start_time_max"): rfc3339(window.end),
            ("query.searchDepth", "query.num_traces"): str(self._depth),
            ("query.rawTraces", "query.raw_traces"): "true",
            ("query.serviceName", "query.service_name"): self._query.service,
        }
        parameters = {name: value for names, value in named.items() for name in names if value}
        if self._query.attributes:
            parameters["query.attributes"] = orjson.dumps(dict(self._query.attributes)).decode()
        return parameters

    def _get(self, path: str, parameters: dict[str, str]) -> tuple[httpx2.Response, Json | None]:
        """Get an answer and its JSON, if it has any: Jaeger sends its page for a path that it does not know."""
        answer = self._client.get(path, parameters)
        try:
            return answer, orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            return answer, None

    def _check(self, answer: httpx2.Response, body: Json) -> None:
        if answer.status_code >= HTTPStatus.BAD_REQUEST or json_object(body) is None:
            complaint = _complaint(body)
            needs_service = not self._query.service and "service name" in complaint.lower()
            advice = "; add `service=NAME` to the address" if needs_service else ""
            raise BackendError(f"`{self._url}` answered {complaint or describe(answer)}{advice}")

    def _decode(self, body: Json) -> Iterator[Span]:
        try:
            yield from SpanDecoder().spans(body.get("result", {}))
        except SpanFormatError as error:
            raise BackendError(f"`{self._url}` gave spans that cannot be read: {error}") from error


def _answers(body: Json, key: str) -> bool:
    """Recognise an answer of this api: the key that was asked for, an error, or nothing."""
    found = json_object(body)
    return found is not None and (not found or not found.keys().isdisjoint({key, "error"}))


def _complaint(body: Json) -> str:
    error = json_object((json_object(body) or {}).get("error"))
    return str(error.get("message", "")) if error else ""


def _summary(entry: Json) -> _Hit:
    trace_id = str(entry.get("traceId") or entry.get("traceID") or "")
    if len(trace_id) != 32:  # protocol buffers write bytes in base64
        trace_id = b64decode(trace_id).hex()
    start, count = int(entry.get("minStartTimeUnixNano", 0)), int(entry.get("spanCount", 0))
    if len(trace_id) != 32 or not 0 <= start < 1 << 63 or not 0 <= count < 1 << 32:
        raise ValueError(f"trace `{trace_id:.40}` with {count} spans from {start}")
    return _Hit(trace_id, start, count)


def _distinct(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Leave out spans that came in twice, as when a file is sent again to where it went live."""
    return tuple({span.span_id: span for span in spans}.values())


def _attribute(span: Span, key: str) -> object:
    return span.attributes.get(key, span.resource.get(key))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
