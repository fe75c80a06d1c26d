"""The results of one scenario: estimates of every metric of every player, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.schema.episode import EndReason, Json
    from interlab_evals.measures.declaration import Direction, Kind
    from interlab_evals.measures.queries import CallTotals
    from interlab_evals.statistics.estimates import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """One metric of one player in one scenario.

    Attributes:
        player: The player, as it was specified.
        self_play: Whether this is about the episodes in which the player met only itself. They stand apart: a
            player against itself is not a draw from its games against others.
        metric: The metric's name, with its component.
        kind: Its statistical type, which selects the estimator.
        unit: Its unit; ``1`` for a pure number.
        direction: The direction that is better.
        estimate: The value and its interval.
    """

    player: str
    self_play: bool
    metric: str
    kind: Kind
    unit: str
    direction: Direction
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSummary:
    """Number of episodes, moves and calls of one player in one scenario.

    Attributes:
        player: The player, as it was specified.
        self_play: Whether this is about the episodes in which the player met only itself.
        n_episodes: Completed episodes.
        n_seeds: Their different seeds.
        n_plays: Their different plays, line-up by line-up.
        n_actions: Moves asked for.
        n_invalid: Moves whose first answer was invalid.
        n_calls: Calls to models.
    """

    player: str
    self_play: bool
    n_episodes: int
    n_seeds: int
    n_plays: int
    n_actions: int
    n_invalid: int
    n_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSummary:
    """One scenario with one set of parameters.

    Attributes:
        scenario: Its name.
        parameters: Its parameters.
        headline: Names of the metrics to show first: the confirmatory ones, else the first of the scenario.
        n_completed: Episodes that the estimates rest on.
        n_failed: Episodes that broke off; they are in no estimate.
        calls: Calls to models, in failed episodes too.
        end_reasons: End reason -> number of episodes.
        players: The players, in the order of first appearance, self-play last.
        metrics: The estimates, metric by metric, players in the same order.
    """

    scenario: str
    parameters: Mapping[str, Json]
    headline: tuple[str, ...]
    n_completed: int
    n_failed: int
    calls: CallTotals
    end_reasons: Mapping[EndReason, int]
    players: tuple[PlayerSummary, ...]
    metrics: tuple[MetricSummary, ...]
