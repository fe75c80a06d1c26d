"""Coverage, error rate and power of contrasts, by simulation: part of ``python -m benchmarks.coverage``.

Every setting is drawn 2,000 times (250 for times): a kind of metric, a truth (no difference, a difference, one arm
constant), pairs or independent arms, and 6 to 50 clusters an arm. The chance of pairs is correlated by .5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv, ndtr, ndtri

from benchmarks.earlier_tests import exchanges, labels, log_rank, mcnemar
from interlab_evals.statistics.arms import Arms, Design, Match
from interlab_evals.statistics.clustering import Sample
from interlab_evals.statistics.differences import Difference, difference_of
from interlab_evals.statistics.restricted_mean import Waits

if TYPE_CHECKING:
    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.intervals import Bounds

Truth = Literal["null", "effect", "constant"]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Counts = tuple[Floats, Floats]
"""Shape (clusters,) each: k and n; of times the time, and 1 where the event came."""
Draw = Callable[[Floats, np.random.Generator], Counts]
"""From a quantile for each cluster to its counts."""

CLUSTERS: Final = (6, 10, 20, 50)
DESIGNS: Final[tuple[Design, ...]] = ("paired", "independent")
_RUNS: Final = 2000
_FEWER: Final = 500
"""Draws of which the earlier test is made as well."""
_OF_TIMES: Final = 250
"""Draws of times, which take longer."""
_UNIT: Final = (0.0, 1.0)
_HORIZON: Final = 10
_PAGE: Final = Path(__file__).parents[1] / "docs" / "statistics.md"
_MARKS: Final = ("<!-- contrasts: written by benchmarks.coverage -->", "<!-- contrasts end -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Two arms to draw.

    Attributes:
        kind: The kind of metric.
        truth: Null, effect, or one arm constant.
        first: The first arm.
        second: The second.
        difference: The true difference.
        bounds: The range of the metric.
        discrete: Few values are possible, so that coverage has no upper limit.
        alike: The second arm without a difference, where the earlier test may reject too often.
    """

    kind: Kind
    truth: Truth
    first: Draw
    second: Draw
    difference: float
    bounds: Bounds = _UNIT
    discrete: bool = False
    alike: Draw | None = None


class Found(NamedTuple):
    """Results of a case with one design and number of clusters.

    Attributes:
        coverage: Part of intervals that hold the truth.
        rejected: Part of tests with p of .05 or less.
        disagreed: Part in which interval and test disagree.
        gain: Power above that of the earlier test, on the same draws; NaN under the null.
        earlier: Part of the earlier tests that reject where a constant arm has no difference; NaN if not drawn.
    """

    case: Case
    design: Design
    clusters: int
    coverage: float
    rejected: float
    disagreed: float
    gain: float
    earlier: float = math.nan

    @property
    def misses(self) -> list[str]:
        """The limits that are not kept."""
        limits = {
            "coverage": self.coverage < 0.93 or (self.coverage > 0.98 and not self.case.discrete),
            "type I": self.case.truth == "null" and self.rejected > 0.065,
            "agreement": self.disagreed > 0.01,
            "power": self.gain < -0.02 and not self.earlier > 0.065,
        }
        return [name for name, is_missed in limits.items() if is_missed]


def run() -> list[Found]:
    """Draw every case, print it, and write the table of the documentation."""
    found: list[Found] = []
    for case in cases():
        for design in DESIGNS:
            for clusters in CLUSTERS:
                found.append(measure(case, design, clusters))
                print(_line(found[-1]), flush=True)
    _write(found)
    return found


