"""Texts in a report: transcripts that a rule chooses, and the prompts that players read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import orjson

from interlab_evals.records import is_failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interlab.schema.episode import Episode, Json, Turn
    from interlab_evals.records import Record

_MOST_LINES: Final = 60
_LONGEST_LINE: Final = 400
_MOST_PROMPTS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """A text to be shown as it is, line by line.

    Attributes:
        title: Heading.
        text: The text.
    """

    title: str
    text: str


def transcripts(records: Sequence[Record]) -> Iterator[Quotation]:
    """Yield three episodes per scenario: those with the lowest, the median and the highest sum of payoffs.

    If several have the same sum, the first one of the record is chosen; if their number is even, the lower of the
    two in the middle is the median. Failed episodes are left out.
    """
    by_scenario: dict[str, list[Episode]] = {}
    for record in records:
        for episode in record.episodes:
            if not is_failed(episode) and episode.rounds:
                by_scenario.setdefault(episode.scenario, []).append(episode)
    for scenario, episodes in by_scenario.items():
        ranked = sorted(episodes, key=lambda each: sum(each.payoffs.values()))
        places = {"lowest": 0, "median": (len(ranked) - 1) // 2, "highest": len(ranked) - 1}
        highest = sum(ranked[-1].payoffs.values())
        places["highest"] = next(
            place for place, each in enumerate(ranked) if sum(each.payoffs.values()) == highest
        )
        chosen: dict[int, list[str]] = {}
        for name, place in places.items():
            chosen.setdefault(place, []).append(name)
        for place, names in chosen.items():
            episode = ranked[place]
            total = sum(episode.payoffs.values())
            title = f"{scenario}, episode {episode.id}: {' and '.join(names)} sum of payoffs ({total:g})"
            yield Quotation(title=title, text=_shortened(_lines(episode)))


def prompts(records: Sequence[Record]) -> Iterator[Quotation]:
    """Yield the first text that each role read in each scenario and set of parameters, as it was recorded."""
    seen: set[tuple[str, str, str]] = set()
    for record in records:
        for episode in record.episodes:
            stated = orjson.dumps(dict(episode.parameters), option=orjson.OPT_SORT_KEYS).decode()
            for role in episode.roles:
                key = (episode.scenario, stated, role)
                first = next((turn for turn in episode.all_turns if turn.role == role), None)
                text = "" if first is None else _read(first)
                if not text or key in seen or len(seen) >= _MOST_PROMPTS:
                    continue
                seen.add(key)
                title = f"{episode.scenario}, {role}, texts {episode.texts or 'not recorded'}: {stated}"
                yield Quotation(title=title, text=_shortened(text.splitlines()))


def _read(turn: Turn) -> str:
    """Return what was read before a first move: the messages to a model, else the observations and the prompt."""
    for call in turn.calls:
        if (messages := call.input_messages) is not None:
            return "\n\n".join(_message_texts(messages))
    return "\n\n".join([*turn.observations, *([turn.prompt] if turn.prompt else [])])


def _message_texts(messages: Json) -> Iterator[str]:
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, dict):
            continue
        parts = message.get("parts", [])
        for part in cast("list[Json]", parts) if isinstance(parts, list) else ():
            if isinstance(part, dict) and isinstance(content := part.get("content"), str):
                yield f"[{message.get('role', '')}]\n{content}"


def _lines(episode: Episode) -> Iterator[str]:
    yield ", ".join(f"{seat.role}: {seat.player}" for seat in episode.seats)
    for message in episode.messages:
        yield f"{message.sender} to {', '.join(message.receivers)}: {message.text or '(text not recorded)'}"
    for each in episode.rounds:
        actions = "; ".join(f"{role} {_plain(action)}" for role, action in each.actions.items())
        payoffs = ", ".join(f"{role} {value:g}" for role, value in each.payoffs.items())
        yield f"Round {each.number}. {actions}" + (f" (payoffs: {payoffs})" if payoffs else "")
        for message in each.messages:
            yield f"  {message.sender} to {', '.join(message.receivers)}: {message.text or '(text not recorded)'}"
    ended = ", ".join(f"{role} {value:g}" for role, value in episode.payoffs.items())
    yield f"End: {episode.end_reason}. Payoffs: {ended or 'none'}"


def _plain(action: Json) -> str:
    if action is None:
        return "no valid move"
    return action if isinstance(action, str) else orjson.dumps(action).decode()


def _shortened(lines: Iterator[str] | Sequence[str]) -> str:
    """Join lines, with long lines cut and the middle of long texts left out."""
    cut = [line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…" for line in lines]
    if len(cut) > _MOST_LINES:
        half = _MOST_LINES // 2
        cut = [*cut[:half], f"… {len(cut) - 2 * half} lines left out …", *cut[-half:]]
    return "\n".join(cut)
