"""Players from player specs such as ``openai/gpt-5-mini?temperature=0.7``.

The prefix says which source makes the player: an entry point of ``interlab.actors`` (``strategy``,
``negotiator``), or else a provider of language models (``openai``, ``local``, ...).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlab import registry
from interlab.actors.base import PlayerSource
from interlab.actors.language import LANGUAGE_MODELS
from interlab.errors import ConfigurationError, UnknownNameError
from interlab.models.providers import providers
from interlab.player_spec import PlayerSpec

if TYPE_CHECKING:
    from interlab.actors.base import Player


def source(prefix: str) -> PlayerSource:
    """Find the source of the players of a prefix.

    Raises:
        UnknownNameError: Neither a source nor a provider has this prefix.
        ConfigurationError: The object that is registered is not a source of players.
    """
    sources = registry.names("actors")
    if prefix in sources:
        found = registry.load("actors", prefix)
        if not isinstance(found, PlayerSource):
            raise ConfigurationError(f"entry point `{prefix}` of `interlab.actors` is not a source of players")
        return found
    known = [*sources, *providers(), *registry.names("models")]
    if prefix not in known:
        raise UnknownNameError(
            f"`{prefix}` is neither a source of players nor a provider; {registry.suggestion(prefix, known)}"
        )
    return LANGUAGE_MODELS


def player(text: str) -> Player:
    """Make a player from its spec.

    Raises:
        UnknownNameError: No source or provider has this prefix, or it has no such player.
        ParameterError: The spec or one of its options cannot be read.
        ModelUnavailableError: The model needs a key that is not set.
    """
    spec = PlayerSpec.parse(text)
    try:
        chosen = source(spec.prefix)
    except UnknownNameError as error:
        raise UnknownNameError(f"no player is called `{text}`: {error}") from None
    return chosen.player(spec)
