"""Comparison of arms: differences, each with one method for interval and p, sizes of effects, and equivalence.

Two intervals that overlap say nothing about a difference: the difference has its own interval.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from interlab.errors import ParameterError
from interlab.registry import suggestion
from interlab_evals.presentation.numbers import percentage
from interlab_evals.presentation.wording import short_names
from interlab_evals.statistics.arms import arms_of, comparable, matched, without_self_play
from interlab_evals.statistics.contrasts import Arm, Contrast, WithoutInvalid
from interlab_evals.statistics.differences import (
    Difference,
    deviating_share,
    difference_of,
    equivalence_of,
    odds_ratio_of,
)
from interlab_evals.statistics.dyads import FEWEST_MODELS
from interlab_evals.statistics.effects import cliffs_delta, hedges_g
from interlab_evals.statistics.estimates import Estimand
from interlab_evals.statistics.estimators import FEW_CLUSTERS, check_level, one_of
from interlab_evals.statistics.families import Comparison
from interlab_evals.statistics.multiplicity import NAMES, Correction, adjusted
from interlab_evals.statistics.restricted_mean import Waits
from interlab_evals.statistics.rows import Invalid, column, rows_of
from interlab_evals.statistics.strata import Stratum, shares, strata
from interlab_evals.stimuli import warn_of_mixed_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from interlab_evals.measures.declaration import Kind
    from interlab_evals.statistics.arms import Arms, Match
    from interlab_evals.statistics.clustering import Sample
    from interlab_evals.statistics.contrasts import ContrastMethod
    from interlab_evals.statistics.intervals import Bounds
    from interlab_evals.statistics.rows import Rows

_PLAYERS: Final = ("player", "model")

_FEW: Final = "Players that met fewer than three common opponents are not compared: they say nothing about others."

_APART: Final = "Players that met no common opponent are not compared; name two with `--a` and `--b` to do so."


def compare(
    frame: pd.DataFrame,
    metric: str | Sequence[str],
    a: str | None = None,
    b: str | None = None,
    *,
    by: str,
    paired_on: Sequence[str] | None = None,
    clusters: Sequence[str] | None = None,
    level: float = 0.95,
    correction: Correction = "holm",
    margin: float | None = None,
    invalid: Invalid = "keep",
    estimand: Estimand = "fixed",
    over_scenarios: bool = False,
    kind: Kind | None = None,
    bounds: Bounds | None = None,
) -> Comparison:
    """Compare the values of a column: two of them, one with all others, or all pairs.

    A contrast is within one scenario with its parameters, unless those are what is compared. All contrasts, of all
    metrics, are one family; a metric that has one arm only is left out, and a note says so. Rows of failed
    episodes are left out, those of self-play unless there is nothing else. Where no values are named, players
    that met no common opponent are not compared with each other.

    Args:
        frame: Rows as :func:`interlab_evals.metrics` gives them, or any with columns ``run``, ``episode``,
            ``value`` and the one compared by.
        metric: The metric, or several.
        a: One value of the column; by default every one.
        b: Another, with which it is compared; by default every other.
        by: The column whose values are the arms, e.g. ``player``, ``run`` or ``parameters.talk``.
        paired_on: What two rows share that are a pair, e.g. ``("scenario", "seed", "opponents", "role")``; by
            default all of scenario, parameters, seed, player, opponents and role that does not vary with ``by``.
            Empty: independent arms.
        clusters: The columns that tell independent units apart. By default, of pairs, what they share of
            scenario, parameters and seed (their chance moves), else the episode.
        level: Nominal coverage, in (0, 1).
        correction: ``holm`` for a family declared beforehand, ``bh`` for exploration, ``none``.
        margin: The smallest difference of interest, in the metric's unit: asks whether arms are equivalent.
        invalid: ``keep``: as played, by the game's own policy, with what would be without invalid first answers
            beside it. ``drop-episodes``: without figures of a role whose first answer was invalid.
        estimand: ``fixed``: differences between these players. ``population``: between two players against
            opponents not met here; takes ``by`` player or model, and at least three opponents that both met.
        over_scenarios: Whether to compare over all scenarios that both sides have, as a mean weighted by their
            figures, which a note states.
        kind: Instead of what the metric declares, which then need not be registered.
        bounds: Instead of the declared range.

    Raises:
        ParameterError: The frame lacks a column, a metric or a value; there is nothing to compare; the level
            or the margin is out of range.
        UnknownNameError: A metric is not registered, and no kind is given.
    """
    check_level(level)
    one_of("correction", correction, Correction)
    one_of("invalid", invalid, Invalid)
    warn_of_mixed_rows(frame, [by])
    _check_margin(margin, level)
    names = [metric] if isinstance(metric, str) else list(metric)
    asked = _Asked(column(by), (a, b), paired_on, _clusters(by, clusters, estimand), level, margin, estimand)
    contrasts: list[Contrast] = []
    there: dict[str, list[str]] = {}
    notes: dict[str, None] = {}
    for name in names:
        every, dropped = rows_of(frame, name, by=[asked.by], kind=kind, bounds=bounds).judged_by(invalid)
        labels = every.frame[asked.by].astype("string")
        there[name] = list(labels.dropna().unique())
        found: list[Contrast] = []
        for stratum in [Stratum("", every)] if over_scenarios else strata(every, asked.by):
            own, apart = _within(stratum, asked, dropped)
            found += own
            notes |= dict.fromkeys(apart)
        contrasts += found
        if not found:
            notes[_left_out(name, by, there[name])] = None
    contrasts.sort(key=_order([each.scenario for each in contrasts]))
    if not contrasts:
        raise ParameterError(_why_nothing(there, by, (a, b)))
    names = list(dict.fromkeys(each.metric for each in contrasts))
    told = f"{len(contrasts)} {'contrast' if len(contrasts) == 1 else 'contrasts'} of {', '.join(names)} by {by}"
    return Comparison(
        by=by,
        contrasts=_corrected(contrasts, correction, level),
        correction=NAMES[correction],
        family=told,
        notes=tuple(notes),
    )


def _left_out(metric: str, by: str, labels: Sequence[str]) -> str:
    return f"`{metric}` is left out, there is nothing to compare by `{by}`: {_of_labels(labels)}."


class _Asked(NamedTuple):
    """The options of every contrast."""

    by: str
    arms: tuple[str | None, str | None]
    paired_on: Sequence[str] | None
    clusters: Sequence[str] | None
    level: float
    margin: float | None
    estimand: Estimand


def _clusters(by: str, clusters: Sequence[str] | None, estimand: Estimand) -> Sequence[str] | None:
    """Return the columns that distinguish clusters; of a population of opponents, the opponents."""
    one_of("estimand", estimand, Estimand)
    if estimand == "fixed":
        return clusters
    if by not in _PLAYERS or clusters is not None:
        raise ParameterError(
            "the estimand `population` compares two players over their opponents: expected `by` player or model, "
            "without clusters"
        )
    return ("opponents",)


def _order(scenarios: Sequence[str]) -> Callable[[Contrast], int]:
    """Return a key that sorts contrasts by the first appearance of their scenario."""
    places = {name: place for place, name in enumerate(dict.fromkeys(scenarios))}
    return lambda contrast: places[contrast.scenario]


def _within(stratum: Stratum, asked: _Asked, dropped: tuple[str, ...]) -> tuple[list[Contrast], list[str]]:
    """Return the contrasts of a stratum, and sentences on pairs that are not compared."""
    rows, note = without_self_play(stratum.rows)
    labels = rows.frame[asked.by].astype("string")
    is_open = asked.by in _PLAYERS and asked.arms == (None, None) and not rows.frame["self_play"].all()
    met = _opponents(rows, labels) if is_open else {}
    found: list[Contrast] = []
    apart: list[str] = []
    for one, other in _pairs(list(labels.dropna().unique()), asked.by, *asked.arms):
        if met and other not in met[one] and not met[one] & met[other]:
            apart.append(_APART)
            continue
        arms = comparable(rows.where(labels == one), rows.where(labels == other), asked.by)
        if arms is None:
            continue
        weights = () if stratum.label else _weights(arms, asked.by)
        made = _second_look(_contrast(arms, (one, other), asked, (*note, *dropped, *weights)), arms, asked)
        if asked.estimand == "population" and made.n_clusters < FEWEST_MODELS:
            apart.append(_FEW)
            continue
        found.append(replace(made, scenario=stratum.label, estimand=asked.estimand))
    return found, apart


def _opponents(rows: Rows, labels: pd.Series[str]) -> dict[str, set[str]]:
    """Return player -> the other players that it met; empty where the frame does not say."""
    if "opponents" not in rows.frame.columns:
        return {}
    met = rows.frame["opponents"].astype("string").fillna("").groupby(labels).unique()
    return {str(player): {*map(str, opponents)} for player, opponents in met.items()}


def _weights(arms: tuple[Rows, Rows], by: str) -> tuple[str, ...]:
    """Return a sentence on the weights of a mean over scenarios; none over one."""
    found = shares(arms, by)
    if len(found) < 2:
        return ()
    parts = ", ".join(f"{label} {percentage(round(share, 2))}" for label, share in found.items())
    return (f"A mean over scenarios, weighted by their figures: {parts}.",)


def _check_margin(margin: float | None, level: float) -> None:
    if margin is None:
        return
    if not margin > 0:
        raise ParameterError(f"`margin` is {margin:g}; the smallest difference of interest is above 0")
    if level <= 0.5:
        raise ParameterError(
            f"`level` is {level:g}; equivalence takes an interval at level 1 - 2 alpha: choose one above 0.5"
        )


def _corrected(contrasts: Sequence[Contrast], correction: Correction, level: float) -> tuple[Contrast, ...]:
    """Correct the p-values of differences for their number, and those of equivalences for theirs."""
    p = adjusted([each.p for each in contrasts], correction)
    judged = [each.equivalence for each in contrasts]
    alike = adjusted([math.nan if each is None else each.p for each in judged], correction)
    return tuple(
        replace(
            contrast,
            p_adjusted=own,
            equivalence=each and replace(each, p_adjusted=other, equivalent=other <= 1 - level),
        )
        for contrast, own, each, other in zip(contrasts, p, judged, alike, strict=True)
    )


def _pairs(labels: Sequence[str], by: str, a: str | None, b: str | None) -> list[tuple[str, str]]:
    """List the pairs of arms that are there; none where an arm asked for is not."""
    if a is not None and a == b:
        raise ParameterError(f"`{a}` is to be compared with itself; name two values of `{by}`")
    if not {a, b} - {None} <= {*labels}:
        return []
    if a is not None and b is not None:
        return [(a, b)]
    if a is None and b is None:
        return list(combinations(labels, 2))
    return [(a, each) for each in labels if each != a] if a else [(each, b) for each in labels if b and each != b]


def _of_labels(labels: Sequence[str]) -> str:
    if not labels:
        return "it has no value"
    return f"it has {'' if len(labels) > 1 else 'only '}{', '.join(f'`{each}`' for each in labels)}"


def _why_nothing(there: Mapping[str, Sequence[str]], by: str, asked: tuple[str | None, str | None]) -> str:
    """Return the reason for which no metric has a contrast."""
    every = list(dict.fromkeys(label for labels in there.values() for label in labels))
    if not every:
        return f"no row of {', '.join(f'`{name}`' for name in there)} has a `{by}`"
    for each in asked:
        if each is not None and each not in every:
            return f"no row has the {by} `{each}`; {suggestion(each, every)}"
    lacking = [f"`{name}`: {_of_labels(each)}" for name, each in there.items() if len(each) < 2]
    if lacking:
        return f"nothing to compare by `{by}`; of {'; of '.join(lacking)}"
    return f"nothing to compare by `{by}`: no two of its values share a scenario and parameters"


def _contrast(arms: tuple[Rows, Rows], labels: tuple[str, str], asked: _Asked, notes: tuple[str, ...]) -> Contrast:
    rows, level = arms[0], asked.level
    match = matched(*arms, asked.by, asked.paired_on, asked.clusters)
    about = _times(match, rows) if rows.kind == "time-to-event" else _sums(match, rows)
    both = about.arms
    low, high = about.found.ends(level)
    values = both.first.cluster_values, both.second.cluster_values
    of_sums = rows.kind != "time-to-event"
    equivalence = None
    if asked.margin is not None:
        equivalence = equivalence_of(about.found.ends, both.difference, asked.margin, level)
    return Contrast(
        metric=rows.metric,
        kind=rows.kind,
        unit=rows.unit,
        direction=rows.direction,
        a=_arm(arms[0], labels[0], both.first, both.n_left_out[0]),
        b=_arm(arms[1], labels[1], both.second, both.n_left_out[1]),
        difference=both.difference,
        low=low,
        high=high,
        level=level,
        method=about.found.method,
        p=about.found.p,
        hedges_g=hedges_g(*values) if of_sums else math.nan,
        cliffs_delta=cliffs_delta(*values) if of_sums else math.nan,
        odds_ratio=odds_ratio_of(both, level) if rows.kind == "rate" and both.single else None,
        equivalence=equivalence,
        design=both.design,
        paired_on=both.paired_on,
        n_pairs=both.n_pairs,
        n_clusters=both.n_clusters,
        notes=(
            *about.notes,
            *match.notes,
            *_partners(match, rows, arms[1], asked.by),
            *_doubts(both, about.found.method, level),
            *notes,
        ),
    )


def _partners(match: Match, first: Rows, second: Rows, by: str) -> tuple[str, ...]:
    """Return a sentence on the opponents that a contrast of players keeps, where it does not keep all."""
    if by not in _PLAYERS or "opponents" not in first.frame.columns:
        return ()
    met, kept = (
        list(dict.fromkeys(str(each) for frame in frames for each in frame["opponents"].dropna()))
        for frames in ((first.frame, second.frame), match.frames)
    )
    if len(kept) == len(met) or not kept:
        return ()
    names, _ = short_names(kept)
    return (f"Kept are the opponents that both met: {', '.join(sorted(names.values()))}.",)


def _second_look(contrast: Contrast, arms: tuple[Rows, Rows], asked: _Asked) -> Contrast:
    """Add what the difference would be without invalid first answers, where there were any."""
    dropped = [each.is_invalid for each in arms]
    n_dropped = sum(int(each.sum()) for each in dropped)
    if not n_dropped:
        return contrast
    kept = arms[0].where(~dropped[0]), arms[1].where(~dropped[1])
    found = _contrast(kept, (contrast.a.label, contrast.b.label), asked, ())
    ends = {"low": found.low, "high": found.high, "p": found.p}
    return replace(
        contrast, without_invalid=WithoutInvalid(n_dropped=n_dropped, difference=found.difference, **ends)
    )


class _About(NamedTuple):
    """Two arms, and the method for their difference."""

    arms: Arms
    found: Difference
    notes: tuple[str, ...] = ()


def _sums(match: Match, rows: Rows) -> _About:
    arms = arms_of(match)
    return _About(arms, difference_of(arms, rows.kind, rows.bounds))


def _times(match: Match, rows: Rows) -> _About:
    waits = Waits.of(match, rows.bounds)
    return _About(waits.arms, waits.difference(), (waits.note,))


def _arm(rows: Rows, label: str, sample: Sample, left_out: int) -> Arm:
    return Arm(
        label=label,
        value=sample.value,
        n_episodes=rows.n_episodes,
        n_clusters=sample.n_clusters,
        n_undefined=int(rows.frame["value"].isna().sum()),
        n_invalid=rows.n_invalid,
        n_left_out=left_out,
    )


def _doubts(arms: Arms, method: ContrastMethod, level: float) -> list[str]:
    doubts: list[str] = []
    fewest = min(arms.first.n_clusters, arms.second.n_clusters)
    if method == "none":
        doubts.append("No interval and no p: fewer than two clusters are defined.")
    elif fewest > 1 and arms.error == 0:
        share = percentage(round(deviating_share(fewest, level), 2))
        units = "seeds" if "seed" in arms.paired_on else "clusters"
        doubts.append(
            f"Identical in all {fewest} {units}: with {percentage(level)} confidence at most {share} of {units} "
            "differ."
        )
    elif fewest < FEW_CLUSTERS:
        doubts.append(
            f"{fewest} clusters only: the interval and p rest on how little they say about their spread."
        )
    if arms.design == "paired" and any(arms.n_left_out):
        doubts.append(f"{arms.n_left_out[0]} and {arms.n_left_out[1]} figures have no partner and are left out.")
    return doubts
