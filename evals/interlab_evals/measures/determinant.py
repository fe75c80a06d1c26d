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
    from typing import TypeAlias

    from numpy.typing import NDArray

    from interlab.schema.episode import Episode

    Floats: TypeAlias = NDArray[np.float64]

_ZERO = 1e-9
"""Smallest coefficient to divide by; smaller ones are rounding errors."""


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
    return ZeroDeterminantFit(*zero_determinant_fits(np.array([p]), Dilemma(*payoffs))[0].tolist())


def zero_determinant_fits(p: Floats, payoffs: Dilemma) -> Floats:
    """Fit many strategies at once: shape (strategies, 4) to (strategies, 5), see :class:`ZeroDeterminantFit`."""
    extortion, extortion_inverse, general, general_inverse = _bases(payoffs)
    target = p - np.array([1.0, 1.0, 0.0, 0.0])
    alpha, beta = found = extortion_inverse @ target.T
    general_alpha, general_beta, gamma = general_found = general_inverse @ target.T
    sse, general_sse = (
        ((target.T - basis @ each) ** 2).sum(axis=0)
        for basis, each in ((extortion, found), (general, general_found))
    )
    chi, general_chi = _ratio(-beta, alpha), _ratio(-general_beta, general_alpha)
    return np.column_stack([chi, sse, general_chi, _ratio(-gamma, general_alpha + general_beta), general_sse])


@metric(
    kind="bounded mean",
    range=(0.0, 4.0),
    level="actor",
    direction="lower",
    undefined="a state of `memory_one` was never left, or the game is not a symmetric one of two actions",
    source="Press & Dyson (2012); Knight et al. (2024), PLoS ONE",
)
def zero_determinant(episode: Episode) -> dict[str, dict[str, float]]:
    """Distance of a role's play from the zero-determinant strategies.

    Squared error of the least-squares fit of p̃ = (p_CC - 1, p_CD - 1, p_DC, p_DD): sse on [S_X - P, S_Y - P], the
    extortionate ones; general_sse on [S_X, S_Y, 1], all of them. The slope chi and the payoff kappa of a fit are
    ratios without a mean: `interlab_evals.zero_determinant` estimates them from all of a player's episodes, of
    which one seldom visits every state.
    """
    table = PayoffTable.of(episode.game)
    dilemma = table.dilemma(episode.game.get("cooperate")) if table else None
    found: dict[str, dict[str, float]] = {}
    for role, after in responses(episode).items():
        p = [after[state].value for state in ("cc", "cd", "dc", "dd")] if dilemma else [math.nan] * 4
        fit = zero_determinant_fit(p, dilemma or (3, 0, 5, 1))
        found[role] = {"sse": fit.sse, "general_sse": fit.general_sse}
    return found


@lru_cache
def _bases(payoffs: Dilemma) -> tuple[Floats, Floats, Floats, Floats]:
    """The columns of both fits, each with its pseudo-inverse."""
    r, s, t, p = payoffs
    general = np.array([[r, r, 1], [s, t, 1], [t, s, 1], [p, p, 1]], dtype=np.float64)
    extortion = general[:, :2] - p
    inverses = [np.asarray(np.linalg.pinv(each), dtype=np.float64) for each in (extortion, general)]
    return extortion, inverses[0], general, inverses[1]


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full_like(below, math.nan), where=np.abs(below) > _ZERO)
