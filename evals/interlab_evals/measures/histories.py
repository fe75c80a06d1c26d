"""Histories of repeated games as strings of C and D.

The cooperative action is named by the game (``game["cooperate"]``). A history has one letter per round: ``C``,
``D`` for any other action, ``-`` where the role made no valid move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from interlab.schema.episode import Episode


class Perspective(NamedTuple):
    """A game of two as one of them saw it."""

    own: str
    other: str


@once_per_episode
def histories(episode: Episode) -> dict[str, str]:
    """Give the history of each role; empty ones where no action is cooperative."""
    cooperate = episode.game.get("cooperate")
    if cooperate is None:
        return dict.fromkeys(episode.roles, "")
    return {
        role: "".join(
            [
                "-" if (action := each.actions.get(role)) is None else "C" if action == cooperate else "D"
                for each in episode.rounds
            ]
        )
        for role in episode.roles
    }


@once_per_episode
def perspectives(episode: Episode) -> dict[str, Perspective]:
    """Give the game as each role saw it; empty histories unless two roles played."""
    known = histories(episode)
    if len(known) != 2:
        return dict.fromkeys(known, Perspective("", ""))
    (first, ours), (second, theirs) = known.items()
    return {first: Perspective(ours, theirs), second: Perspective(theirs, ours)}