def cases() -> Iterator[Case]:
    """List the cases."""
    yield from _trio("rate", _yes, (0.6, 0.8, 0.3), discrete=True)
    yield from _trio("ratio", _rounds, (0.6, 0.8, 0.5))
    yield from _trio("bounded mean", _uniform, (0.55, 0.7, 0.4))
    unbounded: Bounds = (-math.inf, math.inf)
    normal: tuple[tuple[Truth, Draw, Draw, float], ...] = (
        ("null", _normal(2, 1), _normal(2, 1), 0.0),
        ("effect", _normal(2, 1), _normal(1, 1), 1.0),
        ("constant", _constant(2), _normal(1.8, 0.2), 0.2),
    )
    for truth, first, second, difference in normal:
        yield Case(
            kind="unbounded mean",
            truth=truth,
            first=first,
            second=second,
            difference=difference,
            bounds=unbounded,
            alike=_normal(2, 0.2) if truth == "constant" else None,
        )
    geometric: tuple[tuple[Truth, float, float], ...] = (
        ("null", 0.2, 0.2),
        ("effect", 0.1, 0.3),
        ("constant", 1.0, 0.3),
    )
    for truth, p, q in geometric:
        yield Case(
            kind="time-to-event",
            truth=truth,
            first=_geometric(p),
            second=_geometric(q),
            difference=_mean_time(p) - _mean_time(q),
            bounds=(1.0, math.inf),
            discrete=True,
        )


def _trio(
    kind: Kind, arm: Callable[[float], Draw], means: tuple[float, float, float], *, discrete: bool = False
) -> Iterator[Case]:
    """Yield no difference at the first mean, a difference of the other two, and 1.0 against 0.8."""
    same, more, less = means
    trio: tuple[tuple[Truth, Draw, Draw, float], ...] = (
        ("null", arm(same), arm(same), 0.0),
        ("effect", arm(more), arm(less), more - less),
        ("constant", _constant(1.0), _moves(0.8) if kind == "bounded mean" else arm(0.8), 0.2),
    )
    for truth, first, second, difference in trio:
        yield Case(kind=kind, truth=truth, first=first, second=second, difference=difference, discrete=discrete)


def measure(case: Case, design: Design, clusters: int) -> Found:
    """Draw a case 2,000 times."""
    random = np.random.default_rng([clusters, *f"{case.kind} {case.truth} {design}".encode()])
    rival = _rival(case.kind, design, clusters)
    held = rejected = disagreed = ours = theirs = 0
    runs = _OF_TIMES if case.kind == "time-to-event" else _RUNS
    tried = min(_FEWER, runs)
    for place in range(runs):
        first, second = _drawn(case, design, clusters, random)
        found, p = _compared(case, design, first, second, rival if case.difference and place < tried else None)
        low, high = found.ends(0.95)
        held += low - 1e-9 <= case.difference <= high + 1e-9
        rejects = found.p <= 0.05
        rejected += rejects
        disagreed += rejects != (low > 0 or high < 0)
        ours, theirs = ours + (rejects and place < tried), theirs + (p <= 0.05)
    gain = (ours - theirs) / tried if case.difference else math.nan
    earlier = math.nan if case.alike is None else _error(replace(case, second=case.alike), design, clusters, rival)
    return Found(case, design, clusters, held / runs, rejected / runs, disagreed / runs, gain, earlier)


def _error(case: Case, design: Design, clusters: int, rival: Callable[[Arms], float]) -> float:
    """Return how often the earlier test rejects where the arms do not differ."""
    random = np.random.default_rng(clusters)
    drawn = [_compared(case, design, *_drawn(case, design, clusters, random), rival) for _ in range(_RUNS)]
    return sum(p <= 0.05 for _, p in drawn) / _RUNS


def _drawn(case: Case, design: Design, clusters: int, random: np.random.Generator) -> tuple[Counts, Counts]:
    one, other = random.random(clusters), random.random(clusters)
    if design == "paired":
        other = ndtr(0.5 * ndtri(one) + math.sqrt(0.75) * ndtri(other))
    return case.first(one, random), case.second(other, random)


def _compared(
    case: Case, design: Design, first: Counts, second: Counts, rival: Callable[[Arms], float] | None
) -> tuple[Difference, float]:
    """Return the method for two arms, and the p of the rival, NaN without one."""
    if case.kind == "time-to-event":
        frames = [pd.DataFrame({"value": each[0], "k": each[1]}) for each in (first, second)]
        places = np.arange(len(first[0]))
        codes = places, places if design == "paired" else places + len(places)
        waits = Waits.of(Match(frames=(frames[0], frames[1]), codes=codes, design=design), case.bounds)
        if rival is None:
            return waits.difference(), math.nan
        p = log_rank(waits.first, waits.second) if design == "independent" else rival(waits.arms)
        return waits.difference(), p
    places = np.arange(len(first[0]) if design == "paired" else 0)
    samples = [Sample(*each, len(each[0]), 0) for each in (first, second)]
    arms = Arms(first=samples[0], second=samples[1], shared=(places, places), design=design)
    return difference_of(arms, case.kind, case.bounds), math.nan if rival is None else rival(arms)


