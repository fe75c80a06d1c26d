"""Read: from spans to episodes.

The inverse of :mod:`interlab.tracing.recorder`, over any stream of spans: a file, a directory of shards, a
backend, or the spans of an episode that has just been played.
"""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar, cast

import orjson

from interlab.errors import SpanFormatError
from interlab.schema import names
from interlab.schema.calls import is_call, is_turn, owner_of_call
from interlab.schema.episode import Call, Episode, Json, Measurement, Message, Round, Seat, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from interlab.schema.episode import EndReason
    from interlab_exporters.spans import Span

_BROKEN: Final = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""Errors of reading attributes of another shape."""
_NAN: Final = float("nan")
_BY_START: Final = itemgetter(0)
_START_OF_SPAN: Final = attrgetter("start")


class _Attempt(Protocol):
    """Attempt at an episode, as :func:`final_attempts` needs it; an episode is one."""

    @property
    def run(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def error(self) -> str | None: ...


AnyAttempt = TypeVar("AnyAttempt", bound=_Attempt)


class _RoundFacts(NamedTuple):
    """Attributes of a round's own span."""

    number: int
    actions: Mapping[str, Json]
    payoffs: Mapping[str, float]
    facts: Mapping[str, Json]


def episodes_from_spans(spans: Iterable[Span]) -> Iterator[Episode]:
    """Build episodes from a stream of spans, each as soon as its trace is complete.

    Spans may come in any order, traces interleaved. A trace without the root of an episode (one that was
    interrupted, or is none of ours) gives nothing. Every attempt at an episode is given; see
    :func:`final_attempts`.

    Args:
        spans: The spans, ended ones; memory is bounded by the traces that are open at a time.

    Raises:
        SpanFormatError: An episode's root that this version cannot read.
    """
    open_traces: dict[str, _Trace] = defaultdict(_Trace)
    for span in spans:
        trace = open_traces[span.trace_id]
        trace.add(span)
        if trace.is_complete:
            del open_traces[span.trace_id]
            yield episode_from_trace(trace.spans)
    for trace in open_traces.values():
        if trace.root is not None:
            yield episode_from_trace(trace.spans)


def final_attempts(attempts: Iterable[AnyAttempt]) -> list[AnyAttempt]:
    """Keep one attempt at each episode: the one that succeeded, else the last; in the order first seen."""
    chosen: dict[tuple[str, str], AnyAttempt] = {}
    for attempt in attempts:
        key = (attempt.run, attempt.id)
        before = chosen.get(key)
        if before is None or _rank(attempt) > _rank(before):
            chosen[key] = attempt
    return list(chosen.values())


def _rank(attempt: _Attempt) -> tuple[bool, int]:
    return (attempt.error is None, attempt.attempt)


class _Trace:
    """The spans of one trace, as they come in."""

    __slots__ = ("root", "spans")

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.root: Span | None = None

    def add(self, span: Span) -> None:
        self.spans.append(span)
        if is_root(span):
            self.root = span

    @property
    def is_complete(self) -> bool:
        return self.root is not None and len(self.spans) == self.root.attributes.get(names.SPANS)


def is_root(span: Span) -> bool:
    """Tell whether a span is the root of an episode."""
    attributes = span.attributes
    return names.SCHEMA_VERSION in attributes and attributes.get(names.OPERATION) == "invoke_workflow"


class Traced(NamedTuple):
    """An episode and its root span."""

    episode: Episode
    root: Span


def episode_from_trace(spans: Iterable[Span]) -> Episode:
    """Build the episode of one trace, whether its root has ended or not.

    Raises:
        SpanFormatError: There is no episode's root among the spans.
    """
    return traced_episode(spans).episode


def traced_episode(spans: Iterable[Span]) -> Traced:
    """Build the episode of one trace, and return it with its root. Spans of model calls are not kept.

    Raises:
        SpanFormatError: There is no episode's root among the spans, or a span holds what no recorder writes.
    """
    parts = _Parts()
    try:
        return _traced(parts, spans)
    except SpanFormatError:
        raise
    except _BROKEN as error:
        name = f"field `{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
        trace = parts.root.trace_id if parts.root is not None else "unknown"
        raise SpanFormatError(f"trace `{trace}` holds a span that cannot be read: {name}") from error


