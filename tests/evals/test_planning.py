"""Planning: episodes for a question, what a design can show, and what a pilot says about it."""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from interlab.errors import ParameterError
from interlab_evals.commands.power import register
from interlab_evals.statistics.comparison import compare
from interlab_evals.statistics.pilot import icc, plan_episodes
from interlab_evals.statistics.planning import (
    Design,
    Variances,
    design_effect,
    episodes_for_half_width,
    episodes_for_rates,
    items_for_difference,
    minimum_detectable_effect,
    pairs_for_effect_size,
)
from interlab_evals.statistics.power import Trial
from interlab_evals.statistics.proportions import wilson
from tests.evals.handmade import oracle
from tests.evals.tidy import arms, league, pairs, tidy, values

if TYPE_CHECKING:
    from typer.testing import Result


def of_statsmodels(size: float, paired: bool, level: float = 0.95) -> float:
    """The number of items for an effect of this size in standard deviations, not rounded."""
    tests: Any = import_module("statsmodels.stats.power")
    solver = tests.TTestPower() if paired else tests.TTestIndPower()
    return float(solver.solve_power(effect_size=size, alpha=1 - level, power=0.8))


def test_millers_numbers() -> None:
    for row in oracle("stats_reference.json")["power"]["miller_n"]:
        variances = Variances(omega2=row["omega2"], sigma2=(row["sigmaA2"], row["sigmaB2"]))
        design = Design(repeats=(row["K"], row["K"]))
        assert items_for_difference(row["delta"], variances, design) == pytest.approx(row["n"])
        assert minimum_detectable_effect(row["n"], variances, design) == pytest.approx(row["delta"])


def test_numbers_of_pairs_and_of_episodes_for_two_rates() -> None:
    power = oracle("stats_reference.json")["power"]
    for row in power["paired_t_n"]:
        assert pairs_for_effect_size(row["dz"]) == pytest.approx(row["n"])
    for row in power["two_prop_n_per_arm"]:
        assert episodes_for_rates(row["p1"], row["p2"]) == pytest.approx(row["n"])
    for row in power["design_effect"]:
        assert design_effect(row["m"], row["icc"]) == pytest.approx(row["deff"])


