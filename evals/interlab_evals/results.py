"""What a summary holds: typed figures first; tables and documents are drawn from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from rich.console import RenderableType

    from interlab.schema.episode import EndReason, Json
    from interlab_evals.measures.declaration import Direction, Kind
    from interlab_evals.statistics.clustering import Clusters
    from interlab_evals.statistics.estimates import Estimand, Estimate
    from interlab_evals.statistics.rows import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """One metric of one player in one scenario.

    Attributes:
        player: The player, as it was specified.
        self_play: Whether this is about the episodes in which the player met only itself. They stand apart: a
            player against itself is no draw from its games against others.
        metric: The metric's name, with its component.
        kind: What sort of quantity it is; it picked the estimator.
        unit: What it is counted in.
        direction: Which way is better.
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
    """How much one player played in one scenario.

    Attributes:
        player: The player, as it was specified.
        self_play: Whether this is about the episodes in which the player met only itself.
        n_episodes: Completed episodes.
        n_actions: Moves asked for.
        n_invalid: Moves whose first answer was invalid.
        n_calls: Calls to models.
    """

    player: str
    self_play: bool
    n_episodes: int
    n_actions: int
    n_invalid: int
    n_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSummary:
    """One scenario with one set of parameters.

    Attributes:
        scenario: Its name.
        parameters: Its parameters.
        n_completed: Episodes that the estimates rest on.
        n_failed: Episodes that broke off; they are in no estimate.
        end_reasons: End reason -> episodes.
        players: Who played, in the order of first appearance, self-play last.
        metrics: The figures, metric by metric, players in the same order.
    """

    scenario: str
    parameters: Mapping[str, Json]
    n_completed: int
    n_failed: int
    end_reasons: Mapping[EndReason, int]
    players: tuple[PlayerSummary, ...]
    metrics: tuple[MetricSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came out of a run.

    Attributes:
        run: The run's id.
        level: Nominal coverage of the intervals.
        estimand: What the intervals are about; those of self-play are always about these models.
        clusters: What was taken as one draw: all line-ups' episodes under one seed, or each episode.
        invalid: Whether figures of a role whose first answer was invalid are kept.
        n_superseded: Attempts set aside because a later one at the same episode succeeded.
        scenarios: One entry per scenario and set of parameters, in the order of the record.
    """

    run: str
    level: float
    estimand: Estimand = "these models"
    clusters: Clusters = "seed"
    invalid: Invalid = "keep"
    n_superseded: int
    scenarios: tuple[ScenarioSummary, ...]

    def __rich__(self) -> RenderableType:
        """Draw one table per scenario, as wide as the console allows."""
        from interlab_evals.tables import SummaryTables

        return SummaryTables(self)

    def frame(self) -> pd.DataFrame:
        """Give one row per scenario, player and metric, with the attributes of its estimate."""
        import pandas as pd

        rows: list[dict[str, object]] = []
        for scenario in self.scenarios:
            parameters = orjson.dumps(dict(scenario.parameters), option=orjson.OPT_SORT_KEYS).decode()
            for each in scenario.metrics:
                figures = asdict(each.estimate) | {"notes": " ".join(each.estimate.notes)}
                own = {name: getattr(each, name) for name in ("player", "self_play", "metric", "kind", "unit")}
                rows.append({"scenario": scenario.scenario, "parameters": parameters, **own, **figures})
        return pd.DataFrame(rows)

    def document(self) -> dict[str, Any]:
        """Give the same as plain values that JSON can hold; what is undefined is ``None``."""
        return orjson.loads(orjson.dumps(self))
