"""``interlab compare``, ``power`` and ``score``, and what a run remembers of being looked at."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlab.running.looks import looks, note_look
from interlab.running.store import RunDirectory
from interlab_evals.statistics.arms import PAIRED_ON

if TYPE_CHECKING:
    from tests.cli.conftest import CommandLine

TFT, DEFECTOR, RANDOM = "strategy/tit-for-tat", "strategy/defector", "strategy/random"


@pytest.fixture
def league(interlab: CommandLine) -> Path:
    """A round robin of three strategies."""
    players = [part for each in (TFT, DEFECTOR, RANDOM) for part in ("--player", each)]
    said = interlab("run", "prisoners-dilemma", *players, "-n", "6", "-p", "rounds=5", "--quiet")
    assert said.code == 0
    (path,) = Path("runs").iterdir()
    return path


def test_players_are_compared_in_pairs(league: Path, interlab: CommandLine) -> None:
    said = interlab("compare", str(league), "--metric", "cooperation_rate")
    assert (said.code, said.err) == (0, "")
    assert "prisoners-dilemma: cooperation rate by player" in said.out
    assert "in the family of 3 contrasts" in said.out
    assert "Pairs share scenario, parameters, seed, opponents, role." in said.out


def test_a_comparison_as_json_and_as_csv(league: Path, interlab: CommandLine) -> None:
    asked = ("compare", str(league), "--metric", "cooperation_rate", "--a", TFT, "--b", RANDOM, "--margin", "0.5")
    document = json.loads(interlab(*asked, "--json").out)
    (contrast,) = document["contrasts"]
    assert (contrast["a"]["label"], contrast["design"], contrast["n_pairs"]) == (TFT, "paired", 12)
    assert contrast["equivalence"]["margin"] == 0.5
    (row,) = csv.DictReader(io.StringIO(interlab(*asked, "--csv").out))
    assert (row["b"], float(row["difference"])) == (RANDOM, pytest.approx(contrast["difference"]))


def test_runs_are_compared_by_run(league: Path, interlab: CommandLine) -> None:
    interlab(
        "run", "prisoners-dilemma", "--player", TFT, "--player", RANDOM, "-n", "6", "-p", "rounds=5", "--quiet"
    )
    other = next(each for each in Path("runs").iterdir() if each != league)
    said = interlab("compare", str(league), str(other), "--metric", "mean_payoff", "--json")
    (contrast,) = json.loads(said.out)["contrasts"]
    assert {contrast["a"]["label"], contrast["b"]["label"]} == {league.name, other.name}
    assert contrast["difference"] == 0  # the same seeds and players
    assert set(contrast["paired_on"]) == {*PAIRED_ON} - {"partner", "seat"} | {"opponents", "role"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--metric", "cooperation"), "nothing was measured as `cooperation`; did you mean `cooperation_rate`"),
        (("--metric", "mean_payoff", "--by", "parameters.round"), "did you mean `rounds`?"),
        (("--metric", "mean_payoff", "--by", "model"), "no row of `mean_payoff` has a `model`"),
        (("--metric", "mean_payoff", "--a", "strategy/tit"), "no row has the player `strategy/tit`"),
        (("--metric", "mean_payoff", "--level", "95"), "`level` is 95"),
        (("--metric", "mean_payoff", "--json", "--csv"), "exclude each other"),
        (("--metric", "mean_payoff", "--paired-on", "seeds"), "no column `seeds`; did you mean `seed`"),
        ((), "--metric"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_one_line(
    arguments: tuple[str, ...], message: str, league: Path, interlab: CommandLine
) -> None:
    said = interlab("compare", str(league), *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1


def test_power_answers_in_a_table(interlab: CommandLine) -> None:
    said = interlab("power", "--rates", "0.8", "0.9")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "rates of 0.8 and 0.9\n"
        "quantity           value\n"
        "────────────────────────\n"
        "episodes per arm     195\n"
        "power               0.80\n"
        "two-sided test at   0.05\n"
    )
    table = interlab("power", "--rates", "0.8", "0.9", "--csv").out.splitlines()
    assert table == ["quantity,value", "episodes per arm,195", "power,0.8", "two-sided test at,0.05"]


@pytest.mark.parametrize(
    ("arguments", "n", "unit"),
    [
        (
            ("--difference", "0.03", "--omega2", "0.1111111", "--sigma2", "0.1666667"),
            3876,
            "items (scenario x seed)",
        ),
        (("--difference", "0.03", "--omega2", "0.1111111"), 969, "items (scenario x seed)"),
        (("--difference", "5", "--omega2", "0.1"), 2, "items (scenario x seed)"),
        (("--rates", "0.8", "0.9", "--icc", "0.1", "--cluster-size", "10"), 371, "episodes per arm"),
        (("--half-width", "0.1", "--deviation", "0.5"), 99, "episodes"),
    ],
)
def test_power_as_json(arguments: tuple[str, ...], n: int, unit: str, interlab: CommandLine) -> None:
    document = json.loads(interlab("power", *arguments, "--json").out)
    assert (document["n"], document["unit"]) == (n, unit)


def test_power_from_a_pilot(league: Path, interlab: CommandLine) -> None:
    asked = ("power", "--pilot", str(league), "--metric", "cooperation_rate", "--a", TFT, "--b", RANDOM)
    document = json.loads(interlab(*asked, "--difference", "0.1", "--json").out)
    assert (document["unit"], document["n_pilot"]) == ("items (scenario x seed)", 6)
    assert document["n"] >= 6
    assert document["n_episodes"] == document["n"] * document["episodes_per_item"]
    assert document["detectable"] > 0
    shown = " ".join(interlab(*asked).out.split())
    assert "is the smallest difference that the pilot's 6 items (scenario x seed) would find" in shown


def test_power_of_a_half_width_is_about_the_player_named(league: Path, interlab: CommandLine) -> None:
    asked = ("power", "--pilot", str(league), "--metric", "mean_payoff", "--half-width", "0.2")

    def episodes(*arguments: str) -> int:
        return json.loads(interlab(*asked, *arguments, "--json").out)["n"]

    found = {name: episodes("--a", name) for name in (TFT, RANDOM)}
    assert found[TFT] != found[RANDOM]
    assert episodes() == max(found.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a question"),
        (("--pilot", "runs"), "`--pilot` takes `--metric`"),
        (
            ("--pilot", "runs", "--metric", "m", "--icc", ".2", "--cluster-size", "5"),
            "leave out what is given by hand",
        ),
        (("--rates", "0.5", "0.6", "--icc", "0.2"), "belong together"),
        (("--omega2", "1"), "either `--difference` or `--episodes`"),
        (("--rates", "0.5", "0.5"), "no difference to find"),
        (("--half-width", "0.1"), "either the standard deviation"),
    ],
)
def test_questions_of_power_without_an_answer(
    arguments: tuple[str, ...], message: str, interlab: CommandLine
) -> None:
    said = interlab("power", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_a_score_about_models_at_large(league: Path, interlab: CommandLine) -> None:
    document = json.loads(interlab("score", str(league), "--estimand", "population", "--json").out)
    estimates = [
        each["estimate"] for each in document["summary"]["scenarios"][0]["metrics"] if not each["self_play"]
    ]
    assert {each["estimand"] for each in estimates} == {"population"}
    assert all(each["low"] is None for each in estimates)
    assert "2 partners of one player say nothing about a population of players" in estimates[0]["notes"][0]


def test_a_score_as_csv(league: Path, interlab: CommandLine) -> None:
    rows = list(csv.DictReader(io.StringIO(interlab("score", str(league), "--csv").out)))
    chosen = [row for row in rows if row["metric"] == "cooperation_rate" and row["self_play"] == "False"]
    rates = {row["player"]: row for row in chosen}
    assert float(rates[DEFECTOR]["value"]) == 0
    assert (rates[TFT]["n_episodes"], rates[TFT]["n_invalid"]) == ("24", "0")


def test_a_run_remembers_who_looked(run: Path, interlab: CommandLine) -> None:
    assert interlab("score", str(run)).err == ""
    assert interlab("compare", str(run), "--metric", "mean_payoff").err == ""
    assert [(each.command, each.episodes) for each in looks(RunDirectory(run))] == [("score", 2), ("compare", 2)]


def test_a_second_look_at_more_episodes_is_told(run: Path, interlab: CommandLine) -> None:
    note_look(RunDirectory(run), "score", 1)
    said = interlab("score", str(run), "--json")
    assert json.loads(said.out)
    assert said.err == (
        f"the results of `{run.name}` were looked at after 1 and 2 episodes; if what was seen decides when to "
        "stop, a test at 5 % errs in 8 % of cases: keep to a number of episodes fixed beforehand, or use "
        "`interlab_evals.confidence_sequence`\n"
    )


def test_going_on_after_a_look_is_told(run: Path, interlab: CommandLine) -> None:
    note_look(RunDirectory(run), "score", 1)
    said = interlab("resume", str(run), "--quiet")
    assert said.code == 0
    assert "were looked at after 1 of 2 episodes" in said.err


def test_torn_notes_are_left_out(run: Path) -> None:
    directory = RunDirectory(run)
    note_look(directory, "score", 3)
    with directory.looks.open("ab") as file:
        file.write(b'{"at": "2026')
    assert [each.episodes for each in looks(directory)] == [3]
