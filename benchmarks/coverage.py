"""How often nominal 95 % intervals hold the truth, by simulation: ``python -m benchmarks.coverage [FILTER]``.

Every line is one setting of METRICS: what varies, how many clusters, which interval the rule took (the most
frequent, with its share), how often it held the truth, and how wide it was. Held to 93-98 % are the lines
without a remark; the others are told because they show where a rule ends. The figures are also written to
``benchmarks/results/coverage.json``.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from benchmarks import contrasts
from interlab_evals.statistics.arms import Arms, Match
from interlab_evals.statistics.clustering import Sample
from interlab_evals.statistics.differences import difference_of
from interlab_evals.statistics.dyads import Dyads
from interlab_evals.statistics.estimators import estimate_durations, estimate_dyads, estimate_sample
from interlab_evals.statistics.restricted_mean import Waits
from interlab_evals.statistics.sequences import confidence_sequence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.differences import Difference
    from interlab_evals.statistics.intervals import Choice

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

LEAST, MOST = 0.93, 0.98
_RUNS: Final = 2000
_FEWER: Final = 500
"""Runs of what takes longer: bootstraps and confidence sequences."""

_UNIT: Final = (0.0, 1.0)


class Held(NamedTuple):
    """An interval, and how it was made."""

    low: float
    high: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is simulated.

    Attributes:
        name: What varies.
        n: Clusters, or players.
        truth: What the interval should hold.
        interval: One simulated data set's interval.
        runs: How many data sets.
        remark: Why the coverage is not held to 93-98 %; empty if it is.
    """

    name: str
    n: int
    truth: float
    interval: Callable[[np.random.Generator], Held]
    runs: int = _RUNS
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What came of a setting."""

    name: str
    n: int
    method: str
    share: float
    coverage: float
    width: float
    remark: str

    @property
    def verdict(self) -> str:
        """Whether the coverage is as promised, in words."""
        if self.remark:
            return self.remark
        return "holds" if LEAST <= round(self.coverage, 2) <= MOST else "MISSED"


def main(chosen: str = "") -> None:
    """Simulate the settings whose names contain a text, and print a table; ``contrasts`` for these alone."""
    began = time.perf_counter()
    found: list[Coverage] = []
    print(f"{'setting':<44} {'n':>3}  {'cover':>5} {'width':>6}  method")
    for setting in settings():
        if chosen in setting.name:
            found.append(measure(setting))
            print(_line(found[-1]), flush=True)
    held = [each for each in found if not each.remark]
    missed = sum(each.verdict == "MISSED" for each in held)
    print(f"{len(held) - missed} of {len(held)} within 93-98 %, {time.perf_counter() - began:.0f} s")
    if not chosen:
        results = Path(__file__).parent / "results"
        results.mkdir(exist_ok=True)
        (results / "coverage.json").write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    if chosen in ("", "contrasts"):
        contrasts.run()


def measure(setting: Setting) -> Coverage:
    """Simulate one setting; the seed is its name's, so that no setting depends on another."""
    random = np.random.default_rng([setting.n, *setting.name.encode()])
    intervals = [setting.interval(random) for _ in range(setting.runs)]
    methods = Counter(each.method for each in intervals)
    method, count = methods.most_common(1)[0]
    # Data that support no interval do not hold the truth.
    holds = [each.low - 1e-9 <= setting.truth <= each.high + 1e-9 for each in intervals]
    return Coverage(
        name=setting.name,
        n=setting.n,
        method=method,
        share=count / setting.runs,
        coverage=sum(holds) / setting.runs,
        width=float(np.nanmean([each.high - each.low for each in intervals])),
        remark=setting.remark,
    )


def settings() -> Iterator[Setting]:
    """List what is simulated."""
    yield from _rates()
    yield from _means()
    yield from _ratios()
    yield from _differences()
    yield from _times()
    yield from _round_robins()
    yield from _sequences()


