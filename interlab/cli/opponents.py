"""Default opponents of a person: programs that can play the scenario and are worth playing against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from interlab import registry
from interlab.actors.players import player, source
from interlab.environments import scenario
from interlab.errors import UsageError
from interlab.situations import Situation

_OF_SCENARIO: Final = {
    "minority-game": "strategy/minority-seeker",
    "reality-show": "strategy/salient-option",
}
"""Opponents for scenarios whose kind of situation leaves them open."""
_USUAL: Final = (
    "strategy/tit-for-tat",
    "strategy/fictitious-play",
    "negotiator/linear",
    "strategy/conditional-cooperator",
    "strategy/sustainable-harvester",
    "strategy/shading-bidder",
    "strategy/fair-divider",
    "strategy/volunteer",
)


def opponent(name: str, changes: Mapping[str, Any]) -> str:
    """Find a player for the other seats of a scenario.

    Args:
        name: The scenario.
        changes: Parameters that differ from its own.

    Raises:
        UsageError: No program can play it.
    """
    found = scenario(name).with_parameters(changes)
    situation = found.environment.situation_in(found.parameters)
    for spec in (_OF_SCENARIO.get(name, ""), *_USUAL, *_programs()):
        if spec and _can_play(spec, situation):
            return spec
    raise UsageError(f"no program can play `{name}`: say with `--against` who does, such as a model or `human`")


def _programs() -> Iterator[str]:
    for prefix in registry.names("actors"):
        yield from source(prefix).players()


def _can_play(spec: str, situation: type[Situation]) -> bool:
    try:
        plays = player(spec).plays
    except UsageError:  # it needs an option, or something that is not installed
        return False
    return plays is not None and issubclass(situation, plays)
