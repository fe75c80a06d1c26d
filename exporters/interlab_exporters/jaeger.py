"""Spans read back from Jaeger, over HTTP and its ``api_v3``.

Jaeger 2.19 and later lists the matching traces (``/api/v3/trace-summaries``) and then gives each as it is
(``/api/v3/traces/{id}``), so that the number of spans can be checked. Earlier ones (2.0 to 2.18) have a
search over HTTP that ignores attributes and gives whole traces; they are read with it, and the attributes
are matched here.
"""

from __future__ import annotations

import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice, repeat
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import orjson

from interlab.errors import BackendError, ConfigurationError, SpanFormatError
from interlab_exporters.backend import Backend, describe
from interlab_exporters.decoding import Json, SpanDecoder, json_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import urllib3

    from interlab_exporters.spans import Span

_QUERY_PORT: Final = 16686
_LOOKBACK: Final = timedelta(days=365)
_AHEAD: Final = timedelta(hours=1)
"""Clocks differ: a span may seem to start in the future."""
_LIMIT: Final = 100_000
"""How many traces Jaeger's memory holds by default, and so the most that it lets one ask for."""
_CONNECTIONS: Final = 4


_PAUSES_S: Final = (0.0, 0.5, 2.0)
"""Before each try to get a whole trace, of which Jaeger may still be taking in spans."""
_SCHEMES: Final = {"jaeger": "http", "jaegers": "https"}


class _Names(NamedTuple):
    """What the parameters of a search are called."""

    start: str
    end: str
    depth: str
    raw: str
    service: str


_CAMEL: Final = _Names(
    "query.startTimeMin", "query.startTimeMax", "query.searchDepth", "query.rawTraces", "query.serviceName"
)
_SNAKE: Final = _Names(
    "query.start_time_min",
    "query.start_time_max",
    "query.num_traces",
    "query.raw_traces",
    "query.service_name",
)


class _Found(NamedTuple):
    """What a search for at most ``depth`` traces gave; ``body`` is None where it was no JSON."""

    answer: urllib3.BaseHTTPResponse
    body: Json | None
    depth: int


class _Summary(NamedTuple):
    trace_id: str
    spans: int


