"""Report of the end of an episode, for a person who played it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import orjson

from interlab.cli.columns import print_block, print_columns
from interlab.environments.base import HEALTH
from interlab.schema.episode import EndReason, Episode, Json
from interlab.wording import plain

_ENDINGS: Final[Mapping[EndReason, str]] = {
    "completed": "All rounds are played.",
    "agreement": "There is a deal.",
    "walk_away": "Someone walked away: there is no deal.",
    "deadline": "Time is up: there is no deal.",
    "collapse": "It has collapsed: there is nothing left.",
}
_BLANK: Final = "–"


def print_ending(episode: Episode, me: str) -> None:
    """Print what came of an episode: payoffs, outcome, and what the metrics of its scenario say.

    Args:
        episode: What was played.
        me: The role of the person who reads it.
    """
    ended = _ENDINGS.get(episode.end_reason, episode.end_reason)
    payoffs = [
        f"{seat.role}  {plain(episode.payoffs.get(seat.role, math.nan))}"
        f"  {'you' if seat.role == me else seat.player}"
        for seat in episode.seats
    ]
    outcome = [f"{name.replace('_', ' ')}  {_text(value)}" for name, value in episode.outcome.items()]
    fields = [("payoffs", "\n".join(_aligned(payoffs))), ("outcome", "\n".join(_aligned(outcome)))]
    print_block("The end", ended, [(title, text) for title, text in fields if text])
    if rows := _measured(episode):
        print_columns(["", *episode.roles, "all"], rows)


def _aligned(lines: list[str]) -> list[str]:
    """Put the second words of lines beneath each other."""
    names = [line.partition("  ") for line in lines]
    width = max((len(name) for name, _, _ in names), default=0)
    return [f"{name.ljust(width)}  {rest}" for name, _, rest in names]


def _text(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    match value:
        case None:
            return _BLANK
        case bool():
            return "yes" if value else "no"
        case float():
            return plain(value)
        case str():
            return value
        case _:
            return orjson.dumps(value).decode()


def _measured(episode: Episode) -> list[list[str]]:
    """A row per metric that is defined, with one figure per role or one for all, but none of HEALTH."""
    figures: dict[str, dict[str | None, str]] = {}
    for each in episode.measurements:
        if not math.isnan(each.value) and each.metric.partition(".")[0] not in HEALTH:
            figures.setdefault(each.metric, {})[each.role] = f"{each.value:.4g}"
    return [
        [metric.replace("_", " "), *(values.get(role, _BLANK) for role in (*episode.roles, None))]
        for metric, values in figures.items()
    ]
