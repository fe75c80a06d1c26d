"""Rankings, relations and survival: their statistics against oracles, and what the commands print."""

from __future__ import annotations

import json
import math
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

import interlab_evals as ev
from interlab.errors import ParameterError
from interlab_evals.commands import rank, relations, survive
from interlab_evals.statistics.bradley_terry import bradley_terry
from interlab_evals.statistics.evolution import alpha_rank, replicator
from interlab_evals.statistics.ranks import ranks_of
from tests.evals.handmade import oracle
from tests.evals.tidy import always, league, tidy

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

RECORDS = Path(__file__).parent / "records"


def scores(strengths: dict[str, float], seed: int) -> Callable[[str, str, int], tuple[float, float]]:
    """Values around the strengths of two players, with deviation 1."""
    random = np.random.default_rng(seed)
    return lambda one, other, _: (strengths[one] + random.normal(), strengths[other] + random.normal())


def results(strengths: dict[str, float], seed: int) -> Callable[[str, str, int], tuple[float, float]]:
    """A win of one of two players, with odds of e to the difference of their strengths."""
    random = np.random.default_rng(seed)

    def played(one: str, other: str, _: int) -> tuple[float, float]:
        wins = random.random() < 1 / (1 + math.exp(strengths[other] - strengths[one]))
        return (1, 0) if wins else (0, 1)

    return played


@pytest.mark.parametrize(
    ("expected", "prior_sd"), [("ilsr_pairwise", math.inf), ("opt_pairwise_alpha_0.1", 5**0.5)]
)
def test_strengths_are_those_of_choix(expected: str, prior_sd: float) -> None:
    reference = oracle("bradley_terry_choix.json")
    rows = [
        {
            "episode": f"e{game}",
            "lineup": f"p{one}, p{two}",
            "player": f"p{own}",
            "opponents": f"p{other}",
            "value": won,
        }
        for game, (one, two) in enumerate(reference["winner_loser"])
        for own, other, won in ((one, two, 1.0), (two, one, 0.0))
    ]
    found = bradley_terry(tidy(*rows), "m", kind="unbounded mean", prior_sd=prior_sd)
    by_player = dict(zip(found.players, found.strength, strict=True))
    assert [by_player[f"p{place}"] for place in range(6)] == pytest.approx(reference[expected], abs=1e-4)


def test_alpha_rank_of_open_spiels_example() -> None:
    """Han et al. (2013), as OpenSpiel's own test has it: population 20, alpha 0.1."""
    r, t, p, s, delta, epsilon = 1.0, 2.0, 0.0, -1.0, 4.0, 0.25
    payoffs = np.array(
        [
            [r - epsilon / 2, r - epsilon, 0, s + delta - epsilon, r - epsilon],
            [r, r, s, s, s],
            [0, t, p, p, p],
            [t - delta, t, p, p, p],
            [r, t, p, p, p],
        ]
    )
    found = alpha_rank(payoffs, population=20, selection=0.1)
    assert found == pytest.approx([0.40966787, 0.07959841, 0.20506998, 0.08505983, 0.2206039], abs=1e-7)


def test_strong_selection_loses_no_digits() -> None:
    """Two strategies: the ratio of shares is that of the fixation probabilities, however small."""
    payoffs = np.array([[1.0, 1.0], [0.0, 0.0]])
    found = alpha_rank(payoffs, population=50, selection=10.0)
    assert math.log(found[1] / found[0]) == pytest.approx(-10 * 49, rel=1e-9)


def test_replicators_reach_the_resting_point() -> None:
    assert replicator(np.array([[3.0, 0.0], [5.0, 1.0]])) == pytest.approx([0, 1], abs=1e-6)
    assert replicator(np.array([[0.0, 2.0], [1.0, 1.0]])) == pytest.approx([0.5, 0.5])
    cycle = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
    assert replicator(cycle, np.array([0.5, 0.3, 0.2])) == pytest.approx([1 / 3] * 3, abs=0.002)


