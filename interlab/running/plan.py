"""Plans: conditions and their episodes.

A plan is a suite spelled out: every condition with all its parameters, under an id that depends on nothing but
what it names. Its scenarios are resolved here, once; everything later works with what was resolved.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from pydantic import Field, GetPydanticSchema, ValidationError
from pydantic_core.core_schema import CoreSchema, any_schema

from interlab import seeds
from interlab.environments import Scenario
from interlab.environments import scenario as find_scenario
from interlab.errors import ParameterError, UnknownNameError, UsageError
from interlab.registry import suggestion
from interlab.running.lineups import seatings
from interlab.running.suites import Seed  # noqa: TC001  read by pydantic
from interlab.validation import Strict, explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from interlab.running.suites import Suite, SuiteScenario


class Condition(Strict):
    """Scenario x parameters x line-up."""

    id: str
    scenario: str
    parameters: dict[str, Any]
    """All parameters of the scenario, defaults included."""
    players: dict[str, str]
    """Role -> player spec, in seat order."""
    metrics: tuple[str, ...]
    confirmatory: tuple[str, ...] = ()
    """Confirmatory metrics: one family, declared before anything is played."""


class RecordedPlan(Strict):
    """Every condition of a run, and how often each is repeated, as ``run.json`` holds it."""

    suite: str
    seed: Seed
    episodes: int = Field(ge=1)
    """Repeats of each condition."""
    conditions: tuple[Condition, ...]
    attempts: int = Field(default=3, ge=1)
    """Number of attempts at a valid answer."""
    on_invalid: Literal["forfeit", "default", "fail"] = "forfeit"
    """Policy after the last invalid attempt."""
    content: Literal["full", "none"] = "full"
    common: Literal["scenario", "parameters"] = "parameters"
    """Conditions that have their seeds in common: all of a scenario, as in every new plan, or only those that have
    their parameters in common too, as in runs recorded before this was written down."""


def _anything(source: object, handler: object) -> CoreSchema:
    """Take values as they are."""
    return any_schema()


def _resolved(fields: dict[str, Any]) -> dict[str, Scenario]:
    conditions: Sequence[Condition] = fields.get("conditions", ())
    return {each.id: find_scenario(each.scenario).with_parameters(each.parameters) for each in conditions}


class Plan(RecordedPlan):
    """A plan that can be played: its scenarios are resolved."""

    scenarios: Annotated[dict[str, Scenario], GetPydanticSchema(_anything)] = Field(
        default_factory=_resolved, exclude=True, repr=False
    )
    """Condition id -> its scenario with its parameters; of a plan that was recorded, looked up when it is read."""

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
    scenarios: dict[str, Scenario] = {}
    conditions: dict[str, Condition] = {}
    for entry in suite.scenarios:
        scenario = find_scenario(entry.scenario).with_parameters(entry.parameters)
        for condition in _conditions(entry, scenario):
            scenarios[condition.id], conditions[condition.id] = scenario, condition
    try:
        return Plan(
            suite=suite.name,
            seed=suite.seed if seed is None else seed,
            episodes=suite.episodes if episodes is None else episodes,
            conditions=tuple(conditions.values()),
            common="scenario",
            scenarios=scenarios,
            **settings,
        )
    except ValidationError as error:
        raise ParameterError(explain(error)) from None


def _conditions(entry: SuiteScenario, scenario: Scenario) -> Iterator[Condition]:
    lineup, players, parameters = entry.lineup, entry.players, scenario.parameters.model_dump(mode="json")
    if not isinstance(players, tuple):
        if lineup not in {None, "seats"}:
            raise UsageError(f"players are named by role, which leaves nothing to the line-up `{lineup}`")
        lineup, players = "seats", _in_seat_order(scenario, players)
    for row in seatings(lineup, players, entry.baselines, len(scenario.roles)):
        seats = dict(zip(scenario.roles, row, strict=True))
        yield Condition(
            id=condition_id(scenario.name, parameters, seats),
            scenario=scenario.name,
            parameters=parameters,
            players=seats,
            metrics=entry.metrics or scenario.all_metrics,
            confirmatory=entry.confirmatory,
        )


def _in_seat_order(scenario: Scenario, players: Mapping[str, str]) -> tuple[str, ...]:
    name, roles = scenario.name, scenario.roles
    for role in players:
        if role not in roles:
            raise UnknownNameError(f"`{name}` has no role `{role}`; {suggestion(role, list(roles))}")
    if missing := [role for role in roles if role not in players]:
        raise UsageError(f"no one plays {', '.join(f'`{role}`' for role in missing)} in `{name}`: add a player")
    return tuple(players[role] for role in roles)


def _digest(scenario: str, value: object) -> str:
    try:
        return hashlib.blake2b(_canonical(value).encode(), digest_size=4).hexdigest()
    except orjson.JSONEncodeError as error:
        raise ParameterError(f"parameters of `{scenario}` cannot be recorded: {error}") from None


def _canonical(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