@dataclass(frozen=True)
class JaegerQuery:
    """A search for traces that have a span with all of some attributes.

    Attributes:
        url: Address of the query service, ``http://host:16686``, with its base path if it has one.
        attributes: Key to value as text; a trace matches when one span of it, or its resource, has them all.
        service: Only traces in which this service takes part; some storages (Cassandra) need one.
        start: The earliest start of a trace; a year ago if None.
        end: The latest start of a trace; now if None.
        timeout: Seconds to wait for each answer.
    """

    url: str
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    service: str = ""
    start: datetime | None = None
    end: datetime | None = None
    timeout: float = 60.0

    @classmethod
    def parse(cls, address: str, *, aliases: Mapping[str, str] | None = None) -> JaegerQuery:
        """Understand ``jaeger://host:port/base?key=value&...``.

        ``service``, ``start`` and ``end`` (ISO 8601) are what they are above, any other key is an attribute.

        Args:
            address: The address; ``jaegers://`` speaks HTTPS.
            aliases: Short names for attribute keys.

        Raises:
            ConfigurationError: It is no such address.
        """
        try:
            parts = urlsplit(address)
            netloc = parts.netloc if parts.port else f"{parts.netloc}:{_QUERY_PORT}"
            pairs = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            start, end = (_time(pairs.pop(name, None)) for name in ("start", "end"))
        except ValueError as error:
            raise ConfigurationError(f"`{address}` cannot be understood: {error}") from error
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ConfigurationError(f"`{address}` is no `jaeger://host:{_QUERY_PORT}?key=value`")
        service = pairs.pop("service", "")
        known = aliases or {}
        attributes = {known.get(key, key): value for key, value in pairs.items()}
        return cls(f"{_SCHEMES[parts.scheme]}://{netloc}{parts.path.rstrip('/')}", attributes, service, start, end)

    def spans(self) -> Iterator[Span]:
        """Give the spans of all matching traces, trace by trace.

        Raises:
            BackendError: As :meth:`traces` does.
        """
        for trace in self.traces():
            yield from trace

    def traces(self) -> Iterator[tuple[Span, ...]]:
        """Give all matching traces, each as its spans without duplicates.

        Raises:
            BackendError: Nothing listens there, it is no Jaeger with an ``api_v3``, no trace matches, or a
            trace
                comes with fewer spans than were announced.
        """
        backend = Backend(self.url, timeout=self.timeout, connections=_CONNECTIONS)
        try:
            summaries = self._summaries(backend)
            if summaries is None:
                yield from self._search(backend)
            else:
                yield from self._fetch_all(backend, summaries)
        finally:
            backend.close()

    def _summaries(self, backend: Backend) -> list[_Summary] | None:
        """List the matching traces; None where this Jaeger is too old to do that."""
        found = self._ask(backend, "/api/v3/trace-summaries", _CAMEL)
        if found.body is None or found.answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._check(found.answer, found.body)
        summaries = [_summary(entry) for entry in found.body.get("summaries") or ()]
        self._check_found(len(summaries), found.depth)
        return summaries

    def _search(self, backend: Backend) -> Iterator[tuple[Span, ...]]:
        """Read whole traces through the search of Jaeger 2.18 and earlier, and match them here."""
        found = self._ask(backend, "/api/v3/traces", _SNAKE)
        if found.body is None:
            raise BackendError(
                f"`{self.url}` has no Jaeger api_v3: it answered {describe(found.answer)}; "
                f"give the address of the query service of a Jaeger 2 (port {_QUERY_PORT})"
            )
        if found.answer.status != HTTPStatus.NOT_FOUND:
            self._check(found.answer, found.body)
        traces: dict[str, list[Span]] = {}
        for span in self._decode(found.body):
            traces.setdefault(span.trace_id, []).append(span)
        self._check_found(len(traces), found.depth)
        matching = [trace for trace in traces.values() if any(self._matches(span) for span in trace)]
        self._check_found(len(matching), found.depth)
        for trace in matching:
            yield _distinct(trace)

    def _fetch_all(self, backend: Backend, summaries: list[_Summary]) -> Iterator[tuple[Span, ...]]:
        remaining = iter(summaries)
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            while some := list(islice(remaining, _CONNECTIONS * 8)):
                yield from pool.map(self._fetch, repeat(backend), some)

    def _fetch(self, backend: Backend, summary: _Summary) -> tuple[Span, ...]:
        spans: list[Span] = []
        for pause in _PAUSES_S:
            time.sleep(pause)
            answer = backend.get(f"/api/v3/traces/{summary.trace_id}", {"rawTraces": "true"})
            body = _body(answer)
            self._check(answer, body)
            spans = list(self._decode(body))
            if len(spans) >= summary.spans:
                return _distinct(spans)
        raise BackendError(
            f"`{self.url}` gave {len(spans)} of the {summary.spans} spans of trace `{summary.trace_id}`; "
            "try again when it has taken in all of them"
        )

    def _ask(self, backend: Backend, path: str, names: _Names) -> _Found:
        """Search, for as many traces as this Jaeger allows."""
        depth = _LIMIT
        while True:
            answer = backend.get(path, self._parameters(names, depth))
            body = _body(answer)
            refused = answer.status >= HTTPStatus.BAD_REQUEST and "search depth" in _complaint(body)
            if not refused or depth == 1:
                return _Found(answer, body, depth)
            depth //= 2

    def _parameters(self, names: _Names, depth: int) -> dict[str, str]:
        now = datetime.now(UTC)
        parameters = {
            names.start: _rfc3339(self.start or now - _LOOKBACK),
            names.end: _rfc3339(self.end or now + _AHEAD),
            names.depth: str(depth),
            names.raw: "true",
        }
        if self.service:
            parameters[names.service] = self.service
        if self.attributes:
            parameters["query.attributes"] = orjson.dumps(dict(self.attributes)).decode()
        return parameters

    def _matches(self, span: Span) -> bool:
        return all(
            _text(span.attributes.get(key, span.resource.get(key))) == value
            for key, value in self.attributes.items()
        )

    def _check(self, answer: urllib3.BaseHTTPResponse, body: Json) -> None:
        if answer.status >= HTTPStatus.BAD_REQUEST or json_object(body) is None:
            raise BackendError(f"`{self.url}` answered {_complaint(body) or describe(answer)}")

    def _check_found(self, count: int, depth: int) -> None:
        what = ", ".join(f"{key}={value}" for key, value in self.attributes.items()) or "any attributes"
        if not count:
            raise BackendError(f"`{self.url}` has no trace with {what} in that time; check the name and the time")
        if count >= depth:
            raise BackendError(f"`{self.url}` has {depth} traces or more in that time; narrow `start` and `end`")

    def _decode(self, body: Json) -> Iterator[Span]:
        try:
            yield from SpanDecoder().spans(body.get("result", {}))
        except SpanFormatError as error:
            raise BackendError(f"`{self.url}` gave spans that cannot be read: {error}") from error


def find_traces(
    url: str,
    attributes: Mapping[str, str],
    *,
    service: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> Iterator[tuple[Span, ...]]:
    """Give all traces of a Jaeger that have a span with these attributes; see :class:`JaegerQuery`.

    Raises:
        BackendError: It does not answer as it should, or no trace matches.
    """
    return JaegerQuery(url.rstrip("/"), attributes, service, start, end).traces()


def _body(answer: urllib3.BaseHTTPResponse) -> Json | None:
    """Read JSON; None where it is something else: Jaeger sends its page for a path that it does not know."""
    try:
        return orjson.loads(answer.data)
    except orjson.JSONDecodeError:
        return None


def _complaint(body: Json) -> str:
    error = json_object((json_object(body) or {}).get("error"))
    return str(error.get("message", "")) if error else ""


def _summary(entry: Json) -> _Summary:
    trace_id = str(entry.get("traceId") or entry.get("traceID") or "")
    if len(trace_id) != 32:  # protocol buffers write bytes in base64
        trace_id = b64decode(trace_id).hex()
    return _Summary(trace_id, int(entry.get("spanCount", 0)))


def _distinct(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Leave out spans that came in twice, as when a file is sent again to where it went live."""
    return tuple({span.span_id: span for span in spans}.values())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
