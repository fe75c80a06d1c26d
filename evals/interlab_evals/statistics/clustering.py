"""A ratio of sums and its standard error, clustered: the one calculation behind every estimate.

A mean is the ratio whose every n is 1, so means and rates need nothing of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from numpy.typing import NDArray

    from interlab.schema.episode import Measurement

    Floats: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.intp]


Clusters = Literal["seed", "episode"]
"""What is one draw: all line-ups' episodes of a scenario under one seed, or each by itself."""

SHARED_CHANCE: Final = (
    "Line-ups and treatments under one seed met the same chance moves: their episodes are one cluster (take each "
    "episode as one instead where chance has no part)."
)


BY_SYMMETRY: Final = "(by symmetry): in self-play one role gains what the other loses."


def one_play_note(seeds: int, level: float) -> str:
    """Return a sentence on line-ups that play the same episode under every seed.

    Args:
        seeds: Number of seeds, at least 1.
        level: Confidence, in (0, 1).

    Source:
        Clopper and Pearson (1934), for none of the seeds: 1 - (1 - level)^(1 / seeds).
    """
    share = 1 - (1 - level) ** (1 / seeds)
    return (
        f"(identical): each line-up plays the same episode under all {seeds} seeds; with {level:.0%} confidence "
        f"at most {share:.0%} of other seeds differ."
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures summed by cluster, clusters in no particular order.

    Attributes:
        k: Shape (clusters,): the sum of k in each cluster that informs the estimate.
        n: Shape (clusters,): the sum of n in each, above 0.
        n_seen: How many clusters there were, those included in which everything was undefined.
        n_undefined: How many figures were undefined.
    """

    k: Floats
    n: Floats
    n_seen: int
    n_undefined: int

    @classmethod
    def of(cls, figures: Iterable[tuple[Measurement, Hashable]]) -> Sample:
        """Sum figures by cluster.

        Args:
            figures: Each figure with its cluster. One without counts weighs 1.
        """
        sums: dict[Hashable, tuple[float, float]] = {}
        n_undefined = 0
        for figure, cluster in figures:
            k, n = sums.get(cluster, (0.0, 0.0))
            if math.isnan(figure.value):
                n_undefined += 1
            elif figure.k is None or figure.n is None:
                k, n = k + figure.value, n + 1
            else:
                k, n = k + figure.k, n + figure.n
            sums[cluster] = (k, n)
        informative = [each for each in sums.values() if each[1] > 0]
        table = np.array(informative, dtype=np.float64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1], len(sums), n_undefined)

    @classmethod
    def summed(cls, k: Floats, n: Floats, clusters: Codes) -> Sample:
        """Sum rows of counts by cluster, to the last bit the same in whatever order they come.

        Args:
            k: Shape (rows,); NaN where undefined.
            n: Shape (rows,).
            clusters: Shape (rows,): the cluster of each row, numbered from 0 without gaps.
        """
        order = np.lexsort((n, k))
        defined = order[~np.isnan(k[order])]
        count = int(clusters.max()) + 1 if len(clusters) else 0
        sums = [np.bincount(clusters[defined], each[defined], count).astype(np.float64) for each in (k, n)]
        informative = sums[1] > 0
        return cls(sums[0][informative], sums[1][informative], count, len(k) - len(defined))

    @property
    def n_clusters(self) -> int:
        """How many clusters inform the estimate."""
        return len(self.n)

    @property
    def effective_size(self) -> float:
        """How many equal clusters tell as much, where those within one are alike: (sum n)^2 / sum n^2.

        Source:
            Kish (1965).
        """
        if not self.n_clusters:
            return 0.0
        sizes = self.n / self.n.max()
        return math.fsum(sizes) ** 2 / math.fsum(sizes**2)

    @property
    def total_k(self) -> float:
        """The sum of k, exactly rounded, so that the order of episodes cannot matter."""
        return math.fsum(self.k)

    @property
    def total_n(self) -> float:
        """The sum of n, exactly rounded."""
        return math.fsum(self.n)

    @property
    def value(self) -> float:
        """The pooled ratio R = sum k / sum n; NaN for an empty sample."""
        return self.total_k / self.total_n if self.n_clusters else math.nan

    @property
    def cluster_values(self) -> Floats:
        """Shape (clusters,): each cluster's own ratio or mean."""
        return self.k / self.n

    def ordered(self) -> Sample:
        """The same in an order of its own: neither rounding nor seeded resampling sees the given one."""
        order = np.lexsort((self.n, self.k))
        return Sample(self.k[order], self.n[order], self.n_seen, self.n_undefined)


def standard_error(sample: Sample) -> float:
    """Estimate the standard error of a pooled ratio, clustered.

    SE = sqrt(G/(G-1) * sum_g (k_g - R n_g)^2) / sum_g n_g over the G clusters. For a mean (every n is 1) this
    is Miller's clustered standard error, times sqrt(G/(G-1)).

    Returns:
        The standard error; 0 where all clusters agree (up to rounding); NaN for fewer than two clusters.
    """
    count = sample.n_clusters
    if count < 2:
        return math.nan
    residuals = sample.k - sample.value * sample.n
    if np.abs(residuals).max() <= 1e-12 * np.abs(sample.k).max():
        return 0.0
    return math.sqrt(count / (count - 1) * math.fsum(residuals**2)) / sample.total_n


def covariance(first: Sample, second: Sample) -> float:
    """Estimate the covariance of two pooled ratios that rest on the same clusters.

    G/(G-1) * sum_g (k_g - R n_g)(k'_g - R' n'_g) / (sum n * sum n').

    Args:
        first: Shape (G,).
        second: The same clusters in the same order.

    Returns:
        The covariance; NaN for fewer than two clusters.
    """
    count = first.n_clusters
    if count < 2:
        return math.nan
    products = (first.k - first.value * first.n) * (second.k - second.value * second.n)
    return count / (count - 1) * math.fsum(products) / (first.total_n * second.total_n)
