"""What a result rests on, told in the same words by every analysis."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a result rests on.

    Attributes:
        method: How intervals or errors were made; ``none`` where there are none.
        n_episodes: Episodes looked at.
        n_clusters: What counts as independent: clusters of episodes, players, pairs or opponents, by the method.
        n_undefined: Figures that were undefined, or found no partner.
        n_invalid: Moves whose first answer was invalid; ``None`` where the source does not tell.
        seed: Of anything drawn; ``None`` where nothing was.
    """

    method: str
    n_episodes: int
    n_clusters: int
    n_undefined: int
    n_invalid: int | None = None
    seed: int | None = None