def _rates() -> Iterator[Setting]:
    for p in (0.5, 0.9, 0.98):
        for n in (10, 20, 50):
            remark = "" if n != 20 and p < 0.98 else "beside the settings"
            yield Setting(name=f"rate {p}", n=n, truth=p, interval=_sampled(_yes(p), n, "rate"), remark=remark)

    for name, sizes in (("a few large", (10, 5, 5, 3, 2, 2, 1, 1, 1, 1)), ("two sizes", (4,) * 5 + (1,) * 15)):
        yield Setting(
            name=f"rate 0.5, unequal clusters, {name}", n=len(sizes), truth=0.5, interval=_unequal(0.5, sizes)
        )


def _means() -> Iterator[Setting]:
    for name, draw, truth in (
        ("mean, 80 % at 1, rest U(0,1)", _at_one(0.8), 0.9),
        ("mean, 60 % at 1, rest U(0,1)", _at_one(0.6), 0.8),
        ("mean, U-shaped beta(.3,.3)", _beta(0.3, 0.3), 0.5),
        ("mean, U(0,1)", _beta(1, 1), 0.5),
        ("mean, beta(9,1)", _beta(9, 1), 0.9),
    ):
        for n in (10, 50):
            yield Setting(name=name, n=n, truth=truth, interval=_sampled(draw, n, "bounded mean"))
    yield Setting(
        name="mean, 95 % at 1, rest U(0,1)",
        n=50,
        truth=0.975,
        interval=_sampled(_at_one(0.95), 50, "bounded mean"),
        remark="few values tell anything",
    )
    for n in (10, 50):
        bca = _sampled(_at_one(0.8), n, "bounded mean", method="bca")
        yield Setting(
            name="mean, 80 % at 1, by BCa", n=n, truth=0.9, interval=bca, runs=_FEWER, remark="the rule's rival"
        )
        t = _sampled(_at_one(0.8), n, "bounded mean", method="t")
        yield Setting(name="mean, 80 % at 1, by t", n=n, truth=0.9, interval=t, remark="the rule's rival")
        normal = _sampled(lambda random, size: random.normal(0, 1, size), n, "unbounded mean", bounds=_ALL)
        yield Setting(name="unbounded mean, normal", n=n, truth=0.0, interval=normal)
        skewed = _sampled(lambda random, size: random.lognormal(0, 1, size), n, "unbounded mean", bounds=_ALL)
        yield Setting(
            name="unbounded mean, log-normal", n=n, truth=math.exp(0.5), interval=skewed, remark="skewed: noted"
        )
    wild = _sampled(_clustered(0.5), 7, "bounded mean", method="wild")
    yield Setting(name="mean, 7 clusters, wild bootstrap", n=7, truth=0.5, interval=wild)


def _ratios() -> Iterator[Setting]:
    for p in (0.5, 0.9):
        for n in (10, 50):
            yield Setting(
                name=f"ratio, 1-20 rounds, p varies about {p}", n=n, truth=p, interval=_rounds(p, n, "ratio")
            )
        yield Setting(name=f"share of rounds, {p}", n=50, truth=p, interval=_rounds(p, 50, "share"), runs=_FEWER)


def _differences() -> Iterator[Setting]:
    for p, q in ((0.5, 0.5), (0.9, 0.7)):
        for n in (10, 50):
            yield Setting(
                name=f"difference of rates {p} {q}", n=n, truth=p - q, interval=_apart(_yes(p), _yes(q), n, "rate")
            )
    for n in (10, 50):
        drawn = _apart(_at_one(0.8), _beta(1, 1), n, "bounded mean")
        yield Setting(name="difference, 80 % at 1 and U(0,1)", n=n, truth=0.4, interval=drawn)
        yield Setting(name="paired difference, U(0,1) by item", n=n, truth=0.1, interval=_paired(n))


