"""Cross-play tables: the value of each player against each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.statistics.clustering import Floats
    from interlab_evals.statistics.rows import Rows


def of_pairs(rows: Rows) -> Rows:
    """Keep the defined rows of episodes of two players."""
    defined = rows.frame["value"].notna() & (rows.frame["n"] > 0)
    alone = ~rows.frame["opponents"].astype("string").fillna(", ").str.contains(", ", regex=False)
    return rows.where((defined & alone).to_numpy(dtype=bool))


@dataclass(frozen=True, slots=True)
class CrossPlay:
    """Sums by cluster for each pair of players.

    Attributes:
        players: The players, in the order of rows and columns.
        k: Shape (clusters, players * players): sums of numerators, actors before partners.
        n: Shape (clusters, players * players): sums of denominators.
    """

    players: tuple[str, ...]
    k: NDArray[np.float64]
    n: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Rows, players: tuple[str, ...]) -> CrossPlay:
        """Sum the rows of one metric, all defined and each about one player against one other or itself."""
        codes, size = rows.codes(rows.independent_by()), len(players)
        number = {name: place for place, name in enumerate(players)}
        own, other = (rows.frame[name].map(number).to_numpy(np.intp) for name in ("player", "opponents"))
        count = int(codes.max()) + 1
        places = (codes * size + own) * size + other
        k, n = (np.bincount(places, each, count * size * size).astype(np.float64) for each in (rows.k, rows.n))
        return cls(players, k.reshape(count, size * size), n.reshape(count, size * size))

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.k)

    def matrix(self, weights: Floats | None = None) -> NDArray[np.float64]:
        """Return the pooled value of each cell, actors down, partners across; NaN where there is none.

        Args:
            weights: Shape (clusters,): number of times that each cluster counts; by default once.
        """
        counted = np.ones(self.n_clusters) if weights is None else weights
        k, n = counted @ self.k, counted @ self.n
        size = math.isqrt(len(k))
        return np.divide(k, n, out=np.full(len(k), math.nan), where=n > 0).reshape(size, size)
