"""Agreement of judges, with each other and with labels by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interlab.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

Scale = Literal["nominal", "interval"]
"""Scale of answers: words, or numbers whose distances mean something."""


def krippendorff_alpha(judgements: pd.DataFrame, scale: Scale = "nominal") -> float:
    """Agreement of several raters: 1 for perfect, 0 for what chance would give, below for less.

    Args:
        judgements: Columns ``unit``, ``rater`` and ``answer``; one row per answer, none where a rater gave none.
        scale: How answers differ.

    Returns:
        Krippendorff's alpha; NaN where no unit has two answers, or all answers are the same.

    Source:
        Krippendorff, K. (2019). Content Analysis, 4th ed., chapter 12; computed by the library ``krippendorff``.
    """
    import krippendorff  # its import compiles nothing, but few need it

    given = judgements.dropna(subset=["answer"])
    values = sorted(given["answer"].unique().tolist())
    if len(values) < 2 or given["unit"].duplicated().sum() == 0:
        return math.nan
    codes = {value: code if scale == "nominal" else float(value) for code, value in enumerate(values)}
    table = given.assign(code=given["answer"].map(codes)).pivot(index="rater", columns="unit", values="code")
    data = table.to_numpy(dtype=np.float64)
    try:
        return float(krippendorff.alpha(reliability_data=data, level_of_measurement=scale))
    except ValueError:  # what several raters judged had one and the same answer
        return math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAgreement:
    """Agreement of a rater with labels by hand.

    Attributes:
        rater: The rater.
        n: Units that both have answered.
        share: Share of them with the same answer; NaN without any.
        kappa: Cohen's kappa, agreement beyond chance; NaN without any, or where both always said the same.
        standard_error: Of kappa, for large n; NaN where kappa is NaN.
    """

    rater: str
    n: int
    share: float
    kappa: float
    standard_error: float


def labelled_agreement(judgements: pd.DataFrame, labels: pd.DataFrame) -> list[LabelledAgreement]:
    """Compare each rater with labels by hand.

    Args:
        judgements: Columns ``unit``, ``rater`` and ``answer``.
        labels: Columns ``unit`` and ``answer``, one row per unit.

    Raises:
        ParameterError: A unit is labelled twice, or no unit that was judged is labelled.

    Source:
        Cohen (1960); the standard error of Fleiss, Cohen & Everitt (1969), as in statsmodels.
    """
    if labels["unit"].duplicated().any():
        twice = labels["unit"][labels["unit"].duplicated()].iloc[0]
        raise ParameterError(f"`{twice}` is labelled twice")
    found = [
        _against(str(rater), rows.merge(labels, on="unit", suffixes=("", "_by_hand")))
        for rater, rows in judgements.groupby("rater", sort=False)
    ]
    if not any(each.n for each in found):
        raise ParameterError("no label fits what was judged: check the columns `episode` and `role`")
    return found


def _against(rater: str, both: pd.DataFrame) -> LabelledAgreement:
    inter_rater: Any = import_module("statsmodels.stats.inter_rater")  # it has no type hints

    pairs = both[["answer", "answer_by_hand"]].dropna().astype(str)
    values = sorted({*pairs["answer"], *pairs["answer_by_hand"]})
    share = float((pairs["answer"] == pairs["answer_by_hand"]).mean()) if len(pairs) else math.nan
    if len(values) < 2:
        return LabelledAgreement(rater=rater, n=len(pairs), share=share, kappa=math.nan, standard_error=math.nan)
    place = {value: index for index, value in enumerate(values)}
    table = np.zeros((len(values), len(values)))
    for judged, by_hand in pairs.itertuples(index=False, name=None):
        table[place[judged], place[by_hand]] += 1
    result: Any = inter_rater.cohens_kappa(table)
    return LabelledAgreement(
        rater=rater, n=len(pairs), share=share, kappa=float(result.kappa), standard_error=float(result.std_kappa)
    )
