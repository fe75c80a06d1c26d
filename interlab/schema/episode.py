"""Read: episodes as values.

An :class:`Episode` is everything that one play left behind, as frozen values, and the only input that metrics
have. It is always built from spans (:func:`interlab.episodes.from_spans.episodes_from_spans`), never from the
objects that played.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar, dataclass_transform

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""Value of an attribute that holds JSON."""

EndReason = Literal["completed", "agreement", "walk_away", "deadline", "collapse", "error", "budget", "branched"]
"""Reason of the end of an episode; ``branched`` where it goes on in other traces."""

Handling = Literal["none", "retried", "forfeit", "default", "fail"]
"""Handling of an invalid answer: not needed; a later attempt was valid; the role lost its move; the
scenario's default action was taken; the episode failed."""

Purpose = Literal["action", "message", "thought"]
"""Purpose of a query: a move of the game, a message to others, or private deliberation."""


class RecordedText(Protocol):
    """A text of the record, as ``str(text)``: a string, or one that is decoded only then."""

    def __str__(self) -> str:
        """Return the text."""
        ...


T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def _frozen(cls: type[T]) -> type[T]:
    """Make a dataclass that is frozen to the type checker only.

    A reader makes a million of them, and what a dataclass does to keep itself frozen takes five times as long as
    setting its fields.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Player in one role of an episode."""

    role: str
    player: str
    """The player spec, e.g. ``openai/gpt-5-mini?temperature=0.7``."""
    kind: str
    """Kind of actor in the seat: ``llm``, ``strategy``, ``negotiator``, ``human``, ``external``
    (code that is not ours)."""
    model: str | None = None


def _parsed(text: RecordedText | None) -> Json:
    """Read JSON that a backend may have cut off, once someone asks: conversations are long, and few are read."""
    try:
        return None if text is None else orjson.loads(str(text))
    except orjson.JSONDecodeError:
        return None


@_frozen
class Call:
    """One call to a model."""

    provider: str
    model: str
    ok: bool
    operation: str = "chat"
    """Operation by the convention's names: ``chat``, ``embeddings``, ..."""
    error_type: str | None = None
    finish_reason: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    usd: float = float("nan")
    """Cost in USD; NaN where the model's price is unknown."""
    retries: int = 0
    """Number of repeated requests (rate limit, server error) before this outcome."""
    latency: float = 0.0
    """Seconds, retries included."""
    input_json: RecordedText | None = None
    """Messages to the model as recorded JSON; ``None`` under ``content = "none"``."""
    output_json: RecordedText | None = None
    """Messages from the model, likewise."""

    @property
    def input_messages(self) -> Json:
        """Messages to the model; ``None`` where they are unknown or cut off."""
        return _parsed(self.input_json)

    @property
    def output_messages(self) -> Json:
        """Messages from the model, likewise."""
        return _parsed(self.output_json)


@_frozen
class Turn:
    """One query to one actor."""

    role: str
    round: int | None
    purpose: Purpose
    prompt: str | None
    observations: tuple[str, ...] = ()
    """The texts observed since the actor's last query; empty under ``content = "none"``."""
    action: Json = None
    """The typed answer; ``None`` where no valid one came."""
    valid: bool = True
    """True if the first attempt was valid."""
    attempts: int = 1
    handling: Handling = "none"
    thought: str | None = None
    calls: tuple[Call, ...] = ()
    latency: float = 0.0
    """Seconds."""


@_frozen
class Message:
    """Something one role said to others."""

    sender: str
    receivers: tuple[str, ...]
    text: str | None
    """``None`` under ``content = "none"``."""
    announced_action: Json = None


@_frozen
class Round:
    """One step of the environment."""

    number: int
    """1-based."""
    actions: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Role -> action; ``None`` where the role made no valid move."""
    payoffs: Mapping[str, float] = field(default_factory=dict[str, float])
    facts: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Public facts of this round, as the environment declared them."""
    turns: tuple[Turn, ...] = ()
    messages: tuple[Message, ...] = ()


@_frozen
class Measurement:
    """One value of one metric for one episode, or for one role in it.

    ``k`` and ``n`` are the counts behind a ratio (``value = k / n``); they are ``None`` where the metric is
    no ratio. Of a time until an event, ``value`` is the time, ``k`` is 1 if the event came and 0 if the time is
    censored, and ``n`` is 1. An undefined value is NaN, never 0.
    """

    metric: str
    value: float
    role: str | None = None
    k: float | None = None
    n: float | None = None


class Metric(Protocol):
    """Function that judges an episode."""

    @property
    def name(self) -> str:
        """The metric's name, e.g. ``cooperation_rate``."""
        ...

    def measure(self, episode: Episode) -> Sequence[Measurement]:
        """Judge one episode: a measurement per role, per component, or one for the episode."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One play of one scenario by one line-up with one seed."""

    run: str
    suite: str
    scenario: str
    condition: str
    id: str
    index: int
    """Number of the repeat within its condition, from 0."""
    seed: int
    attempt: int = 1
    trace_id: str = ""
    texts: str = ""
    """Version of the texts that the players read; empty if it was not recorded."""
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    game: Mapping[str, Json] = field(default_factory=dict[str, Json])
    seats: tuple[Seat, ...] = ()
    rounds: tuple[Round, ...] = ()
    turns: tuple[Turn, ...] = ()
    """Queries outside of any round."""
    messages: tuple[Message, ...] = ()
    """Messages outside of any round."""
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Role -> the texts observed after the actor's last query; none under ``content = "none"``."""
    outcome: Mapping[str, Json] = field(default_factory=dict[str, Json])
    payoffs: Mapping[str, float] = field(default_factory=dict[str, float])
    end_reason: EndReason = "completed"
    error: str | None = None
    """Reason of the failure; ``None`` if the episode did not fail."""
    measurements: tuple[Measurement, ...] = ()
    """Measurements at the end of the episode, from its ``evaluate`` span."""
    duration: float = 0.0
    """Seconds."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles in seat order."""
        return tuple(seat.role for seat in self.seats)

    @property
    def all_turns(self) -> tuple[Turn, ...]:
        """Every query of the episode: first those outside of any round, then round by round."""
        return self.turns + tuple(turn for each in self.rounds for turn in each.turns)

    def seat(self, role: str) -> Seat:
        """The seat of a role.

        Raises:
            KeyError: The episode has no such role.
        """
        for seat in self.seats:
            if seat.role == role:
                return seat
        raise KeyError(role)