def _times() -> Iterator[Setting]:
    truth = 10 * (1 - math.exp(-1))
    for n in (10, 50):
        yield Setting(name="restricted mean time, exponential", n=n, truth=truth, interval=_waiting(n))
        yield Setting(name="mean time, geometric .3, all came", n=n, truth=1 / 0.3, interval=_came(0.3, n))
    for p, q in ((0.1, 0.2), (0.02, 0.2), (0.005, 0.3)):
        for n in (10, 50):
            yield Setting(
                name=f"difference of times, geometric {p} {q}",
                n=n,
                truth=_mean(p) - _mean(q),
                interval=_raced(p, q, n),
            )
    for n in (10, 50):
        yield Setting(
            name="difference of times in pairs, alike", n=n, truth=0.0, interval=_raced(0.2, 0.2, n, alike=True)
        )


def _round_robins() -> Iterator[Setting]:
    for models in (4, 6, 10, 20):
        for effects in (0.15, 0.0):
            name = f"a population of players, effects of s.d. {effects:g}"
            yield Setting(name=name, n=models, truth=0.5, interval=_league(models, effects))


def _sequences() -> Iterator[Setting]:
    yield Setting(
        name="confidence sequence 0.5, after 200",
        n=200,
        truth=0.5,
        interval=_followed(0.5, 200),
        runs=_FEWER,
        remark="all looks at once",
    )


_ALL: Final = (-math.inf, math.inf)
_Draw = Callable[[np.random.Generator, int], Floats]


def _yes(p: float) -> _Draw:
    return lambda random, size: (random.random(size) < p).astype(np.float64)


def _beta(a: float, b: float) -> _Draw:
    return lambda random, size: random.beta(a, b, size)


def _at_one(p: float) -> _Draw:
    return lambda random, size: np.where(random.random(size) < p, 1.0, random.random(size))


def _clustered(mean: float) -> _Draw:
    """Values of clusters, which differ more than the values within them."""
    return lambda random, size: np.clip(mean + random.normal(0, 0.12, size), 0, 1)


def _sampled(
    draw: _Draw,
    n: int,
    kind: Kind,
    *,
    bounds: tuple[float, float] = _UNIT,
    method: Choice = "auto",
) -> Callable[[np.random.Generator], Held]:
    def interval(random: np.random.Generator) -> Held:
        found = estimate_sample(_sample(draw(random, n)), kind, bounds=bounds, method=method)
        return Held(found.low, found.high, found.method)

    return interval


def _rounds(p: float, n: int, kind: Kind) -> Callable[[np.random.Generator], Held]:
    """Rounds of episodes: 1 to 20 of them, each episode with a rate of its own."""

    def interval(random: np.random.Generator) -> Held:
        sizes = random.integers(1, 21, n)
        counts = random.binomial(sizes, random.beta(4 * p, 4 * (1 - p), n))
        found = estimate_sample(_sample(counts.astype(np.float64), sizes.astype(np.float64)), kind, bounds=_UNIT)
        return Held(found.low, found.high, found.method)

    return interval


def _read(found: Difference) -> Held:
    return Held(*found.ends(0.95), found.method)


def _apart(first: _Draw, second: _Draw, n: int, kind: Kind) -> Callable[[np.random.Generator], Held]:
    nowhere = np.array([], dtype=np.intp)

    def interval(random: np.random.Generator) -> Held:
        samples = [_sample(each(random, n)) for each in (first, second)]
        arms = Arms(first=samples[0], second=samples[1], shared=(nowhere, nowhere), design="independent")
        return _read(difference_of(arms, kind, _UNIT))

    return interval


def _paired(n: int) -> Callable[[np.random.Generator], Held]:
    places = np.arange(n)

    def interval(random: np.random.Generator) -> Held:
        items = random.uniform(0.2, 0.7, n)
        samples = [_sample(items + shift + random.uniform(-0.1, 0.1, n)) for shift in (0.1, 0.0)]
        arms = Arms(first=samples[0], second=samples[1], shared=(places, places), design="paired")
        return _read(difference_of(arms, "bounded mean", _UNIT))

    return interval


