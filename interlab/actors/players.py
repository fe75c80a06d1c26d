"""Players: from a spec such as ``openai/gpt-5-mini?temperature=0.7`` to whoever fills a seat.

The prefix says who makes the actor: an entry point of ``interlab.actors`` (``strategy``, ``negotiator``), or else
a provider of language models (``openai``, ``local``, ...).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from interlab import registry
from interlab.actors.base import Actor, InvalidPolicy
from interlab.errors import ConfigurationError, UnknownNameError
from interlab.models.providers import providers
from interlab.player_spec import PlayerSpec

if TYPE_CHECKING:
    from interlab.situations import Situation

Sit = Callable[[str, int, InvalidPolicy], Actor]
"""(role, seed, policy) -> a new actor for one episode."""


async def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Who can fill a seat, again and again.

    Attributes:
        spec: As the user wrote it.
        kind: ``llm``, ``strategy``, ``negotiator``, ``human``, ...
        sit: Makes the actor of one episode.
        model: Provider and model of a language model.
        plays: The situations it can decide in; ``None`` for any.
        at_terminal: Whether it needs the terminal: then it is one episode at a time, and no progress is shown.
        rehearse: Tries the opening of a game; raises UsageError if it cannot play that.
        check: Finds out before a run whether it can play; raises ModelUnavailableError if not.
        close: Lets go of what it holds.
    """

    spec: str
    kind: str
    sit: Sit
    model: str | None = None
    plays: type[Situation] | None = None
    at_terminal: bool = False
    rehearse: Callable[[Situation], object] | None = None
    check: Callable[[], Awaitable[None]] = _nothing
    close: Callable[[], Awaitable[None]] = _nothing


@runtime_checkable
class PlayerSource(Protocol):
    """What an entry point of ``interlab.actors`` names: the players of one prefix."""

    def players(self) -> Mapping[str, str]:
        """Player spec -> summary, of those that can be listed."""
        ...

    def player(self, spec: PlayerSpec) -> Player:
        """Make a player.

        Raises:
            UsageError: There is no such player, or an option is wrong.
        """
        ...


def source(prefix: str) -> PlayerSource:
    """The source of the players of a prefix.

    Raises:
        UnknownNameError: There is none.
        ConfigurationError: What is registered is no source of players.
    """
    found = registry.load("actors", prefix)
    if not isinstance(found, PlayerSource):
        raise ConfigurationError(f"what the entry point `{prefix}` of `interlab.actors` names makes no players")
    return found


def player(text: str) -> Player:
    """Make a player from its spec.

    Raises:
        UnknownNameError: No source or provider has this prefix, or it has no such player.
        ParameterError: The spec or one of its options cannot be read.
        ModelUnavailableError: The model needs a key that is not set.
    """
    spec = PlayerSpec.parse(text)
    if spec.prefix in registry.names("actors"):
        return source(spec.prefix).player(spec)
    known = [*registry.names("actors"), *providers(), *registry.names("models")]
    if spec.prefix not in known:
        raise UnknownNameError(
            f"no player is called `{text}`: `{spec.prefix}` is neither a source of players nor a provider; "
            f"{registry.suggestion(spec.prefix, known)}"
        )
    from interlab.actors.language import language_model  # it is not needed for strategies

    return language_model(spec)
