"""Difference between two arms, with its interval, p and sizes of effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Direction, Kind
    from interlab_evals.statistics.arms import Design
    from interlab_evals.statistics.effects import OddsRatio
    from interlab_evals.statistics.estimates import Estimand

ContrastMethod = Literal[
    "paired t",
    "Welch t",
    "Agresti-Caffo",
    "Bonett-Price",
    "MOVER",
    "difference of restricted means",
    "identical",
    "none",
]
"""Method of a difference, whose readings are its interval and its p; ``none`` where clusters support neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side of a contrast.

    Attributes:
        label: The value of the column compared by.
        value: The pooled ratio, mean or restricted mean of the rows compared.
        n_episodes: Episodes looked at.
        n_clusters: Clusters with a defined figure among the rows compared.
        n_undefined: Figures that were undefined.
        n_invalid: Moves whose first answer was invalid; ``None`` where the source does not tell.
        n_left_out: Defined figures without a partner, left out of a paired contrast.
    """

    label: str
    value: float
    n_episodes: int
    n_clusters: int
    n_undefined: int
    n_invalid: int | None
    n_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """Verdict of two one-sided tests on a difference: shown to be smaller than one of interest, or not.

    Attributes:
        margin: The smallest difference of interest, above 0.
        low: Lower end of the interval at level 1 - 2 alpha (90 % for alpha = 0.05).
        high: Upper end.
        p: The least alpha at which that interval lies within the margin: the greater of the two one-sided
            p-values; NaN without an interval.
        p_adjusted: The same, corrected for the number of equivalences asked for.
        equivalent: Whether the corrected p is at most alpha. If not, nothing is shown.
    """

    margin: float
    low: float
    high: float
    p: float
    p_adjusted: float = float("nan")
    equivalent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutInvalid:
    """The same difference without episodes in which a first answer was invalid.

    Leaving them out selects on the outcome: a second look at how far the result hangs on them, no better one.

    Attributes:
        n_dropped: Figures left out.
        difference: a less b, without them.
        low: Lower end of its interval; NaN where there is none.
        high: Upper end.
        p: Two-sided p of no difference, not corrected.
    """

    n_dropped: int
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The difference between two arms.

    Attributes:
        metric: The metric's name.
        scenario: The scenario that it is within, with the parameters that set it apart from others of the same
            name; empty over scenarios.
        kind: What sort of quantity it is.
        unit: What it is counted in.
        direction: Which way is better.
        a: The first arm.
        b: The second.
        difference: a less b, in the metric's unit (for a rate the risk difference). A value of an arm is over the
            rows that both arms have in common, so that one player can have several.
        low: Lower end of its interval; NaN where there is none.
        high: Upper end.
        level: Nominal coverage, e.g. 0.95.
        method: The one method of the interval and of p.
        p: Two-sided p of no difference by the same method, not corrected: at most 1 - ``level`` exactly where the
            interval excludes 0; NaN where there is no method.
        p_adjusted: The same, corrected for the family.
        hedges_g: Difference in standard deviations of clusters; NaN where they do not vary and for times.
        cliffs_delta: Share of pairs of clusters with ``a`` above ``b`` less the share with ``b`` above.
        odds_ratio: Of a rate; ``None`` for other kinds, and where clusters hold several rows of an arm.
        equivalence: Whether the difference is negligible; ``None`` if no margin was given.
        without_invalid: The difference without episodes with invalid first answers; ``None`` without any.
        design: Whether rows were matched.
        paired_on: What matched rows share.
        n_pairs: How many pairs there are.
        n_clusters: Clusters that inform the difference.
        estimand: What the difference is about.
        notes: What a reader has to know besides, in sentences.
    """

    metric: str
    scenario: str = ""
    kind: Kind
    unit: str
    direction: Direction
    a: Arm
    b: Arm
    difference: float
    low: float
    high: float
    level: float
    method: ContrastMethod
    p: float
    p_adjusted: float = float("nan")
    hedges_g: float = float("nan")
    cliffs_delta: float = float("nan")
    odds_ratio: OddsRatio | None = None
    equivalence: Equivalence | None = None
    without_invalid: WithoutInvalid | None = None
    design: Design
    paired_on: tuple[str, ...] = ()
    n_pairs: int = 0
    n_clusters: int
    estimand: Estimand = "fixed"
    notes: tuple[str, ...] = ()
