"""Facts, parameters and metrics of a game before it is played."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import PydanticSerializationError

from interlab.environments import scenario as find_scenario
from interlab.errors import ParameterError, UsageError
from interlab.queries import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.schema.episode import Json


@dataclass(frozen=True, slots=True)
class Game:
    """A game that is played outside of InterLab.

    Attributes:
        facts: What metrics need to know of it.
        parameters: What varies between conditions.
        metrics: Names of the metrics that judge it.
    """

    facts: dict[str, Json]
    parameters: dict[str, Any]
    metrics: tuple[str, ...]


def game_of(
    game: str | Mapping[str, Any],
    parameters: Mapping[str, Any],
    metrics: Sequence[str] | None,
    roles: Sequence[str],
) -> Game:
    """Find out what is known of a game.

    Args:
        game: Name of a scenario on the shelf, which then gives facts, default parameters and metrics; or facts.
        parameters: The game's parameters, or those that differ from the scenario's defaults.
        metrics: Names of metrics; ``None`` for the scenario's own, of which a game that is none has no.
        roles: Who plays.

    Raises:
        UnknownNameError: No scenario has this name.
        ParameterError: A parameter does not fit the scenario, or a value is not JSON.
        UsageError: The scenario has other roles.
    """
    if not isinstance(game, str):
        facts, own = plain(game, "`game`"), plain(parameters, "`parameters`")
        return Game(cast("dict[str, Json]", facts), cast("dict[str, Any]", own), tuple(metrics or ()))
    scenario = find_scenario(game).with_parameters(parameters)
    if set(scenario.roles) != set(roles):
        raise UsageError(
            f"`{game}` is played by {_listed(scenario.roles)}, not by {_listed(roles)}: name the players so, or "
            "give the facts of your own game as `game={...}`"
        )
    return Game(
        scenario.game,
        scenario.parameters.model_dump(mode="json"),
        scenario.all_metrics if metrics is None else tuple(metrics),
    )


def plain(value: object, what: str) -> Json:
    """Write a value as plain JSON values.

    Args:
        value: Plain values, dataclasses, pydantic models, enumerations, in any nesting.
        what: What it is, for the message.

    Raises:
        ParameterError: It cannot be written so.
    """
    try:
        return to_json(value)
    except (PydanticSerializationError, ValueError) as error:
        raise ParameterError(f"{what} cannot be recorded: {error}; give plain values") from None


def number(value: float, what: str) -> float:
    """Check a payoff.

    Raises:
        ParameterError: The value is not finite.
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise ParameterError(f"{what} is `{value}`: give a finite number, or leave it out")
    return found


def _listed(roles: Sequence[str]) -> str:
    return ", ".join(f"`{role}`" for role in roles) or "no one"
