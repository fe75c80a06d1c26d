"""Estimates from measurements as they come, without a frame."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.clustering import SHARED_CHANCE, Sample
from interlab_evals.statistics.dyads import Dyads
from interlab_evals.statistics.estimators import estimate_durations, estimate_dyads, estimate_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import DeclaredMetric
    from interlab_evals.statistics.clustering import Codes, Floats
    from interlab_evals.statistics.estimates import Estimand, Estimate


def _numbers() -> array[float]:
    return array("d")


def _codes() -> array[int]:
    return array("i")


@dataclass(slots=True)
class Figures:
    """Measurements of one metric, all about the same player, column by column: 32 bytes each.

    Attributes:
        value: The values; NaN where undefined.
        k: The counts behind them; NaN where there are none.
        n: The same.
        cluster: The number of the episode that each is from.
        partners: Who sat in the other seats, as a place in ``lineups``.
        lineups: The players in the other seats.
    """

    value: array[float] = field(default_factory=_numbers)
    k: array[float] = field(default_factory=_numbers)
    n: array[float] = field(default_factory=_numbers)
    cluster: array[int] = field(default_factory=_codes)
    partners: array[int] = field(default_factory=_codes)
    lineups: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def lineup(self, partners: tuple[str, ...]) -> int:
        """Number the players in the other seats."""
        if partners not in self.lineups:
            self.lineups.append(partners)
        return self.lineups.index(partners)

    def add(self, value: float, k: float, n: float, cluster: int, partners: int) -> None:
        """Append a measurement."""
        self.value.append(value)
        self.k.append(k)
        self.n.append(n)
        self.cluster.append(cluster)
        self.partners.append(partners)

    def weighed(self) -> tuple[Floats, Floats]:
        """Give k and n of each; of one without counts its value, which weighs 1. NaN and 0 where undefined."""
        value, k, n = (np.frombuffer(each, dtype=np.float64) for each in (self.value, self.k, self.n))
        counted = ~(np.isnan(k) | np.isnan(n))
        undefined = np.isnan(value)
        return (
            np.where(undefined, math.nan, np.where(counted, k, value)),
            np.where(undefined, 0.0, np.where(counted, n, 1.0)),
        )

    def clusters(self, chance: Codes | None = None) -> Codes:
        """Give the cluster of each, numbered from 0 without gaps: its episode, or what chance dealt there."""
        codes = _integers(self.cluster)
        return np.unique(codes if chance is None else chance[codes], return_inverse=True)[1].astype(np.intp)


def estimate_figures(
    figures: Figures,
    declared: DeclaredMetric,
    *,
    level: float = 0.95,
    estimand: Estimand = "fixed",
    chance: Codes | None = None,
    n_invalid: int | None = None,
) -> Estimate:
    """Estimate one metric of one player.

    Args:
        figures: Measurements of one metric, all about the same player.
        declared: What the metric declares.
        level: Nominal coverage, in (0, 1).
        estimand: What the interval is about. For a population of players it rests on the partners as a sample;
            where they are too few, or there is more than one in an episode, there is none, and a note says
            why.
        chance: Shape (episodes,): the number of what chance dealt in each episode, where that makes clusters;
            else episodes are clusters.
        n_invalid: Moves of the player whose first answer was invalid.
    """
    clusters = figures.clusters(chance)
    if estimand == "population":
        found = _at_large(figures, declared, level)
    elif declared.kind == "time-to-event":
        times, events = (np.frombuffer(each, dtype=np.float64) for each in (figures.value, figures.k))
        found = estimate_durations(times, np.nan_to_num(events), clusters, bounds=declared.range, level=level)
    else:
        sample = Sample.summed(*figures.weighed(), clusters)
        found = estimate_sample(sample, declared.kind, bounds=declared.range, level=level)
    n_episodes = int(figures.clusters().max()) + 1 if len(clusters) else 0
    if estimand == "fixed" and len(clusters) and int(clusters.max()) + 1 < n_episodes:
        found = replace(found, notes=(*found.notes, SHARED_CHANCE))
    return replace(found, n_episodes=n_episodes, n_invalid=n_invalid)


def _at_large(figures: Figures, declared: DeclaredMetric, level: float) -> Estimate:
    usual = estimate_figures(figures, declared, level=level)
    none = replace(usual, low=math.nan, high=math.nan, method="none", seed=None, estimand="population")
    if declared.kind == "time-to-event" or any(len(each) != 1 for each in figures.lineups):
        note = "No interval for a population of players: it takes sums of figures and two roles."
        return replace(none, notes=(note,))
    k, n = figures.weighed()
    defined = n > 0
    if not defined.any():
        return none
    numbers: list[int] = _integers(figures.partners)[defined].tolist()
    partners = [figures.lineups[each][0] for each in numbers]
    dyads = Dyads.of(k[defined], n[defined], [""] * len(partners), partners)
    try:
        found = estimate_dyads(dyads, bounds=declared.range, level=level)
    except ParameterError as error:
        return replace(none, notes=(f"No interval for a population of players: {error}.",))
    return replace(found, n_undefined=len(defined) - len(partners))


def _integers(codes: array[int]) -> NDArray[np.intc]:
    return np.frombuffer(codes, dtype=np.intc)
