"""Cost of an agreement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.statistics.basis import Basis
from interlab_evals.statistics.rows import told_invalid

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementCost:
    """USD per agreement.

    Attributes:
        value: USD of all episodes, those without an agreement too, per agreement; NaN without any.
        low: Lower end of the interval; NaN where some resample had no agreement.
        high: Upper end.
        level: Nominal coverage.
        usd: What all episodes cost; NaN where a price is unknown.
        agreements: How many there were.
        samples: Bootstrap samples of episodes behind the interval.
        basis: What it rests on.
    """

    value: float
    low: float
    high: float
    level: float
    usd: float
    agreements: int
    samples: int
    basis: Basis


def cost_per_agreement(
    frame: pd.DataFrame, *, level: float = 0.95, samples: int = 2_000, seed: int = 0
) -> AgreementCost:
    """Divide what episodes cost by the agreements they led to.

    Args:
        frame: Rows of `usd` and `agreement_rate` among those of :func:`interlab_evals.metrics`.
        level: Nominal coverage of the percentile interval, over resampled episodes.
        samples: Bootstrap samples.
        seed: Of the samples.

    Raises:
        ParameterError: The frame lacks one of the metrics.
    """
    whole = frame[frame["status"] == "completed"]
    sums = [
        whole[whole["metric"] == metric]
        .groupby(["run", "episode"])[column]
        .agg(lambda each: each.sum(skipna=False))
        for metric, column in (("usd", "value"), ("agreement_rate", "k"))
    ]
    for found, metric in zip(sums, ("usd", "agreement_rate"), strict=True):
        if found.empty:
            raise ParameterError(f"no completed row of `{metric}` in the frame; score the run with that metric")
    usd, agreements = (each.to_numpy(dtype=np.float64) for each in sums[0].align(sums[1], join="inner"))
    total = float(agreements.sum())
    drawn = np.random.default_rng(seed).integers(0, len(usd), (samples, len(usd)))
    resampled = agreements[drawn].sum(axis=1)
    low = high = math.nan
    if len(usd) > 1 and resampled.min() > 0:
        low, high = np.quantile(usd[drawn].sum(axis=1) / resampled, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return AgreementCost(
        value=float(usd.sum()) / total if total else math.nan,
        low=low,
        high=high,
        level=level,
        usd=float(usd.sum()),
        agreements=int(total),
        samples=samples,
        basis=Basis(
            method="none" if math.isnan(low) else "bootstrap of episodes",
            n_episodes=len(usd),
            n_clusters=len(usd),
            n_undefined=int(np.isnan(usd).sum()),
            n_invalid=told_invalid(whole),
            seed=seed,
        ),
    )
