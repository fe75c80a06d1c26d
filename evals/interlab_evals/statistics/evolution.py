"""Evolution over a cross-play table: alpha-rank and the replicator dynamics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.statistics.clustering import Floats

_TIME: Final = 2_000.0
"""Time that replicators evolve, in units of 1 / range of payoffs."""


def alpha_rank(payoffs: NDArray[np.float64], *, population: int = 50, selection: float = 10.0) -> Floats:
    """Return the share of time that a finite population spends with each strategy.

    Mutations are rare, so the population plays one strategy at a time. A mutant of strategy r in a population of s
    takes over with the fixation probability of a Moran process with Fermi imitation, where a strategy earns the
    mean of its payoffs against all other members.

    Args:
        payoffs: Shape (strategies, strategies): payoff of the strategy of a row against that of a column. Where
            the diagonal is NaN, a strategy earns its payoff against the other one alone.
        population: Number of members, at least 2.
        selection: Strength of selection, alpha, per unit of payoff, at least 0.

    Returns:
        Shape (strategies,), with sum 1.

    Source:
        Omidshafiei et al. (2019), alpha-rank; Traulsen, Nowak and Pacheco (2006) for the fixation probability.
    """
    size = len(payoffs)
    if size == 1:
        return np.ones(1)
    moves = _fixation(payoffs, population, selection) / (size - 1)
    np.fill_diagonal(moves, 0.0)
    np.fill_diagonal(moves, 1 - moves.sum(axis=1))
    return _stationary(moves)


def _fixation(payoffs: NDArray[np.float64], population: int, selection: float) -> NDArray[np.float64]:
    """Return the chance that one mutant takes over: 1 / (1 + sum_l prod_(i <= l) exp(-alpha (f_i - g_i))).

    Returns:
        Shape (strategies, strategies): residents down, mutants across.
    """
    mutants = np.arange(1, population)
    whole, payoffs = not np.isnan(payoffs).any(), np.nan_to_num(payoffs)
    own, other = payoffs.T[:, :, None], payoffs[:, :, None]  # of the mutant, of the resident, against each other
    if whole:
        alone = np.diag(payoffs)
        among = alone[None, :, None], alone[:, None, None]
        own = ((mutants - 1) * among[0] + (population - mutants) * own) / (population - 1)
        other = (mutants * other + (population - mutants - 1) * among[1]) / (population - 1)
    logs = np.cumsum(np.broadcast_to(selection * (other - own), (*payoffs.shape, population - 1)), axis=2)
    chance: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, np.logaddexp.reduce(logs, axis=2)))
    return chance


def _stationary(moves: NDArray[np.float64]) -> Floats:
    """Return the stationary distribution of a Markov chain by state reduction, which subtracts nothing.

    Chances of moves span hundreds of orders of magnitude, so that an eigenvector would lose the small ones.

    Source:
        Grassmann, Taksar and Heyman (1985).
    """
    chain = moves.copy()
    size = len(chain)
    for last in range(size - 1, 0, -1):
        out = chain[last, :last].sum()
        chain[:last, last] = chain[:last, last] / out if out > 0 else 0.0
        chain[:last, :last] += np.outer(chain[:last, last], chain[last, :last])
    share = np.zeros(size)
    share[0] = 1.0
    for place in range(1, size):
        share[place] = share[:place] @ chain[:place, place]
    return share / share.sum()


def replicator(payoffs: NDArray[np.float64], start: Floats | None = None) -> Floats:
    """Return the shares of strategies in the long run of the replicator dynamics.

    A share grows at the rate at which its payoff exceeds the population's mean. Shares are means over the second
    half of a time of 2,000 divided by the range of payoffs: where they come to rest, the resting point; where they
    cycle, the mean of the cycle.

    Args:
        payoffs: Shape (strategies, strategies): payoff of the strategy of a row against that of a column.
        start: Shape (strategies,): shares at the beginning, above 0; by default equal ones.

    Returns:
        Shape (strategies,), with sum 1.

    Source:
        Taylor and Jonker (1978); Hofbauer and Sigmund (1998), theorem 7.6.4, for means over time.
    """
    from scipy.integrate import solve_ivp
    from scipy.special import softmax

    shares = np.full(len(payoffs), 1 / len(payoffs)) if start is None else start / start.sum()
    spread = float(np.ptp(payoffs))
    if not spread:
        return shares
    scaled = payoffs / spread

    def growth(_time: float, logs: Floats) -> Floats:
        return scaled @ softmax(logs)

    times = np.linspace(_TIME / 2, _TIME, 2001)
    solved: Any = solve_ivp(growth, (0, _TIME), np.log(shares), "LSODA", times, rtol=1e-8, atol=1e-8)
    return softmax(solved.y, axis=0).mean(axis=1)
