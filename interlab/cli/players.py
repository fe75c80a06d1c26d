"""The players there are, and all about one of them."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Final

from interlab import registry
from interlab.actors.language import ActorOptions
from interlab.actors.players import source
from interlab.actors.program import Shelf
from interlab.errors import UnknownNameError
from interlab.models.local import LocalOptions
from interlab.models.openai import Options
from interlab.models.providers import providers
from interlab.player_spec import PlayerSpec

_LOCAL: Final = "local"
_ANY_MODEL: Final = "llm"
_ABOUT: Final = {
    "style": "how it thinks before it answers",
    "persona": "first words of the system prompt",
    "memory": "what it remembers: window, summary, retrieval or summary+retrieval",
    "memory_items": "most messages that are told as they were",
    "memory_tokens": "most tokens of them, or of the summary",
    "found": "most messages that are found (retrieval)",
    "embeddings": "the model that texts are compared by (retrieval), by default its own",
}


def players() -> list[dict[str, Any]]:
    """A row for every player, or kind of player, with its summary."""
    rows: list[dict[str, Any]] = [
        {"player": spec, "summary": summary}
        for prefix in registry.names("actors")
        for spec, summary in source(prefix).players().items()
    ]
    rows.append({"player": "local/smollm2", "summary": "SmolLM2 135M Instruct, in this process"})
    rows.append({"player": "local/PATH.gguf", "summary": "Any model in GGUF format, in this process"})
    for name, provider in sorted(providers().items()):
        need = f"needs {provider.key_variable}" if provider.key_variable else "needs no key"
        rows.append({"player": f"{name}/MODEL", "summary": f"A model at {provider.base_url}; {need}"})
    return rows


def describe(name: str) -> dict[str, Any]:
    """All about one player: its options with their defaults, the games it plays, its source.

    Args:
        name: A player, with options or without; ``PROVIDER/MODEL`` or ``llm`` for what language models take.

    Raises:
        UnknownNameError: There is none.
        ParameterError: The name is not that of a player.
    """
    if name == _ANY_MODEL:
        return {"player": "PROVIDER/MODEL", "summary": "A language model"} | _language_model(Options)
    rows = {row["player"]: row for row in players()}
    if name in rows and "/" not in name:
        return rows[name]
    spec = PlayerSpec.parse(name)
    if spec.prefix in registry.names("actors"):
        shelf = source(spec.prefix)
        if isinstance(shelf, Shelf):
            program = shelf.program(spec.name)
            return {
                "player": f"{spec.prefix}/{spec.name}",
                "summary": program.summary,
                "options": program.takes,
                "games": program.plays.games,
                "source": program.source,
            }
        return _row(rows, f"{spec.prefix}/{spec.name}", f"{spec.prefix}/NAME")
    if spec.prefix == _LOCAL:
        return _row(rows, f"{spec.prefix}/{spec.name}", "local/PATH.gguf") | _language_model(LocalOptions)
    return _row(rows, f"{spec.prefix}/MODEL") | _language_model(Options)


def _row(rows: dict[str, dict[str, Any]], *names: str) -> dict[str, Any]:
    found = next((rows[name] for name in names if name in rows), None)
    if found is None:
        raise UnknownNameError(f"nothing here is called `{names[0]}`; {registry.suggestion(names[0], list(rows))}")
    return found


def _language_model(options: type[Options]) -> dict[str, Any]:
    """Options of a language model: the actor's, then the model's."""
    return {
        "styles": registry.names("styles"),
        "options": _defaults(ActorOptions) | _defaults(options),
        "about": _ABOUT,
        "games": "any game",
    }


def _defaults(options: type) -> dict[str, Any]:
    return {each.name: None if each.default is MISSING else each.default for each in fields(options)}
