"""Content policy: what text a record may hold.

``"full"`` keeps everything. ``"none"`` leaves out every prompt, observation, message and private thought,
everywhere; what remains (actions, payoffs, counts) is enough for all metrics that do not read text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from interlab.tracing.episodes import Json

Content = Literal["full", "none"]

PROSE_FIELDS: Final = frozenset({"message", "text", "thought", "reasoning"})
"""Fields of a typed action that hold free text; ``content = "none"`` leaves them out of the record."""


def without_prose(action: Json) -> Json:
    """Drop the fields of a typed action that hold free text."""
    if isinstance(action, dict):
        return {key: value for key, value in action.items() if key not in PROSE_FIELDS}
    return action