def _rival(kind: Kind, design: Design, clusters: int) -> Callable[[Arms], float]:
    if design == "independent":
        return labels(clusters)
    return mcnemar if kind == "rate" else exchanges(clusters)


def _constant(value: float) -> Draw:
    return lambda share, _random: (np.full(len(share), value), np.ones(len(share)))


def _yes(p: float) -> Draw:
    return lambda share, _random: ((share < p).astype(np.float64), np.ones(len(share)))


def _moves(p: float) -> Draw:
    """Draw the part of 20 moves."""
    return lambda share, random: (random.binomial(20, p, len(share)) / 20, np.ones(len(share)))


def _rounds(p: float) -> Draw:
    """Draw 5 to 20 rounds of each episode, with a rate per episode that varies about p."""

    def counts(share: Floats, random: np.random.Generator) -> Counts:
        sizes = random.integers(5, 21, len(share))
        rates = betaincinv(8 * p, 8 * (1 - p), share)
        return random.binomial(sizes, rates).astype(np.float64), sizes.astype(np.float64)

    return counts


def _uniform(mean: float) -> Draw:
    return lambda share, _random: (mean + 0.6 * (share - 0.5), np.ones(len(share)))


def _normal(mean: float, deviation: float) -> Draw:
    return lambda share, _random: (mean + deviation * ndtri(share), np.ones(len(share)))


def _geometric(p: float) -> Draw:
    """Draw geometric times, censored at the horizon."""

    def counts(share: Floats, _random: np.random.Generator) -> Counts:
        rounds = np.ones(len(share)) if p == 1 else np.maximum(np.ceil(np.log1p(-share) / math.log1p(-p)), 1.0)
        return np.minimum(rounds, _HORIZON), (rounds <= _HORIZON).astype(np.float64)

    return counts


def _mean_time(p: float) -> float:
    return sum((1 - p) ** each for each in range(_HORIZON))


def _line(found: Found) -> str:
    case = found.case
    return (
        f"{case.kind:<15} {case.truth:<9} {found.design:<12} {found.clusters:>3}  {found.coverage:.3f} "
        f"{found.rejected:.3f} {found.gain:+.3f}  {', '.join(found.misses)}"
    )


def _write(found: list[Found]) -> None:
    """Write the table into the documentation, between its marks."""
    text = _PAGE.read_text(encoding="utf-8")
    before, rest = text.split(_MARKS[0])
    _, after = rest.split(_MARKS[1])
    _PAGE.write_text(f"{before}{_MARKS[0]}\n{_table(found)}{_MARKS[1]}{after}", encoding="utf-8")


def _table(found: list[Found]) -> str:
    lines = [
        "| kind | truth | design | coverage | rejected at .05 | against the earlier test |",
        "|---|---|---|---|---|---|",
    ]
    for start in range(0, len(found), len(CLUSTERS)):
        row = found[start : start + len(CLUSTERS)]
        gains = "" if math.isnan(row[0].gain) else " ".join(map(_gain, row))
        lines.append(
            f"| {row[0].case.kind} | {row[0].case.truth} | {row[0].design} "
            f"| {' '.join(_share(each.coverage) for each in row)} "
            f"| {' '.join(_share(each.rejected) for each in row)} | {gains} |"
        )
    kept = sum(not each.misses for each in found)
    return "\n".join([*lines, "", f"{kept} of {len(found)} settings keep every limit.", ""])


def _gain(found: Found) -> str:
    """Return the gain in power, with the error rate of the earlier test where that is too high."""
    excess = f" (it errs {_share(found.earlier)})" if found.earlier > 0.065 else ""
    return f"{found.gain:+.2f}{excess}"


def _share(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


if __name__ == "__main__":
    run()
