"""What was asked of each role, and the model calls that this took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from interlab.schema.episode import Call, Episode, Turn


@once_per_episode
def queries(episode: Episode) -> dict[str, list[Turn]]:
    """List all queries to each role, in the order of asking."""
    found: dict[str, list[Turn]] = {role: [] for role in episode.roles}
    for turn in episode.all_turns:
        if turn.role in found:
            found[turn.role].append(turn)
    return found


@once_per_episode
def decisions(episode: Episode) -> dict[str, list[Turn]]:
    """List the queries that asked each role for a move."""
    return {role: [turn for turn in turns if turn.purpose == "action"] for role, turns in queries(episode).items()}


@once_per_episode
def calls(episode: Episode) -> dict[str, list[Call]]:
    """List each role's calls to models, failed ones included."""
    return {role: [call for turn in turns for call in turn.calls] for role, turns in queries(episode).items()}


@once_per_episode
def answered(episode: Episode) -> dict[str, list[Call]]:
    """List each role's calls to models that came back with an answer."""
    return {role: [call for call in made if call.ok] for role, made in calls(episode).items()}
