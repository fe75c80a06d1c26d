"""The figures of a report, as data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from interlab_evals.figures import (
    Axis,
    Band,
    Curve,
    Distribution,
    Group,
    Matrix,
    MatrixCell,
    Network,
    NetworkEdge,
    Survival,
    SurvivalCurve,
    Trajectories,
)
from interlab_evals.frames import identity_rows
from interlab_evals.presentation.cells import table_text
from interlab_evals.presentation.tables import Column, Row, Table
from interlab_evals.records import is_failed
from interlab_evals.statistics.estimation import estimate
from interlab_evals.statistics.survival import Durations, kaplan_meier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from interlab_evals.figures import Figure
    from interlab_evals.presentation.tables import Estimated
    from interlab_evals.records import Record
    from interlab_evals.statistics.estimates import Estimate
    from interlab_evals.statistics.survival import SurvivalCurve as KaplanMeier

_MATRIX_METRICS: Final = ("cooperation_rate", "mean_payoff", "surplus_share")
_LARGEST_MATRIX: Final = 12
_MOST_CURVES: Final = 7
_NORMAL: Final = 1.959964


def cross_play(frame: pd.DataFrame) -> Iterator[Figure]:
    """Yield a matrix of each player against each opponent, for games of two."""
    for scenario, rows in frame.groupby("scenario", sort=False):
        pairs = rows[rows["opponents"].notna() & ~rows["opponents"].str.contains(", ", na=False)]
        for metric in _MATRIX_METRICS:
            of_metric = pairs[pairs["metric"] == metric]
            players = list(dict.fromkeys(of_metric["player"].dropna()))
            if 2 <= len(players) <= _LARGEST_MATRIX:
                yield _matrix(str(scenario), metric, of_metric, players)


def _matrix(scenario: str, metric: str, rows: pd.DataFrame, players: list[str]) -> Matrix:
    found = estimate(rows, metric, by=["player", "opponents"])
    estimates = {(str(cell.group["player"]), str(cell.group["opponents"])): cell.estimate for cell in found}
    opponents = list(dict.fromkeys(other for _, other in estimates))
    texts = _texts([each.cell for each in estimates.values()])
    words = metric.replace("_", " ")
    low, high = (0.0, 1.0) if metric != "mean_payoff" else (None, None)
    return Matrix(
        name=f"cross-play-{scenario}-{metric}",
        caption=f"{words.capitalize()} in {scenario} of the row's player against the column's.",
        notes=("Dashed frames mark self-play.",),
        width="page" if len(opponents) > 4 else "column",
        row_axis="player",
        column_axis="opponent",
        row_labels=tuple(players),
        column_labels=tuple(opponents),
        cells={
            pair: MatrixCell(value=each.value, text=text, detail=detail, n=each.n_clusters)
            for (pair, each), (text, detail) in zip(estimates.items(), texts, strict=True)
        },
        value_axis=Axis(label=words, low=low, high=high),
    )


def _texts(cells: Sequence[Estimated]) -> list[tuple[str, str]]:
    """Return value and interval of each cell, as a table shows them."""
    table = Table(
        name="cells",
        columns=(Column(key="value", kind="estimate"),),
        rows=tuple(Row((cell,)) for cell in cells),
    )
    return [(row[0].value, row[0].interval) for row in table_text(table).rows]


def by_round(records: Sequence[Record]) -> Iterator[Figure]:
    """Yield cooperation by round, a curve per player, for games in which an action counts as cooperation."""
    rows: list[tuple[object, ...]] = []
    for record in records:
        for episode in record.episodes:
            cooperate = episode.game.get("cooperate")
            if cooperate is None or is_failed(episode):
                continue
            identities = identity_rows(episode)
            for each in episode.rounds:
                for role, action in each.actions.items():
                    if action is not None and role in identities:
                        hit = float(action == cooperate)
                        rows.append((*identities[role], "cooperation", hit, hit, 1.0, each.number))
    if not rows:
        return
    from interlab_evals.frames import IDENTITY

    frame = pd.DataFrame(rows, columns=[*IDENTITY, "metric", "value", "k", "n", "round"])
    for scenario, played in frame.groupby("scenario", sort=False):
        if played["round"].nunique() > 1:
            yield _trajectories(str(scenario), played)


def _trajectories(scenario: str, played: pd.DataFrame) -> Trajectories:
    curves: list[Curve] = []
    against_others = played[played["player"] != played["opponents"]]
    for player, own in (against_others if len(against_others) else played).groupby("player", sort=False):
        points = [
            _band(number, estimate(of_round, "cooperation", kind="ratio", bounds=(0.0, 1.0)).only)
            for number, of_round in own.assign(opponents="all").groupby("round")
        ]
        curves.append(Curve(label=str(player), points=tuple(points)))
    shown = curves[:_MOST_CURVES]
    left_out = len(curves) - len(shown)
    return Trajectories(
        name=f"by-round-{scenario}",
        caption=f"Cooperation in {scenario} by round, with intervals, without self-play.",
        notes=(f"{left_out} further players are left out.",) if left_out else (),
        x=Axis(label="round", integer=True),
        y=Axis(label="cooperation rate", low=0, high=1),
        curves=tuple(shown),
    )


def _band(number: object, found: Estimate) -> Band:
    return Band(x=float(str(number)), value=found.value, low=found.low, high=found.high, n=found.n_clusters)


def payoffs(frame: pd.DataFrame) -> Iterator[Figure]:
    """Yield the distribution of mean payoffs per player."""
    of_payoff = frame[
        (frame["metric"] == "mean_payoff") & frame["player"].notna() & (frame["status"] == "completed")
    ]
    for scenario, rows in of_payoff.groupby("scenario", sort=False):
        yield Distribution(
            name=f"payoffs-{scenario}",
            caption=f"Mean payoff per round in {scenario}: median, quartiles, 5th and 95th percentile.",
            axis=Axis(label="mean payoff per round"),
            groups=tuple(
                Group(label=str(player), values=tuple(float(value) for value in own["value"].dropna()))
                for player, own in rows.groupby("player", sort=False)
            ),
        )


def survival(frame: pd.DataFrame) -> Iterator[Figure]:
    """Yield the survival of commons, a curve per line-up."""
    found = frame[(frame["metric"] == "commons_survival") & frame["value"].notna()]
    for scenario, rows in found.groupby("scenario", sort=False):
        curves = [_curve(str(lineup), own) for lineup, own in rows.groupby("lineup", sort=False)][:_MOST_CURVES]
        yield Survival(
            name=f"survival-{scenario}",
            caption=f"Share of commons in {scenario} that survive (Kaplan-Meier), with 95% bands.",
            x=Axis(label="round", integer=True),
            y=Axis(label="share that survives", low=0, high=1),
            curves=tuple(curves),
        )


def _curve(lineup: str, rows: pd.DataFrame) -> SurvivalCurve:
    times = rows["value"].to_numpy(dtype=float)
    events = rows["k"].to_numpy(dtype=float) > 0
    found = kaplan_meier(Durations(times, events, np.arange(len(times))))
    label = " / ".join(dict.fromkeys(lineup.split(", ")))
    low, high = _greenwood(found)
    return SurvivalCurve(
        label=label,
        times=(0.0, *map(float, found.times), float(times.max())),
        survival=_steps(found.survival),
        low=_steps(low),
        high=_steps(high),
        censored=tuple(sorted({float(time) for time, event in zip(times, events, strict=True) if not event})),
        n=len(times),
    )


def _steps(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the values at the beginning, at each step and at the end."""
    known = tuple(map(float, values))
    return (1.0, *known, known[-1] if known else 1.0)