def _waiting(n: int) -> Callable[[np.random.Generator], Held]:
    """Exponential times of mean 10, censored at 10 where they last so long."""

    def interval(random: np.random.Generator) -> Held:
        times = random.exponential(10, n)
        found = estimate_durations(np.minimum(times, 10.0), (times < 10).astype(np.float64), np.arange(n))
        return Held(found.low, found.high, found.method)

    return interval


_HORIZON: Final = 10


def _mean(p: float) -> float:
    """The mean of a geometric time, cut at the horizon."""
    return sum((1 - p) ** each for each in range(_HORIZON))


def _geometric(p: float, share: Floats) -> Floats:
    return np.maximum(np.ceil(np.log1p(-share) / math.log1p(-p)), 1.0)


def _came(p: float, n: int) -> Callable[[np.random.Generator], Held]:
    """Geometric times, of which none is censored."""

    def interval(random: np.random.Generator) -> Held:
        times = _geometric(p, random.random(n))
        found = estimate_durations(times, np.ones(n), np.arange(n), bounds=(1.0, math.inf))
        return Held(found.low, found.high, found.method)

    return interval


def _raced(p: float, q: float, n: int, *, alike: bool = False) -> Callable[[np.random.Generator], Held]:
    """Two arms of geometric times, censored at the horizon; alike: half of their pairs by the same chance."""

    def interval(random: np.random.Generator) -> Held:
        shares = random.random(n), random.random(n)
        other = np.where(random.random(n) < 0.5, shares[0], shares[1]) if alike else shares[1]
        times = _geometric(p, shares[0]), _geometric(q, other)
        frames = [
            pd.DataFrame({"value": np.minimum(each, _HORIZON), "k": (each <= _HORIZON).astype(float)})
            for each in times
        ]
        codes = np.arange(n), np.arange(n) if alike else np.arange(n, 2 * n)
        match = Match(frames=(frames[0], frames[1]), codes=codes, design="paired" if alike else "independent")
        return _read(Waits.of(match, (1.0, math.inf)).difference())

    return interval


def _unequal(p: float, sizes: tuple[int, ...]) -> Callable[[np.random.Generator], Held]:
    """Clusters of several rows that say the same."""
    n = np.array(sizes, dtype=np.float64)

    def interval(random: np.random.Generator) -> Held:
        found = estimate_sample(_sample(_yes(p)(random, len(n)) * n, n), "rate", bounds=_UNIT)
        return Held(found.low, found.high, found.method)

    return interval


def _league(models: int, effects: float) -> Callable[[np.random.Generator], Held]:
    """A round robin of four episodes a pair, both players measured, with effects of actor, partner and pair."""
    one, other = np.triu_indices(models, 1)
    one, other = np.repeat(one, 4), np.repeat(other, 4)
    focal, partner = np.concatenate([one, other]), np.concatenate([other, one])

    def interval(random: np.random.Generator) -> Held:
        actor, met = random.normal(0, effects, models), random.normal(0, effects / 2, models)
        pair = random.normal(0, effects / 3, (models, models))
        values = 0.5 + actor[focal] + met[partner] + pair[focal, partner] + random.normal(0, 0.1, len(focal))
        found = estimate_dyads(Dyads(values, np.ones(len(values)), focal, partner))
        return Held(found.low, found.high, found.method)

    return interval


def _followed(p: float, n: int) -> Callable[[np.random.Generator], Held]:
    def interval(random: np.random.Generator) -> Held:
        followed = confidence_sequence(_yes(p)(random, n).tolist())
        return Held(float(followed.low[-1]), float(followed.high[-1]), "betting")

    return interval


def _sample(k: Floats, n: Floats | None = None) -> Sample:
    sizes: NDArray[np.float64] = np.ones(len(k)) if n is None else n
    return Sample(k, sizes, len(k), 0)


def _line(found: Coverage) -> str:
    method = f"{found.method} {found.share:.0%}"
    return (
        f"{found.name:<44} {found.n:>3}  {found.coverage:>5.3f} {found.width:>6.2f}  {method:<34} {found.verdict}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
