"""Tidy pandas frames of a run: one row per thing, every row saying whose it is.

All four frames begin with the same columns (:data:`IDENTITY`). They hold the final attempt at each episode
(the one that succeeded, else the last), failed ones too: ``status`` tells ``completed`` from ``failed``. What
is text may be missing (NA), what is a number may be NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import orjson
import pandas as pd

from interlab_evals.measures.plays import is_sampled, play_of
from interlab_evals.records import is_failed, read
from interlab_evals.stimuli import UNRECORDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from interlab.schema.episode import Episode, Json
    from interlab_evals.records import Source

Row = tuple[str | int | float | bool | None, ...]
Identities = dict[str | None, Row]
"""Role -> the cells that say whose a row is; under ``None`` those of the whole episode."""

FrameName = Literal["episodes", "turns", "calls", "metrics"]


class Frame(NamedTuple):
    """The columns of a frame with their types, and the rows that an episode gives."""

    columns: Mapping[str, str]
    rows: Callable[[Episode, Identities], Iterator[Row]]


IDENTITY: Final[Mapping[str, str]] = {
    "run": "string",
    "suite": "string",
    "scenario": "string",
    "condition": "string",
    "parameters": "string",
    "texts": "string",
    "lineup": "string",
    "episode": "string",
    "index": "int64",
    "seed": "int64",
    "attempt": "int64",
    "trace": "string",
    "status": "string",
    "end_reason": "string",
    "role": "string",
    "player": "string",
    "model": "string",
    "opponents": "string",
}
"""The columns that every frame begins with, and their types.