def test_ranks_count_differences_that_are_significant() -> None:
    random = np.random.default_rng(0)
    values = np.array([3.0, 2.9, 0.0])
    draws = values + 0.1 * random.standard_normal((2000, 3))
    found = ranks_of(values, draws, n_clusters=1000, level=0.95)
    assert list(found.rank) == [1, 2, 3]
    assert list(zip(found.low, found.high, strict=True)) == [(1, 2), (1, 2), (3, 3)]
    assert found.best == pytest.approx([0.76, 0.24, 0], abs=0.03)


def test_players_that_share_a_value_share_the_rank_and_the_chance() -> None:
    values = np.array([1.0, 1.0, 0.0])
    found = ranks_of(values, np.tile(values, (10, 1)), n_clusters=5, level=0.95)
    assert list(found.rank) == [1, 1, 3]
    assert list(zip(found.low, found.high, strict=True)) == [(1, 2), (1, 2), (3, 3)]
    assert list(found.best) == [0.5, 0.5, 0]


@pytest.mark.parametrize("wins", [True, False])
def test_intervals_hold_known_ranks(wins: bool) -> None:
    """The share over 40 leagues of six; `python -m benchmarks.ranks` draws more."""
    held: list[bool] = []
    widths: list[float] = []
    for seed in range(40):
        drawn = np.random.default_rng(1000 + seed).normal(0, 0.3, 6)
        strengths = dict(zip("abcdef", map(float, drawn), strict=True))
        played = results(strengths, seed) if wins else scores(strengths, seed)
        found = ev.rank(league("abcdef", played, episodes=10), "m", wins=wins, kind="unbounded mean").only
        for each in found:
            true = 1 + sum(other > strengths[each.label] for other in strengths.values())
            held.append(each.rank_low <= true <= each.rank_high)
            widths.append(each.rank_high - each.rank_low)
    assert float(np.mean(held)) >= 0.93
    assert 1 < float(np.mean(widths)) < 4.5


def test_values_are_those_of_estimate() -> None:
    frame = ev.metrics(RECORDS / "quickstart")
    chosen = frame[frame["scenario"] == "prisoners-dilemma"]
    expected = ev.estimate(chosen, "mean_payoff", by="player")
    values = {each.group["player"]: each.estimate.value for each in expected if not each.self_play}
    found = ev.rank(frame, "mean_payoff").rankings[0]
    assert {each.label: each.value for each in found} == pytest.approx(values)
    assert [each.value for each in found] == sorted(values.values(), reverse=True)


def test_less_is_better_where_the_metric_declares_so() -> None:
    frame = league("abc", lambda one, other, _: ("abc".index(one), "abc".index(other)), episodes=2)
    frame = frame.assign(metric="payoff_gini")
    found = ev.rank(frame, "payoff_gini").only
    assert found.direction == "lower"
    assert [each.label for each in found] == ["a", "b", "c"]
    assert [each.label for each in ev.rank(frame, "payoff_gini", wins=True).only] == ["a", "b", "c"]


def test_a_player_that_never_lost_has_a_finite_strength() -> None:
    found = ev.rank(league("abc", always(1, 0), episodes=6), "m", wins=True, kind="unbounded mean").only
    assert [(each.label, each.won, each.lost) for each in found] == [("a", 12, 0), ("b", 6, 6), ("c", 0, 12)]
    assert all(math.isfinite(each.value) for each in found)


def test_games_of_several_players_are_games_of_each_pair() -> None:
    rows = [
        {"episode": f"e{index}", "lineup": "a, b, c", "player": player, "opponents": others, "value": value}
        for index in range(4)
        for player, others, value in (("a", "b, c", 3.0), ("b", "a, c", 2.0), ("c", "a, b", 2.0))
    ]
    found = bradley_terry(tidy(*rows), "m", kind="unbounded mean", prior_sd=3.0)
    assert (found.wins.sum(), found.ties.sum() / 2, found.basis.n_episodes) == (8, 4, 4)


def test_one_player_alone_cannot_be_ranked() -> None:
    frame = league("ab", always(1, 0))
    with pytest.raises(ParameterError, match="nothing to rank"):
        ev.rank(frame[frame["player"] == "a"], "m", kind="unbounded mean")
    with pytest.raises(ParameterError, match="expected `player`"):
        ev.rank(frame, "m", by="role", wins=True, kind="unbounded mean")


