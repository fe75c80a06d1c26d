"""The difference between two arms: its interval, its test, sizes of effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Direction, Kind
    from interlab_evals.statistics.arms import Design
    from interlab_evals.statistics.effects import OddsRatio
    from interlab_evals.statistics.estimates import Estimand

IntervalMethod = Literal["paired t", "Welch t", "MOVER", "difference of restricted means", "none"]
"""How the interval of a difference was made; ``none`` where the clusters support none."""

Test = Literal[
    "exact exchange within clusters",
    "exchange within clusters",
    "exact permutation of labels",
    "permutation of labels",
    "McNemar, exact",
    "log-rank",
    "none",
]
"""How the p-value was found."""


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
    """Whether a difference is shown to be smaller than one of interest, by two one-sided tests.

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
        difference: a less b, in the metric's unit (for a rate the risk difference).
        low: Lower end of its interval; NaN where there is none.
        high: Upper end.
        level: Nominal coverage, e.g. 0.95.
        method: How the interval was made.
        p: Two-sided p of no difference, not corrected; NaN where there was no test.
        test: How it was found.
        p_adjusted: The same, corrected for the family.
        hedges_g: Difference in standard deviations of clusters; NaN for times until an event.
        cliffs_delta: How much oftener a cluster of ``a`` is above one of ``b`` than below.
        odds_ratio: Of a rate; ``None`` for other kinds, and where episodes are not plain pairs or trials.
        equivalence: Whether the difference is negligible; ``None`` if not requested.
        without_invalid: The difference without episodes with invalid first answers; ``None`` if there are none.
        design: Whether rows were matched.
        paired_on: What matched rows share.
        n_pairs: How many pairs there are.
        n_clusters: Clusters that inform the difference.
        seed: Of anything drawn; ``None`` where nothing was.
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
    method: IntervalMethod
    p: float
    test: Test
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
    seed: int | None = None
    estimand: Estimand = "fixed"
    notes: tuple[str, ...] = ()
