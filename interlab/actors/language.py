"""Language models as players: style, memory, persona.

The options of a spec that :class:`ActorOptions` names are the actor's, all others the model's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from interlab.actors.base import Player
from interlab.actors.llm import LLMActor
from interlab.actors.reasoning import style
from interlab.errors import ModelUnavailableError, ParameterError
from interlab.memory import RetrievalMemory, SummaryMemory, WindowMemory
from interlab.models import model as load
from interlab.player_spec import PlayerSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.actors.base import Actor, InvalidPolicy
    from interlab.memory import Memory
    from interlab.models.base import Model

Remembering = Literal["window", "summary", "retrieval", "summary+retrieval"]
"""Memory of a model: the last messages, a summary of earlier ones, or those similar to the question."""

_LATEST: Final = 10
"""Number of the last messages shown in full in addition to those retrieved."""
_FOUND: Final = 5
_SUMMARY_TOKENS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorOptions:
    """Options of a player that concern the actor and not its model.

    Attributes:
        style: How it thinks before it answers: ``one-shot``, ``chain-of-thought`` or ``plan-act-reflect``.
        persona: First words of the system prompt.
        memory: What it remembers.
        memory_items: The most messages that are told as they were (``window``, ``retrieval``).
        memory_tokens: The most tokens of them (``window``); the budget with the summary (``summary``).
        found: The most messages that are found (``retrieval``).
        embeddings: The model that texts are compared by (``retrieval``), by default the player's own.
    """

    style: str = "one-shot"
    persona: str | None = None
    memory: Remembering = "window"
    memory_items: int | None = None
    memory_tokens: int | None = None
    found: int | None = None
    embeddings: str | None = None


_OWN: Final = frozenset(each.name for each in fields(ActorOptions))


class LanguageModelPlayer(Player):
    """A language model.

    Args:
        spec: The player spec.

    Raises:
        UnknownNameError: There is no such model or style.
        ParameterError: An option is unknown, has a bad value, or goes with another memory.
        ModelUnavailableError: The model needs a key that is not set.
    """

    def __init__(self, spec: PlayerSpec) -> None:
        super().__init__(str(spec), "llm")
        own = {name: value for name, value in spec.options.items() if name in _OWN}
        rest = {name: value for name, value in spec.options.items() if name not in _OWN}
        self.model = f"{spec.prefix}/{spec.name}"
        self._options = PlayerSpec(spec.prefix, spec.name, own).read_options(ActorOptions)
        _check(spec, self._options)
        style(self._options.style)
        self._model = load(PlayerSpec(spec.prefix, spec.name, rest))
        self._embedder = load(self._options.embeddings) if self._options.embeddings else self._model
        self._models = {id(each): each for each in (self._model, self._embedder)}.values()
        remember(self._options, self._model, self._embedder)

    def create_actor(self, role: str, seed: int, policy: InvalidPolicy) -> Actor:
        """Create the actor of one episode; its seed is unused, as a model's sampling is the endpoint's."""
        del seed
        return LLMActor(
            role,
            self.spec,
            self._model,
            memory=remember(self._options, self._model, self._embedder),
            style=style(self._options.style),
            persona=self._options.persona,
            policy=policy,
        )

    def raise_if_unavailable(self) -> None:
        """Raise the latest error of a model for which no call can succeed."""
        for each in self._models:
            if each.unavailable is not None:
                raise ModelUnavailableError(str(each.unavailable))

    async def check(self) -> None:
        """Check every model that the player calls."""
        await asyncio.gather(*(each.check() for each in self._models))

    async def close(self) -> None:
        """Close every model that the player calls."""
        await asyncio.gather(*(each.close() for each in self._models))


class LanguageModels:
    """Source of language models: one player per model of every provider."""

    def players(self) -> Mapping[str, str]:
        """List none: providers have too many models, and more every week."""
        return {}

    def player(self, spec: PlayerSpec) -> Player:
        """Make a player of a language model; see :class:`LanguageModelPlayer`."""
        return LanguageModelPlayer(spec)


LANGUAGE_MODELS: Final = LanguageModels()
"""The source of every prefix that is a provider's name."""


def remember(options: ActorOptions, model: Model, embedder: Model) -> Memory:
    """Make the memory that the options ask for, with nothing in it.

    Raises:
        ParameterError: A bound is too small.
    """
    match options.memory:
        case "window":
            return WindowMemory(items=options.memory_items, tokens=options.memory_tokens)
        case "summary":
            return SummaryMemory(model.send, tokens=options.memory_tokens or _SUMMARY_TOKENS)
        case "retrieval":
            latest: Memory = WindowMemory(items=options.memory_items or _LATEST, tokens=options.memory_tokens)
        case "summary+retrieval":
            latest = SummaryMemory(model.send, tokens=options.memory_tokens or _SUMMARY_TOKENS)
    return RetrievalMemory(latest, embedder.embed, items=options.found or _FOUND)


def _check(spec: PlayerSpec, options: ActorOptions) -> None:
    retrieves = "retrieval" in options.memory
    for name in ("found", "embeddings"):
        if getattr(options, name) is not None and not retrieves:
            raise ParameterError(f"`{spec}`: `{name}` goes with `memory=retrieval`")
    if options.memory_items is not None and options.memory.startswith("summary"):
        raise ParameterError(
            f"`{spec}`: `memory={options.memory}` is bounded by `memory_tokens`, not `memory_items`"
        )
