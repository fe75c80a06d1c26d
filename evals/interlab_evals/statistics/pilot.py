"""Planning from a pilot: what a run that was played says about the one to come."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from interlab.errors import ParameterError
from interlab_evals.statistics.arms import arms_of, comparable, matched, without_self_play
from interlab_evals.statistics.clustering import standard_error
from interlab_evals.statistics.differences import fewest_for_rates
from interlab_evals.statistics.planning import Design, Variances, episodes_for_half_width
from interlab_evals.statistics.power import Trial
from interlab_evals.statistics.rows import EPISODE, column, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.arms import Arms
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodePlan:
    """Number of episodes that a question takes.

    Attributes:
        question: What they are for, in words.
        unit: What ``n`` and ``n_pilot`` count: items (a scenario under one seed, in both arms), episodes that
            hold both arms, episodes per arm, or episodes.
        n: How many; ``None`` where only the design's effect was asked for.
        episodes_per_item: How many episodes an item takes, both arms and all line-ups together, as in the pilot.
        n_episodes: How many that makes in all.
        detectable: The smallest difference that the pilot's own number would find; infinite where the test
            cannot reach significance with so few, NaN for a half-width.
        variances: What varies, from the pilot; ``None`` for a half-width.
        n_pilot: How many of the unit the variances rest on.
        power: The chance of finding the difference.
        level: 1 - alpha.
        notes: What a reader has to know besides, in sentences.
    """

    question: str
    unit: Literal["items (scenario x seed)", "episodes with both arms", "episodes per arm", "episodes"]
    n: int | None
    episodes_per_item: float = 1.0
    n_episodes: int | None = None
    detectable: float = math.nan
    variances: Variances | None = None
    n_pilot: int
    power: float
    level: float
    notes: tuple[str, ...] = field(default=())


def plan_episodes(
    pilot: pd.DataFrame,
    metric: str,
    *,
    difference: float | None = None,
    half_width: float | None = None,
    by: str | None = None,
    a: str | None = None,
    b: str | None = None,
    paired_on: Sequence[str] | None = None,
    repeats: float = 1,
    power: float = 0.8,
    level: float = 0.95,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> EpisodePlan:
    """Plan the number of episodes from the variances of a pilot.

    A difference is planned for the test that :func:`interlab_evals.compare` makes: by the noncentral t
    distribution, and for a rate with no fewer items than can be significant when one arm is all yes and the
    other all no.

    Args:
        pilot: Rows as :func:`interlab_evals.metrics` gives them.
        metric: The metric.
        difference: The smallest difference that would matter; takes ``by``.
        half_width: Instead, the half-width wanted for the interval of a mean: of each value of ``by``, or of
            ``a`` alone. Without ``by`` of all figures together.
        by: The column whose values ``a`` and ``b`` are the arms.
        a: One arm; by default the first value of the column.
        b: The other arm; by default the second. A half-width takes none.
        paired_on: What two rows share that are a pair; see :func:`interlab_evals.compare`.
        repeats: Episodes per item and arm in the run to come. It matters where the pilot has several, for only
            then does it tell the variance within items from that between them.
        power: The chance of finding the difference, in (0, 1).
        level: 1 - alpha, in (0, 1).
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Raises:
        ParameterError: Not exactly one of a difference (with ``by``) and a half-width is asked for, the pilot has
            fewer than two clusters in an arm, or the metric is a time until an event.
    """
    if half_width is None and difference is None and by is None:
        raise ParameterError("ask for a half-width, or for a difference with `by`")
    if half_width is not None and (difference is not None or b is not None):
        raise ParameterError("a half-width is of one mean: leave the difference and `b` out, or the half-width")
    if difference == 0:
        raise ParameterError("`difference` is 0: name the smallest difference that would matter")
    if by is None and (difference is not None or a is not None or b is not None):
        raise ParameterError("arms are values of a column: name it with `by`")
    design = Design(repeats=(repeats, repeats), power=power, level=level)
    columns = [] if by is None else [column(by)]
    rows = rows_of(pilot, metric, by=columns, kind=kind, bounds=bounds)
    if rows.kind == "time-to-event":
        raise ParameterError(f"`{metric}` is a time until an event, which may not come: plan with a rate of it")
    rows, _ = without_self_play(rows)
    if half_width is not None:
        return _for_width(rows, half_width, columns, a, design)
    return _for_difference(rows, columns[0], (a, b), paired_on, difference, design)


def icc(
    frame: pd.DataFrame,
    metric: str,
    *,
    clusters: Sequence[str] = EPISODE,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> float:
    """Estimate the intraclass correlation: how alike two figures of one cluster are.

    (MSB - MSW) / (MSB + (m - 1) MSW) of a one-way analysis of variance, with m the mean cluster size
    corrected for its spread.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them.
        metric: The metric.
        clusters: The columns that make a cluster.
        kind: Instead of what the metric declares.
        bounds: Instead of the declared range.

    Returns:
        The correlation; NaN where no cluster has two figures, there are fewer than two clusters, or nothing
        varies.

    Source:
        ICC(1) of Shrout and Fleiss (1979), for unequal clusters.
    """
    rows = rows_of(frame, metric, kind=kind, bounds=bounds)
    defined = rows.where(rows.frame["value"].notna())
    codes, values = defined.codes(clusters), defined.value
    sizes = np.bincount(codes)
    groups, total = len(sizes), len(values)
    if groups < 2 or total == groups:
        return math.nan
    means = np.bincount(codes, values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (groups - 1)
    within = float(((values - means[codes]) ** 2).sum()) / (total - groups)
    size = (total - float((sizes**2).sum()) / total) / (groups - 1)
    spread = between + (size - 1) * within
    return (between - within) / spread if spread > 0 else math.nan


def _for_width(
    rows: Rows, half_width: float, columns: Sequence[str], only: str | None, design: Design
) -> EpisodePlan:
    """Plan for each group, and keep the plan that takes the most."""
    groups = {", ".join(values): group for values, _, group in rows.groups(columns)}
    if only is not None:
        groups = {name: groups[name] for name in _named(columns[0], (only,), list(groups))}
    samples = {name: group.observations(EPISODE).sample for name, group in groups.items()}
    needed: dict[str, int] = {}
    for name, sample in samples.items():
        _suffice(sample.n_clusters, f"`{name}` in the pilot" if name else "the pilot")
        if rows.kind == "rate":
            needed[name] = episodes_for_half_width(half_width, rate=sample.value, level=design.level)
        else:
            deviation = standard_error(sample) * math.sqrt(sample.n_clusters)
            needed[name] = episodes_for_half_width(half_width, deviation=deviation, level=design.level)
    most = max(needed, key=lambda name: needed[name])
    whose = f" of {columns[0]} `{most}`" if columns else ""
    whose += ", the one that takes the most" if len(needed) > 1 else ""
    return EpisodePlan(
        question=f"an interval of {rows.metric} of ±{half_width:g}{whose}",
        unit="episodes",
        n=needed[most],
        n_episodes=needed[most],
        n_pilot=samples[most].n_clusters,
        power=design.power,
        level=design.level,
        notes=_doubts(samples[most].n_clusters),
    )


def _for_difference(
    rows: Rows,
    by: str,
    asked: tuple[str | None, str | None],
    paired_on: Sequence[str] | None,
    difference: float | None,
    design: Design,
) -> EpisodePlan:
    labels = rows.frame[by].astype("string")
    names = _named(by, asked, [str(each) for each in labels.dropna().unique()])
    both = comparable(rows.where(labels == names[0]), rows.where(labels == names[1]), by)
    if both is None:
        raise ParameterError(f"{names[0]} and {names[1]} share no scenario and parameters in the pilot")
    arms = arms_of(matched(*both, by, paired_on, None))
    paired = arms.design == "paired"
    fewest = min(arms.first.n_clusters, arms.second.n_clusters)
    _suffice(fewest, "an arm of the pilot")
    per_item = 1.0
    if paired:
        within, pilot_repeats = _within(both, arms)
        noise = sum(each / count for each, count in zip(within, pilot_repeats, strict=True))
        found = Variances(omega2=max(0.0, arms.error**2 * fewest - noise), sigma2=within)
        per_item = _episodes(both, arms.paired_on) / fewest * sum(design.repeats) / sum(pilot_repeats)
    else:
        own = [standard_error(each) ** 2 * each.n_clusters for each in (arms.first, arms.second)]
        found = Variances(omega2=0.0, sigma2=(own[0], own[1]))
    trial = Trial(
        variance=found.of_item(design.repeats),
        paired=paired,
        power=design.power,
        level=design.level,
        least=fewest_for_rates(paired=paired, level=design.level) if rows.kind == "rate" else 2,
    )
    n = None if difference is None else trial.items(difference)
    return EpisodePlan(
        question=f"a difference of {'any size' if difference is None else format(difference, 'g')} "
        f"in {rows.metric} between {names[0]} and {names[1]}",
        unit=_unit(arms),
        n=n,
        episodes_per_item=per_item,
        n_episodes=None if n is None else math.ceil(n * per_item if paired else 2 * n),
        detectable=trial.detectable(fewest),
        variances=found,
        n_pilot=fewest,
        power=design.power,
        level=design.level,
        notes=_doubts(fewest, trial, n),
    )


def _named(by: str, asked: Sequence[str | None], there: Sequence[str]) -> list[str]:
    """Name the arms: those asked for, else the first of the rest."""
    rest = [each for each in there if each not in asked]
    names = [each or (rest.pop(0) if rest else "another one") for each in asked]
    for name in names:
        if name not in there:
            raise ParameterError(f"the pilot has no {by} `{name}`; it has {', '.join(there) or 'none'}")
    return names


def _unit(arms: Arms) -> Literal["items (scenario x seed)", "episodes with both arms", "episodes per arm"]:
    if arms.design != "paired":
        return "episodes per arm"
    return "episodes with both arms" if arms.paired_on == EPISODE else "items (scenario x seed)"


def _episodes(arms: tuple[Rows, Rows], paired_on: Sequence[str]) -> int:
    """Count the episodes that pairs are from; one can hold both arms."""
    frames = [rows.frame[rows.frame["value"].notna()] for rows in arms]
    keys = [pd.MultiIndex.from_frame(each[list(paired_on)].astype("string").fillna("")) for each in frames]
    used = pd.concat([frames[0][keys[0].isin(keys[1])], frames[1][keys[1].isin(keys[0])]])
    return len(used[list(EPISODE)].drop_duplicates())


def _doubts(clusters: int, trial: Trial | None = None, n: int | None = None) -> tuple[str, ...]:
    doubts: list[str] = []
    if clusters < 20:
        doubts.append(f"{clusters} clusters of the pilot say little about variances.")
    if trial is not None and trial.variance == 0:
        doubts.append("Nothing varied in the pilot: the number is the least that the test takes.")
    elif trial is not None and n == trial.least > 2:
        doubts.append(f"With fewer than {n}, even all yes against all no has p above {1 - trial.level:.2g}.")
    return tuple(doubts)


def _within(arms: tuple[Rows, Rows], made: Arms) -> tuple[tuple[float, float], tuple[float, float]]:
    """Tell the variance within items, and how often they were repeated, where the pilot repeated them."""
    variances: list[float] = []
    repeats: list[float] = []
    for rows in arms:
        items = rows.frame.groupby(list(made.paired_on), dropna=False)["value"]
        again = items.count() > 1
        variance = float(items.var(ddof=1)[again].mean()) if again.any() else 0.0
        variances.append(variance * made.n_clusters / made.n_pairs)
        repeats.append(float(items.count().mean()))
    return (variances[0], variances[1]), (repeats[0], repeats[1])


def _suffice(clusters: int, what: str) -> None:
    if clusters < 2:
        raise ParameterError(f"{what} has {clusters} episodes with a figure: variances take at least two")