def cross_play(without: str = "") -> pd.DataFrame:
    """A league of three with self-play, where `a` earns most and `c` least."""
    frame = league("abc", lambda one, other, _: (3.0 - "abc".index(one), 3.0 - "abc".index(other)), episodes=3)
    alone = [
        {
            "episode": f"{player}.{index}",
            "lineup": f"{player}, {player}",
            "scenario": "s",
            "parameters": '{"rounds": 5}',
            "seed": index,
            "player": player,
            "opponents": player,
            "value": 3.0 - "abc".index(player),
        }
        for player in "abc"
        if player != without
        for index in range(3)
    ]
    return pd.concat([frame, tidy(*alone)], ignore_index=True)


def test_the_fittest_player_survives() -> None:
    found = ev.survive(cross_play(), "m", kind="unbounded mean").scenarios[0]
    assert [each.player for each in found.players] == ["a", "b", "c"]
    assert found.players[0].alpha_rank == pytest.approx(1, abs=1e-6)
    assert found.players[0].replicator == pytest.approx(1, abs=1e-3)
    assert sum(each.alpha_rank for each in found.players) == pytest.approx(1)


def test_without_self_play_replicators_are_undefined_and_a_note_says_so() -> None:
    found = ev.survive(cross_play(without="c"), "m", kind="unbounded mean")
    assert math.isnan(found.scenarios[0].players[0].replicator)
    assert "not every player met itself" in found.page().tables[0].notes[0].text


def test_players_that_never_met_do_not_compete() -> None:
    frame = cross_play()
    with pytest.raises(ParameterError, match="`a` never met `b`"):
        ev.survive(frame[frame["lineup"] != "a, b"], "m", kind="unbounded mean")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return Path(copytree(RECORDS / "quickstart", tmp_path / "run"))


def invoke(register: Callable[[typer.Typer], None], *arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80"})


def test_rank_prints_a_table_per_scenario(run: Path) -> None:
    result = invoke(rank.register, "rank", str(run))
    assert result.exit_code == 0
    assert "prisoners-dilemma: players by wins in payoff" in result.stdout
    assert "price-negotiation: players by wins in payoff" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_rank_gives_json_and_csv(run: Path) -> None:
    document = json.loads(invoke(rank.register, "rank", str(run), "--metric", "mean_payoff", "--json").stdout)
    standings = document["rankings"][0]["standings"]
    assert [each["rank"] for each in standings] == sorted(each["rank"] for each in standings)
    assert document["tables"][0]["rows"][0]["player"] == standings[0]["label"]
    table = invoke(rank.register, "rank", str(run), "--csv").stdout.splitlines()
    assert table[0].startswith("scenario,metric,wins,level,seed,player,rank,rank_low,rank_high,best,value")


def test_relations_prints_variances_and_effects(run: Path) -> None:
    result = invoke(relations.register, "relations", str(run), "--metric", "cooperation_rate")
    assert result.exit_code == 0
    for expected in ("variances", "effects of players", "relationships", "generalised reciprocity"):
        assert expected in result.stdout
    found = invoke(relations.register, "relations", str(run), "--metric", "cooperation_rate", "--json").stdout
    fit = json.loads(found)["scenarios"][0]
    assert sum(fit["actor"]) == pytest.approx(0, abs=1e-9)


def test_relations_take_a_full_round_robin(run: Path) -> None:
    result = invoke(relations.register, "relations", str(run), "--metric", "surplus_share")
    assert isinstance(result.exception, ParameterError)
    assert "price-negotiation is left out: 3 players" in str(result.exception)


def test_survive_prints_alpha_rank_and_replicators(run: Path) -> None:
    result = invoke(survive.register, "survive", str(run))
    assert result.exit_code == 0
    assert "alpha-rank" in result.stdout
    table = invoke(survive.register, "survive", str(run), "--csv").stdout.splitlines()
    assert table[0] == "scenario,metric,player,n_episodes,alpha_rank,low,high,replicator,payoff"
