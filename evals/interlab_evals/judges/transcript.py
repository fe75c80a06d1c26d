"""An episode as a text to be read: who said and did what, round by round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

from interlab.quoting import attributed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Episode, Json, Message, Round

_CUT: Final = "[... {count} lines omitted ...]"
TAG: Final = "transcript"
"""The tag between which a judge reads a transcript."""
_TAG: Final = re.compile(rf"<(?=[\s\W]*{TAG})", re.IGNORECASE)
"""What could be read as the tag within a transcript."""


def transcript(episode: Episode, *, private: str | None = None, most_characters: int | None = None) -> str:
    """Write an episode down.

    Args:
        episode: What happened.
        private: A role whose rules and private thoughts are written down as well.
        most_characters: How long the text may be; lines in the middle are left out and counted.
    """
    lines = [_TAG.sub("&lt;", line) for line in _lines(episode, private)]
    if most_characters is None or sum(map(len, lines)) + len(lines) <= most_characters:
        return "\n".join(lines)
    return _shortened(lines, most_characters)


def _lines(episode: Episode, private: str | None) -> Iterator[str]:
    yield f"Scenario: {episode.scenario}. Participants: {', '.join(episode.roles)}."
    labels = episode.parameters.get("labels")
    if isinstance(labels, dict) and any(label != action for action, label in labels.items()):
        named = ", ".join(f"{label} for {action}" for action, label in labels.items())
        yield f"The participants know the actions by other names: {named}."
    if private is not None:
        for turn in episode.all_turns:
            if turn.role == private and turn.observations:
                yield f"Told only to {private} at the beginning: {_one_line(turn.observations[0])}"
                break
    for message in episode.messages:
        yield _said(message)
    for each in episode.rounds:
        yield from _round(each, private)
    outcome, payoffs = _json(dict(episode.outcome)), _json(dict(episode.payoffs))
    yield f"End: {episode.end_reason}. Outcome: {outcome}. Payoffs: {payoffs}."


def _round(each: Round, private: str | None) -> Iterator[str]:
    yield f"Round {each.number}."
    for turn in each.turns:
        if turn.role == private and turn.thought:
            yield attributed(f"Private thought of {turn.role}", turn.thought)
    for message in each.messages:
        yield _said(message)
    for role, action in each.actions.items():
        yield f"{role} makes no valid move" if action is None else _with(f"{role} chooses", action)


def _said(message: Message) -> str:
    heading = f"{message.sender} says to {', '.join(message.receivers)}"
    said = f"{heading}: (not recorded)" if message.text is None else attributed(heading, message.text)
    if message.announced_action is None:
        return said
    return f"{said}\n{_with(f'{message.sender} announces', message.announced_action)}"


def _shortened(lines: list[str], most: int) -> str:
    first, last = [lines[0]], [lines[-1]]
    room = most - len(lines[0]) - len(lines[-1]) - len(_CUT)
    middle = lines[1:-1]
    while middle and room > 0:
        line = middle.pop(0) if len(first) <= len(last) else middle.pop()
        room -= len(line) + 1
        if room < 0:
            break
        if len(first) <= len(last):
            first.append(line)
        else:
            last.insert(0, line)
    left_out = len(lines) - len(first) - len(last)
    return "\n".join([*first, *([_CUT.format(count=left_out)] if left_out else []), *last])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _with(heading: str, value: Json) -> str:
    return attributed(heading, value) if isinstance(value, str) else f"{heading}: {_json(value)}"


def _json(value: Json) -> str:
    return orjson.dumps(value).decode()
