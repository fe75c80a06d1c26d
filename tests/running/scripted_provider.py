"""What a third party's package would hold: a provider of models, here of scripted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from interlab.models import Model
    from interlab.player_spec import PlayerSpec

SCRIPTS: Final[dict[str, Model]] = {}
"""Model name -> model, put in by a test."""


def model(spec: PlayerSpec) -> Model:
    """The entry point."""
    return SCRIPTS[spec.name]
