"""Rankings of players, and the page that shows them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from interlab_evals.presentation.numbers import percentage
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Column, Estimated, Note, Page, Row, Table
from interlab_evals.presentation.wording import counted, listed, with_seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from interlab_evals.measures.declaration import Direction, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A player's place in a ranking.

    Attributes:
        label: The player, or another value of the column ranked by.
        rank: 1 + the number of players that are better.
        rank_low: The best rank that is compatible with the data; NaN where nothing can be resampled.
        rank_high: The worst rank.
        best: Chance of being best: the share of resamples in which no player was better.
        value: The metric's value, or the log strength of a Bradley-Terry model.
        low: Lower end of the value's interval; NaN where there is none.
        high: Upper end of the value's interval.
        n_episodes: Number of episodes, or of games against one opponent each for a ranking by wins.
        n_clusters: Number of independent observations behind the value.
        won: Number of games won; ``None`` for a ranking by values.
        tied: Number of games tied.
        lost: Number of games lost.
    """

    label: str
    rank: float
    rank_low: float
    rank_high: float
    best: float
    value: float
    low: float
    high: float
    n_episodes: int
    n_clusters: int
    won: int | None = None
    tied: int | None = None
    lost: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A ranking within one scenario.

    Attributes:
        scenario: The scenario, with the parameters that set it apart; empty over all scenarios.
        metric: The metric, or the one that decided who won.
        wins: Whether strengths come from wins, rather than from the metric's values.
        kind: The metric's kind.
        unit: The metric's unit.
        direction: The direction that is better; ``neutral`` ranks the greatest first.
        level: Nominal coverage of the intervals.
        n_clusters: Number of clusters that were resampled.
        seed: Seed of the resampling.
        standings: The players, the best first.
        notes: Sentences for the reader.
    """

    scenario: str
    metric: str
    wins: bool
    kind: Kind
    unit: str
    direction: Direction
    level: float
    n_clusters: int
    seed: int
    standings: tuple[Standing, ...]
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Standing]:
        return iter(self.standings)

    def __len__(self) -> int:
        return len(self.standings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rankings(Presented):
    """Rankings of one run, scenario by scenario.

    Attributes:
        by: The column whose values are ranked.
        rankings: One per scenario with its parameters.
        notes: Scenarios that were left out, and why, in sentences.
    """

    by: str
    rankings: tuple[Ranking, ...]
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Ranking]:
        return iter(self.rankings)

    def __len__(self) -> int:
        return len(self.rankings)

    def __repr__(self) -> str:
        found = "; ".join(f"{each.scenario}: {', '.join(one.label for one in each)}" for each in self)
        return f"Rankings({found})"

    @property
    def only(self) -> Ranking:
        """The ranking, where there is one.

        Raises:
            ValueError: There are several.
        """
        (ranking,) = self.rankings
        return ranking

    def frame(self) -> pd.DataFrame:
        """Return one row per scenario and player; ``label`` is under the name of the column ranked by."""
        import pandas as pd

        rows: list[dict[str, object]] = []
        for each in self:
            shared = {name: getattr(each, name) for name in ("scenario", "metric", "wins", "level", "seed")}
            for one in each:
                own = asdict(one)
                rows.append(shared | {self.by: own.pop("label")} | own)
        return pd.DataFrame(rows)

    def document(self) -> dict[str, Any]:
        """Return the same as plain values that JSON can hold; what is undefined is ``None``."""
        return orjson.loads(orjson.dumps(self))

    def page(self) -> Page:
        """Return one table per scenario, a row per player."""
        tables = tuple(_table(each, self.by) for each in self)
        return Page(tables=tables, lines=(*_lines(self.rankings), *self.notes))


def _table(ranking: Ranking, by: str) -> Table:
    words = ranking.metric.replace("_", " ")
    value = Column(
        key="strength" if ranking.wins else ranking.metric,
        label="strength" if ranking.wins else words,
        kind="estimate",
        unit="1" if ranking.wins else ranking.unit,
        direction="neutral" if ranking.wins else ranking.direction,
        decimals=2 if ranking.wins else None,
    )
    columns = (
        Column(key=by),
        Column(key="n", kind="count"),
        *((Column(key=name, kind="count") for name in ("won", "tied", "lost")) if ranking.wins else ()),
        Column(key="rank", kind="estimate", decimals=0),
        Column(key="best", label="chance best", kind="probability"),
        value,
    )
    rows = tuple(
        Row(
            (
                each.label,
                each.n_episodes,
                *((each.won, each.tied, each.lost) if ranking.wins else ()),
                Estimated(value=each.rank, low=each.rank_low, high=each.rank_high, n=ranking.n_clusters),
                each.best,
                Estimated(value=each.value, low=each.low, high=each.high, n=each.n_clusters),
            )
        )
        for each in ranking
    )
    name = f"rank {ranking.scenario} {'wins ' if ranking.wins else ''}{ranking.metric}"
    about = f"{by}s by wins in {words}" if ranking.wins else f"{by}s by {words}"
    return Table(
        name=" ".join(name.split()),
        title=f"{ranking.scenario}: {about}" if ranking.scenario else about,
        columns=columns,
        rows=rows,
        notes=tuple(Note(text) for text in ranking.notes),
    )


def _lines(rankings: tuple[Ranking, ...]) -> Iterator[str]:
    resampled = [each for each in rankings if each.n_clusters > 1]
    if resampled:
        clusters = listed(counted(each.n_clusters, "cluster") for each in resampled)
        yield (
            f"Ranks with {percentage(rankings[0].level)} intervals, each for one player, and the chance of being "
            f"best: a bootstrap of {clusters}{with_seeds(each.seed for each in resampled)}."
        )
    if any(each.wins for each in rankings):
        yield (
            "Strengths are log odds of winning (Bradley-Terry with ties), 0 on average, with a weak prior; the "
            "margin of a win does not count."
        )
    neutral = [each.metric for each in rankings if not each.wins and each.direction == "neutral"]
    if neutral:
        yield f"The greatest value is first: {listed(neutral)} declares no direction that is better."
