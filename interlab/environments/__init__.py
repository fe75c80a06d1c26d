"""The games: rules and state, knowing roles and actions but never a class of actors."""

from __future__ import annotations

from interlab import registry
from interlab.environments.balances import Balance
from interlab.environments.base import Environment, Parameters, Result, Scenario, Step
from interlab.errors import ConfigurationError

__all__ = ["Balance", "Environment", "Parameters", "Result", "Scenario", "Step", "scenario"]


def scenario(name: str) -> Scenario:
    """Take a scenario from the shelf.

    Raises:
        UnknownNameError: No scenario has this name.
        ConfigurationError: What is registered under the name is no scenario.
    """
    found = registry.load("environments", name)
    if not isinstance(found, Scenario):
        raise ConfigurationError(f"what the entry point `{name}` of `interlab.environments` names is no Scenario")
    return found
