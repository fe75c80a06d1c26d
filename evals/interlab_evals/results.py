"""The results of a run: one entry per scenario, and the page that shows them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from interlab_evals.measures.queries import CallTotals
from interlab_evals.presentation.numbers import dollars, percentage
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Page
from interlab_evals.presentation.wording import counted, listed
from interlab_evals.scenario_table import scenario_table
from interlab_evals.statistics.rows import DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from interlab.schema.episode import Json
    from interlab_evals.scenario_results import ScenarioSummary
    from interlab_evals.statistics.clustering import Clusters
    from interlab_evals.statistics.estimates import Estimand
    from interlab_evals.statistics.rows import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Presented):
    """The results of a run.

    Attributes:
        run: The run's id.
        level: Nominal coverage of the intervals.
        estimand: The quantity that the intervals are about; in self-play it is always ``fixed``.
        clusters: The unit of chance: all episodes under one seed, or each episode.
        invalid: Whether figures of a role with an invalid first answer are kept.
        n_superseded: Attempts set aside because a later one at the same episode succeeded.
        scenarios: One entry per scenario and set of parameters, in the order of the record.
    """

    run: str
    level: float
    estimand: Estimand = "fixed"
    clusters: Clusters = "seed"
    invalid: Invalid = "keep"
    n_superseded: int
    scenarios: tuple[ScenarioSummary, ...]

    def __repr__(self) -> str:
        names = ", ".join(dict.fromkeys(each.scenario for each in self.scenarios))
        episodes = counted(sum(each.n_completed for each in self.scenarios), "episode")
        return f"Summary({self.run}: {episodes} of {names or 'nothing'})"

    def page(self, *, every_metric: bool = False) -> Page:
        """Return one table per scenario.

        Args:
            every_metric: Whether to show all metrics; by default at most five per scenario, the confirmatory
                ones or else the first ones of the scenario.
        """
        if not self.scenarios:
            return Page(lines=("No episode has ended yet.",))
        return Page(
            tables=tuple(
                scenario_table(
                    each,
                    self.level,
                    every_metric=every_metric,
                    distinction=self._distinction(each),
                    by_seed=self.clusters == "seed",
                )
                for each in self.scenarios
            ),
            lines=tuple(self._lines(every_metric=every_metric)),
        )

    def frame(self) -> pd.DataFrame:
        """Return one row per scenario, player and metric, with the attributes of its estimate."""
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
        """Return the same as plain values that JSON can hold; what is undefined is ``None``."""
        return orjson.loads(orjson.dumps(self, option=orjson.OPT_NON_STR_KEYS))  # a damaged record holds any key

    def _distinction(self, scenario: ScenarioSummary) -> Mapping[str, Json]:
        """Return the parameters that set a scenario apart from others of the same name."""
        twins = [each for each in self.scenarios if each.scenario == scenario.scenario]
        return {
            name: value
            for name, value in scenario.parameters.items()
            if any(each.parameters.get(name) != value for each in twins)
        }

    def _lines(self, *, every_metric: bool) -> Iterator[str]:
        yield self._what_went_wrong()
        yield self._what_it_cost()
        if self.n_superseded:
            yield f"{counted(self.n_superseded, 'earlier attempt')} set aside, as a later one succeeded."
        if self.invalid == "drop-episodes":
            yield f"As asked, {DROPPED}"
        yield self._about_intervals()
        if every_metric:
            estimates = [metric.estimate for each in self.scenarios for metric in each.metrics]
            methods = listed(each.method for each in estimates if each.method != "none")
            yield f"Methods: {methods or 'none'}. Not corrected for the number of intervals."

    def _what_went_wrong(self) -> str:
        completed = sum(each.n_completed for each in self.scenarios)
        failed = sum(each.n_failed for each in self.scenarios)
        players = [player for each in self.scenarios for player in each.players]
        moves, invalid = sum(each.n_actions for each in players), sum(each.n_invalid for each in players)
        calls = self._calls()
        parts = [
            f"{counted(failed, 'episode')} failed and left out" if failed else "",
            f"{invalid:,} of {counted(moves, 'move')} invalid at first" if invalid else "",
            f"{counted(calls.refused, 'answer')} refused" if calls.refused else "",
            f"{counted(calls.cut_off, 'answer')} cut off" if calls.cut_off else "",
        ]
        wrong = "; ".join(part for part in parts if part)
        told = f"{counted(completed, 'episode')} completed"
        if not wrong:
            return f"Nothing went wrong: {told}, none failed; no invalid, refused or cut-off answer."
        return f"Went wrong: {wrong}; {told}."

    def _what_it_cost(self) -> str:
        calls = self._calls()
        if not calls.n:
            return "Cost: nothing, as no model was called."
        price = "an unknown price" if math.isnan(calls.usd) else dollars(calls.usd)
        tokens = f"{calls.input_tokens:,} input and {calls.output_tokens:,} output tokens"
        return f"Cost: {price} for {counted(calls.n, 'call')} with {tokens}."

    def _calls(self) -> CallTotals:
        total = CallTotals()
        for each in self.scenarios:
            total = total.plus(each.calls)
        return total

    def _about_intervals(self) -> str:
        unit = "seed" if self.clusters == "seed" else "episode"
        others = "with other seeds" if self.estimand == "fixed" else "with other seeds and other opponents"
        share = percentage(self.level)
        return (
            f"Ranges are {share} confidence intervals: repeat the run {others}, and {share} of such ranges hold "
            f"the long-run value. Each {unit} is one observation."
        )
