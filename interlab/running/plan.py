"""What will be played: suites, plans, conditions, episodes.

A suite is what a user writes (a TOML file, or the arguments of a command); a plan is what comes of it: every
condition spelled out, with ids that depend on nothing but what they name.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlab import registry, seeds
from interlab.environments import scenario as find_scenario
from interlab.errors import ConfigurationError
from interlab.running.lineups import Lineup, seatings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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


class Suite(_Strict):
    """A named set of scenarios with players: what a TOML file holds."""

    name: str
    description: str = ""
    episodes: int = Field(default=1, ge=1)
    seed: int = 0
    scenarios: tuple[SuiteScenario, ...] = Field(min_length=1)


class Condition(_Strict):
    """Scenario x parameters x line-up."""

    id: str
    scenario: str
    parameters: dict[str, Any]
    """All parameters of the scenario, defaults included."""
    players: dict[str, str]
    """Role -> player spec, in seat order."""
    metrics: tuple[str, ...]


class Plan(_Strict):
    """Every condition of a run, and how often each is repeated."""

    suite: str
    seed: int
    episodes: int
    """Repeats of each condition."""
    conditions: tuple[Condition, ...]
    attempts: int = Field(default=3, ge=1)
    """How often an actor may try to give a valid answer."""
    on_invalid: Literal["forfeit", "default", "fail"] = "forfeit"
    """What happens after its last attempt."""
    content: Literal["full", "none"] = "full"

    def __iter__(self) -> Iterator[PlannedEpisode]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Every episode, repeats outermost, so that a run stopped early has some of every condition."""
        for index in range(self.episodes):
            for condition in self.conditions:
                yield PlannedEpisode(condition, index, episode_seed(self.seed, condition, index))

    def __len__(self) -> int:
        return self.episodes * len(self.conditions)


@dataclass(frozen=True, slots=True)
class PlannedEpisode:
    """One repeat of one condition."""

    condition: Condition
    index: int
    seed: int

    @property
    def id(self) -> str:
        """Stable: the same plan names the same episode the same way."""
        return f"{self.condition.id}.{self.index}"


def episode_seed(run_seed: int, condition: Condition, index: int) -> int:
    """The seed of an episode; the same for every line-up, so that all meet the same chance moves."""
    return seeds.derive(run_seed, condition.scenario, _canonical(condition.parameters), index)


def make_plan(
    suite: Suite,
    *,
    episodes: int | None = None,
    seed: int | None = None,
    **settings: Any,
) -> Plan:
    """Spell a suite out.

    Args:
        suite: What to play.
        episodes: Repeats per condition, instead of the suite's.
        seed: Instead of the suite's.
        settings: Further fields of :class:`Plan`.

    Raises:
        UsageError: A scenario, parameter or line-up of the suite does not exist or fit.
    """
    conditions: dict[str, Condition] = {}
    for entry in suite.scenarios:
        for condition in _conditions(entry):
            conditions[condition.id] = condition
    return Plan(
        suite=suite.name,
        seed=suite.seed if seed is None else seed,
        episodes=episodes or suite.episodes,
        conditions=tuple(conditions.values()),
        **settings,
    )


def _conditions(entry: SuiteScenario) -> Iterator[Condition]:
    scenario = find_scenario(entry.scenario)
    parameters = scenario.configure(entry.parameters)
    roles = scenario.environment.roles(parameters)
    spelled_out = parameters.model_dump(mode="json")
    for players in seatings(entry.lineup, entry.players, entry.baselines, len(roles)):
        seats = dict(zip(roles, players, strict=True))
        digest = hashlib.blake2b(_canonical([spelled_out, seats]).encode(), digest_size=4).hexdigest()
        yield Condition(
            id=f"{entry.scenario}-{digest}",
            scenario=entry.scenario,
            parameters=spelled_out,
            players=seats,
            metrics=entry.metrics or scenario.metrics,
        )


def _canonical(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


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
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"suite `{path}`: `{place}`: {first['msg']}") from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8 text"


def _registered(name: str) -> Path:
    found = registry.load("suites", name)
    path = found() if callable(found) else found
    return Path(str(path))


def suite_of(
    scenario: str,
    *,
    players: tuple[str, ...],
    baselines: tuple[str, ...] = (),
    lineup: Lineup | None = None,
    parameters: Mapping[str, Any] | None = None,
    metrics: tuple[str, ...] = (),
) -> Suite:
    """A suite of a single scenario, named after it."""
    entry = SuiteScenario(
        scenario=scenario,
        players=players,
        baselines=baselines,
        lineup=lineup,
        parameters=dict(parameters or {}),
        metrics=metrics,
    )
    return Suite(name=scenario, scenarios=(entry,))
