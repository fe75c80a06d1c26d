"""Zero-determinant strategies: how near what a role played comes to one, and to which.

A memory-one strategy p is zero-determinant if p̃ = (p_CC - 1, p_CD - 1, p_DC, p_DD) is a combination
α S_X + β S_Y + γ 1 of the payoffs of the four states: then it forces α s_X + β s_Y + γ = 0 on the long-run mean
payoffs, whatever the other does.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interlab.errors import ParameterError
from interlab_evals.measures.declaration import metric
from interlab_evals.measures.strategy import responses
from interlab_evals.measures.tables import Dilemma, PayoffTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.tracing.episodes import Episode
    from interlab_evals.statistics.clustering import Floats

_ZERO = 1e-9
"""What a coefficient must exceed to divide by it: below lies rounding."""


class ZeroDeterminantFit(NamedTuple):
    """The zero-determinant strategy next to a memory-one strategy.

    Attributes:
        chi: Slope that the extortionate fit enforces, -β/α: of (s_X - P) on (s_Y - P); NaN where α is 0.
        sse: Squared distance of p̃ from the extortionate strategies; ``chi`` means nothing unless it is near 0.
        general_chi: The slope of the general fit; NaN where α is 0, as for strategies that set the other's
            payoff.
        kappa: Payoff at which the enforced line crosses the diagonal, -γ/(α+β): P for extortion, R for
            generosity; NaN where α + β is 0, as for tit for tat.
        general_sse: Squared distance of p̃ from all zero-determinant strategies.
    """

    chi: float
    sse: float
    general_chi: float
    kappa: float
    general_sse: float


def zero_determinant_fit(p: Sequence[float], payoffs: Sequence[float] = (3, 0, 5, 1)) -> ZeroDeterminantFit:
    """Fit zero-determinant strategies to a memory-one strategy by least squares.

    Args:
        p: Probabilities of cooperating after CC, CD, DC, DD; the state is (own, other).
        payoffs: R, S, T, P.

    Returns:
        The fit, all NaN where a probability is NaN.

    Raises:
        ParameterError: There are not four of each.

    Source:
        Press & Dyson (2012); Knight, Harper, Glynatsi & Gillard (2024), PLoS ONE.
    """
    for name, each, words in (("p", p, "CC, CD, DC, DD"), ("payoffs", payoffs, "R, S, T, P")):
        if len(each) != 4:
            raise ParameterError(f"`{name}` has {len(each)} values; it takes four, for {words}")
    if any(map(math.isnan, p)):
        return ZeroDeterminantFit(*[math.nan] * 5)
    cc, cd, dc, dd = p
    extortion, extortion_inverse, general, general_inverse = _bases(Dilemma(*payoffs))
    target = np.array([cc - 1, cd - 1, dc, dd])
    alpha, beta = extortion_inverse @ target
    general_alpha, general_beta, gamma = general_inverse @ target
    residual = target - extortion @ np.array([alpha, beta])
    general_residual = target - general @ np.array([general_alpha, general_beta, gamma])
    return ZeroDeterminantFit(
        chi=_ratio(-beta, alpha),
        sse=float(residual @ residual),
        general_chi=_ratio(-general_beta, general_alpha),
        kappa=_ratio(-gamma, general_alpha + general_beta),
        general_sse=float(general_residual @ general_residual),
    )


@metric(
    kind="unbounded mean",
    range=(-math.inf, math.inf),
    level="actor",
    undefined="a state of `memory_one` was never left, the game is no symmetric one of two actions, or a fit has "
    "no slope (chi) or crosses no diagonal (kappa)",
    source="Press & Dyson (2012); Knight et al. (2024), PLoS ONE",
)
def zero_determinant(episode: Episode) -> dict[str, dict[str, float]]:
    """The zero-determinant strategy nearest to what a role played, and how near it is.

    Least squares of p̃ = (p_CC - 1, p_CD - 1, p_DC, p_DD) on [S_X - P, S_Y - P] gives chi = -β/α and sse; on
    [S_X, S_Y, 1] it gives general_chi = -β/α, kappa = -γ/(α+β) and general_sse. Extortion: sse near 0 and
    chi > 1. A chi means nothing where its sse is not near 0. One episode seldom visits every state often:
    `interlab_evals.zero_determinant_fit` takes the probabilities of many.
    """
    table = PayoffTable.of(episode.game)
    dilemma = table.dilemma(episode.game.get("cooperate")) if table else None
    found: dict[str, dict[str, float]] = {}
    for role, after in responses(episode).items():
        p = [after[state].value for state in ("cc", "cd", "dc", "dd")] if dilemma else [math.nan] * 4
        found[role] = zero_determinant_fit(p, dilemma or (3, 0, 5, 1))._asdict()
    return found


@lru_cache
def _bases(payoffs: Dilemma) -> tuple[Floats, Floats, Floats, Floats]:
    """The columns of both fits, each with its pseudo-inverse."""
    r, s, t, p = payoffs
    general = np.array([[r, r, 1], [s, t, 1], [t, s, 1], [p, p, 1]], dtype=np.float64)
    extortion = general[:, :2] - p
    inverses = [np.asarray(np.linalg.pinv(each), dtype=np.float64) for each in (extortion, general)]
    return extortion, inverses[0], general, inverses[1]


def _ratio(above: float, below: float) -> float:
    return float(above / below) if abs(below) > _ZERO else math.nan
