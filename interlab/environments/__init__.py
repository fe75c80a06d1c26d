"""The games: rules and state, knowing roles and actions but never a class of actors."""

from __future__ import annotations

from interlab import registry
from interlab.environments.balances import Balance
from interlab.environments.base import Environment, Parameters, Result, Scenario, Step
from interlab.errors import ConfigurationError

__all__ = ["Balance", "Environment", "Parameters", "Result", "Scenario", "Step", "scenario"]


def scenario(name: str) -> Scenario:
    """Return a registered scenario.

    Raises:
        UnknownNameError: No scenario has this name.
        ConfigurationError: The entry point of this name is not a scenario.
    """
    found = registry.load("environments", name)
    if not isinstance(found, Scenario):
        raise ConfigurationError(f"invalid entry point `{name}` of `interlab.environments`: expected a Scenario")
    return found
