"""The rule by which model calls count.

A call belongs to the nearest turn above it. A call below another call is part of that one, as where a framework's
span surrounds the span of its client: only the outermost call counts. Readers, meters and recorders all ask
:func:`owner_of_call`, so that tokens and costs are the same everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from interlab.schema import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AnySpan = TypeVar("AnySpan")


def is_turn(attributes: Mapping[str, object]) -> bool:
    """Return whether a span with these attributes is a query to one of the episode's actors."""
    return attributes.get(names.OPERATION) == "invoke_agent" and names.ROLE in attributes


def is_call(attributes: Mapping[str, object]) -> bool:
    """Return whether a span with these attributes is a call to a language model."""
    return attributes.get(names.OPERATION) in names.CALL_OPERATIONS


def owner_of_call(
    parent: AnySpan | None, above: Callable[[AnySpan], AnySpan | None], is_turn_or_call: Callable[[AnySpan], bool]
) -> AnySpan | None:
    """Return the turn or the call that a model call belongs to.

    The call counts by itself unless its owner is another call.

    Args:
        parent: The span just above the call, or its id.
        above: The span above a span; ``None`` at the top.
        is_turn_or_call: Whether a span is a turn or a model call.

    Returns:
        The nearest turn or call above; ``None`` if the call served no turn.
    """
    while parent is not None and not is_turn_or_call(parent):
        parent = above(parent)
    return parent
