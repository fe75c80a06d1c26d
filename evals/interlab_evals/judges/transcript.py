"""An episode as a text to be read: who said and did what, round by round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Episode, Json, Message, Round

_CUT: Final = "[... {count} lines omitted ...]"


def transcript(episode: Episode, *, private: str | None = None, most_characters: int | None = None) -> str:
    """Write an episode down.

    Args:
        episode: What happened.
        private: A role whose rules and private thoughts are written down as well.
        most_characters: How long the text may be; lines in the middle are left out and counted.
    """
    lines = list(_lines(episode, private))
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
            yield f"Private thought of {turn.role}: {_one_line(turn.thought)}"
    for message in each.messages:
        yield _said(message)
    for role, action in each.actions.items():
        yield f"{role} {'makes no valid move' if action is None else f'chooses: {_json(action)}'}"


def _said(message: Message) -> str:
    text = "(not recorded)" if message.text is None else _one_line(message.text)
    announced = "" if message.announced_action is None else f" [announces: {_json(message.announced_action)}]"
    return f"{message.sender} says to {', '.join(message.receivers)}: {text}{announced}"


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


def _json(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
