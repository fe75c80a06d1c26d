"""A family of contrasts that are corrected together, and the page that shows it."""

from __future__ import annotations

import math
from dataclasses import asdict, astuple, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson

from interlab_evals.presentation.numbers import interval, number, percentage, probability
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Column, Estimated, Note, Page, Row, Table
from interlab_evals.presentation.wording import listed, short_names
from interlab_evals.statistics.estimates import about, notes_by_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from interlab_evals.statistics.contrasts import Contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Presented):
    """A family of contrasts.

    Attributes:
        by: The column compared by.
        contrasts: Every pair of its values, metric by metric.
        correction: The correction of p-values.
        family: The tests that are corrected together, in words.
        notes: Metrics that were left out, and why, in sentences.
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

    def __repr__(self) -> str:
        return f"Comparison({self.family})"

    @property
    def only(self) -> Contrast:
        """The contrast, where there is one.

        Raises:
            ValueError: There are several, or none.
        """
        (contrast,) = self.contrasts
        return contrast

    def frame(self) -> pd.DataFrame:
        """Return one row per contrast; what belongs to an arm is in columns ``a_...`` and ``b_...``."""
        import pandas as pd

        return pd.DataFrame(
            [{**_flat(each), "correction": self.correction, "family": self.family} for each in self]
        )

    def document(self) -> dict[str, Any]:
        """Return the same as plain values that JSON can hold; what is undefined is ``None``."""
        return orjson.loads(orjson.dumps(self))

    def page(self) -> Page:
        """Return one table per scenario and metric, a row per contrast, with the test after the difference."""
        tables = tuple(_table(list(found), self.by) for _, found in groupby(self, key=_subject))
        return Page(tables=tables, lines=(*_lines(self), *self.notes))


def _subject(contrast: Contrast) -> tuple[str, str]:
    return contrast.scenario, contrast.metric


def _table(contrasts: Sequence[Contrast], by: str) -> Table:
    scenario, metric = _subject(contrasts[0])
    names, prefix = short_names([arm.label for each in contrasts for arm in (each.a, each.b)])
    name = metric.replace("_", " ")
    first = contrasts[0]
    rows = [
        Row(
            (
                f"{names[each.a.label]} − {names[each.b.label]}",
                each.a.value,
                each.b.value,
                Estimated(
                    value=each.difference,
                    low=each.low,
                    high=each.high,
                    n=min(each.a.n_clusters, each.b.n_clusters),
                    identical=each.method == "identical",
                ),
                each.p_adjusted,
                each.hedges_g,
                each.n_clusters,
            )
        )
        for each in contrasts
    ]
    decimals = 2 if all(abs(value) < 10 for each in contrasts for value in (each.a.value, each.b.value)) else None
    columns = (
        Column(key="contrast", label=f"a − b {f'({prefix}…)' if prefix else ''}".rstrip()),
        Column(key="a", kind="number", decimals=decimals),
        Column(key="b", kind="number", decimals=decimals),
        Column(key="difference", kind="estimate", unit=first.unit, decimals=decimals),
        Column(key="p", kind="probability"),
        Column(key="g", kind="number", decimals=2),
        Column(key="n", kind="count"),
    )
    return Table(
        name=f"{scenario} {metric}".strip(),
        title=f"{scenario}: {name} by {by}" if scenario else f"{name} by {by}",
        columns=columns,
        rows=tuple(rows),
        notes=tuple(_notes(contrasts)),
    )


def _notes(contrasts: Sequence[Contrast]) -> Iterator[Note]:
    """Yield the notes of one metric's contrasts."""
    values: dict[str, set[float]] = {}
    for each in contrasts:
        for arm in (each.a, each.b):
            if not math.isnan(arm.value):
                values.setdefault(arm.label, set()).add(round(arm.value, 9))
    if any(len(each) > 1 for each in values.values()):
        yield Note(
            "Over what both sides of a row have in common, such as their opponents: one player can have several.",
            ("a", "b"),
        )
    yield from notes_by_row(map(_odds, contrasts))
    yield from notes_by_row(map(_equivalence, contrasts))
    yield from notes_by_row(map(_without_invalid, contrasts))
    yield from notes_by_row(each.notes for each in contrasts)


def _lines(comparison: Comparison) -> Iterator[str]:
    contrasts = comparison.contrasts
    yield (
        f"{percentage(contrasts[0].level)} intervals of differences about "
        f"{listed(about(each.estimand) for each in contrasts)}: {listed(each.method for each in contrasts)}. "
        f"p is from the same method, corrected: {comparison.correction}, in the family of {comparison.family}."
    )
    arms = [arm for each in contrasts for arm in (each.a, each.b)]
    undefined = max(arm.n_undefined for arm in arms)
    yield (
        f"Episodes in an arm {listed(str(arm.n_episodes) for arm in arms)}; n is the number of clusters; "
        f"undefined {undefined} in an arm at most; invalid moves {_most(arm.n_invalid for arm in arms)}."
    )
    for columns in dict.fromkeys(each.paired_on for each in contrasts if each.design == "paired"):
        yield f"Pairs share {', '.join(columns)}."


def _odds(contrast: Contrast) -> Iterator[str]:
    odds = contrast.odds_ratio
    if odds is not None and not math.isnan(odds.value):
        yield f"Odds ratio {number(odds.value)}, {interval(odds.low, odds.high, 2)}."


def _equivalence(contrast: Contrast) -> Iterator[str]:
    judged = contrast.equivalence
    if judged is not None:
        verdict = "equivalent" if judged.equivalent else "not shown to be equivalent"
        yield (
            f"{contrast.a.label} and {contrast.b.label} are {verdict} within {judged.margin:g}: "
            f"{interval(judged.low, judged.high, 2)}, p {probability(judged.p_adjusted)} by two one-sided tests."
        )


def _without_invalid(contrast: Contrast) -> Iterator[str]:
    look = contrast.without_invalid
    if look is not None:
        yield (
            f"{contrast.a.label} and {contrast.b.label} without {look.n_dropped} figures with an invalid answer: "
            f"{number(look.difference)}, {interval(look.low, look.high, 2) or 'no interval'}, p "
            f"{probability(look.p)} uncorrected. Leaving them out selects on the outcome."
        )


def _most(counts: Iterable[int | None]) -> str:
    known = [each for each in counts if each is not None]
    return f"{max(known)} in an arm at most" if known else "not recorded"


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
