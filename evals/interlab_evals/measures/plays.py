"""Different plays of one line-up: programs without chance play the same episode again and again."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from interlab_evals.measures.queries import calls

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab.schema.episode import Episode

_GREEDY: Final = re.compile(r"[?&]temperature=0(\.0*)?(&|$)")
"""A model spec whose answers are not drawn."""

_ENOUGH: Final = 5
"""Seeds under which a line-up has to play the same before chance is ruled out."""


def play_of(episode: Episode) -> int:
    """Return a number that two episodes share if they are the same play.

    Two episodes are the same play if all answers and messages, in their order, and all payoffs are the same.

    Returns:
        64 bits of a hash, without a sign.
    """
    turns = [[turn.role, turn.purpose, turn.action] for turn in episode.all_turns]
    messages = [[each.sender, each.text] for round_ in (episode, *episode.rounds) for each in round_.messages]
    text = orjson.dumps([turns, messages, dict(episode.payoffs)], option=orjson.OPT_SORT_KEYS, default=str)
    return int.from_bytes(blake2b(text, digest_size=8).digest())


def is_sampled(episode: Episode) -> bool:
    """Return true if an answer was drawn by a model, at a temperature other than 0."""
    called = calls(episode)
    return any(called.get(seat.role) and not _GREEDY.search(seat.player) for seat in episode.seats)


def count_repeated_plays(
    lineups: NDArray[np.intp], seeds: NDArray[np.intp], plays: NDArray[np.uint64], sampled: NDArray[np.bool_]
) -> int | None:
    """Count the plays of line-ups that play one each, under every seed that was observed.

    Args:
        lineups: Shape (rows,): the number of the line-up, with the scenario and its parameters.
        seeds: Shape (rows,): the number of the seed.
        plays: Shape (rows,): the play, as :func:`play_of` returns it.
        sampled: Shape (rows,): whether a model drew an answer.

    Returns:
        The number; ``None`` where a line-up has several plays, was played under fewer than five seeds, or has a
        model that draws its answers.
    """
    if not len(lineups) or sampled.any():
        return None
    order = np.lexsort((plays, lineups))
    first = np.append(True, np.diff(lineups[order]) != 0)
    changed = first | np.append(True, plays[order][1:] != plays[order][:-1])
    if changed.sum() > first.sum():
        return None
    under = np.unique(np.stack([lineups, seeds]), axis=1)[0]
    return int(first.sum()) if np.unique(under, return_counts=True)[1].min() >= _ENOUGH else None
