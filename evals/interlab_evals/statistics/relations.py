"""The social relations of a run, scenario by scenario, and the page that shows them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from scipy.special import stdtrit

from interlab.errors import ParameterError
from interlab_evals.presentation.numbers import percentage
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Column, Estimated, Note, Page, Row, Table
from interlab_evals.presentation.wording import counted, listed, short_names, with_seeds
from interlab_evals.statistics.cross_play import of_pairs
from interlab_evals.statistics.estimators import check_level
from interlab_evals.statistics.rows import rows_of
from interlab_evals.statistics.social_relations import SocialRelations, relations_of
from interlab_evals.statistics.strata import Stratum, strata
from interlab_evals.stimuli import warn_of_mixed_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.intervals import Bounds

_PARTS: Final = (
    ("actor", "actor_variance"),
    ("partner", "partner_variance"),
    ("relationship", "relationship_variance"),
    ("generalised reciprocity", "generalised_reciprocity"),
    ("dyadic reciprocity", "dyadic_reciprocity"),
)


class ScenarioRelations(NamedTuple):
    """The social relations of one scenario.

    Attributes:
        scenario: The scenario, with the parameters that set it apart; empty over all scenarios.
        fit: The model.
    """

    scenario: str
    fit: SocialRelations


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations(Presented):
    """The social relations of a run.

    Attributes:
        metric: The metric.
        unit: Its unit.
        level: Nominal coverage of the intervals of effects.
        scenarios: One fit per scenario with a full round robin.
        notes: Scenarios that were left out, and why, in sentences.
    """

    metric: str
    unit: str
    level: float
    scenarios: tuple[ScenarioRelations, ...]
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[ScenarioRelations]:
        return iter(self.scenarios)

    def __len__(self) -> int:
        return len(self.scenarios)

    @property
    def only(self) -> SocialRelations:
        """The model, where there is one scenario.

        Raises:
            ValueError: There are several.
        """
        (found,) = self.scenarios
        return found.fit

    def frame(self) -> pd.DataFrame:
        """Return one row per scenario and player: its effects and their standard errors."""
        import pandas as pd

        columns = ("actor", "actor_error", "partner", "partner_error")
        rows: list[dict[str, object]] = []
        for scenario, fit in self:
            for place, player in enumerate(fit.players):
                effects = {name: float(getattr(fit, name)[place]) for name in columns}
                rows.append({"scenario": scenario, "metric": self.metric, "player": player, **effects})
        return pd.DataFrame(rows)

    def document(self) -> dict[str, Any]:
        """Return the same as plain values that JSON can hold; what is undefined is ``None``."""
        found = {
            "metric": self.metric,
            "unit": self.unit,
            "level": self.level,
            "scenarios": [{"scenario": each.scenario} | asdict(each.fit) for each in self],
            "notes": self.notes,
        }
        return orjson.loads(orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY))

    def page(self) -> Page:
        """Return three tables per scenario: variances, effects of players, and relationships."""
        tables = [table for each in self for table in self._tables(each)]
        return Page(tables=tuple(tables), lines=(*self._lines(), *self.notes))

    def _tables(self, found: ScenarioRelations) -> Iterator[Table]:
        scenario, fit = found
        words = self.metric.replace("_", " ")
        about = f"{scenario}: {words}" if scenario else words
        name = f"relations {scenario} {self.metric}".replace("  ", " ")
        notes = tuple(Note(text) for text in fit.notes)
        yield _variances(fit, f"{name} variances", f"{about}, variances", notes)
        yield self._effects(fit, f"{name} effects", about)
        yield _relationships(fit, f"{name} relationships", about)

    def _effects(self, fit: SocialRelations, name: str, about: str) -> Table:
        clusters = fit.basis.n_clusters
        reach = float(stdtrit(clusters - 1, (1 + self.level) / 2)) if clusters > 1 else math.nan

        def cell(value: float, error: float) -> Estimated:
            return Estimated(value=value, low=value - reach * error, high=value + reach * error, n=clusters)

        rows = tuple(
            Row((player, cell(float(actor), float(own)), cell(float(partner), float(other))))
            for player, actor, own, partner, other in zip(
                fit.players, fit.actor, fit.actor_error, fit.partner, fit.partner_error, strict=True
            )
        )
        columns = (
            Column(key="player"),
            Column(key="actor", label="as actor", kind="estimate", unit=self.unit),
            Column(key="partner", label="as partner", kind="estimate", unit=self.unit),
        )
        return Table(name=name, title=f"{about}, effects of players", columns=columns, rows=rows)

    def _lines(self) -> Iterator[str]:
        yield (
            "Actor effect: a player's own value, compared with the mean. Partner effect: the value of others when "
            "they meet it. Relationship: the rest of a pair."
        )
        clusters = listed(counted(each.fit.basis.n_clusters, "cluster") for each in self)
        seeds = with_seeds(each.fit.basis.seed for each in self)
        yield (
            f"{percentage(self.level)} intervals of effects: a bootstrap of {clusters}{seeds}. Standard errors "
            "of variances are about other players: the jackknife, which takes five players."
        )


def relations(
    frame: pd.DataFrame,
    metric: str,
    *,
    level: float = 0.95,
    over_scenarios: bool = False,
    seed: int = 0,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> Relations:
    """Fit the social relations model within each scenario that is a full round robin.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them.
        metric: The metric.
        level: Nominal coverage of the intervals of effects, in (0, 1).
        over_scenarios: Whether to fit one model over all scenarios rather than one within each.
        seed: Seed of the bootstrap.
        kind: Instead of what the metric declares, which then need not be registered.
        bounds: Instead of the declared range.

    Returns:
        The fits; see :func:`interlab_evals.social_relations` for the model and its source.

    Raises:
        ParameterError: No scenario has a full round robin of at least four players, or the level is out of range.
    """
    check_level(level)
    warn_of_mixed_rows(frame, ["player"])
    rows = rows_of(frame, metric, by=["player", "opponents"], kind=kind, bounds=bounds)
    found: list[ScenarioRelations] = []
    notes: list[str] = []
    for each in [Stratum("", rows)] if over_scenarios else strata(rows, "player"):
        try:
            found.append(ScenarioRelations(each.label, relations_of(of_pairs(each.rows), seed)))
        except ParameterError as error:
            notes.append(f"{each.label or 'The run'} is left out: {error}.")
    if not found:
        raise ParameterError(" ".join(["no full round robin.", *notes]).removesuffix("."))
    return Relations(metric=metric, unit=rows.unit, level=level, scenarios=tuple(found), notes=tuple(notes))


def _variances(fit: SocialRelations, name: str, title: str, notes: tuple[Note, ...]) -> Table:
    total = sum(max(float(getattr(fit, key)), 0.0) for _, key in _PARTS[:3])
    rows = [
        Row(
            (
                label,
                value := float(getattr(fit, key)),
                fit.variance_errors[key],
                max(value, 0.0) / total if total and key.endswith("variance") else None,
            ),
            "" if key.endswith("variance") else "covariances",
        )
        for label, key in _PARTS
    ]
    error = fit.error_variance
    explained = "Includes the error of a cell's mean, which single episodes do not set apart."
    if not math.isnan(error):
        explained = f"Includes the error of a cell's mean, a variance of {error:.2g}."
    columns = (
        Column(key="part"),
        Column(key="variance", kind="number"),
        Column(key="standard_error", kind="number"),
        Column(key="share", kind="number", decimals=2),
    )
    tied = Note(explained, ("variance",), (2,))
    return Table(name=name, title=title, columns=columns, rows=tuple(rows), notes=(tied, *notes))


def _relationships(fit: SocialRelations, name: str, about: str) -> Table:
    short, _ = short_names(fit.players)
    columns = (
        Column(key="actor"),
        *(Column(key=each, label=f"with {short[each]}", kind="number", decimals=2) for each in fit.players),
    )
    cells = [[None if math.isnan(value) else float(value) for value in line] for line in fit.relationship]
    rows = tuple(Row((player, *line)) for player, line in zip(fit.players, cells, strict=True))
    return Table(name=name, title=f"{about}, relationships", columns=columns, rows=rows)