def _greenwood(curve: KaplanMeier) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 95 % bands of a survival curve on the scale log(-log S), by Greenwood's variance.

    Source:
        Kalbfleisch and Prentice (2002), section 1.4. Where all or none survive, the band is the curve.
    """
    left = curve.at_risk - curve.events
    inside = (curve.survival > 0) & (curve.survival < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.cumsum(curve.events / (curve.at_risk * left)))
        reach = np.where(inside, _NORMAL * error / np.abs(np.log(curve.survival)), 0.0)
        low, high = (curve.survival ** np.exp(sign * reach) for sign in (1, -1))
    return np.where(inside, low, curve.survival), np.where(inside, high, curve.survival)


def messages(records: Sequence[Record]) -> Iterator[Figure]:
    """Yield the network of messages from role to role."""
    counts: dict[str, Counter[tuple[str, str]]] = {}
    roles: dict[str, dict[str, None]] = {}
    for record in records:
        for episode in record.episodes:
            sent = [*episode.messages, *(each for round_ in episode.rounds for each in round_.messages)]
            roles.setdefault(episode.scenario, {}).update(dict.fromkeys(episode.roles))
            for each in sent:
                for receiver in each.receivers:
                    counts.setdefault(episode.scenario, Counter())[each.sender, receiver] += 1
    for scenario, found in counts.items():
        yield Network(
            name=f"messages-{scenario}",
            caption=f"Number of messages from role to role in {scenario}.",
            nodes=tuple(roles[scenario]),
            edges=tuple(
                NetworkEdge(source=source, target=target, weight=weight)
                for (source, target), weight in sorted(found.items())
            ),
        )