def _traced(parts: _Parts, spans: Iterable[Span]) -> Traced:
    for span in spans:
        parts.add(span)
    root = parts.root
    if root is None:
        raise SpanFormatError("a trace without the root span of an episode cannot be read as one")
    found = root.attributes.get(names.SCHEMA_VERSION)
    if found != names.SCHEMA:
        raise SpanFormatError(
            f"trace `{root.trace_id}` has schema version `{found}`, this InterLab reads `{names.SCHEMA}`; "
            "use the InterLab that wrote it"
        )
    turns, messages = parts.turns(), parts.messages()
    attributes = root.attributes
    episode = Episode(
        run=_text(root, names.RUN_ID),
        suite=_text(root, names.SUITE),
        scenario=_text(root, names.SCENARIO),
        condition=_text(root, names.CONDITION),
        id=_text(root, names.EPISODE_ID),
        index=_integer(root, names.EPISODE_INDEX),
        seed=_integer(root, names.SEED),
        attempt=_integer(root, names.ATTEMPT),
        trace_id=root.trace_id,
        texts=str(attributes.get(names.TEXTS_VERSION, "")),
        parameters=_object(attributes, names.PARAMETERS),
        game=_object(attributes, names.GAME),
        seats=tuple(Seat(**seat) for seat in _loads(attributes, names.ACTORS, [])),
        rounds=tuple(_round(*each, turns, messages) for _, each in sorted(parts.rounds, key=_BY_START)),
        turns=tuple(turns.get(None, ())),
        messages=tuple(messages.get(None, ())),
        told=parts.told(),
        outcome=_object(attributes, names.OUTCOME),
        payoffs=_object(attributes, names.PAYOFFS),
        end_reason=cast("EndReason", attributes.get(names.END_REASON, "completed")),
        error=(root.status_message or "error") if root.status == "ERROR" else None,
        measurements=parts.measurements,
        duration=_seconds(root),
    )
    return Traced(episode, root)


class _Parts:
    """The spans of a trace, sorted into what they record, each read as soon as it is there."""

    __slots__ = ("_calls", "_messages", "_parents", "_told", "_turns", "measurements", "root", "rounds")

    def __init__(self) -> None:
        self.root: Span | None = None
        self.rounds: list[tuple[int, _RoundFacts]] = []
        self.measurements: tuple[Measurement, ...] = ()
        self._turns: list[Span] = []
        self._calls: list[tuple[int, str, str | None, Call]] = []
        self._messages: list[tuple[int, int | None, Message]] = []
        self._told: list[tuple[int, str, tuple[str, ...]]] = []
        self._parents: dict[str, str | None] = {}

    def add(self, span: Span) -> None:
        if span.span_id in self._parents:  # a file was copied
            return
        self._parents[span.span_id] = span.parent_id
        attributes = span.attributes
        if is_turn(attributes):
            self._turns.append(span)
        elif is_call(attributes):
            self._calls.append((span.start, span.span_id, span.parent_id, _call(span)))
        elif span.kind == "PRODUCER" and names.SENDER in attributes:
            self._messages.append((span.start, _round_number(span), _message(span)))
        elif names.MEASUREMENTS in attributes:
            self.measurements = _measurements(span)
        elif span.name.startswith("round ") and names.ROUND in attributes and _is_ours(span):
            self.rounds.append((span.start, _round_facts(span)))
        elif is_root(span):
            self.root = span
        elif names.OBSERVATIONS in attributes and names.ROLE in attributes:
            self._told.append((span.start, cast("str", attributes[names.ROLE]), _observations(attributes)))

    def turns(self) -> dict[int | None, list[Turn]]:
        """Give the queries of each round in the order of asking, with the calls that they took."""
        calls = self._calls_by_turn()
        found: dict[int | None, list[Turn]] = defaultdict(list)
        for span in sorted(self._turns, key=_START_OF_SPAN):
            found[_round_number(span)].append(_turn(span, tuple(calls.get(span.span_id, ()))))
        return found

    def messages(self) -> dict[int | None, list[Message]]:
        """Give the messages of each round, in order."""
        found: dict[int | None, list[Message]] = defaultdict(list)
        for _, number, message in sorted(self._messages, key=_BY_START):
            found[number].append(message)
        return found

    def told(self) -> dict[str, tuple[str, ...]]:
        """Give what each role was told after its last query."""
        found: dict[str, tuple[str, ...]] = {}
        for _, role, texts in sorted(self._told, key=_BY_START):
            found[role] = found.get(role, ()) + texts
        return found

    def _calls_by_turn(self) -> dict[str, list[Call]]:
        """Return the outermost model calls by the turn that they served."""
        found: dict[str, list[Call]] = defaultdict(list)
        if not self._calls:
            return found
        turns = {span.span_id for span in self._turns}
        ends = turns.union([span_id for _, span_id, _, _ in self._calls])
        for _, _, parent, call in sorted(self._calls, key=_BY_START):
            owner = owner_of_call(parent, self._parents.get, ends.__contains__)
            if owner in turns:
                found[owner].append(call)
        return found


