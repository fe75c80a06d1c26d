"""The likelihood of strategy frequency estimation and its maximum, by expectation-maximisation.

All arrays carry a leading axis of parallel fits (random starts, bootstrap samples), so that none is looped over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from interlab_evals.analyses.automata import Floats

_MOST_BETA = 1 - 1e-12
_MOST_STEPS = 5_000


@dataclass(frozen=True, slots=True)
class Agreements:
    """Counts of how often each subject followed each strategy.

    Attributes:
        agree: Shape (subjects, strategies): choices equal to what was prescribed.
        differ: Shape (subjects, strategies): choices that were not.
        chance: Shape (subjects, strategies): log-likelihood of choices that were left to chance.
    """

    agree: Floats
    differ: Floats
    chance: Floats

    def columns(self) -> list[bytes]:
        """All that the likelihood knows of each strategy, to compare; rounding of sums apart."""
        table = np.stack([self.agree, self.differ, self.chance.round(9)])
        return [table[:, :, place].tobytes() for place in range(table.shape[2])]


class Fit(NamedTuple):
    """Parallel fits.

    Attributes:
        shares: Shape (fits, strategies).
        beta: Shape (fits,): the probability of doing what was prescribed.
        log_likelihood: Shape (fits,).
    """

    shares: Floats
    beta: Floats
    log_likelihood: Floats

    @property
    def best(self) -> int:
        """The number of the fit with the greatest likelihood."""
        return int(np.argmax(self.log_likelihood))


def maximise(data: Agreements, shares: Floats, beta: Floats, weights: Floats, *, tolerance: float = 1e-9) -> Fit:
    """Run expectation-maximisation from several starts at once.

    Args:
        data: What was counted.
        shares: Shape (fits, strategies): where to start, all above 0.
        beta: Shape (fits,): where to start, in (1/2, 1).
        weights: Shape (fits, subjects): how often each subject is counted.
        tolerance: A fit has arrived when a step raises its log-likelihood by less.

    Returns:
        Where each of them arrived.
    """
    arrived = Fit(shares.copy(), beta.copy(), np.full(len(shares), -np.inf))
    on_the_way = np.arange(len(shares))
    before = arrived.log_likelihood
    for _ in range(_MOST_STEPS):
        posterior, of_subject = _posterior(data, shares, beta)
        likelihood = (weights * of_subject).sum(axis=1)
        moving = likelihood - before >= tolerance
        for whole, part in zip(arrived, (shares, beta, likelihood), strict=True):
            whole[on_the_way] = part
        if not moving.any():
            break
        on_the_way, before, weights = on_the_way[moving], likelihood[moving], weights[moving]
        posterior = posterior[moving] * weights[:, :, None]
        shares = posterior.sum(axis=1) / weights.sum(axis=1)[:, None]
        agree = np.einsum("fik,ik->f", posterior, data.agree)
        total = agree + np.einsum("fik,ik->f", posterior, data.differ)
        beta = np.clip(np.divide(agree, total, out=np.full_like(total, 0.5), where=total > 0), 0.5, _MOST_BETA)
    return arrived


def posteriors(data: Agreements, shares: Floats, beta: float) -> Floats:
    """The probability that each subject plays each strategy, shape (subjects, strategies)."""
    return _posterior(data, shares[None], np.array([beta]))[0][0]


def _posterior(data: Agreements, shares: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """The posteriors, shape (fits, subjects, strategies), and each subject's log-likelihood, (fits, subjects)."""
    with np.errstate(divide="ignore"):
        joint = np.log(shares)[:, None, :] + data.chance
    joint += np.log(beta)[:, None, None] * data.agree
    joint += np.log1p(-beta)[:, None, None] * data.differ
    top = joint.max(axis=2)
    joint -= top[:, :, None]
    np.exp(joint, out=joint)
    total = joint.sum(axis=2)
    joint /= total[:, :, None]
    return joint, top + np.log(total)
