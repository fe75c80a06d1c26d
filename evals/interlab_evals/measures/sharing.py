"""Values that many metrics use, computed once per episode.

Metrics judge an episode one after the other, so remembering the last one suffices: no metric walks rounds that
another has walked, and no episode is kept longer than until the next.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab.schema.episode import Episode

T = TypeVar("T")


def once_per_episode(view: Callable[[Episode], T]) -> Callable[[Episode], T]:
    """Let a function of an episode remember its last result.

    Args:
        view: A pure function; no one may change what it returns.
    """
    last: tuple[Episode, T] | None = None

    @wraps(view)
    def remembering(episode: Episode) -> T:
        nonlocal last
        kept = last
        if kept is None or kept[0] is not episode:
            last = kept = (episode, view(episode))
        return kept[1]

    return remembering
