"""Suites: scenarios with players, from a TOML file or from the arguments of a command.

A suite file looks like this::

    name = "mine"
    episodes = 20

    [[scenarios]]
    scenario = "prisoners-dilemma"
    players = ["openai/gpt-5-mini", "strategy/tit-for-tat"]
    parameters = { rounds = 5 }
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import Field, ValidationError, model_validator

from interlab import registry
from interlab.errors import ConfigurationError, ParameterError, UnknownNameError, UsageError
from interlab.running.lineups import Lineup  # noqa: TC001  read by pydantic
from interlab.validation import Strict, explain, read_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""Any integer that JSON and OTLP can carry."""

Name = Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
"""Any text that can be part of the name of a run's directory."""

_SUFFIX: Final = ".toml"


class SuiteScenario(Strict):
    """One scenario of a suite, with its players."""

    scenario: str
    players: tuple[str, ...] | Mapping[str, str] = ()
    """Player specs, or role -> player spec."""
    baselines: tuple[str, ...] = ()
    lineup: Lineup | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    metrics: tuple[str, ...] = ()
    """Instead of the scenario's own metrics."""
    confirmatory: tuple[str, ...] = ()
    """Confirmatory metrics, which `interlab compare` tests as one family."""

    @model_validator(mode="after")
    def _judged(self) -> Self:
        names = {each.partition(".")[0] for each in self.confirmatory}
        if self.metrics and (missing := sorted(names - set(self.metrics))):
            raise ValueError(f"confirmatory metrics must be among the metrics: {', '.join(missing)} is not")
        return self


class Suite(Strict):
    """A named set of scenarios with players: the content of a TOML file."""

    name: Name
    description: str = ""
    episodes: int = Field(default=1, ge=1)
    seed: Seed = 0
    scenarios: tuple[SuiteScenario, ...] = Field(min_length=1)


def find_suite(
    what: str,
    *,
    players: Sequence[str] | Mapping[str, str] = (),
    baselines: Sequence[str] = (),
    lineup: Lineup | None = None,
    parameters: Mapping[str, Any] | None = None,
    metrics: Sequence[str] = (),
) -> Suite:
    """Find a suite, or make one of a single scenario.

    Args:
        what: Name of a scenario or of a suite, or path of a suite's file (``*.toml``).
        players: Player specs, or role -> player spec for a single scenario. Instead of the suite's, as the rest:
            an argument that is left out changes nothing.
        baselines: Opponents, for the line-up ``versus``.
        lineup: Rule that puts players into seats.
        parameters: Parameters of the scenario, laid over the suite's.
        metrics: Names of metrics.

    Raises:
        UnknownNameError: It is neither a scenario nor a suite.
        ConfigurationError: The suite's file cannot be read or understood.
        UsageError: An argument does not fit.
    """
    given = {"players": players, "baselines": baselines, "lineup": lineup, "metrics": metrics}
    wanted = _entry(what, {**given, "parameters": parameters or {}})
    scenarios, suites = registry.names("environments"), registry.names("suites")
    if what in scenarios:
        return Suite(name=what, scenarios=(wanted,))
    if what not in suites and not what.endswith(_SUFFIX):
        known = sorted({*scenarios, *suites})
        raise UnknownNameError(f"no suite or scenario is called `{what}`; {registry.suggestion(what, known)}")
    suite = load_suite(what)
    if isinstance(players, Mapping):
        raise UsageError(f"`{suite.name}` is a suite: roles can be named for a single scenario only")
    changes = {name: getattr(wanted, name) for name, value in given.items() if value}
    entries = [
        entry.model_copy(
            update={
                **changes,
                "parameters": {**entry.parameters, **wanted.parameters},
                "confirmatory": _among(entry.confirmatory, metrics),
            }
        )
        for entry in suite.scenarios
    ]
    return suite.model_copy(update={"scenarios": tuple(entries)})


def _among(confirmatory: Sequence[str], metrics: Sequence[str]) -> tuple[str, ...]:
    """Return the confirmatory metrics that are left where other metrics are asked for."""
    return tuple(each for each in confirmatory if not metrics or each.partition(".")[0] in metrics)


def suite_of(scenario: str, **fields: Any) -> Suite:
    """Make a suite of a single scenario, named after it.

    Args:
        scenario: The scenario's name.
        fields: Further fields of :class:`SuiteScenario`.
    """
    return Suite(name=scenario, scenarios=(_entry(scenario, fields),))


def load_suite(name_or_path: str) -> Suite:
    """Find a suite by its registered name or by the path of a TOML file.

    Raises:
        UnknownNameError: No suite has this name, and there is no such file.
        ConfigurationError: The file cannot be read or is not a valid suite; the message names the place.
    """
    path = Path(name_or_path) if name_or_path.endswith(_SUFFIX) else _registered(name_or_path)
    document = read_toml(path, "suite")
    try:
        return Suite.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(f"suite `{path}`: {explain(error)}") from None


def _entry(scenario: str, fields: Mapping[str, Any]) -> SuiteScenario:
    try:
        return SuiteScenario(scenario=scenario, **fields)
    except ValidationError as error:
        raise ParameterError(explain(error)) from None


def _registered(name: str) -> Path:
    found = registry.load("suites", name)
    path = found() if callable(found) else found
    return Path(str(path))
