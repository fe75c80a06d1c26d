"""From a player's spec to a language model in a seat: its style, its memory, its persona.

What an option of a spec concerns is told by its name: those below are the actor's, all others the model's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from interlab.actors.llm import LLMActor
from interlab.actors.players import Player
from interlab.actors.reasoning import style
from interlab.errors import ParameterError
from interlab.memory import RetrievalMemory, SummaryMemory, WindowMemory
from interlab.models import model as load
from interlab.player_spec import PlayerSpec

if TYPE_CHECKING:
    from interlab.actors.base import Actor, InvalidPolicy
    from interlab.memory import Memory
    from interlab.models.base import Model

Remembering = Literal["window", "summary", "retrieval", "summary+retrieval"]
"""What a model remembers: the last messages, a summary of those before, or what resembles the question."""

_LATEST: Final = 10
"""How many of the last messages are told as they were beside those that are found."""
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


def language_model(spec: PlayerSpec) -> Player:
    """Make a player of a language model.

    Raises:
        UnknownNameError: There is no such model or style.
        ParameterError: An option is unknown, has a bad value, or goes with another memory.
        ModelUnavailableError: The model needs a key that is not set.
    """
    own = {name: value for name, value in spec.options.items() if name in _OWN}
    rest = {name: value for name, value in spec.options.items() if name not in _OWN}
    options = PlayerSpec(spec.prefix, spec.name, own).read_options(ActorOptions)
    _check(spec, options)
    style(options.style)
    model = load(PlayerSpec(spec.prefix, spec.name, rest))
    embedder = load(options.embeddings) if options.embeddings else model
    models = {id(each): each for each in (model, embedder)}.values()
    remember(options, model, embedder)

    async def check() -> None:
        await asyncio.gather(*(each.check() for each in models))

    async def close() -> None:
        await asyncio.gather(*(each.close() for each in models))

    def sit(role: str, seed: int, policy: InvalidPolicy) -> Actor:
        del seed  # a model's sampling is the endpoint's; `?seed=` asks for a fixed one
        return LLMActor(
            role,
            str(spec),
            model,
            memory=remember(options, model, embedder),
            style=style(options.style),
            persona=options.persona,
            policy=policy,
        )

    return Player(
        spec=str(spec), kind="llm", sit=sit, model=f"{spec.prefix}/{spec.name}", check=check, close=close
    )


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
