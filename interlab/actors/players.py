"""Players from player specs such as ``openai/gpt-5-mini?temperature=0.7``.

The prefix says which source makes the player: an entry point of ``interlab.actors`` (``strategy``,
``negotiator``), or else a provider of language models (``openai``, ``local``, ...).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlab import registry
from interlab.actors.base import PlayerSource
from interlab.actors.language import LanguageModelPlayer
from interlab.errors import ConfigurationError, UnknownNameError
from interlab.models.providers import providers
from interlab.player_spec import PlayerSpec

if TYPE_CHECKING:
    from interlab.actors.base import Player


def source(prefix: str) -> PlayerSource:
    """Find the source of the players of a prefix.

    Raises:
        UnknownNameError: No source has this prefix.
        ConfigurationError: The object that is registered is not a source of players.
    """
    found = registry.load("actors", prefix)
    if not isinstance(found, PlayerSource):
        raise ConfigurationError(f"entry point `{prefix}` of `interlab.actors` is not a source of players")
    return found


def player(text: str) -> Player:
    """Make a player from its spec.

    Raises:
        UnknownNameError: No source or provider has this prefix, or it has no such player.
        ParameterError: The spec or one of its options cannot be read.
        ModelUnavailableError: The model needs a key that is not set.
    """
    spec = PlayerSpec.parse(text)
    sources = registry.names("actors")
    if spec.prefix in sources:
        return source(spec.prefix).player(spec)
    known = [*sources, *providers(), *registry.names("models")]
    if spec.prefix not in known:
        raise UnknownNameError(
            f"no player is called `{text}`: `{spec.prefix}` is neither a source of players nor a provider; "
            f"{registry.suggestion(spec.prefix, known)}"
        )
    return LanguageModelPlayer(spec)
