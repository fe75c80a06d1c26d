"""Survival of players in evolving populations, from the payoffs of their cross-play."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson

from interlab.errors import ParameterError
from interlab_evals.presentation.numbers import percentage
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Column, Estimated, Note, Page, Row, Table
from interlab_evals.presentation.wording import counted, listed, with_seeds
from interlab_evals.statistics.cross_play import CrossPlay, of_pairs
from interlab_evals.statistics.estimators import check_level
from interlab_evals.statistics.evolution import alpha_rank, replicator
from interlab_evals.statistics.ranking import with_payoff
from interlab_evals.statistics.rows import rows_of
from interlab_evals.statistics.strata import strata
from interlab_evals.stimuli import warn_of_mixed_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.rows import Rows

RESAMPLES: Final = 499


class Survivor(NamedTuple):
    """A player in evolving populations.

    Attributes:
        player: The player.
        n_episodes: Number of its episodes, self-play included.
        alpha_rank: Share of time that a finite population with rare mutations spends with it.
        low: Lower end of the interval of ``alpha_rank``; NaN for fewer than two clusters.
        high: Upper end.
        replicator: Its share in the long run of the replicator dynamics from equal shares; NaN without self-play.
        payoff: Its mean payoff against every player once, itself included where it was played.
    """

    player: str
    n_episodes: int
    alpha_rank: float
    low: float
    high: float
    replicator: float
    payoff: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSurvivors:
    """The players of one scenario in evolving populations.

    Attributes:
        scenario: The scenario, with the parameters that set it apart.
        metric: The metric that is the payoff.
        n_clusters: Number of clusters that were resampled.
        with_self_play: Whether every player also met itself.
        players: The players, the greatest ``alpha_rank`` first.
    """

    scenario: str
    metric: str
    n_clusters: int
    with_self_play: bool
    players: tuple[Survivor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivors(Presented):
    """The players of a run in evolving populations.

    Attributes:
        population: Members of a finite population.
        selection: Strength of selection, per range of payoffs.
        level: Nominal coverage of the intervals.
        seed: Seed of the resampling.
        scenarios: One entry per scenario in which all players met.
        notes: Scenarios that were left out, and why, in sentences.
    """

    population: int
    selection: float
    level: float
    seed: int
    scenarios: tuple[ScenarioSurvivors, ...]
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[ScenarioSurvivors]:
        return iter(self.scenarios)

    def __len__(self) -> int:
        return len(self.scenarios)

    def frame(self) -> pd.DataFrame:
        """Return one row per scenario and player."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"scenario": each.scenario, "metric": each.metric, **one._asdict()}
                for each in self
                for one in each.players
            ]
        )

    def document(self) -> dict[str, Any]:
        """Return the same as plain values that JSON can hold; what is undefined is ``None``."""
        found = asdict(self)
        for plain, each in zip(found["scenarios"], self, strict=True):
            plain["players"] = [one._asdict() for one in each.players]
        return orjson.loads(orjson.dumps(found))

    def page(self) -> Page:
        """Return one table per scenario, a row per player."""
        return Page(tables=tuple(map(_table, self.scenarios)), lines=(*self._lines(), *self.notes))

    def _lines(self) -> Iterator[str]:
        clusters = listed(counted(each.n_clusters, "cluster") for each in self)
        yield (
            f"Alpha-rank: the share of time with each player of a population of {self.population} under selection "
            f"of {self.selection:g} per range of payoffs, with rare mutations; {percentage(self.level)} intervals "
            f"by a bootstrap of {clusters}{with_seeds([self.seed])}."
        )
        if any(each.with_self_play for each in self):
            yield (
                "Replicator: the share in the long run of a large population that begins with equal shares and "
                "has no mutations."
            )


def survive(
    frame: pd.DataFrame,
    metric: str | None = None,
    *,
    population: int = 50,
    selection: float = 10.0,
    level: float = 0.95,
    seed: int = 0,
    kind: Kind | None = None,
) -> Survivors:
    """Let players compete in evolving populations, by what each earned against each within a scenario.

    The payoff of a pair is the mean over roles. Rows of failed episodes and of more than two players are left out.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, or :func:`interlab_evals.episodes`, of which the
            payoff is taken.
        metric: The metric that is the payoff; by default the payoff of an episode, or ``mean_payoff``.
        population: Members of a finite population, at least 2.
        selection: Strength of selection, at least 0, in units of 1 / range of payoffs.
        level: Nominal coverage, in (0, 1).
        seed: Seed of the resampling.
        kind: Instead of what the metric declares, which then need not be registered.

    Raises:
        ParameterError: In no scenario did all players meet, or an option is out of range.

    Source:
        See :mod:`interlab_evals.statistics.evolution`.
    """
    check_level(level)
    if population < 2 or not 0 <= selection < np.inf:
        raise ParameterError(
            f"invalid population `{population}` or selection `{selection:g}`: expected at least 2 and at least 0"
        )
    warn_of_mixed_rows(frame, ["player"])
    frame, name, kind = with_payoff(frame, metric, kind)
    rows = rows_of(frame, name, by=["player", "opponents"], kind=kind)
    found: list[ScenarioSurvivors] = []
    notes: list[str] = []
    for each in strata(rows, "player"):
        made = _scenario(each.label, of_pairs(each.rows), (population, selection), level, seed)
        if isinstance(made, str):
            notes.append(f"{each.label or 'The run'} is left out: {made}.")
        else:
            found.append(made)
    if not found:
        raise ParameterError(" ".join(["no table of cross-play.", *notes]).removesuffix("."))
    return Survivors(
        population=population,
        selection=selection,
        level=level,
        seed=seed,
        scenarios=tuple(found),
        notes=tuple(notes),
    )