``parameters`` is JSON with sorted keys; ``texts`` the version of the texts that the players read, 0 if none was
recorded; ``lineup`` the players in seat order, ``opponents`` those in the
other seats, joined by commas. A row about a whole episode has no role, player, model or opponents.
"""

_EPISODES: Final[Mapping[str, str]] = {
    "payoff": "float64",
    "outcome": "string",
    "error": "string",
    "rounds": "int64",
    "duration": "float64",
}
_TURNS: Final[Mapping[str, str]] = {
    "round": "Int64",
    "turn": "int64",
    "purpose": "string",
    "prompt": "string",
    "observations": "string",
    "action": "string",
    "valid": "bool",
    "attempts": "int64",
    "handling": "string",
    "thought": "string",
    "calls": "int64",
    "latency": "float64",
}
_CALLS: Final[Mapping[str, str]] = {
    "round": "Int64",
    "turn": "int64",
    "purpose": "string",
    "provider": "string",
    "called_model": "string",
    "ok": "bool",
    "error_type": "string",
    "finish_reason": "string",
    "input_tokens": "int64",
    "output_tokens": "int64",
    "cached_tokens": "int64",
    "reasoning_tokens": "int64",
    "usd": "float64",
    "retries": "int64",
    "latency": "float64",
}
_METRICS: Final[Mapping[str, str]] = {
    "metric": "string",
    "value": "float64",
    "k": "float64",
    "n": "float64",
    "play": "uint64",
    "sampled": "bool",
}


def episodes(source: Source) -> pd.DataFrame:
    """One row per episode and role.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.

    Returns:
        :data:`IDENTITY`, then ``payoff`` (the role's total), ``outcome`` (JSON), ``error``, ``rounds``
        (played) and ``duration`` (seconds).
    """
    return _frame("episodes", read(source).episodes)


def turns(source: Source) -> pd.DataFrame:
    """One row per query to an actor, in the order of asking.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.

    Returns:
        :data:`IDENTITY`, then ``round`` (1-based; NA outside of rounds), ``turn`` (the number of the query in
        its episode, from 0), ``purpose``, ``prompt``, ``observations`` (JSON), ``action`` (JSON; NA where no
        valid one came), ``valid`` (whether the first answer was), ``attempts``, ``handling``, ``thought``,
        ``calls`` (their number) and ``latency`` (seconds).
    """
    return _frame("turns", read(source).episodes)


def calls(source: Source) -> pd.DataFrame:
    """One row per call to a model.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.

    Returns:
        :data:`IDENTITY`, then ``round``, ``turn`` and ``purpose`` of the query it served, ``provider``,
        ``called_model``, ``ok``, ``error_type``, ``finish_reason``, the four counts of tokens, ``usd`` (NaN
        where the price is unknown), ``retries`` and ``latency`` (seconds, retries included).
    """
    return _frame("calls", read(source).episodes)


def metrics(source: Source) -> pd.DataFrame:
    """One row per measurement, computed from the spans with the metrics that the run's scenarios declare.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.

    Returns:
        :data:`IDENTITY`, then ``metric``, ``value`` (NaN where undefined) and the counts ``k`` and ``n``
        behind a ratio (NaN for other values), ``play`` (a number that episodes with the same answers, messages
        and payoffs share) and ``sampled`` (whether a model drew an answer, at a temperature other than 0).

    Raises:
        UnknownNameError: A metric that the run declares is not installed here.
    """
    return _frame("metrics", read(source).measured())


def _frame(name: FrameName, episodes: Iterable[Episode]) -> pd.DataFrame:
    schema, rows_of = FRAMES[name]
    rows = [row for episode in episodes for row in rows_of(episode, identity_rows(episode))]
    return pd.DataFrame.from_records(rows, columns=list(schema)).astype(dict(schema))


def _episode_rows(episode: Episode, identities: Identities) -> Iterator[Row]:
    outcome = _json(dict(episode.outcome))
    for role in episode.roles:
        payoff = episode.payoffs.get(role)
        yield *identities[role], payoff, outcome, episode.error, len(episode.rounds), episode.duration


def _turn_rows(episode: Episode, identities: Identities) -> Iterator[Row]:
    for number, turn in enumerate(episode.all_turns):
        yield (
            *identities.get(turn.role, identities[None]),
            turn.round,
            number,
            turn.purpose,
            turn.prompt,
            _json(list(turn.observations)),
            None if turn.action is None else _json(turn.action),
            turn.valid,
            turn.attempts,
            turn.handling,
            turn.thought,
            len(turn.calls),
            turn.latency,
        )


def _call_rows(episode: Episode, identities: Identities) -> Iterator[Row]:
    for number, turn in enumerate(episode.all_turns):
        for call in turn.calls:
            yield (
                *identities.get(turn.role, identities[None]),
                turn.round,
                number,
                turn.purpose,
                call.provider,
                call.model,
                call.ok,
                call.error_type,
                call.finish_reason,
                call.input_tokens,
                call.output_tokens,
                call.cached_tokens,
                call.reasoning_tokens,
                call.usd,
                call.retries,
                call.latency,
            )


def _metric_rows(episode: Episode, identities: Identities) -> Iterator[Row]:
    play, sampled = play_of(episode), is_sampled(episode)
    for each in episode.measurements:
        own = identities.get(each.role, identities[None])
        yield *own, each.metric, each.value, each.k, each.n, play, sampled


FRAMES: Final[Mapping[FrameName, Frame]] = {
    "episodes": Frame({**IDENTITY, **_EPISODES}, _episode_rows),
    "turns": Frame({**IDENTITY, **_TURNS}, _turn_rows),
    "calls": Frame({**IDENTITY, **_CALLS}, _call_rows),
    "metrics": Frame({**IDENTITY, **_METRICS}, _metric_rows),
}
"""Common columns of every frame, and the rows of an episode; those of ``metrics`` are its measurements."""


def identity_rows(episode: Episode) -> Identities:
    """Make the identity of each role's rows and, under ``None``, of the episode's own."""
    players = {seat.role: seat.player for seat in episode.seats}
    shared = (
        episode.run,
        episode.suite,
        episode.scenario,
        episode.condition,
        _json(dict(episode.parameters)),
        episode.texts or UNRECORDED,
        _joined(players.values()),
        episode.id,
        episode.index,
        episode.seed,
        episode.attempt,
        episode.trace_id,
        "failed" if is_failed(episode) else "completed",
        episode.end_reason,
    )
    identities: Identities = {None: (*shared, None, None, None, None)}
    for seat in episode.seats:
        others = _joined(player for role, player in players.items() if role != seat.role)
        identities[seat.role] = (*shared, seat.role, seat.player, seat.model, others)
    return identities


def _joined(players: Iterable[str]) -> str:
    return ", ".join(players)


def _json(value: Json) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
