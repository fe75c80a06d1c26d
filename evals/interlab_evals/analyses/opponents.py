"""Accuracy of a negotiator's estimate of the other party's preferences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from interlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class OpponentModelError(NamedTuple):
    """Distance of estimated utilities from the true ones, over all outcomes.

    Attributes:
        kendall_tau: Agreement of the two rankings (tau-b), in [-1, 1]; NaN where one ranks everything alike.
        ndcg: Gain of ranking by the estimate, discounted by rank, as a part of the best, in [0, 1]; NaN where no
            outcome is worth more than the worst.
        rmse: Root of the mean squared difference, in units of utility.
    """

    kendall_tau: float
    ndcg: float
    rmse: float


def opponent_model_error(estimated: ArrayLike, true: ArrayLike) -> OpponentModelError:
    """Compare the utilities that a party believes the other has with those that it has.

    Args:
        estimated: Shape (outcomes,).
        true: Shape (outcomes,), the same outcomes in the same order.

    Raises:
        ParameterError: There are not as many of one as of the other, or none.

    Source:
        Baarslag et al. (2013) for rankings.
    """
    guess, truth = np.asarray(estimated, dtype=np.float64), np.asarray(true, dtype=np.float64)
    if guess.shape != truth.shape or guess.ndim != 1 or not len(guess):
        raise ParameterError("`estimated` and `true` must hold one number per outcome, in the same order")
    constant = np.ptp(guess) == 0 or np.ptp(truth) == 0
    tau = math.nan if constant else float(stats.kendalltau(guess, truth).statistic)
    gain = truth - truth.min()
    discount = 1 / np.log2(np.arange(2, len(truth) + 2))
    best = float(np.sort(gain)[::-1] @ discount)
    ranked = float(gain[np.argsort(-guess, kind="stable")] @ discount)
    return OpponentModelError(
        kendall_tau=tau,
        ndcg=ranked / best if best else math.nan,
        rmse=math.sqrt(float(((guess - truth) ** 2).mean())),
    )
