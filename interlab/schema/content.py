"""Content policy: what text a record may hold.

``"full"`` keeps everything. ``"none"`` leaves out every prompt, observation, message and private thought,
everywhere; what remains (actions, payoffs, counts) is enough for all metrics that do not read text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from interlab.schema import names

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

    from interlab.schema.episode import Json

Content = Literal["full", "none"]

PROSE_FIELDS: Final = frozenset({"message", "text", "thought", "reasoning"})
"""Fields of a typed action that hold free text; ``content = "none"`` leaves them out of the record."""

_TERMS: Final = frozenset(
    {
        names.OPERATION,
        names.WORKFLOW,
        names.AGENT,
        names.TOOL,
        names.PROVIDER,
        names.SYSTEM,
        names.REQUEST_MODEL,
        names.RESPONSE_MODEL,
        names.RESPONSE_ID,
        names.FINISH_REASONS,
        names.ERROR_TYPE,
        names.PEER_SERVICE,
        names.SERVER_ADDRESS,
    }
)
"""Attributes whose text is a term and never what someone said."""


def without_prose(action: Json) -> Json:
    """Drop the fields of a typed action that hold free text."""
    if isinstance(action, dict):
        return {key: value for key, value in action.items() if key not in PROSE_FIELDS}
    return action


def is_free_of_prose(key: str, value: AttributeValue) -> bool:
    """Tell whether an attribute that someone else chose can hold no prompt: a figure, or a known term."""
    return isinstance(value, (bool, int, float)) or key in _TERMS
