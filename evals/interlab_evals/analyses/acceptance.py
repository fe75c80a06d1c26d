"""Acceptance of offers by a responder: the rate by offer, and the offer at which it is indifferent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from interlab.errors import ParameterError
from interlab_evals.statistics.basis import Basis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_evals.analyses.automata import Floats, Integers

_STEPS = 100
_BINS = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptableOffer:
    """The least acceptable offer, as a part of the pie.

    Attributes:
        value: The offer at which P(accept) = 1/2; NaN where acceptance does not rise with the offer, or all offers
            were answered alike. Where one cut tells all accepted from all rejected offers, its middle.
        low: Lower end of the interval; where one cut does, the highest offer rejected.
        high: Upper end; where one cut does, the lowest offer accepted.
        level: Nominal coverage.
        slope: Change of the log-odds of acceptance over the whole pie; infinite where one cut does.
        n: Offers.
        basis: What it rests on.
    """

    value: float
    low: float
    high: float
    level: float
    slope: float
    n: int
    basis: Basis


def acceptance_by_offer(offers: pd.DataFrame, *, bins: Sequence[float] = _BINS) -> pd.DataFrame:
    """Count acceptances by the size of the offer.

    Args:
        offers: As :func:`interlab_evals.answered_offers_of` gives them.
        bins: Edges, as parts of the pie, rising; a bin holds its upper edge, the first also its lower one.

    Returns:
        One row per bin that has an offer: ``above``, ``to``, ``k`` (accepted), ``n`` and ``rate``.
    """
    _check(offers)
    edges = np.asarray(bins, dtype=np.float64)
    sizes: Floats = offers["offer"].to_numpy(dtype=np.float64)
    accepted: Floats = offers["accepted"].to_numpy(dtype=np.float64)
    place = np.clip(np.searchsorted(edges, sizes, side="left"), 1, len(edges) - 1)
    n = np.bincount(place, minlength=len(edges))
    k = np.bincount(place, accepted, minlength=len(edges)).astype(np.int64)
    upper = np.flatnonzero(n)
    return pd.DataFrame(
        {"above": edges[upper - 1], "to": edges[upper], "k": k[upper], "n": n[upper], "rate": k[upper] / n[upper]}
    )


def minimum_acceptable_offer(offers: pd.DataFrame, *, level: float = 0.95) -> AcceptableOffer:
    """Estimate the offer at which a responder accepts as often as not.

    -b_0/b_1 of the logistic regression P(accept) = 1/(1 + exp(-b_0 - b_1 offer)); the interval is by the delta
    method with a covariance clustered by episode.

    Args:
        offers: As :func:`interlab_evals.answered_offers_of` gives them, of one responder.
        level: Nominal coverage.

    Source:
        Camerer (2003), Behavioral Game Theory, ch. 2.
    """
    _check(offers)
    x = offers["offer"].to_numpy(dtype=np.float64)
    accepted = offers["accepted"].to_numpy(dtype=np.bool_)
    clusters: Integers = np.asarray(offers.groupby(["run", "episode"], sort=False).ngroup(), dtype=np.int64)
    n_clusters = int(clusters.max()) + 1 if len(x) else 0

    def found(value: float, low: float, high: float, slope: float) -> AcceptableOffer:
        method = (
            "none" if math.isnan(low) else "one cut" if math.isinf(slope) else "delta method, clustered by episode"
        )
        basis = Basis(method=method, n_episodes=n_clusters, n_clusters=n_clusters, n_undefined=0)
        return AcceptableOffer(value=value, low=low, high=high, level=level, slope=slope, n=len(x), basis=basis)

    if accepted.all() or not accepted.any():
        return found(math.nan, math.nan, math.nan, math.nan)
    rejected_most, accepted_least = float(x[~accepted].max()), float(x[accepted].min())
    if rejected_most < accepted_least:
        return found((rejected_most + accepted_least) / 2, rejected_most, accepted_least, math.inf)
    coefficients, covariance = _logistic(x, accepted.astype(np.float64), clusters)
    intercept, slope = float(coefficients[0]), float(coefficients[1])
    if not slope > 0:
        return found(math.nan, math.nan, math.nan, slope)
    value = -intercept / slope
    gradient = np.array([-1 / slope, intercept / slope**2])
    reach = float(ndtri((1 + level) / 2)) * math.sqrt(float(gradient @ covariance @ gradient))
    return found(value, value - reach, value + reach, slope)


def _logistic(x: Floats, y: Floats, clusters: Integers) -> tuple[Floats, Floats]:
    """Fit by Newton's method; give the coefficients and their covariance, clustered."""
    design = np.column_stack([np.ones_like(x), x])
    coefficients = np.zeros(2)
    information = np.eye(2)
    for _ in range(_STEPS):
        p = expit(design @ coefficients)
        information = (design * (p * (1 - p))[:, None]).T @ design
        step = np.linalg.lstsq(information, design.T @ (y - p), rcond=None)[0]
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-10:
            break
    scores = design * (y - expit(design @ coefficients))[:, None]
    sums = np.column_stack([np.bincount(clusters, scores[:, column]) for column in range(2)])
    count = len(sums)
    bread = np.linalg.pinv(information)
    meat = sums.T @ sums * (count / (count - 1) if count > 1 else math.nan)
    return coefficients, bread @ meat @ bread


def _check(offers: pd.DataFrame) -> None:
    missing = {"run", "episode", "offer", "accepted"} - set(offers.columns)
    if missing:
        raise ParameterError(f"the offers have no column `{min(missing)}`; take them from `answered_offers_of`")
