"""Measurements of one metric as columns, and the one way from them to an estimate.

Columns come from a stream of episodes (:class:`ObservationColumns`) or from a tidy frame
(:meth:`interlab_evals.statistics.rows.Rows.observations`). Both give the same estimates, to the last bit.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.measures.plays import count_repeated_plays
from interlab_evals.statistics.clustering import BY_SYMMETRY, SHARED_CHANCE, Sample, one_play_note
from interlab_evals.statistics.dyads import Dyads
from interlab_evals.statistics.estimators import check_level, estimate_durations, estimate_dyads, estimate_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.clustering import Codes, Floats
    from interlab_evals.statistics.estimates import Estimand, Estimate
    from interlab_evals.statistics.intervals import Bounds, Choice


class Pairing(NamedTuple):
    """The players that each row is about.

    Attributes:
        players: The player of each row.
        opponents: The players in the other roles, joined by commas.
    """

    players: Sequence[str]
    opponents: Sequence[str]


class History(NamedTuple):
    """The line-up, the seed and the play of every episode.

    Attributes:
        lineups: Shape (episodes,): the number of the line-up.
        seeds: Shape (episodes,): the number of the seed.
        plays: Shape (episodes,): the play.
        sampled: Shape (episodes,): whether a model drew an answer.
    """

    lineups: Codes
    seeds: Codes
    plays: NDArray[np.uint64]
    sampled: NDArray[np.bool_]

    def repeated(self, episodes: NDArray[np.intc]) -> int | None:
        """Count the plays of some episodes, if they are repeats; see :func:`count_repeated_plays`."""
        return count_repeated_plays(
            self.lineups[episodes], self.seeds[episodes], self.plays[episodes], self.sampled[episodes]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """Measurements of one metric for one group of rows.

    Attributes:
        kind: The metric's kind.
        bounds: The metric's range.
        value: Shape (rows,); NaN where undefined.
        k: Shape (rows,): the numerator, or the value of a plain one; NaN where undefined. For a time until an
            event, 1 if the event came, else 0.
        n: Shape (rows,): the denominator; 1 for a plain value.
        episode: Shape (rows,): the number of the episode, from 0 without gaps.
        cluster: Shape (rows,): the number of the independent unit, from 0 without gaps.
        shares_chance: Whether clusters are seeds that several line-ups or treatments shared.
        pairing: The players; only needed for a population of players.
        n_invalid: Moves with an invalid first answer in the rows; ``None`` where unknown.
        n_plays: Number of different plays, where line-ups without chance repeated one each; else ``None``.
        is_zero_sum: Whether rows are about all roles of games in which one role gains what another loses.
    """

    kind: Kind
    bounds: Bounds
    value: Floats
    k: Floats
    n: Floats
    episode: Codes
    cluster: Codes
    shares_chance: bool = False
    pairing: Pairing | None = None
    n_invalid: int | None = None
    n_plays: int | None = None
    is_zero_sum: bool = False

    @property
    def n_episodes(self) -> int:
        """Number of episodes that the rows are from."""
        return _count(self.episode)

    @property
    def sample(self) -> Sample:
        """The counts, summed by cluster."""
        return Sample.summed(self.k, self.n, self.cluster)


def estimate_observations(
    found: Observations,
    *,
    level: float = 0.95,
    estimand: Estimand = "fixed",
    method: Choice = "auto",
    seed: int = 0,
) -> Estimate:
    """Estimate one metric of one group of rows.

    Args:
        found: The measurements.
        level: Nominal coverage, in (0, 1).
        estimand: The quantity that the interval is about; ``population`` takes a pairing.
        method: Another interval than the rule's.
        seed: Seed of anything drawn.

    Raises:
        ParameterError: The level is not a probability, a time until an event is to have another interval than the
            rule's, or the rows say nothing about a population of players.
    """
    check_level(level)
    if estimand == "population":
        return replace(_for_population(found, level), n_episodes=found.n_episodes, n_invalid=found.n_invalid)
    made = _by_rule(found, level, method, seed)
    is_coarser = found.shares_chance and _count(found.cluster) < found.n_episodes
    notes = (*made.notes, SHARED_CHANCE) if is_coarser else made.notes
    made = replace(made, n_episodes=found.n_episodes, n_invalid=found.n_invalid, notes=notes)
    if method != "auto" or math.isnan(made.value):
        return made
    none = {"low": math.nan, "high": math.nan, "seed": None}
    if _cancels(found):
        return replace(made, **none, method="by symmetry", notes=(BY_SYMMETRY,))
    if found.n_plays is not None:
        note = one_play_note(_count(found.cluster), level)
        return replace(made, **none, method="one play", n_clusters=found.n_plays, notes=(note,))
    return made


def _cancels(found: Observations) -> bool:
    """Return true if the figures of every episode add up to 0 because one role gains what another loses."""
    if not found.is_zero_sum or len(found.k) < 2 * found.n_episodes or np.isnan(found.k).any():
        return False
    sums = np.bincount(found.episode, found.k)
    return bool(np.abs(sums).max() <= 1e-9 * max(1.0, float(np.abs(found.k).max())))


def _by_rule(found: Observations, level: float, method: Choice, seed: int) -> Estimate:
    if found.kind != "time-to-event":
        return estimate_sample(
            found.sample, found.kind, bounds=found.bounds, level=level, method=method, seed=seed
        )
    if method != "auto":
        raise ParameterError(f"there is no interval `{method}` for a time until an event: leave the method out")
    events = np.nan_to_num(found.k)
    return estimate_durations(found.value, events, found.cluster, bounds=found.bounds, level=level)


def _for_population(found: Observations, level: float) -> Estimate:
    if found.kind == "time-to-event":
        raise ParameterError("there is no estimator for a time until an event and a population of players")
    if found.pairing is None or any(", " in each or not each for each in set(found.pairing.opponents)):
        raise ParameterError("a population of players is estimated from episodes of two roles; these have more")
    defined = ~np.isnan(found.value) & (found.n > 0)
    if not defined.any():
        empty = estimate_sample(found.sample, found.kind, bounds=found.bounds, level=level)
        return replace(empty, estimand="population")
    places = defined.nonzero()[0].tolist()
    players, opponents = ([names[place] for place in places] for names in found.pairing)
    dyads = Dyads.of(found.k[defined], found.n[defined], players, opponents)
    made = estimate_dyads(dyads, bounds=found.bounds, level=level)
    return replace(made, n_undefined=len(defined) - len(places))


def _numbers() -> array[float]:
    return array("d")


def _codes() -> array[int]:
    return array("i")


@dataclass(slots=True)
class ObservationColumns:
    """Measurements of one metric of one player while they come in: 32 bytes each.

    Attributes:
        player: The player.
        value: The values; NaN where undefined.
        k: The counts behind them; NaN where there are none.
        n: The same.
        episode: The number of the episode that each is from.
        opponents: The players in the other roles, as a place in ``lineups``.
        lineups: The players in the other roles, joined by commas.
        n_invalid: Moves with an invalid first answer in these measurements.
    """

    player: str
    value: array[float] = field(default_factory=_numbers)
    k: array[float] = field(default_factory=_numbers)
    n: array[float] = field(default_factory=_numbers)
    episode: array[int] = field(default_factory=_codes)
    opponents: array[int] = field(default_factory=_codes)
    lineups: list[str] = field(default_factory=list[str])
    n_invalid: int = 0

    def lineup(self, opponents: Sequence[str]) -> int:
        """Number the players in the other roles."""
        names = ", ".join(opponents)
        if names not in self.lineups:
            self.lineups.append(names)
        return self.lineups.index(names)

    def add(self, value: float, k: float, n: float, episode: int, opponents: int, invalid: int) -> None:
        """Append a measurement."""
        self.value.append(value)
        self.k.append(k)
        self.n.append(n)
        self.episode.append(episode)
        self.opponents.append(opponents)
        self.n_invalid += invalid

    def observations(
        self,
        kind: Kind,
        bounds: Bounds,
        *,
        chance: Codes | None = None,
        paired: bool = False,
        history: History | None = None,
        is_zero_sum: bool = False,
    ) -> Observations:
        """Return the measurements as arrays.

        Args:
            kind: The metric's kind.
            bounds: The metric's range.
            chance: Shape (episodes,): the number of the seed of each episode, where seeds are the clusters; by
                default episodes are.
            paired: Whether to tell the players of each row.
            history: The line-up, seed and play of every episode.
            is_zero_sum: Whether the figures of two roles of an episode add up to 0.
        """
        value, k, n = (np.frombuffer(each, dtype=np.float64) for each in (self.value, self.k, self.n))
        plain, undefined = np.isnan(k) | np.isnan(n), np.isnan(value)
        episodes = _integers(self.episode)
        own = np.unique(episodes, return_inverse=True)[1].astype(np.intp)
        pairing = None
        if paired:
            opponents: list[int] = _integers(self.opponents).tolist()
            pairing = Pairing([self.player] * len(value), [self.lineups[each] for each in opponents])
        return Observations(
            kind=kind,
            bounds=bounds,
            value=value,
            k=np.where(undefined, math.nan, np.where(plain, value, k)),
            n=np.where(plain, 1.0, n),
            episode=own,
            cluster=own if chance is None else np.unique(chance[episodes], return_inverse=True)[1].astype(np.intp),
            shares_chance=chance is not None,
            pairing=pairing,
            n_invalid=self.n_invalid,
            n_plays=None if history is None else history.repeated(episodes),
            is_zero_sum=is_zero_sum,
        )


def _integers(codes: array[int]) -> NDArray[np.intc]:
    return np.frombuffer(codes, dtype=np.intc)


def _count(codes: Codes) -> int:
    return int(codes.max()) + 1 if len(codes) else 0
