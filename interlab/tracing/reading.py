"""Read: from spans to episodes.

The inverse of :mod:`interlab.tracing.recorder`, over any stream of spans: a file, a directory of shards, a
backend, or the spans of an episode that has just been played.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

import orjson

from interlab.errors import SpanFormatError
from interlab.tracing import names
from interlab.tracing.episodes import Call, Episode, Json, Measurement, Message, Round, Seat, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from interlab.tracing.episodes import EndReason
    from interlab_exporters.spans import Span

_NAN = float("nan")


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
            yield _episode(trace)
    for trace in open_traces.values():
        if trace.root is not None:
            yield _episode(trace)


def final_attempts(episodes: Iterable[Episode]) -> list[Episode]:
    """Keep one attempt at each episode: the one that succeeded, else the last; in the order first seen."""
    chosen: dict[tuple[str, str], Episode] = {}
    for episode in episodes:
        key = (episode.run, episode.id)
        before = chosen.get(key)
        if before is None or _rank(episode) > _rank(before):
            chosen[key] = episode
    return list(chosen.values())


def _rank(episode: Episode) -> tuple[bool, int]:
    return (episode.error is None, episode.attempt)


class _Trace:
    """The spans of one trace, as they come in."""

    __slots__ = ("root", "spans")

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.root: Span | None = None

    def add(self, span: Span) -> None:
        self.spans.append(span)
        if span.attributes.get(names.OPERATION) == "invoke_workflow" and names.SCHEMA_VERSION in span.attributes:
            self.root = span

    @property
    def is_complete(self) -> bool:
        return self.root is not None and len(self.spans) == self.root.attributes.get(names.SPANS)


def episode_from_trace(spans: Sequence[Span]) -> Episode:
    """Build the episode of one trace, whether its root has ended or not.

    Raises:
        SpanFormatError: There is no episode's root among the spans.
    """
    trace = _Trace()
    for span in spans:
        trace.add(span)
    return _episode(trace)


def _episode(trace: _Trace) -> Episode:
    root = trace.root
    if root is None:
        raise SpanFormatError("a trace without the root span of an episode cannot be read as one")
    found = root.attributes.get(names.SCHEMA_VERSION)
    if found != names.SCHEMA:
        raise SpanFormatError(
            f"trace `{root.trace_id}` has schema version `{found}`, this InterLab reads `{names.SCHEMA}`; "
            "use the InterLab that wrote it"
        )
    parts = _Parts(trace.spans)
    attributes = root.attributes
    return Episode(
        run=_text(root, names.RUN_ID),
        suite=_text(root, names.SUITE),
        scenario=_text(root, names.SCENARIO),
        condition=_text(root, names.CONDITION),
        id=_text(root, names.EPISODE_ID),
        index=_integer(root, names.EPISODE_INDEX),
        seed=_integer(root, names.SEED),
        attempt=_integer(root, names.ATTEMPT),
        trace_id=root.trace_id,
        parameters=_object(attributes, names.PARAMETERS),
        game=_object(attributes, names.GAME),
        seats=tuple(Seat(**seat) for seat in _loads(attributes, names.ACTORS, [])),
        rounds=tuple(parts.round(span) for span in parts.rounds),
        turns=tuple(parts.turns.get(None, ())),
        messages=tuple(parts.messages.get(None, ())),
        outcome=_object(attributes, names.OUTCOME),
        payoffs=_object(attributes, names.PAYOFFS),
        end_reason=cast("EndReason", attributes.get(names.END_REASON, "completed")),
        error=(root.status_message or "error") if root.status == "ERROR" else None,
        measurements=parts.measurements,
        duration=_seconds(root),
    )


class _Parts:
    """The spans of a trace, sorted into what they record."""

    def __init__(self, spans: list[Span]) -> None:
        self.rounds: list[Span] = []
        self.turns: dict[int | None, list[Turn]] = defaultdict(list)
        self.measurements: tuple[Measurement, ...] = ()
        self.messages: dict[int | None, list[Message]] = defaultdict(list)
        turns: list[Span] = []
        calls: list[Span] = []
        for span in sorted(spans, key=_start):
            attributes = span.attributes
            operation = attributes.get(names.OPERATION)
            if operation == "invoke_agent" and names.ROLE in attributes:
                turns.append(span)
            elif operation in names.CALL_OPERATIONS:
                calls.append(span)
            elif span.kind == "PRODUCER" and names.SENDER in attributes:
                self.messages[_round_number(span)].append(_message(span))
            elif names.MEASUREMENTS in attributes:
                self.measurements = _measurements(span)
            elif span.name.startswith("round ") and names.ROUND in attributes and _is_ours(span):
                self.rounds.append(span)
        calls_of = _calls_by_turn(spans, turns, calls)
        for span in turns:
            self.turns[_round_number(span)].append(_turn(span, calls_of.get(span.span_id, ())))

    def round(self, span: Span) -> Round:
        number = _integer(span, names.ROUND)
        return Round(
            number=number,
            actions=_object(span.attributes, names.ACTIONS),
            payoffs=_object(span.attributes, names.PAYOFFS),
            facts=_object(span.attributes, names.FACTS),
            turns=tuple(self.turns.get(number, ())),
            messages=tuple(self.messages.get(number, ())),
        )


def _calls_by_turn(
    spans: Sequence[Span], turns: Sequence[Span], calls: Sequence[Span]
) -> dict[str, tuple[Call, ...]]:
    """Find the turn that each model call served: its nearest ancestor among the turns.

    A call below another one is part of it: a framework's span around its client's.
    """
    if not calls:
        return {}
    turn_ids = {span.span_id for span in turns}
    stops = turn_ids | {span.span_id for span in calls}
    parents = {span.span_id: span.parent_id for span in spans}
    found: dict[str, list[Call]] = defaultdict(list)
    for span in calls:
        ancestor = span.parent_id
        while ancestor is not None and ancestor not in stops:
            ancestor = parents.get(ancestor)
        if ancestor in turn_ids:
            found[ancestor].append(_call(span))
    return {turn: tuple(each) for turn, each in found.items()}


def _turn(span: Span, calls: tuple[Call, ...]) -> Turn:
    attributes: Any = span.attributes  # the schema says what they hold
    return Turn(
        role=_text(span, names.ROLE),
        round=_round_number(span),
        purpose=attributes.get(names.PURPOSE, "action"),
        prompt=attributes.get(names.PROMPT),
        observations=tuple(_prose(attributes, names.OBSERVATIONS) or ()),
        action=_loads(attributes, names.ACTION, None),
        valid=attributes.get(names.ACTION_VALID, False) is True,
        attempts=attributes.get(names.ATTEMPTS, 0),
        handling=attributes.get(names.ACTION_HANDLING, "fail"),
        thought=attributes.get(names.THOUGHT),
        calls=calls,
        latency=_seconds(span),
    )


def _call(span: Span) -> Call:
    attributes: Any = span.attributes
    reasons = _texts(attributes, names.FINISH_REASONS)
    return Call(
        provider=str(attributes.get(names.PROVIDER) or attributes.get(names.SYSTEM) or ""),
        model=str(attributes.get(names.REQUEST_MODEL) or attributes.get(names.RESPONSE_MODEL) or ""),
        ok=span.status != "ERROR",
        operation=attributes[names.OPERATION],
        error_type=attributes.get(names.ERROR_TYPE),
        finish_reason=reasons[0] if reasons else None,
        input_tokens=attributes.get(names.INPUT_TOKENS, 0),
        output_tokens=attributes.get(names.OUTPUT_TOKENS, 0),
        cached_tokens=attributes.get(names.CACHED_TOKENS, 0),
        reasoning_tokens=attributes.get(names.REASONING_TOKENS, 0),
        usd=attributes.get(names.USD, _NAN),
        retries=attributes.get(names.RETRIES, 0),
        latency=_seconds(span),
        input_messages=_prose(attributes, names.INPUT_MESSAGES),
        output_messages=_prose(attributes, names.OUTPUT_MESSAGES),
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
    """Whether InterLab made the span; a span made by hand says nothing of who made it."""
    return span.scope_name in ("", names.SERVICE)


def _start(span: Span) -> int:
    return span.start


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
            f"`{key}` is no JSON: it was too long for this backend and was cut; read the run's own files"
        ) from None


def _prose(attributes: Mapping[str, object], key: str) -> Any:
    """Read JSON that holds text; None where there is none, or only the beginning of it."""
    try:
        return _loads(attributes, key, None)
    except SpanFormatError:
        return None