def _round_facts(span: Span) -> _RoundFacts:
    attributes = span.attributes
    return _RoundFacts(
        _integer(span, names.ROUND),
        _object(attributes, names.ACTIONS),
        _object(attributes, names.PAYOFFS),
        _object(attributes, names.FACTS),
    )


def _round(
    number: int,
    actions: Mapping[str, Json],
    payoffs: Mapping[str, float],
    facts: Mapping[str, Json],
    turns: Mapping[int | None, Sequence[Turn]],
    messages: Mapping[int | None, Sequence[Message]],
) -> Round:
    return Round(
        number=number,
        actions=actions,
        payoffs=payoffs,
        facts=facts,
        turns=tuple(turns.get(number, ())),
        messages=tuple(messages.get(number, ())),
    )


def _turn(span: Span, calls: tuple[Call, ...]) -> Turn:
    attributes: Any = span.attributes  # the schema says what they hold
    get = attributes.get
    return Turn(
        get(names.ROLE),
        get(names.ROUND),
        get(names.PURPOSE, "action"),
        get(names.PROMPT),
        _observations(attributes),
        _loads(attributes, names.ACTION, None),
        get(names.ACTION_VALID, False) is True,
        get(names.ATTEMPTS, 0),
        get(names.ACTION_HANDLING, "fail"),
        get(names.THOUGHT),
        calls,
        _seconds(span),
    )


def _observations(attributes: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(_prose(attributes, names.OBSERVATIONS) or ())


def _call(span: Span) -> Call:
    attributes: Any = span.attributes
    get = attributes.get
    reasons = _texts(attributes, names.FINISH_REASONS)
    return Call(
        str(get(names.PROVIDER) or get(names.SYSTEM) or ""),
        str(get(names.REQUEST_MODEL) or get(names.RESPONSE_MODEL) or ""),
        span.status != "ERROR",
        attributes[names.OPERATION],
        get(names.ERROR_TYPE),
        reasons[0] if reasons else None,
        get(names.INPUT_TOKENS, 0),
        get(names.OUTPUT_TOKENS, 0),
        get(names.CACHED_TOKENS, 0),
        get(names.REASONING_TOKENS, 0),
        get(names.USD, _NAN),
        get(names.RETRIES, 0),
        _seconds(span),
        get(names.INPUT_MESSAGES),
        get(names.OUTPUT_MESSAGES),
    )


def _message(span: Span) -> Message:
    attributes: Any = span.attributes
    return Message(
        sender=_text(span, names.SENDER),
        receivers=_texts(attributes, names.RECEIVERS),
        text=attributes.get(names.TEXT),
        announced_action=_loads(attributes, names.ANNOUNCED_ACTION, None),
    )


def _measurements(span: Span) -> tuple[Measurement, ...]:
    return tuple(
        Measurement(
            metric=each["metric"],
            value=_NAN if each["value"] is None else each["value"],
            role=each["role"],
            k=each["k"],
            n=each["n"],
        )
        for each in _loads(span.attributes, names.MEASUREMENTS, [])
    )


def _is_ours(span: Span) -> bool:
    """Return whether InterLab made the span; a span made by hand does not name its maker."""
    return span.scope_name in ("", names.SERVICE)


def _seconds(span: Span) -> float:
    return (span.end - span.start) / 1e9 if span.end else 0.0


def _round_number(span: Span) -> int | None:
    return cast("int | None", span.attributes.get(names.ROUND))


def _text(span: Span, key: str) -> str:
    value = span.attributes.get(key)
    if not isinstance(value, str):
        raise SpanFormatError(f"span `{span.span_id}` of trace `{span.trace_id}` has no `{key}`")
    return value


def _texts(attributes: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Read a list of texts, also from a store that keeps lists as JSON (Jaeger's Badger)."""
    value = attributes.get(key, ())
    return tuple(orjson.loads(value) if isinstance(value, str) else value)


def _integer(span: Span, key: str) -> int:
    value = span.attributes.get(key)
    if not isinstance(value, int):
        raise SpanFormatError(f"span `{span.span_id}` of trace `{span.trace_id}` has no integer `{key}`")
    return value


def _object(attributes: Mapping[str, object], key: str) -> dict[str, Any]:
    return _loads(attributes, key, {})


def _loads(attributes: Mapping[str, object], key: str, missing: Json) -> Any:
    value = attributes.get(key)
    try:
        return orjson.loads(value) if isinstance(value, str) else missing
    except orjson.JSONDecodeError:
        raise SpanFormatError(
            f"`{key}` is not valid JSON: it was too long for this backend and was cut; read the run's own files"
        ) from None


def _prose(attributes: Mapping[str, object], key: str) -> Any:
    """Read JSON that holds text; None if it is absent or cut off."""
    try:
        return _loads(attributes, key, None)
    except SpanFormatError:
        return None