def _scenario(
    label: str, rows: Rows, dynamics: tuple[int, float], level: float, seed: int
) -> ScenarioSurvivors | str:
    """Return the players of a scenario, or why they cannot be told apart, in words."""
    actors = rows.frame["player"].astype(str)
    players = tuple(sorted({*map(str, actors), *map(str, rows.frame["opponents"])}))
    if len(players) < 2:
        return "fewer than two players met in pairs"
    table = CrossPlay.of(rows, players)
    payoffs = table.matrix()
    for one, line in zip(players, payoffs, strict=True):
        for other, payoff in zip(players, line, strict=True):
            if one != other and np.isnan(payoff):
                return f"`{one}` never met `{other}`"
    own = _shares(payoffs, *dynamics)
    low, high = _interval(table, payoffs, dynamics, level, seed)
    means: Floats = np.nanmean(payoffs, axis=1)
    whole = not np.isnan(payoffs).any()
    long_run = replicator(payoffs) if whole else np.full(len(players), np.nan)
    order = sorted(range(len(players)), key=lambda place: (-own[place], players[place]))
    return ScenarioSurvivors(
        scenario=label,
        metric=rows.metric,
        n_clusters=table.n_clusters,
        with_self_play=whole,
        players=tuple(
            Survivor(
                player=players[place],
                n_episodes=rows.where((actors == players[place]).tolist()).n_episodes,
                alpha_rank=float(own[place]),
                low=float(low[place]),
                high=float(high[place]),
                replicator=float(long_run[place]),
                payoff=float(means[place]),
            )
            for place in order
        ),
    )


def _shares(payoffs: NDArray[np.float64], population: int, selection: float) -> Floats:
    """Return alpha-rank, with payoffs in units of their range."""
    spread = float(np.nanmax(payoffs) - np.nanmin(payoffs))
    return alpha_rank(payoffs / spread if spread else payoffs, population=population, selection=selection)


def _interval(
    table: CrossPlay, payoffs: NDArray[np.float64], dynamics: tuple[int, float], level: float, seed: int
) -> tuple[Floats, Floats]:
    """Return percentiles over resampled clusters; NaN where half of the resamples leave a cell empty."""
    clusters = table.n_clusters
    unknown = np.full(len(payoffs), np.nan)
    if clusters < 2:
        return unknown, unknown
    random, known = np.random.default_rng(seed), ~np.isnan(payoffs)
    drawn: list[Floats] = []
    for weights in random.multinomial(clusters, np.full(clusters, 1 / clusters), RESAMPLES):
        again = table.matrix(weights.astype(np.float64))
        if not np.isnan(again[known]).any():
            drawn.append(_shares(again, *dynamics))
    if 2 * len(drawn) < RESAMPLES:
        return unknown, unknown
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def _table(found: ScenarioSurvivors) -> Table:
    words = found.metric.replace("_", " ")
    columns = [
        Column(key="player"),
        Column(key="n", kind="count"),
        Column(key="alpha_rank", label="alpha-rank", kind="estimate", decimals=2),
        Column(key="replicator", kind="number", decimals=2),
        Column(key="payoff", label=words if words == "payoff" else f"{words} (payoff)", kind="number"),
    ]
    rows = tuple(
        Row(
            (
                each.player,
                each.n_episodes,
                Estimated(value=each.alpha_rank, low=each.low, high=each.high, n=found.n_clusters),
                each.replicator,
                each.payoff,
            )
        )
        for each in found.players
    )
    notes: list[Note] = []
    if not found.with_self_play:
        text = "Undefined: not every player met itself. Play every player against itself, too (line-up `self`)."
        notes.append(Note(text, ("replicator",)))
    title = f"{found.scenario}: survival by {words}" if found.scenario else f"survival by {words}"
    return Table(
        name=f"survive {found.scenario} {found.metric}".replace("  ", " "),
        title=title,
        columns=tuple(columns),
        rows=rows,
        notes=tuple(notes),
    )
