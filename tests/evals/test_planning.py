"""Planning: episodes for a question, what a design can show, and what a pilot says about it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import typer
from handmade import oracle
from tidy import arms, pairs, tidy, values
from typer.testing import CliRunner

from interlab.errors import ParameterError
from interlab_evals.commands.power import register
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
from interlab_evals.statistics.proportions import wilson

if TYPE_CHECKING:
    from typer.testing import Result


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
        ("--rates 0.8 0.9 --icc 2", "`icc` is 2"),
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
    assert given.output.startswith("393 episodes per arm")


def test_a_paired_pilot_gives_the_variance_of_differences() -> None:
    first, second = [3, 5, 4, 6, 7, 5, 4, 6], [2, 5, 3, 4, 6, 5, 5, 4]
    found = plan_episodes(pairs(first, second), "m", difference=0.5, by="arm", kind="unbounded mean")
    variance = float(np.var(np.subtract(first, second), ddof=1))
    assert found.variances is not None
    assert found.variances.omega2 == pytest.approx(variance)
    assert found.variances.sigma2 == (0, 0)
    assert found.n == math.ceil((1.959964 + 0.841621) ** 2 * variance / 0.25)
    assert (found.unit, found.n_pilot) == ("pairs", 8)
    assert found.notes == ("8 clusters of the pilot say little about variances.",)


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
    assert (found.unit, found.n) == ("episodes per arm", math.ceil(7.8488797 * 0.5 / 0.25))


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
