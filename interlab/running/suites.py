"""What a user asks for: a suite by name or file, perhaps with other players, or a scenario by itself.

A suite is a TOML file, or what the arguments of a command amount to::

    name = "mine"
    episodes = 20

    [[scenarios]]
    scenario = "prisoners-dilemma"
    players = ["openai/gpt-5-mini", "strategy/tit-for-tat"]
    parameters = { rounds = 5 }
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from interlab import registry
from interlab.environments import scenario as find_scenario
from interlab.errors import ConfigurationError, UnknownNameError, UsageError
from interlab.running.lineups import Lineup
from interlab.validation import complaints

Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""Any integer that JSON and OTLP can carry."""

Name = Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
"""What can be part of the name of a run's directory."""

_SUFFIX: Final = ".toml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SuiteScenario(_Strict):
    """One scenario of a suite, with who plays it."""

    scenario: str
    players: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    lineup: Lineup | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    """Instead of the scenario's own metrics."""
    confirmatory: tuple[str, ...] = ()
    """Of the metrics, those that the experiment is made for; `interlab compare` tests them as one family."""

    @model_validator(mode="after")
    def _judged(self) -> Self:
        names = {each.partition(".")[0] for each in self.confirmatory}
        if self.metrics and (missing := sorted(names - set(self.metrics))):
            raise ValueError(f"confirmatory metrics must be among the metrics: {', '.join(missing)} is not")
        return self


class Suite(_Strict):
    """A named set of scenarios with players: what a TOML file holds."""

    name: Name
    description: str = ""
    episodes: int = Field(default=1, ge=1)
    seed: Seed = 0
    scenarios: tuple[SuiteScenario, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a user asks for beside a name; what is empty is left as the suite or the scenario has it.

    Attributes:
        players: Player specs, or role -> player spec.
        baselines: Opponents, for the line-up ``versus``.
        lineup: How players are put into seats.
        parameters: Parameters of the scenario.
        metrics: Names of metrics.
    """

    players: Sequence[str] | Mapping[str, str] = ()
    baselines: Sequence[str] = ()
    lineup: Lineup | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    metrics: Sequence[str] = ()


def find_suite(what: str, wish: Wish) -> Suite:
    """Find what is to be played.

    Args:
        what: Name of a scenario or of a suite, or path of a suite's file (``*.toml``).
        wish: Who plays, and what else is different.

    Raises:
        UnknownNameError: It is neither, or names a role or a scenario that does not exist.
        ConfigurationError: The suite's file cannot be read or understood.
        UsageError: Players or line-up do not fit.
    """
    scenarios, suites = registry.names("environments"), registry.names("suites")
    if what in scenarios:
        return _suite_of_scenario(what, wish)
    if what in suites or what.endswith(_SUFFIX):
        return _changed(load_suite(what), wish)
    known = sorted({*scenarios, *suites})
    raise UnknownNameError(f"no suite or scenario is called `{what}`; {registry.suggestion(what, known)}")


def suite_of(scenario: str, **fields: Any) -> Suite:
    """A suite of a single scenario, named after it.

    Args:
        scenario: The scenario's name.
        fields: Further fields of :class:`SuiteScenario`.
    """
    return Suite(name=scenario, scenarios=(SuiteScenario(scenario=scenario, **fields),))


def _suite_of_scenario(name: str, wish: Wish) -> Suite:
    players, lineup = wish.players, wish.lineup
    if isinstance(players, Mapping):
        if lineup not in {None, "seats"}:
            raise UsageError(f"players are named by role, which leaves nothing to the line-up `{lineup}`")
        players, lineup = _in_seat_order(name, players, wish.parameters), "seats"
    return suite_of(
        name,
        players=tuple(players),
        baselines=tuple(wish.baselines),
        lineup=lineup,
        parameters=dict(wish.parameters),
        metrics=tuple(wish.metrics),
    )


def _in_seat_order(name: str, players: Mapping[str, str], parameters: Mapping[str, Any]) -> tuple[str, ...]:
    scenario = find_scenario(name)
    roles = scenario.environment.roles(scenario.configure(parameters))
    for role in players:
        if role not in roles:
            raise UnknownNameError(f"`{name}` has no role `{role}`; {registry.suggestion(role, list(roles))}")
    if missing := [role for role in roles if role not in players]:
        raise UsageError(f"nobody plays {', '.join(f'`{role}`' for role in missing)} in `{name}`: add a player")
    return tuple(players[role] for role in roles)


def _changed(suite: Suite, wish: Wish) -> Suite:
    """A suite with the wishes laid over each of its scenarios."""
    if isinstance(wish.players, Mapping):
        raise UsageError(f"`{suite.name}` is a suite: roles can be named for a single scenario only")
    wished = {
        "players": tuple(wish.players),
        "baselines": tuple(wish.baselines),
        "lineup": wish.lineup,
        "metrics": tuple(wish.metrics),
    }
    changes = {name: value for name, value in wished.items() if value}
    entries = [
        entry.model_copy(update={**changes, "parameters": {**entry.parameters, **wish.parameters}})
        for entry in suite.scenarios
    ]
    return suite.model_copy(update={"scenarios": tuple(entries)})


def load_suite(name_or_path: str) -> Suite:
    """Find a suite by its registered name or by the path of a TOML file.

    Raises:
        UnknownNameError: No suite has this name, and there is no such file.
        ConfigurationError: The file cannot be read or is no suite; the message names the place.
    """
    path = Path(name_or_path) if name_or_path.endswith(".toml") else _registered(name_or_path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"suite `{path}` cannot be read: {_reason(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"suite `{path}` is no valid TOML: {error}") from None
    try:
        return Suite.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(f"suite `{path}`: {explain(error)}") from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8 text"


def _registered(name: str) -> Path:
    found = registry.load("suites", name)
    path = found() if callable(found) else found
    return Path(str(path))


def explain(error: ValidationError) -> str:
    """Say in one line where a document is wrong, and how."""
    return str(complaints(error)[0])
