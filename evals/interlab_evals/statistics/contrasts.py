"""What a comparison says of two arms, and of a family of such contrasts."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from rich.console import RenderableType

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
        odds_ratio: Of a rate; ``None`` for other kinds, and where episodes are no plain pairs or trials.
        equivalence: Whether the difference is negligible; ``None`` if nobody asked.
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
    estimand: Estimand = "these models"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A family of contrasts.

    Attributes:
        by: The column compared by.
        contrasts: Every pair of its values, metric by metric.
        correction: How p-values were corrected.
        family: What for, in words.
        notes: Which metrics were left out, and why, in sentences.
    """

    by: str
    contrasts: tuple[Contrast, ...]
    correction: str
    family: str
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Contrast]:
        return iter(self.contrasts)

    def __len__(self) -> int:
        return len(self.contrasts)

    @property
    def only(self) -> Contrast:
        """The contrast, where there is one.

        Raises:
            ValueError: There are several, or none.
        """
        (contrast,) = self.contrasts
        return contrast

    def frame(self) -> pd.DataFrame:
        """Give one row per contrast; what belongs to an arm is in columns ``a_...`` and ``b_...``."""
        import pandas as pd

        return pd.DataFrame(
            [{**_flat(each), "correction": self.correction, "family": self.family} for each in self]
        )

    def document(self) -> dict[str, Any]:
        """Give the same as plain values that JSON can hold; what is undefined is ``None``."""
        return orjson.loads(orjson.dumps(self))

    def __rich__(self) -> RenderableType:
        """Draw a table, one row per contrast, differences first."""
        from interlab_evals.statistics.drawing import comparison_table

        return comparison_table(self)


def _flat(contrast: Contrast) -> dict[str, object]:
    whole = asdict(contrast)
    flat: dict[str, object] = {name: whole.pop(name) for name in ("metric", "kind", "unit", "direction")}
    for prefix in ("a", "b", "equivalence", "without_invalid"):
        fields: dict[str, object] = whole.pop(prefix) or {}
        flat |= {prefix if name == "label" else f"{prefix}_{name}": value for name, value in fields.items()}
    flat |= whole
    odds = (None, None, None) if contrast.odds_ratio is None else astuple(contrast.odds_ratio)
    flat["odds_ratio"], flat["odds_ratio_low"], flat["odds_ratio_high"] = odds
    flat["paired_on"], flat["notes"] = ", ".join(contrast.paired_on), " ".join(contrast.notes)
    return flat
