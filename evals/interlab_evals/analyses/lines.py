"""Straight lines through episodes: realised payoff slopes, and how far an opening offer pulls the price."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from scipy import stats

from interlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A least-squares line.

    Attributes:
        slope: How much y rises with x; NaN where x does not vary or there are fewer than three points.
        low: Lower end of the slope's interval.
        high: Upper end.
        level: Nominal coverage.
        intercept: y at x = 0.
        n: Points.
    """

    slope: float
    low: float
    high: float
    level: float
    intercept: float
    n: int


def fit_line(x: ArrayLike, y: ArrayLike, *, level: float = 0.95) -> Line:
    """Fit y on x by least squares, with Student's interval for the slope on n - 2 degrees of freedom."""
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(xs) < 3 or np.ptp(xs) <= 1e-12 * max(1.0, float(np.abs(xs).max())):
        return Line(slope=math.nan, low=math.nan, high=math.nan, level=level, intercept=math.nan, n=len(xs))
    spread = xs - xs.mean()
    slope = float(spread @ ys / (spread @ spread))
    intercept = float(ys.mean() - slope * xs.mean())
    residuals = ys - intercept - slope * xs
    error = math.sqrt(float(residuals @ residuals) / (len(xs) - 2) / float(spread @ spread))
    reach = error * float(stats.t.ppf((1 + level) / 2, len(xs) - 2))
    return Line(slope=slope, low=slope - reach, high=slope + reach, level=level, intercept=intercept, n=len(xs))


def payoff_slope(frame: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Regress each player's payoff on that of its opponents: its realised extortion.

    The least-squares slope of s_X on s_Y, the mean payoffs per round of a player and of its opponent, one point
    per opponent (sum k / sum n over their episodes). An extortioner's slope is its χ, above 1,
    and its line crosses the diagonal at κ. Self-play is left out.

    Args:
        frame: Rows of `mean_payoff` among those of :func:`interlab_evals.metrics`, from games of two.
        level: Nominal coverage.

    Returns:
        One row per player: ``player``, ``slope``, ``low``, ``high``, ``kappa`` (where s_X = s_Y on the line; NaN
        at slope 1) and ``n_opponents``; a slope needs three opponents that did not all earn the same.

    Source:
        Press & Dyson (2012); Hilbe, Traulsen & Sigmund (2015) for lines over opponents.
    """
    paid = frame[(frame["metric"] == "mean_payoff") & (frame["status"] == "completed")]
    if paid.empty:
        raise ParameterError("no completed row of `mean_payoff` in the frame; score the run with that metric")
    pairs = paid.merge(paid, on=["run", "episode"], suffixes=("", "_other"))
    pairs = pairs[(pairs["role"] != pairs["role_other"]) & (pairs["player"] != pairs["player_other"])]
    pairs = pairs[pairs.groupby(["run", "episode", "role"])["role_other"].transform("size") == 1]
    sums = pairs.groupby(["player", "player_other"])[["k", "n", "k_other", "n_other"]].sum()
    points = pd.DataFrame({"own": sums["k"] / sums["n"], "other": sums["k_other"] / sums["n_other"]}).dropna()
    rows: list[tuple[object, ...]] = []
    for player, group in points.groupby(level="player"):
        line = fit_line(group["other"], group["own"], level=level)
        parallel = abs(1 - line.slope) < 1e-9
        kappa = math.nan if parallel else line.intercept / (1 - line.slope)
        rows.append((player, line.slope, line.low, line.high, kappa, line.n))
    return pd.DataFrame(rows, columns=["player", "slope", "low", "high", "kappa", "n_opponents"])


@dataclass(frozen=True, eq=False, kw_only=True)
class Anchoring:
    """Regress prices on opening offers.

    Attributes:
        line: The agreed price on the opening offer, both scaled by the zone of agreement: 0 the seller's
            reserve, 1 the buyer's. Over deals only, which the opening may have selected: read it beside
            ``agreements``. Causal only where openings were assigned at random.
        agreements: One row per quarter of the openings: ``anchor`` (their mean), ``agreed`` and ``n``.
    """

    line: Line
    agreements: pd.DataFrame


def anchoring(openings: pd.DataFrame, *, level: float = 0.95) -> Anchoring:
    """Regress agreed prices on opening offers.

    Args:
        openings: As :func:`interlab_evals.opening_offers_of` gives them; take one ``side`` at a time.
        level: Nominal coverage.

    Raises:
        ParameterError: There are no openings, or a column is missing.

    Source:
        Galinsky & Mussweiler (2001); the anchoring analysis of NegotiationArena.
    """
    missing = {"anchor", "price", "agreed"} - set(openings.columns)
    if missing:
        raise ParameterError(f"the openings have no column `{min(missing)}`; take them from `opening_offers_of`")
    if openings.empty:
        raise ParameterError("there are no openings: no party made an offer in the episodes they were taken from")
    deals = openings[openings["agreed"]]
    quarter = cast("pd.Series[int]", (openings["anchor"].rank(pct=True) * 4).apply(np.ceil))
    by_quarter = openings.groupby(quarter)
    agreements = pd.DataFrame(
        {
            "anchor": by_quarter["anchor"].mean(),
            "agreed": by_quarter["agreed"].sum().astype("int64"),
            "n": by_quarter.size(),
        }
    )
    return Anchoring(
        line=fit_line(deals["anchor"], deals["price"], level=level), agreements=agreements.reset_index(drop=True)
    )
