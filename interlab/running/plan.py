"""What will be played: plans, conditions, episodes.

A plan is what comes of a suite: every condition spelled out, with ids that depend on nothing but what they name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlab import seeds
from interlab.environments import scenario as find_scenario
from interlab.errors import ParameterError
from interlab.running.lineups import seatings
from interlab.running.suites import Seed, explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from interlab.running.suites import Suite, SuiteScenario


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Strict):
    """Scenario x parameters x line-up."""

    id: str
    scenario: str
    parameters: dict[str, Any]
    """All parameters of the scenario, defaults included."""
    players: dict[str, str]
    """Role -> player spec, in seat order."""
    metrics: tuple[str, ...]
    confirmatory: tuple[str, ...] = ()
    """Of these, those that the experiment was made for: one family, declared before anything is played."""


class Plan(_Strict):
    """Every condition of a run, and how often each is repeated."""

    suite: str
    seed: Seed
    episodes: int = Field(ge=1)
    """Repeats of each condition."""
    conditions: tuple[Condition, ...]
    attempts: int = Field(default=3, ge=1)
    """How often an actor may try to give a valid answer."""
    on_invalid: Literal["forfeit", "default", "fail"] = "forfeit"
    """What happens after its last attempt."""
    content: Literal["full", "none"] = "full"
    common: Literal["scenario", "parameters"] = "parameters"
    """What has its seeds in common: all conditions of a scenario, as in every new plan, or only those that have
    their parameters in common too, as in runs recorded before this was written down."""

    def __iter__(self) -> Iterator[PlannedEpisode]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Every episode, repeats outermost, so that a run stopped early has some of every condition."""
        for index in range(self.episodes):
            for condition in self.conditions:
                yield PlannedEpisode(condition, index, self._seed_of(condition, index))

    def __len__(self) -> int:
        return self.episodes * len(self.conditions)

    def _seed_of(self, condition: Condition, index: int) -> int:
        if self.common == "scenario":
            return episode_seed(self.seed, condition.scenario, index)
        return seeds.derive(self.seed, condition.scenario, _canonical(condition.parameters), index)


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


def episode_seed(run_seed: int, scenario: str, index: int) -> int:
    """The seed of an episode; the same for every line-up and treatment, so that all meet the same chance moves."""
    return seeds.derive(run_seed, scenario, index)


def condition_id(scenario: str, parameters: Mapping[str, Any], players: Mapping[str, str]) -> str:
    """Name a condition by nothing but what it is.

    Args:
        scenario: The scenario's name.
        parameters: All of its parameters.
        players: Role -> player spec, in any order.

    Raises:
        ParameterError: A parameter cannot be written as JSON.
    """
    return f"{scenario}-{_digest(scenario, [parameters, players])}"


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
        ParameterError: The seed, the number of episodes or another field is out of its range.
    """
    conditions = {condition.id: condition for entry in suite.scenarios for condition in _conditions(entry)}
    try:
        return Plan(
            suite=suite.name,
            seed=suite.seed if seed is None else seed,
            episodes=suite.episodes if episodes is None else episodes,
            conditions=tuple(conditions.values()),
            common="scenario",
            **settings,
        )
    except ValidationError as error:
        raise ParameterError(explain(error)) from None


def _conditions(entry: SuiteScenario) -> Iterator[Condition]:
    scenario = find_scenario(entry.scenario)
    parameters = scenario.configure(entry.parameters)
    roles = scenario.environment.roles(parameters)
    spelled_out = parameters.model_dump(mode="json")
    for players in seatings(entry.lineup, entry.players, entry.baselines, len(roles)):
        seats = dict(zip(roles, players, strict=True))
        yield Condition(
            id=condition_id(entry.scenario, spelled_out, seats),
            scenario=entry.scenario,
            parameters=spelled_out,
            players=seats,
            metrics=entry.metrics or scenario.metrics_with(parameters),
            confirmatory=entry.confirmatory,
        )


def _digest(scenario: str, value: object) -> str:
    try:
        return hashlib.blake2b(_canonical(value).encode(), digest_size=4).hexdigest()
    except orjson.JSONEncodeError as error:
        raise ParameterError(f"parameters of `{scenario}` cannot be recorded: {error}") from None


def _canonical(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
