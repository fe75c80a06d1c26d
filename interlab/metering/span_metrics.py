"""Measure spans as they end: OpenTelemetry metrics, computed from the trace.

Nothing else in the lab measures: what is counted here is what the trace says. Every attribute has few values;
the id of a run, a condition or an episode is never one of them.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import orjson
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.trace import StatusCode

from interlab.metering import instruments
from interlab.metering.instruments import counter, histogram, up_down_counter
from interlab.schema import names
from interlab.schema.calls import is_call, is_turn, owner_of_call

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext
    from opentelemetry.util.types import AttributeValue

    from interlab.metering.instruments import Key

_ABOUT_THE_GAME: Final = (names.SUITE, names.SCENARIO)
_ABOUT_THE_CALL: Final = (
    *_ABOUT_THE_GAME,
    names.OPERATION,
    names.PROVIDER,
    names.REQUEST_MODEL,
    names.RESPONSE_MODEL,
    names.SERVER_ADDRESS,
    names.SERVER_PORT,
)

_ABOUT_THE_COST: Final = (*_ABOUT_THE_GAME, names.PROVIDER, names.REQUEST_MODEL)

Attributes = dict[str, "AttributeValue"]


class Measuring(SpanProcessor):
    """Measures every span that ends, in whatever thread that happens.

    A model call is measured when the turn ends that it served, everything about players when their episode
    does: only its root says who sat where. What an interrupted episode decided is therefore not measured, as
    it has not happened.

    Args:
        meter: Makes the instruments.
    """

    def __init__(self, meter: Meter) -> None:
        self._tokens = histogram(meter, instruments.TOKEN_USAGE)
        self._duration = histogram(meter, instruments.OPERATION_DURATION)
        self._cost = counter(meter, instruments.COST)
        self._unpriced = counter(meter, instruments.UNPRICED_CALLS)
        self._episodes = counter(meter, instruments.EPISODES)
        self._decisions = counter(meter, instruments.DECISIONS)
        self._invalid = counter(meter, instruments.INVALID_DECISIONS)
        self._k = up_down_counter(meter, instruments.EVALUATION_K)
        self._n = up_down_counter(meter, instruments.EVALUATION_N)
        self._results = counter(meter, instruments.EVALUATION_RESULTS)
        self._open: dict[int, _Trace] = {}
        self._lock = threading.Lock()

    def on_end(self, span: ReadableSpan) -> None:
        """Measure a span, or keep it until the one ends that says what it is about."""
        if span.context is not None:
            with self._lock:
                self._measure(span, span.context)

    def _measure(self, span: ReadableSpan, context: SpanContext) -> None:
        attributes = span.attributes or {}
        trace = self._open.get(context.trace_id)
        if trace is None:
            trace = self._open[context.trace_id] = _Trace()
        match attributes.get(names.OPERATION):
            case _ if is_turn(attributes):
                if attributes.get(names.PURPOSE) == "action":
                    trace.decided(str(attributes[names.ROLE]), valid=attributes.get(names.ACTION_VALID) is True)
                if trace.inner:
                    self._measure_calls(trace.calls_below(context.span_id))
            case "invoke_workflow" if names.SCHEMA_VERSION in attributes:
                del self._open[context.trace_id]
                self._measure_calls(trace.calls_left())
                self._measure_episode(span, attributes, trace)
            case _ if is_call(attributes) or not _is_ours(span):
                trace.inner[context.span_id] = span
            case _ if names.MEASUREMENTS in attributes:
                trace.measurements = orjson.loads(str(attributes[names.MEASUREMENTS]))
            case _ if span.parent is None:  # the run's own span, alone in its trace
                del self._open[context.trace_id]
            case _:
                pass

    def _measure_calls(self, calls: Iterable[ReadableSpan]) -> None:
        for call in calls:
            attributes = call.attributes or {}
            about = _chosen(attributes, _ABOUT_THE_CALL)
            if names.PROVIDER not in about and names.SYSTEM in attributes:
                about[names.PROVIDER] = attributes[names.SYSTEM]
            for kind, key in (("input", names.INPUT_TOKENS), ("output", names.OUTPUT_TOKENS)):
                tokens = attributes.get(key)
                if isinstance(tokens, int):
                    self._tokens.record(tokens, {**about, names.TOKEN_TYPE: kind})
            failed = _chosen(attributes, (names.ERROR_TYPE,))
            self._duration.record(((call.end_time or 0) - (call.start_time or 0)) / 1e9, {**about, **failed})
            usd = attributes.get(names.USD)
            if isinstance(usd, int | float):
                self._cost.add(usd, _key(_chosen(about, _ABOUT_THE_COST)))
            elif not failed:
                self._unpriced.add(1, _key(_chosen(about, _ABOUT_THE_COST)))

    def _measure_episode(
        self, root: ReadableSpan, attributes: Mapping[str, AttributeValue], trace: _Trace
    ) -> None:
        game = _chosen(attributes, _ABOUT_THE_GAME)
        status = "failed" if root.status.status_code is StatusCode.ERROR else "done"
        ended = {**game, **_chosen(attributes, (names.END_REASON,)), names.EPISODE_STATUS: status}
        self._episodes.add(1, _key(ended))
        seats = orjson.loads(str(attributes[names.ACTORS]))
        players = {seat["role"]: _key({**game, **_player(seat)}) for seat in seats}
        for role, (asked, invalid) in trace.decisions.items():
            if (about := players.get(role)) is not None:
                self._decisions.add(asked, about)
                self._invalid.add(invalid, about)
        for measurement in trace.measurements:
            for about in _judged(measurement["role"], players):
                self._measure_result(measurement, (*about, (names.EVALUATION_NAME, measurement["metric"])))

    def _measure_result(self, measurement: Mapping[str, Any], about: Key) -> None:
        value, k, n = measurement["value"], measurement["k"], measurement["n"]
        self._results.add(1, (*about, (names.EVALUATION_DEFINED, value is not None)))
        if value is not None:
            self._k.add(value if n is None else k, about)
            self._n.add(1 if n is None else n, about)


class _Trace:
    """State of a trace whose root has not ended."""

    __slots__ = ("decisions", "inner", "measurements")

    def __init__(self) -> None:
        self.inner: dict[int, ReadableSpan] = {}
        """Model calls, and spans of others among which a call may be, by span id."""
        self.decisions: dict[str, list[int]] = {}
        """By role: moves asked for, and those whose first answer was invalid."""
        self.measurements: list[Mapping[str, Any]] = []

    def decided(self, role: str, *, valid: bool) -> None:
        """Count a move that was asked for."""
        counts = self.decisions.setdefault(role, [0, 0])
        counts[0] += 1
        counts[1] += not valid

    def calls_below(self, turn: int) -> list[ReadableSpan]:
        """Remove what is below a turn, and return the calls among it that are not part of another call."""
        below = [span_id for span_id in self.inner if self._is_below(span_id, turn)]
        calls = [self.inner[span_id] for span_id in below if self._counts(span_id)]
        for span_id in below:
            del self.inner[span_id]
        return calls

    def calls_left(self) -> list[ReadableSpan]:
        """The calls that served no turn."""
        return [span for span_id, span in self.inner.items() if self._counts(span_id)]

    def _is_below(self, span_id: int, turn: int) -> bool:
        above: int | None = span_id
        while above is not None and above != turn:
            above = self._parent(above)
        return above == turn

    def _counts(self, span_id: int) -> bool:
        """Whether a span is a call that is not part of another; turns are never among the spans kept here."""
        return self._is_call(span_id) and owner_of_call(self._parent(span_id), self._parent, self._is_call) is None

    def _is_call(self, span_id: int) -> bool:
        return span_id in self.inner and is_call(self.inner[span_id].attributes or {})

    def _parent(self, span_id: int) -> int | None:
        span = self.inner.get(span_id)
        return span.parent.span_id if span is not None and span.parent is not None else None


def _is_ours(span: ReadableSpan) -> bool:
    scope = span.instrumentation_scope
    return scope is not None and scope.name == names.SERVICE


def _player(seat: Mapping[str, Any]) -> Attributes:
    """Player in a seat, with the language model if it is one."""
    about: Attributes = {names.PLAYER: seat["player"]}
    if seat["model"]:
        provider, _, model = str(seat["model"]).partition("/")
        about |= (
            {names.PROVIDER: provider, names.REQUEST_MODEL: model} if model else {names.REQUEST_MODEL: provider}
        )
    return about


def _judged(role: str | None, players: Mapping[str, Key]) -> Collection[Key]:
    """Return the players that a measurement is about: the role's player, or each player once."""
    if role is not None:
        return [players[role]] if role in players else []
    return dict.fromkeys(players.values())


def _key(attributes: Attributes) -> Key:
    return tuple(attributes.items())


def _chosen(attributes: Mapping[str, AttributeValue], keys: Iterable[str]) -> Attributes:
    return {key: attributes[key] for key in keys if key in attributes}