def test_half_widths_are_reached_and_no_episode_sooner() -> None:
    n = episodes_for_half_width(0.05, rate=0.8)
    widths = [(wilson(0.8, each)[1] - wilson(0.8, each)[0]) / 2 for each in (n - 1, n)]
    assert widths[1] <= 0.05 < widths[0]
    assert episodes_for_half_width(0.1, deviation=0.5) == 99


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: items_for_difference(0, Variances(omega2=1, sigma2=(0, 0))), "`difference` is 0"),
        (lambda: minimum_detectable_effect(0, Variances(omega2=1, sigma2=(0, 0))), "`items` is 0"),
        (lambda: episodes_for_rates(0.5, 0.5), "no difference to find"),
        (lambda: episodes_for_rates(0.5, 1.5), "not at 1.5"),
        (lambda: episodes_for_rates(0.5, 0.6, power=1), "`power` is 1"),
        (lambda: episodes_for_half_width(0, rate=0.5), "`half_width` is 0"),
        (lambda: episodes_for_half_width(0.1), "either"),
        (lambda: plan_episodes(values(1.0, 2.0), "m", kind="rate"), "ask for a half-width"),
        (lambda: plan_episodes(values(1.0, 2.0), "m", difference=1, kind="rate"), "name it with `by`"),
        (lambda: plan_episodes(values(1.0, 2.0), "m", half_width=1, a="x", kind="rate"), "name it with `by`"),
        (lambda: plan_episodes(values(1.0, 2.0), "m", half_width=1, by="run", b="x", kind="rate"), "of one mean"),
        (lambda: plan_episodes(values(1.0, 2.0), "m", half_width=1, by="run", a="x", kind="rate"), "it has r"),
        (lambda: plan_episodes(values(1.0, 2.0), "m", half_width=1, kind="time-to-event"), "a rate of it"),
        (lambda: plan_episodes(arms([1, 2], [1, 2]), "m", difference=0, by="arm", kind="rate"), "is 0"),
        (lambda: plan_episodes(arms([1], [2]), "m", by="arm", kind="unbounded mean"), "at least two"),
    ],
)
def test_questions_without_an_answer(ask: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ask()  # type: ignore[operator]


def power(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["power", *arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--half-width 0.1 --rate 3", "`rate` is 3"),
        ("--half-width 0.1 --rate 0.5 --level 1.5", "`level` is 1.5"),
        ("--half-width 0.1 --deviation -1", "`deviation` is -1"),
        ("--omega2 0.1 --sigma2 -5 --episodes 10", "`sigma2` is -5"),
        ("--omega2 -1 --difference 0.1", "`omega2` is -1"),
        ("--rates 0.8 0.9 --icc 2 --cluster-size 4", "`icc` is 2"),
        (
            "--rates 0.8 0.9 --icc -0.9 --cluster-size 4",
            "`icc` is -0.9; the correlation of 4 figures lies between",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: str, message: str) -> None:
    error = power(*arguments.split()).exception
    assert isinstance(error, ParameterError)
    assert str(error).startswith(message)
    assert "\n" not in str(error)


def test_independent_arms_have_no_variance_between_items() -> None:
    given, told = (power(*f"{each} --sigma2 0.25 --difference 0.1".split()) for each in ("", "--omega2 0"))
    assert given.output == told.output
    assert "episodes per arm          393" in given.output


def test_a_paired_pilot_gives_the_variance_of_differences() -> None:
    first, second = [3, 5, 4, 6, 7, 5, 4, 6], [2, 5, 3, 4, 6, 5, 5, 4]
    found = plan_episodes(pairs(first, second), "m", difference=0.5, by="arm", kind="unbounded mean")
    variance = float(np.var(np.subtract(first, second), ddof=1))
    assert found.variances is not None
    assert found.variances.omega2 == pytest.approx(variance)
    assert found.variances.sigma2 == (0, 0)
    assert found.n == math.ceil(pairs_for_effect_size(0.5 / math.sqrt(variance)))
    assert (found.unit, found.n_pilot) == ("items (scenario x seed)", 8)
    assert found.n is not None
    assert (found.episodes_per_item, found.n_episodes) == (2, 2 * found.n)
    assert found.notes == ("8 clusters of the pilot say little about variances.",)


@given(st.floats(0.05, 3), st.floats(0.01, 4), st.booleans(), st.sampled_from([0.9, 0.95, 0.99]))
@settings(deadline=None, max_examples=30)
def test_the_number_planned_is_the_first_with_the_power_and_can_be_significant(
    difference: float, variance: float, paired: bool, level: float
) -> None:
    trial = Trial(variance=variance, paired=paired, power=0.8, level=level, least=6 if paired else 4)
    n = trial.items(difference)
    assert trial.detectable(n) <= difference * (1 + 1e-9)
    assert n == trial.least or trial.detectable(n - 1) > difference
    if n > trial.least:
        size = difference / math.sqrt(variance if paired else variance / 2)
        assert n == math.ceil(of_statsmodels(size, paired, level) - 1e-6)


def yes_and_no(n: int, *, paired: bool) -> pd.DataFrame:
    return (pairs if paired else arms)([1] * n, [0] * n)


@pytest.mark.parametrize(("paired", "least"), [(True, 6), (False, 5)])
def test_no_plan_of_a_rate_is_smaller_than_what_can_be_significant(paired: bool, least: int) -> None:
    found = plan_episodes(yes_and_no(3, paired=paired), "m", difference=1, by="arm", kind="rate", bounds=(0, 1))
    assert (found.n, found.detectable) == (least, math.inf)
    p = [
        compare(yes_and_no(n, paired=paired), "m", by="arm", kind="rate", bounds=(0, 1)).only.p
        for n in (least - 1, least)
    ]
    assert p[1] < 0.05 < p[0]
    nearly = plan_episodes(
        arms([1, 1, 1, 0], [0, 0, 0, 0]), "m", difference=1, by="arm", kind="rate", bounds=(0, 1)
    )
    assert "With fewer than 5, even all yes against all no has p above 0.05." in nearly.notes


def test_pairs_of_a_mean_that_hardly_vary_take_two() -> None:
    frame = pairs([1.0, 1.1, 1.0, 0.9], [0.0, 0.0, 0.1, 0.0])
    found = plan_episodes(frame, "m", difference=1, by="arm", kind="unbounded mean")
    assert found.n == 3
    assert found.detectable < 0.3
    same = plan_episodes(pairs([1, 1, 1], [0, 0, 0]), "m", difference=1, by="arm", kind="unbounded mean")
    assert same.n == 2
    assert same.notes[-1].startswith("Nothing varied in the pilot")


def test_an_item_of_a_round_robin_is_a_seed_with_all_its_episodes() -> None:
    frame = league("abc", lambda one, _other, index: (ord(one) % 7 + index % 3, index % 4), episodes=8)
    found = plan_episodes(frame, "m", difference=1, by="player", a="a", b="b", kind="unbounded mean")
    assert (found.unit, found.n_pilot, found.episodes_per_item) == ("items (scenario x seed)", 8, 2)
    assert found.n is not None
    assert found.n_episodes == 2 * found.n


def test_a_half_width_is_for_each_player_and_takes_what_the_most_varied_needs() -> None:
    still, wild = [0.5] * 9 + [0.6], [0.0, 1.0] * 5
    frame = pd.concat([values(*still, player="still"), values(*wild, player="wild").assign(run="r2")])
    options = {"half_width": 0.1, "kind": "bounded mean", "bounds": (0, 1)}
    both = plan_episodes(frame, "m", by="player", **options)  # type: ignore[arg-type]
    one = plan_episodes(frame, "m", by="player", a="still", **options)  # type: ignore[arg-type]
    deviation = float(np.std(wild, ddof=1))
    assert both.n == episodes_for_half_width(0.1, deviation=deviation)
    assert "of player `wild`, the one that takes the most" in both.question
    assert one.n == episodes_for_half_width(0.1, deviation=float(np.std(still, ddof=1)))


def test_a_pilot_with_repeats_tells_variances_apart_and_repeats_buy_pairs() -> None:
    random = np.random.default_rng(5)
    rows = [
        {"arm": arm, "scenario": "s", "seed": seed, "value": seed % 10 * shift + random.normal(0, 1)}
        for arm, shift in (("a", 0.3), ("b", 0.0))
        for seed in range(60)
        for _ in range(4)
    ]
    once, often = (
        plan_episodes(tidy(*rows), "m", difference=0.3, by="arm", kind="unbounded mean", repeats=repeats)
        for repeats in (1, 10)
    )
    assert once.variances is not None
    assert once.variances.sigma2 == pytest.approx((1, 1), rel=0.2)
    assert once.variances.omega2 == pytest.approx(0.09 * 8.25, rel=0.5)
    assert once.n is not None
    assert often.n is not None
    assert often.n < once.n / 2


def test_an_independent_pilot_gives_episodes_per_arm() -> None:
    frame = arms([1, 0, 1, 1], [0, 0, 1, 0])
    found = plan_episodes(frame, "m", difference=0.5, by="arm", kind="rate", bounds=(0, 1))
    needed = of_statsmodels(0.5 / math.sqrt(0.25), paired=False)
    assert (found.unit, found.n) == ("episodes per arm", math.ceil(needed))
    assert found.n_episodes == 2 * math.ceil(needed)


def test_a_half_width_is_planned_from_the_spread_of_the_pilot() -> None:
    frame = values(*np.linspace(0, 1, 21))
    found = plan_episodes(frame, "m", half_width=0.05, kind="bounded mean", bounds=(0, 1))
    deviation = float(np.linspace(0, 1, 21).std(ddof=1))
    assert found.n == episodes_for_half_width(0.05, deviation=deviation)


def test_the_intraclass_correlation_of_alike_and_of_unlike_figures() -> None:
    alike = tidy(*({"episode": f"e{number // 2}", "value": float(number // 2)} for number in range(12)))
    assert icc(alike, "m", kind="unbounded mean") == pytest.approx(1)
    random = np.random.default_rng(2)
    effects = np.repeat(random.normal(0, 1, 400), 5)
    rows = [
        {"episode": f"e{number // 5}", "value": float(value)}
        for number, value in enumerate(effects + random.normal(0, 3**0.5, 2000))
    ]
    assert icc(tidy(*rows), "m", kind="unbounded mean") == pytest.approx(0.25, abs=0.05)
    assert math.isnan(icc(values(1, 2, 3), "m", kind="unbounded mean"))
